"""The return sheet to fill in: what is written comes back through the import."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from special_channel import desk
from special_channel.desk import cells
from special_channel.desk.lists import return_sheet
from special_channel.desk.sheets import COLUMNS, csv_bytes, return_lines, xlsx
from special_channel.desk.tables import read

ROWS = [
    {"row": 1, "number": "0017", "match": "", "days_used": -1, "missing": []},
    {
        "row": 2,
        "number": "FIKTIV-2",
        "match": "found",
        "state": "supplement",
        "days_used": 12,
        "missing": ["contract", "test_report"],
    },
]


@pytest.mark.parametrize("write", [xlsx, csv_bytes])
def test_what_was_answered_before_comes_back_as_it_was_and_codes_keep_their_zeros(write):
    sheet = return_sheet(write(COLUMNS, return_lines("L2026-47", ROWS)))
    assert sheet.list == "L2026-47"
    assert [row["number"] for row in sheet.rows] == ["FIKTIV-2"]
    assert sheet.rows[0]["missing"] == ["contract", "test_report"]
    assert sheet.rows[0]["days_used"] == 12
    assert (sheet.left, sheet.faults) == (1, ()), "a row that says nothing is left for later"


@pytest.mark.parametrize("write", [xlsx, csv_bytes])
def test_a_row_that_says_something_says_what_became_of_it(write):
    lines = return_lines("L2026-47", ROWS)
    lines[0] |= {"cn_status": "review"}
    sheet = return_sheet(write(COLUMNS, lines))
    assert [row["number"] for row in sheet.rows] == ["0017", "FIKTIV-2"]
    assert [(fault.row, fault.column) for fault in sheet.faults] == [(2, "match")]
    assert sheet.left == 0


def test_a_sheet_that_says_nothing_at_all_is_at_fault():
    lines = return_lines("L2026-47", ROWS[:1])
    assert [fault.column for fault in return_sheet(xlsx(COLUMNS, lines)).faults] == ["match"]


def test_free_remarks_are_read_apart_from_the_rows_and_do_not_stay():
    lines = return_lines("L2026-47", ROWS)
    lines[1] |= {"remark_text": "已与申请人电话联系", "remark_zh": "内部"}
    sheet = return_sheet(xlsx(COLUMNS, lines)).checked()
    assert dict(sheet.remarks) == {2: "已与申请人电话联系"}
    assert "电话" not in repr((sheet.rows, sheet.kept))


@pytest.mark.parametrize("write", [xlsx, csv_bytes])
def test_a_sheet_that_is_filled_in_can_be_signed(write):
    lines = return_lines("L2026-47", ROWS)
    lines[0] |= {"match": "not_found", "remark_zh": "请核对"}
    sheet = return_sheet(write(COLUMNS, lines)).checked()
    assert sheet.rows[0]["match"] == "not_found"
    assert "请核对" not in repr(sheet.rows)


def test_a_cell_that_begins_like_a_formula_is_none_in_any_format():
    lines = return_lines("L2026-47", [{"row": 1, "number": "=1+1"}])
    assert b",'=1+1," in csv_bytes(COLUMNS, lines)
    assert b"<f>" not in xlsx(COLUMNS, lines)
    _, [line] = read(csv_bytes(COLUMNS, lines))
    assert (line.cells["application_no"], line.formulas) == ("=1+1", frozenset())


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
