"""Read rows of text from a CSV or XLSX file written by Excel, LibreOffice or WPS.

Does not know the columns of a sheet: `layout.py` finds them. Does not evaluate formulas; cells
with a formula, and cells that a spreadsheet would calculate, are reported.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice
from typing import Any, Final

import python_calamine

from special_channel.core.bytes.errors import Malformed
from special_channel.desk import cells, encodings, workbook, workbook_parts
from special_channel.desk.encodings import Encoding
from special_channel.desk.workbook import SheetScan
from special_channel.desk.workbook_marks import NO_MARKS, Marks, Place
from special_channel.desk.workbook_parts import SheetPart

MAX_BYTES: Final = 8 * 1024 * 1024
"""A list of 500 rows has 0.1 MB; the limit leaves room and rejects decompression bombs."""

MAX_ROWS: Final = 2000

MAX_AROUND: Final = 40
"""Filled rows above and below the lines of a list: title, heads, totals, signatures."""

MAX_CELLS: Final = 1000
"""Longest line in cells; a list has 30. Empty cells at the end are ignored."""

MAX_TEXT: Final = 4 * 1024 * 1024
"""Characters of all cells: four times a `data` part, of which a list fills two at most."""

_FIRST_LINES: Final = 20
"""Lines of a CSV file by which the sign between its cells is told."""

_SIGNS: Final = ",;\t|"
"""Signs between cells. Excel writes semicolons where the comma is the decimal sign, tabs as
"Unicode text"."""

_QUOTED: Final = re.compile(r'(?:\A|(?<=[,;\t|\r\n]))"(?:[^"]|"")*+(?:"(?=[,;\t|\r\n]|\Z)|\Z)')
"""A cell in quotes, which may be cut off by the end of the first lines."""

_ZIP: Final = b"PK\x03\x04"
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The old binary format, and every workbook with a password (MS-CFB, 2.2)."""


@dataclass(frozen=True, slots=True)
class GridRow:
    """A filled row of a sheet.

    Attributes:
        number: Line of the spreadsheet, from 1.
        cells: Trimmed text by column, from the first column; empty cells are empty texts.
        numeric: Columns, from 1, with a number instead of text in the file.
        formulas: Columns with a formula, or with text that a spreadsheet would calculate.
    """

    number: int
    cells: tuple[str, ...]
    numeric: tuple[int, ...] = ()
    formulas: tuple[int, ...] = ()

    def cell(self, column: int) -> str:
        """Return the text in a column, from 1; empty beyond the last one."""
        return self.cells[column - 1] if column <= len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Grid:
    """The filled rows of a sheet.

    Attributes:
        name: The sheet's name; empty for CSV.
        hidden: Whether the office program hides the sheet.
        merged: Ranges of merged cells, such as `A1:D1`.
        marks: Hidden rows and columns, struck cells, comments.
        encodings: Encodings with this reading of an undecided CSV file, the likeliest first;
            empty for a file with a known encoding.
    """

    rows: tuple[GridRow, ...]
    name: str = ""
    hidden: bool = False
    merged: tuple[str, ...] = ()
    marks: Marks = NO_MARKS
    encodings: tuple[Encoding, ...] = ()


Book = tuple[Grid, ...]
"""The filled sheets of a file, in order; at least one.

For a CSV file with an undecided encoding: the readings of its sheet, the likeliest first.
"""


def job(data: bytes) -> list[object]:
    """Run `read` in the reader process; return the sheets as JSON values."""
    return to_json(read(data))


def to_json(book: Book) -> list[object]:
    """Encode sheets as JSON values."""
    return [
        [
            grid.name,
            grid.hidden,
            grid.merged,
            _marks_json(grid.marks),
            [[row.number, row.cells, row.numeric, row.formulas] for row in grid.rows],
            grid.encodings,
        ]
        for grid in book
    ]


def from_job(result: list[Any]) -> Book:
    """Decode the result of `job`."""
    return tuple(
        Grid(
            tuple(
                GridRow(number, tuple(texts), tuple(numeric), tuple(formulas))
                for number, texts, numeric, formulas in rows
            ),
            name,
            hidden,
            tuple(merged),
            _marks(marks),
            tuple(chain.from_iterable(encoded)),
        )
        # A file that was kept by an earlier release has none.
        for name, hidden, merged, marks, rows, *encoded in result
    )


def _marks_json(marks: Marks) -> list[object]:
    comments = [[*place, text] for place, text in marks.comments.items()]
    return [marks.rows, marks.columns, marks.struck, marks.partly, marks.faint, comments]


def _marks(result: list[Any]) -> Marks:
    rows, columns, struck, partly, faint, comments = result
    return Marks(
        tuple(rows),
        tuple(columns),
        struck=_places(struck),
        partly=_places(partly),
        faint=_places(faint),
        comments={(row, column): text for row, column, text in comments},
    )


def _places(result: list[Any]) -> tuple[Place, ...]:
    return tuple((row, column) for row, column in result)


def read(data: bytes) -> Book:
    """Return the filled sheets of a CSV or XLSX file.

    CSV is read in the detected encoding (UTF-8, UTF-16, GB18030), or in all encodings that fit.

    Raises:
        Malformed: `list-unreadable`, `list-encoding-long`, `list-old-format`, `list-empty`,
            `list-too-long`, `list-far-cells`, and for a workbook `list-macros`, `list-merged`,
            `list-unfolds`.
    """
    if len(data) > MAX_BYTES:
        raise Malformed("list-too-long", "The file is too large.", limit=MAX_ROWS)
    if data.startswith(_COMPOUND):
        raise Malformed("list-old-format", "An old workbook, or one with a password.")
    book = _xlsx(data) if data.startswith(_ZIP) else _csv(data)
    if not any(grid.rows for grid in book):
        raise Malformed("list-empty", "The list has no rows.")
    return book


