"""Tables and charts of docs/figures.md agree with the stored run."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from typing import Any

import pytest

from benchmarks import document, growth
from benchmarks.growth import Growth, Step
from benchmarks.messaging import Comparison, Result
from tests import servers
from tests.benchmarks.test_due_together import together
from tests.sweeps import whole


def comparison() -> Comparison:
    result = Result([1000, 1200], [40, 50], [90, 91], [700, 710], [40, 41])
    other = Result([3000.123, 3000], [20, 20], [30, 30], [150, 150], [80, 80])
    floor = Result([5000, 5000], [10, 10], [15, 15], [30, 30], [30, 30])
    return Comparison(
        {"ours": "This broker 1", "nats": "NATS 2, in files", "floor_row": "Floor: one row"},
        {"ours": "Proves each note.", "nats": "Flushes once.", "floor_row": "A bound."},
        {name: {1: each, 64: each} for name, each in
         (("ours", result), ("nats", other), ("floor_row", floor))},
        {"RabbitMQ": "it is not installed (apt-get install rabbitmq-server)"},
        "2 turns, load 0.1",
    )  # fmt: skip


def step(size: int, **more) -> Step:
    values: dict[str, Any] = dict.fromkeys(Step.__slots__, float(size) / 100)
    return Step(**values | {"size": size, "entries": size, "verdict": "authentic"} | more)


def test_comparison_comes_back_as_it_was_kept(tmp_path):
    document.keep("messaging", comparison(), tmp_path)
    kept = document.kept_comparison(tmp_path)
    assert kept == replace(comparison(), results=kept.results)
    assert kept.results["ours"][64] == comparison().results["ours"][64]
    assert kept.results["nats"][1].rates == [3000, 3000]  # four digits


def test_growth_comes_back_as_it_was_kept(tmp_path):
    found = Growth([step(1_000), step(10_000, verify_s=None)], "load 0.1")
    document.keep("growth", found, tmp_path)
    assert document.kept_growth(tmp_path) == found


def test_comparison_table_says_medians_ratios_and_what_each_lacks():
    section = document.messaging_section(comparison())
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    assert rows[1:] == [
        "| **This broker 1** | 1,100 | 45 | 705 | 1,100 | 45 | 705 |  |  |",
        "| NATS 2, in files | 3,000 | 20 | 150 | 3,000 | 20 | 150 | 2.25 | 0.367 |",
        "| Floor: one row | 5,000 | 10 | 30 | 5,000 | 10 | 30 | 4.5 | 0.22 |",
    ]
    assert "* NATS JetStream: Flushes once." in section
    assert "* Floors: A bound." in section
    assert "* RabbitMQ was not measured: it is not installed (apt-get install rabbit" in section
    assert "2 turns, load 0.1" in section


def test_growth_table_shows_what_was_left_out():
    found = Growth([step(1_000), step(1_000_000, verify_s=None, verify_mb=None)], "load 0.1")
    section = document.growth_section(found)
    assert "| 1,000,000 | 10,000 |" in section
    assert section.count(" – ") == 2
    assert "1,000,000: authentic" in section


def test_charts_leave_out_what_was_not_measured():
    found = Growth([step(1_000), step(10_000, verify_us=None)], "load 0.1")
    assert document.growth_chart(found).count("<polyline") == len(document.GROWTH_CHARTS)
    assert "NATS JetStream" in document.messaging_chart(comparison())


def test_section_replaces_only_what_is_between_its_marks():
    page = "A\n<!-- growth: old -->\nold\n<!-- end of growth -->\nB\n"
    written = document.page_with(page, "growth", "new")
    assert written.startswith("A\n<!-- growth: written by ./bench --only growth --docs -->\nnew\n")
    assert written.endswith("<!-- end of growth -->\nB\n")
    assert document.page_with(written, "growth", "new") == written


def test_section_without_its_marks_is_refused():
    with pytest.raises(ValueError, match="no marks of growth"):
        document.page_with("A\n", "growth", "new")


def test_docs_are_written_from_what_was_kept(tmp_path):
    page = tmp_path / "figures.md"
    page.write_bytes(document.PAGE.read_bytes())
    document.keep("messaging", comparison(), tmp_path / "figures")
    document.keep("growth", Growth([step(1_000)], "load 0.1"), tmp_path / "figures")
    document.keep("peers", together(), tmp_path / "figures")
    for name in document.MAKERS:
        document.write(name, page, tmp_path / "figures")
        assert f"](figures/{name}.svg)" in page.read_text(encoding="utf-8")
        assert (tmp_path / "figures" / f"{name}.svg").read_text("utf-8").startswith("<svg ")
    assert "| NATS 2, in files | 3,000 |" in page.read_text(encoding="utf-8")
    assert "Not yet measured" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", document.MAKERS)
def test_page_has_a_place_for_each_section(name):
    document.page_with(document.PAGE.read_text(encoding="utf-8"), name, "")


@pytest.mark.parametrize("name", document.MAKERS)
def test_page_and_chart_are_what_was_kept(name):
    page = document.PAGE.read_text(encoding="utf-8")
    section, chart = "Not yet measured on a quiet machine", None
    if (document.KEPT / f"{name}.json").is_file():
        section, chart = document.MAKERS[name](document.KEPT)
        assert (document.KEPT / f"{name}.svg").read_text(encoding="utf-8") == chart
    begins = f"<!-- {name}: written by ./bench --only {name} --docs -->\n{section}"
    assert begins in page, "./bench --docs writes it"


def test_verifier_that_needs_too_much_memory_is_left_out(tmp_path):
    last = step(1_000, verify_mb=1e9)
    verified = growth._verify(tmp_path / "none", tmp_path / "none", 10_000, last)
    assert verified.seconds is None
    assert verified.verdict.startswith("skipped: would need some 10000000 GB")


def test_record_that_the_disk_has_no_room_for_is_left_out(tmp_path):
    (tmp_path / "data").write_bytes(os.urandom(1_000_000))
    assert growth._lacking_disk(tmp_path, 1_000, 10_000) == ""
    lacking = growth._lacking_disk(tmp_path, 1_000, 10**15)
    assert re.fullmatch(r"they need some 150\d{7} GB of disk, \d+ are free", lacking), lacking


async def test_growth_goes_on_where_a_record_is_not_exported(monkeypatch):
    async def refused(*_arguments):
        raise RuntimeError("503 export-failed")

    monkeypatch.setattr(growth, "_export", refused)
    with servers.open_folder() as folder:
        found = await growth.growth(folder, sizes=(30,), accepted=(3, 20))
    [measured] = found.steps
    assert measured.export_s is None
    assert measured.verdict == "not exported: 503 export-failed"
    assert measured.batched_us > 0


@whole
async def test_growth_measures_each_size_on_a_real_node():
    with servers.open_folder() as folder:
        found = await growth.growth(folder, sizes=(30,), accepted=(3, 20))
    [measured] = found.steps
    assert measured.verdict == "authentic-and-complete"
    assert measured.entries >= 30
    kept = json.loads(json.dumps([figure.line() for figure in growth.figures(found)]))
    assert len(kept) == len(growth.UNITS)
    assert all(getattr(measured, what) > 0 for what in growth.UNITS)
