"""Write sheets to fill in: MOFCOM's return sheet for a batch, as XLSX or CSV.

Does not sign or send; completed sheets are read by `lists.py` like any other file. Every cell is
text, so that spreadsheets never turn a code into a number or a name into a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import xlsxwriter

from special_channel.desk.cells import neutral
from special_channel.desk.lists import CORRECTS, REMARK, RETURN_COLUMNS

COLUMNS: Final = ("list_id", *RETURN_COLUMNS, CORRECTS, REMARK, "remark_zh", "remark_en")
"""Columns of a return sheet; `remark_text` is shared, the two after it stay with their author."""

SheetLine = Mapping[str, str]


def return_lines(list_: str, rows: Iterable[Mapping[str, object]]) -> list[dict[str, str]]:
    """Return one line a row of a batch, with CN's earlier answer if any."""
    return [
        {
            "list_id": list_,
            **{column: _cell(row.get(field)) for column, (field, _) in RETURN_COLUMNS.items()},
        }
        for row in rows
    ]


def xlsx(columns: Sequence[str], lines: Iterable[SheetLine]) -> bytes:
    """Write a workbook of text cells, the header frozen."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    text = book.add_format({"num_format": "@"})
    for column, name in enumerate(columns):
        sheet.write_string(0, column, name)
    for number, line in enumerate(lines, 1):
        for column, name in enumerate(columns):
            if line.get(name):
                sheet.write_string(number, column, line[name], text)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def csv_bytes(columns: Sequence[str], lines: Iterable[SheetLine]) -> bytes:
    """Write UTF-8 with a byte order mark; cells that begin like a formula get an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: neutral(cell) for name, cell in line.items()} for line in lines)
    return out.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    if isinstance(value, list | tuple):
        return ";".join(map(str, value))
    # The fold stores -1 for a missing number.
    return "" if value is None or value == -1 else str(value)
