"""`special-channel batch amend`: from a file in the list's form to both sides' pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.cli.demonstration import ROOT, Demo
from tests.reasons import TYPED

pytestmark = pytest.mark.timeout(300)

HEAD, DESK = ("--as", "eu-head"), ("--as", "eu-desk-1")
Row = dict[str, str]


def rows_of_the_sample() -> list[Row]:
    text = (ROOT / "config/sample/list-eu.csv").read_text(encoding="utf-8-sig")
    plain = {"list_id": "L2026-60", "urgency": "normal", "stop_on": ""}
    return [row | plain for row in csv.DictReader(io.StringIO(text))][:11]


def written(file: Path, rows: Iterable[Row]) -> str:
    out = io.StringIO()
    lines = list(rows)
    writer = csv.DictWriter(out, [*lines[0]])
    writer.writeheader()
    writer.writerows(lines)
    file.write_text(out.getvalue(), encoding="utf-8-sig")
    return str(file)


def released(demo: Demo, *typed: str) -> str:
    """Sign an entry as an official, release it as the head of unit, and return its position."""
    draft = str(demo.call(*typed, *DESK)[-1]["draft"])
    *_, cleared = demo.call("batch", "release", draft, *HEAD)
    return str(cleared["position"])


def listed(demo: Demo, batch: str) -> dict[int, dict[str, object]]:
    found = demo.call("batch", "show", batch, *DESK)
    return {int(row["row"]): row for row in found if "row" in row}


def test_a_list_is_amended_from_a_file_and_the_dry_run_signs_nothing(demo, tmp_path):
    first = rows_of_the_sample()
    batch = released(demo, "batch", "import", written(tmp_path / "list.csv", first[:10]), *TYPED)
    changed = [row | {"withdrawn": ""} for row in first]
    changed[0] |= {"urgency": "urgent"}
    changed[1] |= {"withdrawn": "虚构重复"}
    free = demo.typed(
        "batch", "amend", batch, written(tmp_path / "free.csv", changed), "--dry-run", *DESK,
        "--data", str(demo.data),
    )  # fmt: skip
    assert (free.returncode, free.stderr.partition(":")[0]) == (3, "amendment-reason")
    changed[1] |= {"withdrawn": "duplicate"}
    file = written(tmp_path / "amended.csv", changed)
    before = demo.call("status", *DESK)[0]["eu"]

    dry = demo.typed(
        "batch", "amend", batch, file, "--dry-run", *DESK, "--data", str(demo.data), lang="zh-CN"
    )
    assert dry.returncode == 0, dry.stderr
    for words in ("增列", "变更", "移出", "紧急", "duplicate"):
        assert words in dry.stdout
    [summary] = demo.call("batch", "amend", batch, file, "--dry-run", "--show-bytes", *DESK)
    assert (summary["added"], summary["changed"], summary["withdrawn"]) == (1, 1, 1)
    assert "eu_company" not in summary["bytes"]
    assert demo.call("status", *DESK)[0]["eu"] == before
    assert listed(demo, batch)[1]["urgency"] == "normal"

    amended = released(demo, "batch", "amend", batch, file, *TYPED)
    now = listed(demo, batch)
    assert now[1]["urgency"] == "urgent"
    assert now[11]["number"] == first[10]["application_no"]
    demo.eventually("erase", amended, "--as", "cn-desk-1")
    theirs = demo.call("batch", "show", batch, "--as", "cn-desk-1")
    assert len([row for row in theirs if "row" in row]) == len(now)


def test_a_file_of_another_list_or_side_amends_nothing(demo, tmp_path):
    number = next(
        each["number"] for each in demo.call("batch", "list", *DESK) if each["list"] == "L2026-47"
    )
    file = written(tmp_path / "list.csv", rows_of_the_sample())
    for lang in ("en", "zh-CN"):
        other = demo.typed(
            "batch", "amend", number, file, *DESK, "--data", str(demo.data), lang=lang
        )
        assert (other.returncode, other.stdout) == (3, "")
        assert other.stderr.startswith("amendment-other-list: ")
    own = [row | {"list_id": "L2026-47"} for row in rows_of_the_sample()]
    file = written(tmp_path / "own.csv", own)
    theirs = demo.typed("batch", "amend", number, file, "--as", "cn-head", "--data", str(demo.data))
    assert (theirs.returncode, theirs.stdout, theirs.stderr.partition(":")[0]) == (4, "", "owner")