@dataclass(slots=True)
class _Room:
    """Characters that a file may still hold."""

    left: int = MAX_TEXT

    def take(self, row: Sequence[object]) -> int:
        """Count a row's characters.

        Raises:
            Malformed: `list-too-long`.
        """
        used = sum(len(cell_text(cell)) for cell in row)
        self.left -= used
        if self.left < 0:
            raise Malformed("list-too-long", "The list is too large.", limit=MAX_TEXT)
        return used


def _filled(rows: Iterable[Sequence[object]], room: _Room) -> list[tuple[int, Sequence[object]]]:
    """Number the rows and drop empty ones, streaming: a file may have millions."""
    filled: list[tuple[int, Sequence[object]]] = []
    for number, row in enumerate(rows, 1):
        if room.take(row):
            # A quoted cell may contain line ends, so one row can span many lines.
            if len(row) > MAX_CELLS:
                raise _too_far(number)
            filled.append((number, row))
            if len(filled) > MAX_ROWS + MAX_AROUND:
                raise Malformed("list-too-long", "The list has too many rows.", limit=MAX_ROWS)
    return filled


def _csv(data: bytes) -> Book:
    data, told = encodings.told(data)
    if told:
        return (Grid(_lines(data, told)),)
    if len(data) > encodings.MAX_ASKED:
        limit = encodings.MAX_ASKED // 1024
        raise Malformed("list-encoding-long", "The file does not tell its encoding.", limit=limit)
    found: dict[tuple[GridRow, ...], list[Encoding]] = {}
    for each in encodings.fitting(data):
        found.setdefault(_lines(data, each), []).append(each)
    if not found:
        raise _unreadable()
    readings = [(rows, tuple(names)) for rows, names in found.items()]
    # A single encoding that fits proves nothing: the file may be in one that is not known here.
    if len(readings) == 1 and len(readings[0][1]) > 1:
        return (Grid(readings[0][0]),)
    return tuple(Grid(rows, encodings=names) for rows, names in readings)


def _lines(data: bytes, encoding: str) -> tuple[GridRow, ...]:
    # Stream: the whole text with its rows would take many times the file's size.
    text = io.TextIOWrapper(io.BytesIO(data), encoding, newline="")
    first = list(islice(text, _FIRST_LINES))
    delimiter = _delimiter(first)
    lines = _bounded(chain(first, text), delimiter)
    try:
        rows = _filled(csv.reader(lines, delimiter=delimiter, strict=True), _Room())
    except csv.Error:
        raise _unreadable() from None
    return tuple(_row(number, row) for number, row in rows)


def _delimiter(lines: Sequence[str]) -> str:
    """Return the sign that parts the most lines alike, then into the most cells.

    A title may contain another sign, and so may the texts of a column.
    """
    # In quotes a sign parts nothing; a comma in some suppliers' names would part no two rows alike.
    bare = re.split(r"[\r\n]+", _QUOTED.sub("", "".join(lines)))
    counts = {sign: Counter(line.count(sign) for line in bare) for sign in _SIGNS}
    return max(
        counts,
        key=lambda sign: max(
            ((n, cells) for cells, n in counts[sign].items() if cells), default=(0, 0)
        ),
    )


def _bounded(lines: Iterable[str], delimiter: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if line.count(delimiter) > MAX_CELLS:
            raise _too_far(number)
        yield line


def _xlsx(data: bytes) -> Book:
    scan = workbook.scan_workbook(data)
    parts = workbook_parts.sheet_parts(scan.parts)
    room = _Room()
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        grids = [
            _grid(book, each, scan.sheets.get(each.part), room)
            for each in parts
            if each.name in book.sheet_names
        ]
    except (python_calamine.CalamineError, OSError, ValueError):
        raise _unreadable() from None
    if len(grids) != len(book.sheet_names):
        raise _unreadable()  # a sheet without a scan
    return tuple(grid for grid in grids if grid.rows)


def _grid(
    book: python_calamine.CalamineWorkbook, part: SheetPart, scan: SheetScan | None, room: _Room
) -> Grid:
    """Read the values of a sheet.

    Raises:
        Malformed: `list-unreadable` for a sheet that was not scanned; `list-too-long`.
    """
    sheet = book.get_sheet_by_name(part.name)
    rows = _filled(sheet.to_python(skip_empty_area=False), room) if sheet.height else []
    if rows and scan is None:
        raise _unreadable()
    scan = scan or SheetScan()
    formulas: dict[int, list[int]] = {}
    for line, column in scan.formulas:
        formulas.setdefault(line, []).append(column)
    lines = tuple(_row(number, row, formulas.get(number, ())) for number, row in rows)
    return Grid(lines, part.name, part.hidden, scan.merged, scan.marks)


def _row(number: int, row: Sequence[object], formulas: Iterable[int] | None = None) -> GridRow:
    """Return a row as text; without `formulas`, calculable text counts as a formula."""
    texts = [cell_text(cell) for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    if formulas is None:
        texts = [cells.unguarded(text) for text in texts]
        formulas = (at for at, text in enumerate(texts, 1) if cells.begins_formula(text))
    numeric = (
        at
        for at, cell in enumerate(row, 1)
        if isinstance(cell, int | float) and not isinstance(cell, bool)
    )
    return GridRow(number, tuple(map(cells.restored, texts)), tuple(numeric), tuple(formulas))


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
