"""Find the table in a sheet: heads below title rows, lines, totals and signatures below.

A head is read by `heads.py`, or as an official chose. Unknown columns keep their own name and stay
with us. Does not read cells: `lists.py` does. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.fields import REFERENCE_MARK
from special_channel.core.search.folding import fold
from special_channel.desk import cells, encodings, heads
from special_channel.desk.heads import HeadReading, SheetKind
from special_channel.desk.line_marks import chosen, index_of, marked
from special_channel.desk.references import OWN
from special_channel.desk.table import (
    HIDDEN_SHEETS,
    LIST,
    NUMBER,
    Choices,
    Head,
    SkippedRow,
    Table,
    TableLine,
)
from special_channel.desk.tables import MAX_ROWS, Book, Grid, GridRow
from special_channel.messages.catalogue import Lang

HEAD_ROWS: Final = 15
"""Filled rows in which the heads are searched."""

MAX_MERGED_CELLS: Final = 100_000
"""Merged cells in filled rows: a column of list numbers has 2,000."""

_NEEDED: Final[Mapping[SheetKind, int]] = {"list": 3, "return": 2}
"""Known heads of a row of heads, the application number among them."""

INSTRUCTIONS: Final[Mapping[Lang, str]] = {"en": "Instructions", "zh-CN": "填写说明"}
WORDS: Final[Mapping[Lang, str]] = {"en": "Words", "zh-CN": "词表"}
_OWN_SHEETS: Final = frozenset(
    name.lower() for names in (INSTRUCTIONS, WORDS) for name in names.values()
)
"""Names of the further sheets that the channel itself gives out."""

LIST_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])L\d{4}-\d{2}(?![0-9A-Za-z])")
_FOOT: Final = re.compile(
    r"((grand |sub)?totals?|sum|prepared by|checked by|signature|signed)\b"
    r"|合计|总计|小计|共计|签字|签章|(制表|填表|审核|复核)(人|:|$)"
)
_REFERENCE: Final = fold(REFERENCE_MARK)
_STATED: Final = frozenset({"urgency", "match"})
"""Columns that every row of a list, or of an answer, fills."""

_OPTIONAL: Final = frozenset(
    {
        *("stop_on", "accepted_on", "clock_state", "days_used", "missing_items"),
        *("decision", "decided_on", "remark_code"),
    }
)
NOTHING: Final = frozenset(
    {"-", "--", "\u2013", "\u2014", "\u2014\u2014", "/", "//", "n/a", "无", "不适用"}
)
"""Signs for an empty cell; 无 as a result of checking a number has a meaning."""

_SPAN: Final = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_SHOWN: Final = 80
"""Characters of a skipped row that are shown."""


def table_of(book: Book, kind: SheetKind, choices: Choices | None = None) -> Table:
    """Find the table of a file.

    Raises:
        Malformed: `list-encoding`, `list-two-sheets`, `list-sheet-unknown`, `list-sheet-hidden`,
            `list-empty`, `list-too-long`, `list-columns` without any known head, `list-head-twice`.
    """
    choices = choices or Choices()
    grid, others = _sheet_of(_reading_of(book, choices), choices)
    first = _head_row(grid, kind, choices)
    if first is None:
        raise Malformed("list-columns", "A column is missing.", column=NUMBER)
    read, last = _heads_at(grid, first, kind, choices)
    columns = _columns(read)
    below = [row for row in grid.rows if row.number > last]
    marks, typed = index_of(grid.marks), _typed(choices)
    lines = tuple(
        chosen(marked(line, columns, marks), typed) for line in _lines(below, columns, grid)
    )
    taken = {line.number for line in lines}
    if not lines:
        raise Malformed("list-empty", "The list has no rows.")
    if len(lines) > MAX_ROWS:
        raise Malformed("list-too-long", "The list has too many rows.", limit=MAX_ROWS)
    skipped = [
        SkippedRow(row.number, " ".join(filter(None, row.cells))[:_SHOWN])
        for row in grid.rows
        if row.number not in taken and not grid.rows[first].number <= row.number <= last
    ]
    above = [each.text for each in skipped if each.line < grid.rows[first].number]
    named = LIST_NUMBER.findall(" ".join((grid.name, *above)))
    return Table(
        tuple(columns.values()),
        lines,
        tuple(read.values()),
        named[0] if len(set(named)) == 1 else choices.list,
        tuple(skipped),
        grid.name,
        others,
        _unnamed(below, read, taken, grid.rows[first].number),
        {
            cells.name_of(row, column): text
            for (row, column), text in grid.marks.comments.items()
            if row in taken
        },
        choices,
    )


def _unnamed(
    rows: Iterable[GridRow], read: Mapping[int, Head], lines: set[int], head: int
) -> tuple[str, ...]:
    """Return the cells of missing heads above filled cells of lines."""
    columns = {
        at
        for row in rows
        if row.number in lines
        for at, text in enumerate(row.cells, 1)
        if text and at not in read
    }
    return tuple(cells.name_of(head, at) for at in sorted(columns))


def _reading_of(book: Book, choices: Choices) -> Book:
    """Return the sheets as the chosen encoding reads them.

    Raises:
        Malformed: `list-encoding` for an undecided encoding without a fitting choice; the facts
            are samples by encoding, the likeliest first.
    """
    found = [grid for grid in book if not grid.encodings or choices.encoding in grid.encodings]
    if not found:
        texts = [
            {row.number: " · ".join(filter(None, row.cells)) for row in grid.rows} for grid in book
        ]
        names: list[str] = [grid.encodings[0] for grid in book]
        readings = dict(zip(names, encodings.samples(texts), strict=True))
        raise Malformed("list-encoding", "The file does not tell its encoding.", **readings)
    return tuple(found)


def _sheet_of(book: Book, choices: Choices) -> tuple[Grid, tuple[str, ...]]:
    """Return the sheet to read, and the names of others that an official should know of."""
    own = [grid for grid in book if grid.name.strip().lower() not in _OWN_SHEETS] or [*book]
    found = [grid for grid in own if grid.name == choices.sheet] if choices.sheet else own
    if not found:
        raise Malformed("list-sheet-unknown", "No such sheet.", sheet=choices.sheet)
    if len(found) > 1:
        names = ", ".join(grid.name for grid in found)
        raise Malformed("list-two-sheets", "More than one sheet is filled.", sheets=names)
    [grid] = found
    # What is hidden may be the list itself, or what the sender did not want to be read.
    hidden = [each.name for each in own if each.hidden]
    if hidden and HIDDEN_SHEETS not in choices.sent:
        names = ", ".join(hidden)
        raise Malformed(
            "list-sheet-hidden", "The workbook hides filled sheets.", sheets=names, sheet=grid.name
        )
    return grid, tuple(each.name for each in own if each is not grid)


def _head_row(grid: Grid, kind: SheetKind, choices: Choices) -> int | None:
    """Return the index of the row of heads: the first with enough known ones, else the best."""
    best: tuple[int, int | None] = (0, None)
    for at, row in enumerate(grid.rows[:HEAD_ROWS]):
        readings = [_reading(text, kind, choices) for text in row.cells]
        known = {each.column for each in readings if each.column}
        if NUMBER in known and len(known) >= _NEEDED[kind]:
            return at
        score = len(known) + sum(bool(each.meant) for each in readings)
        best = max(best, (score, at), key=lambda each: each[0])
    return best[1]


def _reading(text: str, kind: SheetKind, choices: Choices) -> HeadReading:
    chosen = choices.heads.get(heads.folded(text)) if text.strip() else None
    return heads.read_head(text, kind) if chosen is None else HeadReading(chosen)


def _heads_at(
    grid: Grid, first: int, kind: SheetKind, choices: Choices
) -> tuple[dict[int, Head], int]:
    """Return the heads by column, and the last line of heads."""
    rows = [grid.rows[first]]
    for row in grid.rows[first + 1 :]:
        if not (_is_second(row, rows[0], kind, choices) or _is_spanned(row, rows[0], grid)):
            break
        rows.append(row)
    read: dict[int, Head] = {}
    for column in range(1, max(len(row.cells) for row in rows) + 1):
        texts = [row.cell(column) for row in rows if row.cell(column)]
        # The lowest head says most: above it stands a group of columns.
        readings = [(_reading(text, kind, choices), text) for text in reversed(texts)]
        known = [each for each in readings if each[0].column] or readings
        if known:
            reading, text = known[0]
            place = cells.name_of(rows[0].number, column)
            read[column] = Head(place, text, reading.column, reading.meant)
    return _settled(read), rows[-1].number


def _is_second(row: GridRow, first: GridRow, kind: SheetKind, choices: Choices) -> bool:
    """Tell whether a row repeats the heads, in the other language or as codes."""
    both = [
        (text, _reading(text, kind, choices).column, _reading(first.cell(at), kind, choices).column)
        for at, text in enumerate(row.cells, 1)
        if text
    ]
    # Terms of a row can be heads as well ("found", "line stop"), but its number can't.
    numbered = any(
        other == NUMBER and one != NUMBER and _is_number(text) for text, one, other in both
    )
    known = [one for _, one, _ in both if one]
    repeats = all(one in {other, ""} or not other for _, one, other in both)
    return repeats and len(known) > 1 and not numbered


def _is_spanned(row: GridRow, first: GridRow, grid: Grid) -> bool:
    """Tell whether merged heads reach down to a row."""
    return any(
        top <= first.number and bottom >= row.number > top for top, _, bottom, _ in _spans(grid)
    )


def _settled(read: dict[int, Head]) -> dict[int, Head]:
    """Settle heads by their neighbours: `编号` next to the application number is the row's.

    Raises:
        Malformed: `list-head-twice` for a column that is read twice.
    """
    columns = {head.column for head in read.values()}
    settled: dict[int, Head] = {}
    places: dict[str, str] = {}
    for at, head in read.items():
        if heads.names_row(head.text) and NUMBER in columns and "row" not in columns:
            head = replace(head, column="row", meant=())  # noqa: PLW2901 - the head as settled
        elif head.meant == (NUMBER,) and NUMBER in columns:
            head = replace(head, meant=())  # noqa: PLW2901 - a number that stays with us
        if head.column in places and head.column in heads.KEPT:
            head = replace(head, column="")  # noqa: PLW2901 - both stay with us
        elif head.column in places:
            raise Malformed(
                "list-head-twice",
                "Two columns have one meaning.",
                column=head.column,
                cell=places[head.column],
                other=head.place,
            )
        if head.column:
            places[head.column] = head.place
        settled[at] = head
    return settled


def _columns(read: Mapping[int, Head]) -> dict[int, str]:
    """Return the name of each column; own names of the file are told apart by their cell."""
    names: dict[int, str] = {}
    known = {head.column for head in read.values()}
    for at, head in read.items():
        name = head.column or head.text
        if not head.column and (name in known or name in names.values()):
            name = f"{name} ({head.place})"
        names[at] = name
    return names


def _lines(rows: Sequence[GridRow], columns: Mapping[int, str], grid: Grid) -> Iterator[TableLine]:
    """Yield the lines, without totals, signatures and repeated heads."""
    merged = _merged_cells(grid)
    repeated: dict[int, str] = {}
    for row in rows:
        line = _line(row, columns, merged)
        for at, name in columns.items():
            # Only the first cell of a merged range has the value; one list has one number.
            if name == LIST and (row.number, at) in merged:
                top = merged[row.number, at]
                repeated[top] = line.cells.get(name, repeated.get(top, ""))
                if repeated[top]:
                    line.cells[name] = repeated[top]
        if line.cells and not _is_foot(line):
            yield line


def _line(
    row: GridRow, columns: Mapping[int, str], merged: Mapping[tuple[int, int], int]
) -> TableLine:
    texts = {name: _text(name, row.cell(at)) for at, name in columns.items()}
    return TableLine(
        row.number,
        {name: text for name, text in texts.items() if text},
        frozenset(name for at, name in columns.items() if at in row.numeric),
        frozenset(
            name
            for at, name in columns.items()
            if at in row.formulas and (texts[name] or not row.cell(at))
        ),
        frozenset(
            name for at, name in columns.items() if name != LIST and (row.number, at) in merged
        ),
    )


def _text(column: str, cell: str) -> str:
    """Return a cell's text; empty for a sign that nothing is stated, where nothing may be."""
    if column == NUMBER:
        return cells.number(cell)
    return "" if column in _OPTIONAL and cells.plain(cell).lower() in NOTHING else cell


