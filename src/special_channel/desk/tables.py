"""Rows of text from a CSV or XLSX file, as Excel, LibreOffice and WPS write them.

Does not know which columns a sheet has: `lists.py` does. Does not evaluate formulas, and
names cells that are calculated or that a spreadsheet would calculate.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import python_calamine

from special_channel.core.errors import Malformed
from special_channel.desk import workbook

MAX_BYTES: Final = 8 * 1024 * 1024
"""A list of 500 rows is 0.1 MB; this leaves room and keeps a bomb out."""

MAX_ROWS: Final = 2000

FORMULA: Final = ("=", "+", "-", "@", "\t")
"""First characters at which spreadsheets begin to calculate (CSV injection, CWE-1236)."""

_ZIP: Final = b"PK\x03\x04"
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The old binary format, and every workbook with a password (MS-CFB, 2.2)."""

_AMOUNT: Final = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")

_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Line:
    """One line below the header.

    Attributes:
        number: As a spreadsheet counts: the header is 1.
        cells: Trimmed text by column; an empty cell is absent.
        numeric: Columns whose cell was a number in the file, not text.
        formulas: Columns whose cell is calculated, or would be in a spreadsheet.
    """

    number: int
    cells: dict[str, str]
    numeric: frozenset[str] = frozenset()
    formulas: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Raw:
    """Cells as read, the header first, with the places of those that are calculated."""

    rows: Sequence[Sequence[object]]
    formulas: frozenset[tuple[int, int]] = frozenset()


def read(data: bytes) -> tuple[tuple[str, ...], tuple[Line, ...]]:
    """Return the header and the lines of a CSV (UTF-8, UTF-16 or GB18030) or XLSX file.

    Raises:
        Malformed: `list-unreadable`, `list-old-format`, `list-empty`, `list-too-long`,
            `list-columns`, and for a workbook `list-macros`, `list-two-sheets`,
            `list-merged`, `list-unfolds`, `list-far-cells`.
    """
    if len(data) > MAX_BYTES:
        raise Malformed("list-too-long", "The file is too large.", limit=MAX_ROWS)
    if data.startswith(_COMPOUND):
        raise Malformed("list-old-format", "An old workbook, or one with a password.")
    raw = _xlsx(data) if data.startswith(_ZIP) else _csv(data)
    if not raw.rows:
        raise Malformed("list-empty", "The list has no rows.")
    header = tuple(_text(cell) for cell in raw.rows[0])
    named = [name for name in header if name]
    if len(set(named)) != len(named) or not named:
        raise Malformed("list-columns", "A column is missing, or stands twice.", column="")
    lines = tuple(
        _line(number, header, cells, raw.formulas)
        for number, cells in enumerate(raw.rows[1:], 2)
        if any(_text(cell) for cell in cells)
    )
    if not lines:
        raise Malformed("list-empty", "The list has no rows.")
    if len(lines) > MAX_ROWS:
        raise Malformed("list-too-long", "The list has too many rows.", limit=MAX_ROWS)
    return tuple(named), lines


def _csv(data: bytes) -> _Raw:
    text = _decoded(data)
    first = text.partition("\n")[0]
    # Excel writes semicolons where the comma is the decimal sign, tabs as "Unicode text".
    delimiter = max(",;\t", key=first.count)
    try:
        return _Raw(
            list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        )
    except csv.Error:
        raise _unreadable() from None


def _decoded(data: bytes) -> str:
    """Decode what the bytes are, whatever the file claims to be.

    Chinese text in GB18030 is practically never UTF-8 by chance, so UTF-8 is tried first.
    A file that is neither, or holds NUL, isn't text.
    """
    encodings = ("utf-16",) if data.startswith(_UTF_16) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _unreadable()


def _xlsx(data: bytes) -> _Raw:
    looked = workbook.look_through(data)
    if looked.merged:
        raise Malformed("list-merged", "Cells are merged.", cell=looked.merged[0])
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
        filled = [sheet for sheet in sheets if sheet.height]
        if len(filled) > 1:
            raise Malformed("list-two-sheets", "More than one sheet is filled.")
        rows = filled[0].to_python(skip_empty_area=False) if filled else []
    except (python_calamine.CalamineError, OSError, ValueError):
        raise _unreadable() from None
    return _Raw(rows, frozenset(looked.formulas))


def _line(
    number: int,
    header: Sequence[str],
    cells: Sequence[object],
    formulas: frozenset[tuple[int, int]],
) -> Line:
    found = {
        name: text
        for name, cell in zip(header, cells, strict=False)
        if name and (text := _text(cell))
    }
    calculated = {
        name for place, name in enumerate(header, 1) if name and (number, place) in formulas
    }
    calculated |= {
        name
        for name, text in found.items()
        if text.startswith(FORMULA) and not _AMOUNT.fullmatch(text)
    }
    return Line(number, found, frozenset(_numbers(header, cells)), frozenset(calculated))


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
    # Line ends inside a cell as the channel writes them; a tab parts columns, so it is a blank.
    text = "" if cell is None else str(cell).strip()
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")


def _unreadable() -> Malformed:
    return Malformed("list-unreadable", "The file is neither CSV nor XLSX.")
