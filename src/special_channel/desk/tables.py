"""Read rows of text from a CSV or XLSX file written by Excel, LibreOffice or WPS.

Does not know the columns of a sheet: `lists.py` does. Does not evaluate formulas; cells with
a formula, and cells that a spreadsheet would calculate, are reported.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any, Final

import python_calamine

from special_channel.core.bytes.errors import Malformed
from special_channel.desk import cells, workbook

MAX_BYTES: Final = 8 * 1024 * 1024
"""A list of 500 rows has 0.1 MB; the limit leaves room and rejects decompression bombs."""

MAX_ROWS: Final = 2000

MAX_CELLS: Final = 1000
"""Longest line in cells; a list has 30. Empty cells at the end are ignored."""

MAX_TEXT: Final = 4 * 1024 * 1024
"""Characters of all cells: four times a `data` part, of which a list fills two at most."""

_ZIP: Final = b"PK\x03\x04"
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The old binary format, and every workbook with a password (MS-CFB, 2.2)."""

_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line below the header.

    Attributes:
        number: Line number as in a spreadsheet: the header is 1.
        cells: Trimmed text by column; empty cells are absent.
        numeric: Columns with a number instead of text in the file.
        formulas: Columns with a formula, or with text that a spreadsheet would calculate.
    """

    number: int
    cells: dict[str, str]
    numeric: frozenset[str] = frozenset()
    formulas: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Raw:
    """Numbered rows with unconverted values, and the places of formulas.

    The first row is the header. `typed` means that text cells never become formulas.
    """

    rows: Sequence[tuple[int, Sequence[object]]]
    typed: bool = False
    formulas: frozenset[tuple[int, int]] = frozenset()


Table = tuple[tuple[str, ...], tuple[TableLine, ...]]
"""The header, and the lines below it."""


def job(data: bytes) -> list[object]:
    """Run `read` in the reader process; return the table as JSON values."""
    header, lines = read(data)
    encoded = [
        [line.number, line.cells, sorted(line.numeric), sorted(line.formulas)] for line in lines
    ]
    return [header, encoded]


def from_job(result: list[Any]) -> Table:
    """Decode the result of `job` to a table."""
    header, lines = result
    return tuple(header), tuple(
        TableLine(number, texts, frozenset(numeric), frozenset(formulas))
        for number, texts, numeric, formulas in lines
    )


def read(data: bytes) -> Table:
    """Return header and lines of a CSV (UTF-8, UTF-16 or GB18030) or XLSX file.

    Raises:
        Malformed: `list-unreadable`, `list-old-format`, `list-empty`, `list-too-long`,
            `list-columns`, `list-far-cells`, and for a workbook `list-macros`, `list-two-sheets`,
            `list-merged`, `list-unfolds`.
    """
    if len(data) > MAX_BYTES:
        raise Malformed("list-too-long", "The file is too large.", limit=MAX_ROWS)
    if data.startswith(_COMPOUND):
        raise Malformed("list-old-format", "An old workbook, or one with a password.")
    raw = _xlsx(data) if data.startswith(_ZIP) else _csv(data)
    if not raw.rows:
        raise Malformed("list-empty", "The list has no rows.")
    header = tuple(cell_text(cell) for cell in raw.rows[0][1])
    named = [name for name in header if name]
    if len(set(named)) != len(named):
        raise Malformed("list-columns", "A column stands twice.", column="")
    lines = tuple(_line(number, header, row, raw) for number, row in raw.rows[1:])
    if not lines:
        raise Malformed("list-empty", "The list has no rows.")
    return tuple(named), lines


def _filled(rows: Iterable[Sequence[object]]) -> list[tuple[int, Sequence[object]]]:
    """Number the rows and drop empty ones, streaming: a file may have millions."""
    filled: list[tuple[int, Sequence[object]]] = []
    left = MAX_TEXT
    for number, row in enumerate(rows, 1):
        if used := sum(len(cell_text(cell)) for cell in row):
            left -= used
            if left < 0:
                raise Malformed("list-too-long", "The list is too large.", limit=MAX_TEXT)
            # A quoted cell may contain line ends, so one row can span many lines.
            if len(row) > MAX_CELLS:
                raise _too_far(number)
            filled.append((number, row))
            if len(filled) > MAX_ROWS + 1:
                raise Malformed("list-too-long", "The list has too many rows.", limit=MAX_ROWS)
    return filled


def _csv(data: bytes) -> _Raw:
    data, encoding = _encoding(data)
    # Stream: the whole text with its rows would take many times the file's size.
    text = io.TextIOWrapper(io.BytesIO(data), encoding, newline="")
    first = text.readline()
    # Excel writes semicolons where the comma is the decimal sign, tabs as "Unicode text".
    delimiter = max(",;\t", key=first.count)
    lines = _bounded(chain((first,), text), delimiter)
    try:
        return _Raw(_filled(csv.reader(lines, delimiter=delimiter, strict=True)))
    except csv.Error:
        raise _unreadable() from None


def _bounded(lines: Iterable[str], delimiter: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if line.count(delimiter) > MAX_CELLS:
            raise _too_far(number)
        yield line


def _encoding(data: bytes) -> tuple[bytes, str]:
    """Return the bytes without a byte order mark, and their encoding."""
    # Chinese text in GB18030 is practically never valid UTF-8, so UTF-8 is tried first. A UTF-8
    # mark before GB18030 is an editor's mistake. Text never contains NUL.
    if data.startswith(_UTF_16):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        data, encodings = data.removeprefix(codecs.BOM_UTF8), ("utf-8", "gb18030")
    for encoding in encodings:
        with suppress(UnicodeDecodeError):
            if "\0" not in data.decode(encoding):
                return data, encoding
    raise _unreadable()


def _xlsx(data: bytes) -> _Raw:
    scan = workbook.scan_workbook(data)
    if scan.merged:
        raise Malformed("list-merged", "Cells are merged.", cell=scan.merged[0])
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
        filled = [sheet for sheet in sheets if sheet.height]
        if len(filled) > 1:
            raise Malformed("list-two-sheets", "More than one sheet is filled.")
        rows = _filled(filled[0].to_python(skip_empty_area=False)) if filled else []
    except (python_calamine.CalamineError, OSError, ValueError):
        raise _unreadable() from None
    return _Raw(rows, typed=True, formulas=frozenset(scan.formulas))


def _line(
    number: int,
    header: Sequence[str],
    row: Sequence[object],
    raw: _Raw,
) -> TableLine:
    texts = {
        name: text
        for name, cell in zip(header, row, strict=False)
        if name and (text := cell_text(cell))
    }
    calculated = {
        name for column, name in enumerate(header, 1) if name and (number, column) in raw.formulas
    }
    if not raw.typed:
        calculated |= {name for name, text in texts.items() if cells.begins_formula(text)}
    restored = {name: cells.restored(text) for name, text in texts.items()}
    return TableLine(number, restored, frozenset(_numbers(header, row)), frozenset(calculated))


def _numbers(header: Sequence[str], row: Sequence[object]) -> Iterable[str]:
    return (
        name
        for name, cell in zip(header, row, strict=False)
        if name and isinstance(cell, int | float) and not isinstance(cell, bool)
    )


def cell_text(cell: object) -> str:
    """Return a cell of a workbook as text: whole numbers without a point, days by ISO 8601."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    # Line ends inside a cell as the channel writes them; a tab would split columns.
    text = "" if cell is None else str(cell).strip()
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")


def _too_far(row: int) -> Malformed:
    return Malformed(
        "list-far-cells",
        "A cell lies far outside any list.",
        cell=cells.name_of(row, MAX_CELLS + 1),
    )


def _unreadable() -> Malformed:
    return Malformed("list-unreadable", "The file is neither CSV nor XLSX.")
