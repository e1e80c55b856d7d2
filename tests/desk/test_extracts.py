"""Extracts: what a spreadsheet shows, and what a reader of CSV gets."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
import python_calamine

from special_channel.desk.extracts import Extract, csv_bytes, xlsx

EXTRACT = Extract(
    "Applications",
    "About",
    [("number", "No."), ("days", "Days"), ("note", "Note")],
    [["FIKTIV-1", "12.5", "=1+1"], ["0017", "", ""]],
    [("Filter", "none"), ("As of", "2026-11-24")],
    "Dates are working arrangements.",
    frozenset({"days"}),
)
EMPTY = Extract("Applications", "About", EXTRACT.columns, [], [], "")


def sheet(data: bytes, number: int) -> list[list[object]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    return [list(row) for row in book.get_sheet_by_index(number).to_python()]


def part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def test_table_has_translated_heads_and_the_effect_at_its_foot():
    assert sheet(xlsx(EXTRACT), 0) == [
        ["No.", "Days", "Note"],
        ["FIKTIV-1", 12.5, "=1+1"],
        ["0017", "", ""],
        ["", "", ""],
        ["Dates are working arrangements.", "", ""],
    ]


def test_second_sheet_lists_facts_and_columns_with_codes():
    assert sheet(xlsx(EXTRACT), 1) == [
        ["Filter", "none"], ["As of", "2026-11-24"], ["number", "No."], ["days", "Days"],
        ["note", "Note"],
    ]  # fmt: skip


def test_sheets_have_the_names_of_the_extract():
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(xlsx(EXTRACT)))
    assert book.sheet_names == ["Applications", "About"]


def test_head_and_first_column_stay_and_the_table_has_filters():
    table = part(xlsx(EXTRACT), "xl/worksheets/sheet1.xml")
    assert re.search(r'<pane xSplit="1" ySplit="1" topLeftCell="B2"', table)
    assert '<autoFilter ref="A1:C3"/>' in table
    assert "<autoFilter" not in part(xlsx(EMPTY), "xl/worksheets/sheet1.xml")


def test_cells_are_text_except_counts():
    table = part(xlsx(EXTRACT), "xl/worksheets/sheet1.xml")
    assert re.search(r'<c r="A3" s="\d+" t="s">', table), "no number of 0017"
    assert re.search(r'<c r="B2"><v>12.5</v>', table)
    assert "<f>" not in table
    styles = part(xlsx(EXTRACT), "xl/styles.xml")
    assert styles.count('numFmtId="164" fontId') == 2, "the format of text, for heads and cells"
    assert 'numFmtId="164" formatCode="@"' in styles
    assert styles.count("<b/>") == 1, "heads are bold"


def test_lines_of_csv_are_names_codes_cells_and_the_effect():
    data = csv_bytes(EXTRACT)
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").split("\r\n") == [
        "No.,Days,Note", "number,days,note", "FIKTIV-1,12.5,'=1+1", "0017,,",
        "Dates are working arrangements.,,", "",
    ]  # fmt: skip


@pytest.mark.parametrize("write", [xlsx, csv_bytes])
def test_extract_of_nothing_has_its_heads_alone(write):
    data = write(EMPTY)
    if write is xlsx:
        assert sheet(data, 0) == [["No.", "Days", "Note"]]
    else:
        assert data.decode("utf-8-sig").split("\r\n") == ["No.,Days,Note", "number,days,note", ""]
