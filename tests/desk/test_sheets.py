"""The return sheet to fill in: what is written comes back, in either language and any order."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from special_channel import desk
from special_channel.core.bytes.errors import Malformed
from special_channel.core.sense.vocabularies import VOCABULARIES
from special_channel.desk import cells
from special_channel.desk.given import GIVEN_OUT, OtherValue, other_values, said_of
from special_channel.desk.heads import read_head
from special_channel.desk.layout import INSTRUCTIONS, WORDS
from special_channel.desk.payloads import Fields
from special_channel.desk.returns import AnsweredList, changed_only, return_sheet
from special_channel.desk.sheets import (
    KEYS,
    columns,
    csv_bytes,
    head,
    return_csv,
    return_file,
    return_lines,
    return_xlsx,
)
from special_channel.desk.tables import read
from special_channel.messages.catalogue import LANGS, Lang, catalogue
from special_channel.messages.terms import lexicon_of

SUPPLEMENT: Fields = {
    "match": "found", "state": "supplement", "as_of": "2026-11-17",
    "missing": ["contract", "identity"], "remark": "applicant_told",
}  # fmt: skip
ROWS: Sequence[dict[str, Any]] = [
    {"row": 1, "number": "0017", "match": "", "days_used": -1, "missing": [],
     "eu_state": "submitted", "eu_as_of": "2026-11-18", "urgency": "line_stop",
     "question": "status"},
    {"row": 2, "number": "FIKTIV-2", **SUPPLEMENT, "days_used": 12},
]  # fmt: skip
LIST = AnsweredList("L2026-47", {1: "0017", 2: "FIKTIV-2"}, {1: {}, 2: SUPPLEMENT}, "2026-11-30")
ENDINGS = ("xlsx", "csv")


def filled(lang: Lang, ending: str, **cells_: str) -> bytes:
    """The sheet given out, with cells of its first line filled in."""
    lines = return_lines("L2026-47", ROWS, catalogue(lang))
    lines[0] |= cells_
    return return_file(ending, "L2026-47", lines, lang)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("lang", LANGS)
def test_sheet_as_given_out_repeats_the_record(lang, ending):
    sheet = return_sheet(filled(lang, ending), LIST).checked()
    assert sheet.rows == ({"row": 2, "number": "FIKTIV-2", **SUPPLEMENT, "days_used": 12},)
    assert (sheet.left, [row["columns"] for row in sheet.kept]) == (1, [{}])
    known = replace(LIST, latest={1: {}, 2: SUPPLEMENT | {"days_used": 12}})
    assert changed_only(sheet, known).rows == ()


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("lang", LANGS)
def test_changed_value_of_the_record_is_found_and_stays_here(lang, ending):
    """A sheet as it was given out differs in nothing, in either language; no such cell is sent."""
    record: dict[int, dict[str, str]] = {
        1: {"urgency": "line_stop", "question_code": "status", "eu_asserted_status": "submitted",
            "eu_as_of": "2026-11-18"},
        2: {},
    }  # fmt: skip
    assert [*other_values(return_sheet(filled(lang, ending), LIST).given, record)] == []
    changed = filled(lang, ending, urgency="1.", eu_as_of="19.11.2026", question_code="")
    sheet = return_sheet(changed, LIST)
    assert [*other_values(sheet.given, record)] == [
        OtherValue(1, "eu_as_of", "2026-11-19", "2026-11-18"),
        OtherValue(1, "urgency", "1.", "line_stop"),
    ]
    assert all(not {"urgency", "eu_as_of"} & row.keys() for row in sheet.rows)


@pytest.mark.parametrize("sign", ["-", "—", "无", " N/A "])
def test_sign_for_nothing_is_no_other_value(sign):
    file = {1: {"eu_asserted_status": sign, "eu_as_of": sign, "question_code": sign}}
    assert [*other_values(file, {1: {"eu_asserted_status": "review"}})] == []


def test_words_on_another_value_name_what_the_file_has():
    unread = OtherValue(1, "urgency", "1.", "")
    assert said_of(catalogue("en"), unread) == (
        "Row 1: the urgency in the file (1.) is not that of the list (–); the list prevails."
    )
    odd = OtherValue(1, "eu_as_of", "soon", "2026-11-18")
    assert "（soon）与记录所载（2026年11月18日）不一致" in said_of(catalogue("zh-CN"), odd)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("lang", LANGS)
def test_words_of_the_reader_come_back_as_codes(lang, ending):
    t = catalogue(lang)
    data = filled(
        lang, ending,
        match=t.label("match", "found"), cn_status=t.label("state", "approved"),
        decision=t.label("decision", "approved"), decided_on="2026-11-26", cn_as_of="2026-11-27",
    )  # fmt: skip
    [first, _] = return_sheet(data, LIST).checked().rows
    assert first == {
        "row": 1, "number": "0017", "match": "found", "state": "approved", "as_of": "2026-11-27",
        "decision": "approved", "decided_on": "2026-11-26",
    }  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
def test_every_head_is_read_as_its_column_in_both_languages(lang):
    for name in columns(lang):
        for text in (head(name, lang), *head(name, lang).split("\n")):
            assert read_head(text, "return").column == name, text
    assert head("application_no", "zh-CN") == "申请编号\nApplication number"


def test_record_stands_beside_the_number_in_the_readers_words():
    [first, _] = return_lines("L2026-47", ROWS, catalogue("zh-CN"))
    assert [first[name] for name in (*KEYS, *GIVEN_OUT)] == [
        "L2026-47", "1", "0017", "已提交，尚未受理", "2026-11-18", "停产", "处于何种状态？",
    ]  # fmt: skip
    assert columns("zh-CN")[: len(KEYS) + len(GIVEN_OUT)] == (*KEYS, *GIVEN_OUT)


def parts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.parametrize("lang", LANGS)
def test_help_has_nine_lines_from_the_first_line_of_its_sheet(lang):
    [sheet] = [each for each in read(filled(lang, "xlsx")) if each.name == INSTRUCTIONS[lang]]
    said = [
        catalogue(lang).gettext(f"sheet-help.{line}", list="L2026-47", rows=len(ROWS))
        for line in range(1, 10)
    ]
    assert [(row.number, row.cell(1)) for row in sheet.rows] == [*enumerate(said, 1)]


@pytest.mark.parametrize("lang", LANGS)
def test_each_vocabulary_has_a_list_of_its_words_on_the_last_sheet(lang):
    grids = read(filled(lang, "xlsx"))
    assert [each.name for each in grids] == ["L2026-47", INSTRUCTIONS[lang], WORDS[lang]]
    words = grids[-1]
    for at, vocabulary in enumerate(VOCABULARIES, 1):
        listed = [row.cell(at) for row in words.rows if row.cell(at)]
        codes = [lexicon_of(vocabulary.name).read(word).codes for word in listed]
        assert codes == [(code,) for code in vocabulary.codes], vocabulary.name


def test_workbook_uses_nothing_that_older_programs_lack():
    files = parts(filled("zh-CN", "xlsx"))
    sheet = files["xl/worksheets/sheet1.xml"]
    assert not any("vba" in name.lower() or "dynamic" in name.lower() for name in files)
    assert "<f>" not in sheet
    assert "x14:" not in sheet
    assert "sheetProtection" not in sheet, "rows of a protected sheet can't be sorted or deleted"
    lists = re.findall(r'type="list".*?<formula1>(.*?)</formula1>', sheet)
    assert len(lists) == 6
    assert all(re.fullmatch(r"'词表'!\$[A-H]\$1:\$[A-H]\$\d+", each) for each in lists)
    assert len(re.findall(r'type="custom"', sheet)) == len(KEYS) + len(GIVEN_OUT)
    fonts = set(re.findall(r'<name val="(.*?)"', files["xl/styles.xml"]))
    assert fonts == {"宋体"}


def test_name_of_a_list_that_no_sheet_can_have_is_shortened():
    for name in ("L[2026]:47/x", "L" * 40, ""):
        [first, *_] = read(return_xlsx(name, return_lines(name, ROWS, catalogue("en")), "en"))
        assert 0 < len(first.name) <= 31
        assert re.search(r"[\[\]:*?/\\]", first.name) is None


def test_list_without_rows_has_a_sheet_too():
    assert [len(each.rows) for each in read(return_xlsx("L1", [], "en"))][:2] == [1, 9]


def test_sheet_that_states_nothing_is_refused():
    lines = return_lines("L2026-47", ROWS[:1], catalogue("en"))
    with pytest.raises(Malformed) as refused:
        return_sheet(return_csv(lines, "en"))
    assert refused.value.code == "answer-blank"


def test_free_remarks_are_read_apart_from_the_rows_and_do_not_stay():
    data = filled(
        "zh-CN", "xlsx", match="found", remark_text="已与申请人电话联系", remark_zh="内部"
    )
    sheet = return_sheet(data, LIST).checked()
    assert dict(sheet.remarks) == {1: "已与申请人电话联系"}
    assert "电话" not in repr((sheet.rows, sheet.kept))
    assert sheet.kept[0]["columns"] == {"remark_zh": "内部"}


def test_cell_that_begins_like_a_formula_is_none_in_any_format():
    lines = return_lines("L2026-47", [{"row": 1, "number": "=1+1"}], catalogue("en"))
    data = return_csv(lines, "en")
    assert b",'=1+1," in data
    assert "<f>" not in parts(return_xlsx("L2026-47", lines, "en"))["xl/worksheets/sheet1.xml"]
    [grid] = read(data)
    number = columns("en").index("application_no") + 1
    assert (grid.rows[1].cell(number), grid.rows[1].formulas) == ("=1+1", ())


def test_file_with_codes_as_heads_is_written_and_read():
    lines = [{"list_id": "L2026-47", "row": "1", "application_no": "0017", "match": "found"}]
    assert return_sheet(csv_bytes([*lines[0]], lines)).checked().rows[0]["match"] == "found"


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx", " =1", "\uff1d1"])
def test_every_way_to_begin_a_formula_is_made_text_and_comes_back(cell):
    assert cells.neutral(cell) == f"'{cell}"
    assert cells.restored(cells.neutral(cell)) == cell


@pytest.mark.parametrize("cell", ["", "x=1", "'s", "''", "1-2", "虚构"])
def test_other_cells_go_out_and_come_back_as_they_are(cell):
    assert cells.neutral(cell) == cells.restored(cell) == cell


def test_no_file_is_written_past_the_one_function():
    """Each module that writes CSV asks it; each that writes XLSX writes text cells alone."""
    root = Path(desk.__file__).parents[1]
    writers = [
        (path.name, text)
        for path in sorted(root.rglob("*.py"))
        if "csv." in (text := path.read_text("utf-8")) or "xlsxwriter" in text
    ]
    assert {name for name, _ in writers} >= {"sheets.py", "extracts.py", "tables.py"}
    for name, text in writers:
        if re.search(r"csv\.(writer|DictWriter)", text):
            assert "neutral(" in text, name
        assert not re.search(r"\.write(_row|_column|_formula)?\(\d|\.write_row\(", text), name
