"""`special-channel batch import --dry-run`: errors, columns to send, columns that stay."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web

from special_channel.cli import batches
from special_channel.cli.list_files import Reading
from special_channel.cli.official import Signing
from special_channel.cli.output import Output
from special_channel.cli.printing import print_error
from special_channel.cli.remote import Call
from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.desk import charter, payloads
from special_channel.desk.payloads import Author
from special_channel.messages.catalogue import Lang, sentence
from special_channel.wiring import files
from tests.cli.test_client import KEY, Door, serving
from tests.cli.tree import unwrap
from tests.desk.test_lists import HEADER, csv, line

CONFIG = Path(__file__).resolve().parents[2] / "config"
CANARY = "Fictional CANARY AG"
EARLIER = {
    "number": "FIKTIV-77",
    "times": 4,
    "first": "2026-09-25",
    "list": "L2026-46",
    "position": "EU-120",
    "eu_state": "review",
    "cn_state": "",
}
LAST = {"list": "L2026-46", "position": "EU-120", "urgency": {"urgent": 240, "line_stop": 8}}
LINKED = {
    "number": "FIKTIV-1",
    "former": "OLD-9",
    "by": "cn",
    "position": "CN-40",
    "basis": "refiled",
    "times": 4,
    "list": "L2026-40",
}
FOUND = {
    "rule": "S-007",
    "grade": "confirm",
    "row": 2,
    "line": 3,
    "number": "FIKTIV-101",
    "fields": ["number"],
    "sentence": "FIKTIV-101 may be FIKTIV-110.",
}
KNOWN: dict[str, Any] = {
    "waiting": False,
    "reopened": [EARLIER],
    "notes": [],
    "findings": [FOUND],
    "confirm": [],
    "last": LAST,
    "linked": [LINKED],
}
"""What a node says of a list: one number that it knows, and the list before."""


@pytest.fixture(scope="module")
def heads() -> bytes:
    """Responses of a node with the sample's charter in force."""
    calendars = files.calendars(CONFIG / "calendars")
    document, _ = charter.document(CONFIG / "charter", list(calendars.values()))
    adopted = {"digest": "d", "document": orjson.loads(document)}
    return orjson.dumps({"heads": [], "charter": adopted})


async def typed(
    heads: bytes,
    file: Path,
    *lines: str,
    lang: Lang = "en",
    as_json: bool = True,
    header: str = HEADER,
    saved_in: str = "utf-8",
    **options: Any,
) -> None:
    """Run the command against a node without addresses to send to."""
    data = csv(*lines, header=header, bom=False).decode().encode(saved_in)
    file.write_bytes(data)  # noqa: ASYNC240 - a test's own small file

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=heads, content_type="application/json")

    async def compare(_: web.Request) -> web.Response:
        return web.json_response(KNOWN)

    routes = (("GET", "/api/heads", answer), ("POST", "/api/lists/check", compare))
    async with serving(Door(), *routes) as node:
        call = Call(Output(as_json, lang), node, Signing(node))
        given = {"sheet": "", "send": (), "set_aside": False, "dry_run": True, "show_bytes": False}
        given |= {"reason": (), "list": "", "encoding": None} | options
        await unwrap(batches.import_list)(call, file, **given)


def printed(capsys: Any) -> list[dict[str, Any]]:
    return [json.loads(each) for each in capsys.readouterr().out.splitlines()]


def of_type(found: Sequence[dict[str, Any]], type_: str) -> list[dict[str, Any]]:
    return [each for each in found if each["type"] == type_]


async def test_file_without_an_encoding_is_read_in_the_named_one(heads, tmp_path, capsys):
    polish = line(1).replace("Fictional AG", "Fikcyjne Łożyska Śląsk")
    saved: dict[str, Any] = {"saved_in": "windows-1250"}
    with pytest.raises(Malformed) as asked:
        await typed(heads, tmp_path / "l.csv", polish, **saved)
    assert (asked.value.code, [*asked.value.facts][:2]) == (
        "list-encoding",
        ["windows-1250", "windows-1252"],
    )
    print_error(asked.value, "en")
    said = capsys.readouterr().err
    assert "windows-1250: " in said
    assert "Fikcyjne Łożyska Śląsk" in said
    await typed(heads, tmp_path / "l.csv", polish, encoding="windows-1250", **saved)
    assert printed(capsys)[-1]["rows"] == 1
    chosen = Reading("", (), set_aside=False, encoding="windows-1250")
    assert chosen.query()["encoding"] == "windows-1250"


