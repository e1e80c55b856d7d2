"""Rows of text from files: every type of cell, and each limit by its number."""

from __future__ import annotations

import io
from datetime import date, datetime

import pytest
import xlsxwriter

from special_channel.core.bytes.errors import Malformed
from special_channel.desk import tables
from special_channel.desk.tables import GridRow, from_job, job, read

MORNING = datetime(2026, 11, 24, 9, 30)  # noqa: DTZ001 - spreadsheets know no zone


def long(characters: int) -> bytes:
    """A column of this many characters, head included; a cell has at most 100,000."""
    whole, rest = divmod(characters - 1, 100_000)
    return b"a\r\n" + b"".join(b"x" * size + b"\r\n" for size in (*[100_000] * whole, rest))


def workbook(*rows: list[object]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell is not None:
                sheet.write(number, column, cell)
    book.close()
    return out.getvalue()


def table(data: bytes) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    """First row as heads, and the cells of the rows below by these."""
    [grid] = read(data)
    head = grid.rows[0].cells
    rows = [dict(zip(head, row.cells, strict=False)) for row in grid.rows[1:]]
    return head, [{name: cell for name, cell in row.items() if cell} for row in rows]


def refused(data: bytes) -> tuple[str, object]:
    with pytest.raises(Malformed) as error:
        read(data)
    facts = error.value.facts
    return error.value.code, facts.get("limit", facts.get("cell", facts.get("column")))


def test_each_type_of_cell_is_read_as_its_text():
    header = ["t", "whole", "part", "yes", "no", "day", "time", "none", "lines"]
    row = ["text ", 17, 1.5, True, False, date(2026, 11, 24), MORNING, None,
           "one\r\ntwo\rthree\tfour"]  # fmt: skip
    found, _ = table(workbook(list(header), list(row)))
    assert found == tuple(header)
    [grid] = read(workbook(list(header), list(row)))
    assert grid.name == "Sheet1"
    assert grid.rows[1] == GridRow(
        2,
        ("text", "17", "1.5", "true", "false", "2026-11-24", "2026-11-24", "",
         "one\ntwo\nthree four"),
        (2, 3),
    )  # fmt: skip


def test_row_keeps_its_number_after_empty_rows():
    [grid] = read(b"a,b\r\n,\r\n\r\n1,2\r\n")
    assert [row.number for row in grid.rows] == [1, 4]


def test_cell_past_the_last_one_of_a_row_is_empty():
    [grid] = read(b"a,b,c\r\n1,2,\r\n")
    row = grid.rows[1]
    assert (row.cells, row.cell(2), row.cell(3)) == (("1", "2"), "2", "")


def test_cell_that_would_be_calculated_is_named_in_csv_alone():
    [grid] = read(b"a,b\r\n=1,'=2\r\n")
    assert grid.rows[1] == GridRow(2, ("=1", "=2"), formulas=(1,))
    [grid] = read(workbook(["a", "b"], ["=x", "=1"]))
    assert grid.rows[1].formulas == (1, 2)


def test_table_comes_back_from_the_process_that_reads_it():
    book = read(workbook(["a", "b"], ["=x", 1]))
    assert from_job(job(workbook(["a", "b"], ["=x", 1]))) == book


def test_every_filled_sheet_is_read_under_its_name():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    for name in ("清单", "empty", "notes"):
        sheet = book.add_worksheet(name)
        if name != "empty":
            sheet.write_string(0, 0, name)
    sheet.hide()
    sheet.merge_range("A3:B3", "x")
    book.close()
    grids = read(out.getvalue())
    assert [(each.name, each.hidden, each.merged) for each in grids] == [
        ("清单", False, ()),
        ("notes", True, ("A3:B3",)),
    ]


@pytest.mark.parametrize(
    ("data", "code", "fact"),
    [
        (b"", "list-empty", None),
        (b",\r\n,\r\n", "list-empty", None),
        (b"x" * (8 * 1024 * 1024 + 1), "list-too-long", 2000),
        (b"a\r\n" + b"1\r\n" * 2040, "list-too-long", 2000),
        (long(4_194_305), "list-too-long", 4_194_304),
        (b"a\r\n" + b"," * 1001, "list-far-cells", "ALM2"),
        (b'a\r\n"x' + b'\n","' * 1000 + b'"', "list-far-cells", "ALM2"),
    ],
    ids=["nothing", "no header", "bytes", "rows", "text", "cells",
         "cells over lines"],
)  # fmt: skip
def test_file_beyond_a_limit_is_refused_by_its_number(data, code, fact):
    assert refused(data) == (code, fact)


@pytest.mark.parametrize(
    "data",
    [
        b"a\r\n" + b"1\r\n" * 2039,
        long(4_194_304),
        b"a\r\nx" + b"," * 999,
        b'a\r\n"x' + b'\n","' * 999 + b'"',
    ],
    ids=["rows", "text", "cells", "cells over lines"],
)
def test_file_at_a_limit_is_read(data):
    assert read(data)[0].rows[1:]


def test_limits_of_a_file_are_those_that_the_documents_name():
    assert (tables.MAX_BYTES, tables.MAX_ROWS, tables.MAX_AROUND) == (8_388_608, 2000, 40)
    assert (tables.MAX_CELLS, tables.MAX_TEXT) == (1000, 4_194_304)


def test_list_inside_a_cell_does_not_part_the_cells():
    rows = [f"CN-2025-{n:03};Dy,Tb,Sm" for n in range(1, 6)]
    heads, found = table("\r\n".join(["number;elements", *rows]).encode())
    assert heads == ("number", "elements")
    assert found[0] == {"number": "CN-2025-001", "elements": "Dy,Tb,Sm"}
    commas = [row.replace(",", "+").replace(";", ",") for row in ["number;elements", *rows]]
    assert table("\r\n".join(commas).encode())[0] == ("number", "elements")


SUPPLIERS = ("Alpha Co., Ltd.", "Beta", "Gamma, Delta Co., Ltd.")


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_signs_in_quoted_cells_do_not_part_the_cells(end):
    """Suppliers have commas, each another number of them, and papers a semicolon in each row."""
    rows = [f'CN-2025-{n:03},"{SUPPLIERS[n % 3]}",urgent,"contract; form"' for n in range(1, 26)]
    heads, found = table(end.join(["number,supplier,urgency,papers", *rows]).encode())
    assert heads == ("number", "supplier", "urgency", "papers")
    assert len(found) == 25
    assert found[0]["supplier"] == "Beta"
    assert {row["papers"] for row in found} == {"contract; form"}


def test_quoted_cell_over_many_lines_does_not_part_the_cells():
    rows = [f'CN-2025-{n:03};"a, b, ""c""\r\nd, e, f"' for n in range(1, 26)]
    heads, found = table("\r\n".join(["number;papers", *rows]).encode())
    assert heads == ("number", "papers")
    assert found[-1]["papers"] == 'a, b, "c"\nd, e, f'


def test_quotes_without_an_end_cost_no_time():
    with pytest.raises(Malformed, match="list-far-cells"):
        table(b'number,papers\r\n,"' + b',""' * 100_000 + b'"x')
