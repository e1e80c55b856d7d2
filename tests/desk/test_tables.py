"""Rows of text from files: every type of cell, and each limit by its number."""

from __future__ import annotations

import io
from datetime import date, datetime

import pytest
import xlsxwriter

from special_channel.core.bytes.errors import Malformed
from special_channel.desk import tables
from special_channel.desk.tables import TableLine, from_job, job, read

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


def refused(data: bytes) -> tuple[str, object]:
    with pytest.raises(Malformed) as error:
        read(data)
    facts = error.value.facts
    return error.value.code, facts.get("limit", facts.get("cell", facts.get("column")))


def test_each_type_of_cell_is_read_as_its_text():
    header = ["t", "whole", "part", "yes", "no", "day", "time", "none", "lines"]
    row = ["text ", 17, 1.5, True, False, date(2026, 11, 24), MORNING, None,
           "one\r\ntwo\rthree\tfour"]  # fmt: skip
    found, [line] = read(workbook(list(header), list(row)))
    assert found == tuple(header)
    assert line == TableLine(
        2,
        {"t": "text", "whole": "17", "part": "1.5", "yes": "true", "no": "false",
         "day": "2026-11-24", "time": "2026-11-24", "lines": "one\ntwo\nthree four"},
        frozenset({"whole", "part"}),
    )  # fmt: skip


def test_column_without_a_name_is_left_out():
    found, [line] = read(b"a,,c\r\n1,2,3\r\n")
    assert found == ("a", "c")
    assert line.cells == {"a": "1", "c": "3"}
    _, [of_workbook] = read(workbook(["a", None, "c"], ["x", 2, 3]))
    assert of_workbook.numeric == {"c"}


def test_row_keeps_its_number_after_empty_rows():
    _, lines = read(b"a,b\r\n,\r\n\r\n1,2\r\n")
    assert [line.number for line in lines] == [4]


def test_cells_past_the_last_column_are_left_out():
    _, [line] = read(b"a,b\r\n1,2,3\r\n")
    assert line.cells == {"a": "1", "b": "2"}


def test_cell_that_would_be_calculated_is_named_in_csv_alone():
    _, [line] = read(b"a,b\r\n=1,'=2\r\n")
    assert line == TableLine(2, {"a": "=1", "b": "=2"}, formulas=frozenset({"a"}))


def test_table_comes_back_from_the_process_that_reads_it():
    table = read(workbook(["a", "b"], ["=x", 1]))
    assert from_job(job(workbook(["a", "b"], ["=x", 1]))) == table


@pytest.mark.parametrize(
    ("data", "code", "fact"),
    [
        (b"", "list-empty", None),
        (b"a,b\r\n", "list-empty", None),
        (b"a,a\r\n1,2\r\n", "list-columns", ""),
        (b",\r\n1,2\r\n", "list-empty", None),
        (b"x" * (8 * 1024 * 1024 + 1), "list-too-long", 2000),
        (b"a\r\n" + b"1\r\n" * 2001, "list-too-long", 2000),
        (long(4_194_305), "list-too-long", 4_194_304),
        (b"a\r\n" + b"," * 1001, "list-far-cells", "ALM2"),
        (b'a\r\n"x' + b'\n","' * 1000 + b'"', "list-far-cells", "ALM2"),
    ],
    ids=["nothing", "header alone", "doubled", "no header", "bytes", "rows", "text", "cells",
         "cells over lines"],
)  # fmt: skip
def test_file_beyond_a_limit_is_refused_by_its_number(data, code, fact):
    assert refused(data) == (code, fact)


@pytest.mark.parametrize(
    "data",
    [
        b"a\r\n" + b"1\r\n" * 2000,
        long(4_194_304),
        b"a\r\nx" + b"," * 999,
        b'a\r\n"x' + b'\n","' * 999 + b'"',
    ],
    ids=["rows", "text", "cells", "cells over lines"],
)
def test_file_at_a_limit_is_read(data):
    assert read(data)[1]


def test_limits_of_a_file_are_those_that_the_documents_name():
    assert (tables.MAX_BYTES, tables.MAX_ROWS) == (8_388_608, 2000)
    assert (tables.MAX_CELLS, tables.MAX_TEXT) == (1000, 4_194_304)