async def test_sheet_without_a_list_is_read_as_the_named_one(heads, tmp_path, capsys):
    lines = (f"FIKTIV-1,urgent,{CANARY}", f"FIKTIV-2,normal,{CANARY}")
    file, header = tmp_path / "list.csv", "Application number,Urgency,Company"
    with pytest.raises(Malformed) as unnamed:
        await typed(heads, file, *lines, header=header)
    assert unnamed.value.code == "list-unnamed"
    capsys.readouterr()
    await typed(heads, file, *lines, header=header, list="L2026-49")
    told = printed(capsys)
    [sheet] = of_type(told, "sheet")
    assert (sheet["list"], sheet["rows"], sheet["faults"]) == ("L2026-49", 2, 0)
    filled = [each["sentence"] for each in of_type(told, "reading")]
    assert "times listed: as the record counts" in filled


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ("can mean several columns", "the column is left out", "not a row of the list")),
        ("zh-CN", ("含义不明确", "", "")),
    ],
)
async def test_what_is_left_out_of_a_file_is_told(heads, tmp_path, capsys, lang, said):
    head = f"{HEADER},Date,"
    lines = (f"{line(1)},1 Dec,x", "Total: 1")
    await typed(heads, tmp_path / "l.csv", *lines, lang=lang, header=head)
    read = of_type(printed(capsys), "reading")
    assert [(each["cell"], each["original"]) for each in read] == [
        ("M1", "Date"),
        ("N1", ""),
        ("3", "Total: 1"),
    ]
    assert all(words in each["sentence"] for words, each in zip(said, read, strict=True))
    await typed(heads, tmp_path / "l.csv", line(1), lang=lang)
    assert of_type(printed(capsys), "reading") == []


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_every_fault_of_every_line_has_its_sentence_in_the_readers_language(
    heads, tmp_path, capsys, lang
):
    bad = line(2).replace("urgent", "soonish").replace("2026-11-06", "yesterday")
    with pytest.raises(Malformed) as refused:
        await typed(heads, tmp_path / "l.csv", line(1), bad, line(3, "=1+1"), lang=lang)
    assert (refused.value.code, refused.value.facts["row"], refused.value.facts["count"]) == (
        "list-word",
        3,
        3,
    )
    found = printed(capsys)
    assert [(each["row"], each["column"], each["code"]) for each in of_type(found, "fault")] == [
        (3, "urgency", "list-word"),
        (3, "first_listed", "list-date"),
        (4, "application_no", "list-formula"),
    ]
    assert "soonish" in of_type(found, "fault")[0]["sentence"]
    known = {"en": "normal · urgent · production stopped", "zh-CN": "一般 · 紧急 · 停产"}
    assert known[lang] in of_type(found, "fault")[0]["next"]
    formula = sentence("list-formula", lang, row=4, column="application_no", number="")
    said = of_type(found, "fault")[-1]
    assert (said["sentence"], said["next"]) == (formula.text, formula.next_step)
    assert (found[-1]["faults"], found[-1]["bytes"]) == (3, 0)


@pytest.mark.parametrize(("lang", "words"), [("en", "to confirm"), ("zh-CN", "须核实")])
async def test_findings_are_shown_as_the_node_makes_them(heads, tmp_path, capsys, lang, words):
    lines = [line(row, number) for row, number in enumerate(("FIKTIV-100", "FIKTIV-101"), 1)]
    await typed(heads, tmp_path / "l.csv", *lines)
    found = printed(capsys)
    [shown] = of_type(found, "finding")
    assert (shown["row"], shown["list_row"], shown["rule"]) == (3, 2, "S-007")
    assert (found[-1]["rows"], found[-1]["to_look_at"], found[-1]["impossible"]) == (2, 1, 0)
    await typed(heads, tmp_path / "l.csv", *lines, lang=lang, as_json=False)
    text = capsys.readouterr().out
    assert "FIKTIV-110" in text
    assert words in text


async def test_row_that_cannot_be_true_is_not_signed(heads, tmp_path, capsys, monkeypatch):
    impossible = FOUND | {"rule": "S-011", "grade": "refuse", "sentence": "A state needs a date."}
    monkeypatch.setitem(KNOWN, "findings", [impossible])
    for dry_run in (True, False):
        with pytest.raises(RuleBroken) as refused:
            await typed(heads, tmp_path / "l.csv", line(1), line(2), dry_run=dry_run)
        facts = refused.value.facts
        assert (refused.value.code, facts["row"], facts["line"]) == ("list-impossible", 2, 3)
        assert (facts["rule"], facts["number"]) == ("S-011", "FIKTIV-101")


