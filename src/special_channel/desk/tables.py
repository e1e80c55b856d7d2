"""Rows of text from a CSV or XLSX file.

Does not know which columns a sheet has: `lists.py` does. Does not evaluate formulas, and
refuses cells that a spreadsheet would take for one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import python_calamine

from special_channel.core.errors import Malformed

MAX_BYTES: Final = 8 * 1024 * 1024
"""A list of 500 rows is 0.1 MB; this leaves room and keeps a bomb out."""

MAX_ROWS: Final = 2000

_ZIP: Final = b"PK\x03\x04"
FORMULA: Final = ("=", "+", "-", "@", "\t")
"""First characters at which spreadsheets begin to calculate (CSV injection, CWE-1236)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line below the header.

    Attributes:
        number: As a spreadsheet counts: the header is 1.
        cells: Trimmed text by column; an empty cell is absent.
        numeric: Columns whose cell was a number in the file, not text.
    """

    number: int
    cells: dict[str, str]
    numeric: frozenset[str] = frozenset()


def read(data: bytes) -> tuple[tuple[str, ...], tuple[Line, ...]]:
    """Return the header and the lines of a CSV (UTF-8) or XLSX file.

    Raises:
        Malformed: `list-unreadable`, `list-empty`, `list-too-long`, `list-columns`,
            `list-formula`.
    """
    if len(data) > MAX_BYTES:
        raise Malformed("list-too-long", "The file is too large.", limit=MAX_ROWS)
    raw = _xlsx(data) if data.startswith(_ZIP) else _csv(data)
    if not raw:
        raise Malformed("list-empty", "The list has no rows.")
    header = tuple(str(cell or "").strip() for cell in raw[0])
    named = [name for name in header if name]
    if len(set(named)) != len(named) or not named:
        raise Malformed("list-columns", "A column is missing, or stands twice.", column="")
    lines = tuple(
        _line(number, header, cells)
        for number, cells in enumerate(raw[1:], 2)
        if any(_text(cell) for cell in cells)
    )
    if not lines:
        raise Malformed("list-empty", "The list has no rows.")
    if len(lines) > MAX_ROWS:
        raise Malformed("list-too-long", "The list has too many rows.", limit=MAX_ROWS)
    return tuple(named), lines


def _csv(data: bytes) -> list[Sequence[object]]:
    try:
        text = data.decode("utf-8-sig")
        # Excel writes semicolons where the comma is the decimal sign.
        first = text.partition("\n")[0]
        delimiter = ";" if first.count(";") > first.count(",") else ","
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise Malformed("list-unreadable", "The file is neither UTF-8 CSV nor XLSX.") from None


def _xlsx(data: bytes) -> list[Sequence[object]]:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        return list(book.get_sheet_by_index(0).to_python(skip_empty_area=False))
    except (python_calamine.CalamineError, OSError, ValueError):
        raise Malformed("list-unreadable", "The file is neither UTF-8 CSV nor XLSX.") from None


def _line(number: int, header: Sequence[str], cells: Sequence[object]) -> Line:
    found = {
        name: text
        for name, cell in zip(header, cells, strict=False)
        if name and (text := _text(cell))
    }
    for name, text in found.items():
        if text.startswith(FORMULA):
            raise Malformed(
                "list-formula", "A cell begins like a formula.", row=number, column=name
            )
    return Line(number, found, frozenset(_numbers(header, cells)))


def _numbers(header: Sequence[str], cells: Sequence[object]) -> Iterable[str]:
    return (
        name
        for name, cell in zip(header, cells, strict=False)
        if name and isinstance(cell, int | float) and not isinstance(cell, bool)
    )


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else str(cell).strip()