def _typed(choices: Choices) -> Choices:
    """Return choices whose corrected cells are read as those of the file."""
    read = {
        line: {column: _text(column, text) for column, text in row.items()}
        for line, row in choices.cells.items()
    }
    return replace(choices, cells=read)


def _is_foot(line: TableLine) -> bool:
    """Tell whether a line is a total or a signature: such a word begins a cell, and no number."""
    texts = {name: fold(text).strip() for name, text in line.cells.items()}
    begins = {name for name, text in texts.items() if _FOOT.match(text)}
    number, own = texts.get(NUMBER, ""), texts.get(OWN, "")
    # A row of an application, whatever else it says: a skipped row would be missed by nobody.
    numbered = _is_number(number)
    listed = cells.plain(texts.get("row", "")).isdecimal() and not _STATED.isdisjoint(texts)
    if (numbered and NUMBER not in begins) or (own and OWN not in begins) or listed:
        return False
    return bool(begins)


def _is_number(text: str) -> bool:
    """Tell whether a cell is an application number, or meant as one, or a reference."""
    number = fold(text).strip()
    return any(sign.isdigit() for sign in number) or number.startswith(_REFERENCE)


def _merged_cells(grid: Grid) -> dict[tuple[int, int], int]:
    """Return the first line of the range by each merged cell of a filled row.

    Raises:
        Malformed: `list-merged` beyond `MAX_MERGED_CELLS`.
    """
    merged: dict[tuple[int, int], int] = {}
    looked = 0
    for top, left, bottom, right in _spans(grid):
        rows = [row.number for row in grid.rows if top <= row.number <= bottom]
        looked += len(rows) * (right - left + 1)
        # Ranges may overlap in a forged file, so that their cells are counted before they are kept.
        if looked > MAX_MERGED_CELLS:
            raise Malformed("list-merged", "Too many cells are merged.", cell=grid.merged[0])
        merged.update(((row, column), top) for row in rows for column in range(left, right + 1))
    return merged


def _spans(grid: Grid) -> Iterable[tuple[int, int, int, int]]:
    """Yield top, left, bottom and right of each merged range."""
    for text in grid.merged:
        if match := _SPAN.fullmatch(text):
            left, top, right, bottom = match.groups()
            yield (
                int(top),
                cells.column_of(left),
                int(bottom or top),
                min(cells.column_of(right or left), heads.MAX_HEAD),
            )
