"""Files as they really come, and files made to do harm: read right, or refused and said why."""

from __future__ import annotations

import io
import resource
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries.batches import OPTED
from special_channel.desk import cells
from special_channel.desk.lists import weekly_list
from special_channel.desk.sheet import Sheet
from tests.desk.test_lists import HEADER, csv, line, listed

COLUMNS = HEADER.split(",")
ROW: list[object] = ["L2026-47", 1, "FIKTIV-1", "urgent", 1, "2026-11-06", 3, "review"]
ROW += ["2026-11-18", "Q_STATUS", "Fictional AG", "0805"]


def workbook(fill: Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, COLUMNS)
    sheet.write_row(1, 0, ROW)
    fill(book, sheet)
    book.close()
    return out.getvalue()


def repacked(data: bytes, extra: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, extra.pop(name, b"") or old.read(name))
        for name, content in extra.items():
            new.writestr(name, content)
    return out.getvalue()


def wide(text: str) -> str:
    """Write ASCII in the full-width forms of Chinese keyboards."""
    return "".join(chr(ord(sign) + 0xFEE0) for sign in text)


def read(data: bytes) -> Sheet:
    return weekly_list(data, OPTED)


def refused(data: bytes) -> Malformed:
    with pytest.raises(Malformed) as raised:
        read(data)
    return raised.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_in_each_encoding_of_both_offices_is_the_same_list(encoding):
    text = "\r\n".join((HEADER, line(1).replace("Fictional AG", "虚构磁材（宁波）有限公司")))
    assert read(text.encode(encoding)) == read(text.encode("utf-8-sig"))


def test_tabs_part_cells_too():
    assert read(csv(line(1)).replace(b",", b"\t")) == listed(line(1))


@pytest.mark.parametrize(
    "written",
    [
        "2026年11月6日",
        "2026/11/6",
        "2026.11.06",
        "06.11.2026",
        wide("2026-11-06"),
        " 2026-11-06 ",
    ],
)
def test_a_date_in_any_of_the_forms_that_officials_write(written):
    sheet = listed(line(1).replace("2026-11-06", written)).checked()
    assert sheet.rows[0]["first_listed"] == "2026-11-06"


def test_a_cell_of_a_workbook_that_is_a_date():
    def fill(book, sheet):
        sheet.write_datetime(1, 5, date(2026, 11, 6), book.add_format({"num_format": "d mmm"}))

    assert read(workbook(fill)) == listed(line(1))


def test_full_width_digits_and_blanks_of_every_width():
    sheet = listed(
        line(1).replace(",3,", f",{wide('3')},").replace("FIKTIV-1", f"\u3000{wide('FIKTIV-1')} ")
    )
    assert sheet.checked() == listed(line(1))


@pytest.mark.parametrize("shortened", ["1.2E+16", "1,2E+16", "12E16", "1.20260005E+15"])
def test_a_number_that_a_spreadsheet_shortened_is_refused_by_its_row(shortened):
    quoted = f'"{shortened}"'
    sheet = listed(line(1), line(2, quoted))
    assert [(each.row, each.column, each.code) for each in sheet.faults] == [
        (3, "application_no", "list-digits-lost")
    ]


def test_a_row_without_a_number_is_shown():
    sheet = listed(line(1), line(2).replace("FIKTIV-2", ""))
    assert [(each.row, each.code) for each in sheet.faults] == [(3, "list-number-missing")]


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200b", "\u00ad"])
def test_a_mark_that_nobody_sees_is_refused_in_whatever_column(mark):
    for changed in (("FIKTIV-1", f"FIKTIV{mark}-1"), ("Fictional", f"Fic{mark}tional")):
        sheet = listed(line(1).replace(*changed))
        assert [each.code for each in sheet.faults] == ["list-hidden-mark"]


def test_the_same_number_in_full_width_is_the_same_number():
    sheet = listed(line(1, "FIKTIV-1"), line(2, wide("FIKTIV-1")))
    assert [each.code for each in sheet.faults] == ["list-duplicate"]