async def test_a_number_in_anothers_place_is_shown_with_that_ones_lists_and_counts_anew(
    heads, tmp_path, capsys
):
    await typed(heads, tmp_path / "l.csv", line(1))
    found = printed(capsys)
    [shown] = of_type(found, "linked")
    assert (shown["number"], shown["former"], shown["position"]) == ("FIKTIV-1", "OLD-9", "CN-40")
    assert shown["times_listed"] == 4
    await typed(heads, tmp_path / "l.csv", line(1), as_json=False, lang="zh-CN")
    assert "原编号" in capsys.readouterr().out


async def test_the_bytes_shown_are_those_that_are_signed_but_for_the_salt(heads, tmp_path, capsys):
    lines = [line(row).replace("Fictional AG", CANARY) for row in (1, 2)]
    await typed(heads, tmp_path / "l.csv", *lines, show_bytes=True)
    found = printed(capsys)
    [shown] = of_type(found, "bytes")
    rows = json.loads(shown["bytes"])["data"]["rows"]
    author = Author(KEY.signer, "log", "2026-11-24T09:00:00Z", (), lambda n: b"\x07" * n)
    [signed] = payloads.batch_listed(author, "L2026-47", rows).parts
    assert signed is not None
    zero, drawn = (json.loads(each)["salt"] for each in (shown["bytes"], signed))
    assert signed.decode().replace(drawn, zero) == shown["bytes"]
    assert found[-1]["bytes"] == len(signed)
    assert CANARY not in shown["bytes"]
    assert "eu_company" in found[-1]["stays"]


async def test_without_the_bytes_it_says_how_often_each_column_crosses(heads, tmp_path, capsys):
    await typed(heads, tmp_path / "l.csv", line(1), line(2).replace("Q_STATUS", ""))
    found = printed(capsys)
    filled = {each["column"]: each["rows"] for each in of_type(found, "column")}
    assert (filled["number"], filled["question"]) == (2, 1)
    assert of_type(found, "bytes") == []
    assert found[-1]["crosses"] == list(filled)


async def test_people_read_tables_in_their_language(heads, tmp_path, capsys):
    lines = [line(1, "FIKTIV-20O"), line(2, "FIKTIV-200")]
    await typed(heads, tmp_path / "l.csv", *lines, lang="zh-CN", as_json=False)
    shown = capsys.readouterr().out
    for words in ("清单行号", "级别", "FIKTIV-110", "留存我方", "eu_company", "须核对的项数"):
        assert words in shown


async def test_a_known_number_is_listed_once_more_than_the_record_counts(heads, tmp_path, capsys):
    lines = [line(1), line(2, "FIKTIV-77")]
    await typed(heads, tmp_path / "l.csv", *lines, show_bytes=True, lang="zh-CN")
    found = printed(capsys)
    assert [
        (each["row"], each["code"], each["file"], each["record"]) for each in of_type(found, "note")
    ] == [
        (3, "list-times-listed", "3", "5"),
        (3, "list-first-listed", "2026-11-06", "2026-09-25"),
    ]
    assert of_type(found, "note")[0]["sentence"] == "FIKTIV-77的列入次数：文件为3，记录为5。"
    [shown] = of_type(found, "bytes")
    crossing = json.loads(shown["bytes"])["data"]["rows"]
    assert [(row["times_listed"], row["first_listed"]) for row in crossing] == [
        (3, "2026-11-06"),
        (5, "2026-09-25"),
    ]
    counts = {each["urgency"]: (each["rows"], each["before"]) for each in of_type(found, "urgency")}
    assert counts == {"line_stop": (0, 8), "urgent": (2, 240), "normal": (0, 0)}
    assert (found[-1]["reopens"], found[-1]["list_before"]) == (1, "L2026-46 (EU-120)")