@given(st.text("ab0O", max_size=5), st.text("ab0O", max_size=5))
def test_one_apart_is_what_one_change_makes(one, other):
    changes = {one[:at] + sign + one[at + 1 :] for at in range(len(one)) for sign in "ab0O"}
    changes |= {one[:at] + sign + one[at:] for at in range(len(one) + 1) for sign in "ab0O"}
    changes |= cells.shortened_by_one(one)
    assert cells.one_apart(one, other) == (other in changes - {one})


def test_a_value_that_is_calculated_is_named_by_its_cell():
    sheet = read(workbook(lambda _, sheet: sheet.write_formula(1, 4, "=1+1", value=2)))
    assert [(each.row, each.column, each.code) for each in sheet.faults] == [
        (2, "priority_rank", "list-formula")
    ]


def test_merged_cells_of_lines_are_named():
    sheet = read(workbook(lambda _, sheet: sheet.merge_range("D2:E2", "urgent")))
    assert [(each.row, each.column, each.code) for each in sheet.faults] == [
        (2, "urgency", "list-cell-merged"),
        (2, "priority_rank", "list-cell-merged"),
    ]


def test_a_second_sheet_that_is_filled_is_refused_and_an_empty_one_is_not():
    def filled(book, _):
        book.add_worksheet("Notes").write(0, 0, "notes")

    error = refused(workbook(filled))
    assert (error.code, error.facts) == ("list-two-sheets", {"sheets": "Sheet1, Notes"})
    assert read(workbook(lambda book, _: book.add_worksheet())) == listed(line(1))


def test_macros_are_refused():
    data = repacked(workbook(lambda *_: None), {"xl/vbaProject.bin": b"macros"})
    assert refused(data).code == "list-macros"


def test_a_million_formatted_rows_without_values_are_no_rows():
    blank = b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (n, n) for n in range(3, 500_003))
    plain = workbook(lambda *_: None)
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml")
    data = repacked(
        plain, {"xl/worksheets/sheet1.xml": xml.replace(b"</sheetData>", blank + b"</sheetData>")}
    )
    assert read(data) == listed(line(1))


def test_a_value_in_the_last_cell_of_all_does_not_lay_out_all_cells():
    error = refused(workbook(lambda _, sheet: sheet.write(1_048_575, 16_383, "x")))
    assert (error.code, error.facts["cell"]) == ("list-far-cells", "XFD1048576")


def test_a_bomb_is_refused_without_unfolding_it():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    data = repacked(workbook(lambda *_: None), {"xl/media/image1.png": bytes(300 * 1024 * 1024)})
    made = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(data) < 1024 * 1024
    assert refused(data).code == "list-unfolds"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - max(before, made) < 200 * 1024


def test_a_bomb_that_lies_about_its_size_is_refused_too():
    data = bytearray(repacked(workbook(lambda *_: None), {"xl/big.bin": bytes(100 * 1024 * 1024)}))
    directory = data.rindex(b"xl/big.bin") - 46
    assert data[directory : directory + 4] == b"PK\x01\x02"
    data[directory + 24 : directory + 28] = (10).to_bytes(4, "little")
    assert refused(bytes(data)).code == "list-unfolds"


def test_a_stored_part_counts_as_well():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<x/>")
    assert refused(out.getvalue()).code == "list-unreadable"


def test_too_many_parts_are_refused():
    data = repacked(workbook(lambda *_: None), {f"xl/p{place}": b"x" for place in range(600)})
    assert refused(data).code == "list-unfolds"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_no_workbook_uses_is_refused(method):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("xl/workbook.xml", b"<x/>" * 100)
    assert refused(out.getvalue()).code == "list-unreadable"


@pytest.mark.parametrize("encoding", [b"eeTF-8", b"gb18030"])
def test_an_encoding_that_no_workbook_has_is_refused(encoding):
    xml = b'<?xml version="1.0" encoding="%b"?><sst/>' % encoding
    assert refused(repacked(WHOLE, {"xl/sharedStrings.xml": xml})).code == "list-unreadable"


@given(st.data())
def test_a_damaged_workbook_is_refused_or_read_and_never_anything_else(data):
    whole = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Malformed):
        read(bytes(whole))


WHOLE = workbook(lambda *_: None)