@pytest.mark.parametrize("as_json", [True, False])
async def test_other_values_of_a_return_sheet_are_shown(heads, tmp_path, capsys, as_json):
    """The node compares the columns to read with the record; the command shows what it says."""
    asked, said = list[Any](), "Row 1: the urgency in the file is not that of the list."
    file = tmp_path / "answer.csv"
    file.write_text("application_no,cn_status,cn_as_of,urgency\nA-1,review,2026-11-20,line stop\n")
    row = {"row": 1, "number": "A-1", "fields": {}}

    async def statements(_: web.Request) -> web.Response:
        return web.json_response({"list": "W47", "batch": "b", "rows": [row]})

    async def own_columns(_: web.Request) -> web.Response:
        return web.json_response({"rows": []})

    async def look(request: web.Request) -> web.Response:
        asked.append(await request.json())
        notice = {"row": 1, "code": "given-other", "grade": "note", "text": said}
        return web.json_response({"notices": [notice], "confirm": []})

    async def current(_: web.Request) -> web.Response:
        return web.Response(body=heads, content_type="application/json")

    routes = (
        ("GET", "/api/heads", current),
        ("GET", "/api/batches/EU-9/answer", statements),
        ("GET", "/api/batches/EU-9/columns", own_columns),
        ("POST", "/api/batches/EU-9/answer/look", look),
    )
    given = {"sheet": "", "send": (), "set_aside": False, "dry_run": True, "show_bytes": False}
    given["encoding"] = None
    async with serving(Door(), *routes) as node:
        call = Call(Output(as_json, "en"), node, Signing(node))
        await unwrap(batches.answer_list)(call, "EU-9", file, as_of="", reason=(), **given)
    assert asked[0]["given"] == {"1": {"urgency": "line_stop"}}
    assert said in capsys.readouterr().out


async def test_rows_at_fault_are_left_out_if_asked_for(heads, tmp_path, capsys):
    lines = (line(1), line(2).replace("urgent", "soonish"), line(3))
    await typed(heads, tmp_path / "l.csv", *lines, set_aside=True)
    found = printed(capsys)
    assert [(each["row"], each["code"]) for each in of_type(found, "fault")] == [(3, "list-word")]
    assert (found[-1]["rows"], found[-1]["aside"], found[-1]["faults"]) == (2, 1, 0)


async def test_line_stop_set_aside_is_printed_first(heads, tmp_path, capsys, monkeypatch):
    """By an error of the row, or because it can't be true; a stop that is sent is not named."""
    impossible = FOUND | {"rule": "S-011", "grade": "refuse", "row": 3, "line": 4}
    monkeypatch.setitem(KNOWN, "findings", [impossible])
    rows = [line(row).replace("urgent", "line_stop") for row in (1, 2, 3)]
    rows[1] = rows[1].replace("2026-11-06", "yesterday")
    stops, header = [f"{each},2026-12-03" for each in rows], f"{HEADER},stop_on"
    await typed(heads, tmp_path / "l.csv", *stops, set_aside=True, header=header)
    told = printed(capsys)
    named = [(each["row"], each["list_row"], each["number"]) for each in told[:2]]
    assert named == [(3, 2, "FIKTIV-2"), (4, 3, "FIKTIV-3")]
    assert told[0]["sentence"] == "Row 2 (FIKTIV-2) states a line stop and is set aside."
    assert len(of_type(told, "stop-aside")) == 2
    options: dict[str, Any] = {"header": header, "as_json": False}
    await typed(heads, tmp_path / "l.csv", *stops, set_aside=True, lang="zh-CN", **options)
    out = capsys.readouterr().out
    assert out.index("紧急程度为停产，该行暂不发送") < out.index("yesterday")
    with pytest.raises(Malformed):
        await typed(heads, tmp_path / "l.csv", *stops, header=header)
    assert of_type(printed(capsys), "stop-aside") == [], "nothing is set aside: the file is refused"


async def test_row_that_cannot_be_true_is_set_aside_if_asked(heads, tmp_path, capsys, monkeypatch):
    impossible = FOUND | {"rule": "S-011", "grade": "refuse", "sentence": "A state needs a date."}
    monkeypatch.setitem(KNOWN, "findings", [impossible, FOUND | {"row": 3, "line": 4}])
    lines = (line(1), line(2), line(3).replace("urgent", "soonish"))
    await typed(heads, tmp_path / "l.csv", *lines, set_aside=True)
    found = printed(capsys)
    shown = [(each["row"], each["list_row"], each["rule"]) for each in of_type(found, "finding")]
    assert shown == [(3, 2, "S-011"), (4, 3, "S-007")]
    [fault] = of_type(found, "fault")
    assert (fault["row"], fault["list_row"], fault["code"]) == (4, 3, "list-word")
    assert (found[-1]["rows"], found[-1]["aside"], found[-1]["impossible"]) == (1, 2, 0)
    await typed(
        heads, tmp_path / "l.csv", line(2, "FIKTIV-9").replace("urgent", "x"), set_aside=True
    )
    assert printed(capsys)[-1]["rows"] == 0, "nothing is left to sign"
