"""Parse the weekly list and MOFCOM's return sheet into shared and private columns.

Does not sign or send. Only columns in the charter's opt-in are shared; all other columns
of the file remain private.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from pydantic import ValidationError

from special_channel.core.bytes import canonical
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.fields import is_reference
from special_channel.core.bytes.parts import MAX_DATA_BYTES
from special_channel.core.entries import ListRow, Model
from special_channel.core.entries.batches import OPTED
from special_channel.core.sense import control_codes, vocabularies
from special_channel.core.sense.vocabularies import Vocabulary
from special_channel.core.sense.words import Reading
from special_channel.desk import cells, columns
from special_channel.desk.cell_checks import cell_problems
from special_channel.desk.defaults import NO_DEFAULTS, ROW, Defaults, with_defaults
from special_channel.desk.layout import table_of
from special_channel.desk.payloads import Fields
from special_channel.desk.references import with_references
from special_channel.desk.sheet import Fault, Sheet
from special_channel.desk.table import LIST, Choices, MarkKind, Table, TableLine
from special_channel.desk.tables import read
from special_channel.messages.terms import lexicon_of

_MAX_DIGITS: Final = 15
_MARKED: Final = re.compile(r"\(?(\d+)(?:[.、)]|[.,]00?)?")
_TIMES: Final = re.compile(r"第?([0-9]{1,4}) ?(?:[x×次]|times?)", re.IGNORECASE)
_DAYS: Final = re.compile(r"第?([0-9]{1,4}) ?(?:个?(?:工作日|天|日)?|(?:working |calendar )?days?)")


def integer(text: str) -> Value:
    """Read a whole number, also in brackets, with a point, or as `3.0`; return other text."""
    match = _MARKED.fullmatch(cells.unquoted(text))
    folded = match[1] if match else ""
    # The format has no longer numbers, and Python refuses to convert 4,300 digits.
    short = len(folded) <= _MAX_DIGITS and folded.isascii() and folded.isdigit()
    return int(folded) if short else text


def times(text: str) -> Value:
    """Read a number of times, also with its unit, as in `3x` or `第3次`."""
    match = _TIMES.fullmatch(cells.unquoted(text))
    return int(match[1]) if match else integer(text)


def days(text: str) -> Value:
    """Read a number of days, also with its unit, as in `23 days` or `第23个工作日`."""
    match = _DAYS.fullmatch(cells.unquoted(text).lower())
    return int(match[1]) if match else integer(text)


@dataclass(frozen=True, slots=True, eq=False)
class _Words:
    """Reader of a cell with words of a vocabulary."""

    vocabulary: Vocabulary

    def read(self, text: str) -> Reading:
        """Return what the cell says."""
        return lexicon_of(self.vocabulary.name).read(text)

    def __call__(self, text: str) -> Value:
        """Return the code, or a list of codes; the text itself if it is none."""
        codes = self.read(text).codes or (text,)
        return list(codes) if self.vocabulary.several else codes[0]


@dataclass(frozen=True, slots=True)
class _Dates:
    """Reader of the dates of a column; `order`: of day and month before the year."""

    order: cells.Order = ""

    def __call__(self, text: str) -> Value:
        """Return the date, or the text if the date is not clear."""
        return cells.iso_date(text, self.order)


_DATE: Final = _Dates()
Reader = tuple[str, Callable[[str], Value]]

LIST_COLUMNS: Final[Mapping[str, Reader]] = {
    "row": ("row", integer),
    "application_no": ("number", cells.plain),
    "urgency": ("urgency", _Words(vocabularies.URGENCY)),
    "priority_rank": ("rank", integer),
    "first_listed": ("first_listed", _DATE),
    "times_listed": ("times_listed", times),
    "stop_on": ("stop_on", _DATE),
    "eu_asserted_status": ("state", _Words(vocabularies.STATE)),
    "eu_as_of": ("as_of", _DATE),
    "question_code": ("question", _Words(vocabularies.QUESTION)),
    "control_code": ("control_code", control_codes.folded),
}
"""Column of the file → shared field and cell reader."""

RETURN_COLUMNS: Final[Mapping[str, Reader]] = {
    "row": ("row", integer),
    "application_no": ("number", cells.plain),
    "match": ("match", _Words(vocabularies.MATCH)),
    "found_as": ("found_as", cells.plain),
    "cn_status": ("state", _Words(vocabularies.STATE)),
    "cn_as_of": ("as_of", _DATE),
    "accepted_on": ("accepted_on", _DATE),
    "clock_state": ("clock", _Words(vocabularies.CLOCK)),
    "days_used": ("days_used", days),
    "missing_items": ("missing", _Words(vocabularies.MISSING)),
    "decision": ("decision", _Words(vocabularies.DECISION)),
    "decided_on": ("decided_on", _DATE),
    "remark_code": ("remark", _Words(vocabularies.REMARK)),
}

REMARK: Final = "remark_text"
"""Column of a return sheet with free text, sent as a separate part tied to the row."""

CORRECTS: Final = "corrects"
"""Column of a return sheet with the corrected statement, as `returns.py` reads the cell."""

STATED: Final = frozenset({*RETURN_COLUMNS, REMARK, CORRECTS} - {"row", "application_no"})
"""Columns of an answer: a row with none of them filled is unanswered."""

SHOWN: Final = 40
"""Longest excerpt of a cell shown with its fault, in characters."""

MARGIN: Final = 1024
"""Bytes of a `data` part besides its rows: role, salt, type."""


def weekly_list(
    data: bytes,
    opted: frozenset[str],
    choices: Choices | None = None,
    defaults: Defaults = NO_DEFAULTS,
) -> Sheet:
    """Parse a weekly list; `opted` are the charter's opt-in columns.

    Raises:
        Malformed: `list-unreadable`, `list-encoding`, `list-empty`, `list-too-long`,
            `list-columns`, `list-head-twice`, `list-unnamed`, `list-mixed`, `list-heavy`,
            `list-old-format`, and for a workbook `list-macros`, `list-merged`, `list-two-sheets`,
            `list-sheet-unknown`, `list-sheet-hidden`, `list-unfolds`, `list-far-cells`. Errors in
            single lines are returned in `faults`.
    """
    return list_of(table_of(read(data), "list", choices), opted, defaults)


def list_of(table: Table, opted: frozenset[str], defaults: Defaults = NO_DEFAULTS) -> Sheet:
    """Convert a table to a weekly list.

    Args:
        table: The file.
        opted: The charter's opt-in columns.
        defaults: Values for columns that the file lacks.

    Raises:
        Malformed: `list-columns`, `list-unnamed`, `list-mixed`, `list-heavy`.
    """
    crossing = {
        column: reader
        for column, reader in LIST_COLUMNS.items()
        if reader[0] not in OPTED or reader[0] in opted
    }
    return sheet_of(with_defaults(with_references(table), defaults), crossing, ListRow)


Complete = Callable[[Fields], Fields]
"""Completes the fields of a line by the record of its row."""


def sheet_of(
    table: Table,
    crossing: Mapping[str, Reader],
    model: type[Model],
    complete: Complete = lambda fields: fields,
    given: frozenset[str] = frozenset(),
    apart: tuple[str, ...] = (),
) -> Sheet:
    """Convert a table to a sheet.

    Args:
        table: The file.
        crossing: Readers of the shared columns.
        model: Model of a row.
        complete: Completes the fields of a line.
        given: Columns of the record, neither sent nor kept.
        apart: Columns that cross too, and are read by the caller.

    Raises:
        Malformed: `list-columns`, `list-unnamed`, `list-mixed`, `list-heavy`.
    """
    lines = table.lines
    needed = [
        column
        for column, (field, _) in crossing.items()
        if model.model_fields[field].is_required() and column not in table.header
    ]
    if needed:
        columns_ = ", ".join(sorted(needed))
        raise Malformed("list-columns", "A column is missing.", column=columns_)
    if not table.list and LIST not in table.header:
        raise Malformed("list-unnamed", "The file names no list.")
    names = {line.cells.get(LIST, "" if LIST in table.header else table.list) for line in lines}
    if len(names) != 1 or "" in names:
        raise Malformed("list-mixed", "All lines of a file belong to one list.")
    crossing = readers(crossing, table)
    read_here = {*crossing, *given, *apart, LIST}
    staying = tuple(name for name in table.header if name not in read_here)
    rows = tuple(complete(_shared_fields(line, crossing)) for line in lines)
    kept = tuple(
        _private(line, staying, row) for line, row in zip(lines, rows, strict=True) if staying
    )
    faults = [
        fault
        for line, row in zip(lines, rows, strict=True)
        for fault in _faults(line, row, crossing, model, apart)
    ]
    if len(canonical.dumps({"rows": list(kept)})) > MAX_DATA_BYTES - MARGIN:
        raise Malformed("list-heavy", "The columns that stay are too large.", limit=MAX_DATA_BYTES)
    in_order = sorted((*faults, *_duplicates(lines)), key=lambda fault: fault.row)
    return Sheet(
        names.pop(),
        rows,
        kept,
        staying,
        tuple(in_order),
        tuple(line.number for line in lines),
        table=table,
    )


def readers(crossing: Mapping[str, Reader], table: Table) -> dict[str, Reader]:
    """Return readers of a file's columns, with the order of day and month in each."""
    return {
        column: (name, _dates_of(column, table) if read_cell is _DATE else read_cell)
        for column, (name, read_cell) in crossing.items()
    }


def _dates_of(column: str, table: Table) -> _Dates:
    """Return the reader of a column's dates: their order is chosen, or settled by a clear date."""
    texts = (line.cells.get(column, "") for line in table.lines)
    chosen = table.choices.orders.get(column, "")
    return _Dates(cast(cells.Order, chosen) or cells.order_of(texts))


def _shared_fields(line: TableLine, crossing: Mapping[str, Reader]) -> Fields:
    return {
        field: read_cell(line.cells[column])
        for column, (field, read_cell) in crossing.items()
        if column in line.cells
    }


def _private(line: TableLine, staying: tuple[str, ...], row: Fields) -> Fields:
    staying_cells = {name: line.cells[name] for name in staying if name in line.cells}
    return columns.encode_row(row.get("row", 0), row.get("number", ""), staying_cells)


def _faults(
    line: TableLine,
    row: Fields,
    crossing: Mapping[str, Reader],
    model: type[Model],
    apart: tuple[str, ...],
) -> list[Fault]:
    """Return one fault for each wrong column of a line, and its open decisions."""
    # All faults are reported at once, so that the file can be corrected in one pass.
    faults = [
        *(Fault(line.number, column, code) for column, code in cell_problems(line)),
        *_struck_parts(line, (*crossing, *apart)),
        *_unread_words(line, crossing),
    ]
    try:
        model.model_validate_json(canonical.dumps(row))
    except ValidationError as error:
        for detail in error.errors(include_input=False, include_url=False):
            field = str(detail["loc"][0]) if detail["loc"] else ""
            column = next((name for name, reader in crossing.items() if reader[0] == field), field)
            read_cell = crossing[column][1] if column in crossing else None
            code = _code(field, row, detail["type"], read_cell)
            known = cells.readings(str(row.get(field, ""))) if code == "list-date-order" else ()
            faults.append(Fault(line.number, column, code, known=known))
    except Malformed:
        faults += [] if faults else [Fault(line.number, "", "list-malformed")]
    first: dict[str, Fault] = {}
    for fault in faults:
        first.setdefault(fault.column, fault)
    # An error of a cell goes first: its correction settles the marks of the cell. What is to be
    # decided is told each by each, since a choice about one mark says nothing about another.
    open_ = [
        each
        for each in _decisions(line, (*crossing, *apart))
        if not each.column or each.column not in first
    ]
    return [
        replace(each, cell=each.cell or line.cells.get(each.column, "")[:SHOWN])
        for each in (*first.values(), *open_)
    ]


def _struck_parts(line: TableLine, crossing: Iterable[str]) -> Iterator[Fault]:
    for column in crossing:
        if column in line.unclear:
            yield Fault(line.number, column, "list-cell-unclear")


def _decisions(line: TableLine, crossing: Collection[str]) -> Iterator[Fault]:
    """Yield what an official must decide before the line is sent, each kind of a column once."""
    texts: dict[tuple[str, MarkKind], list[str]] = {}
    for mark in line.marks:
        # A line is hidden or struck out whole, and a comment may be about all of it.
        if mark.kind in _OF_LINES or mark.column in crossing:
            column = "" if mark.kind in _OF_LINES else mark.column
            texts.setdefault((column, mark.kind), []).append(mark.text)
    for (column, kind), said in texts.items():
        yield Fault(line.number, column, DECISIONS[kind], cell=" · ".join(filter(None, said)))


_OF_LINES: Final = frozenset({"row-hidden", "row-struck", "comment", "unnumbered"})

DECISIONS: Final[Mapping[MarkKind, str]] = {
    "row-hidden": "list-row-hidden",
    "row-struck": "list-row-struck",
    "cell-struck": "list-cell-struck",
    "column-hidden": "list-column-hidden",
    "faint": "list-faint",
    "comment": "list-comment",
    "unnumbered": "list-unnumbered",
}
"""Codes of what an official decides; nothing of it is wrong."""


def _unread_words(line: TableLine, crossing: Mapping[str, Reader]) -> Iterator[Fault]:
    """Yield cells whose word is none of the vocabulary (S-001), or can mean several (S-002)."""
    for column, (_, read_cell) in crossing.items():
        if isinstance(read_cell, _Words) and column in line.cells:
            reading, words = read_cell.read(line.cells[column]), read_cell.vocabulary
            if not reading.codes:
                code = "list-word-unclear" if reading.meant else "list-word"
                known = reading.meant or words.codes
                yield Fault(line.number, column, code, vocabulary=words.name, known=known)


def _code(field: str, row: Fields, kind: str, read_cell: Callable[[str], Value] | None) -> str:
    """Return the error code of an invalid field.

    Args:
        field: The field; its value is the result of `read_cell`.
        row: All fields of the row.
        kind: Pydantic's type of the error.
        read_cell: The column's cell reader; None for an unknown column.
    """
    # A line stop needs a date; other urgencies must not have one.
    if field == "stop_on" and not row.get("stop_on"):
        return "list-stop-date"
    if field == "stop_on" and row.get("urgency") != "line_stop":
        return "list-stop-needless"
    if kind == "missing":
        return "list-blank"
    if field == "found_as" or (kind == "value_error" and is_reference(str(row.get("number", "")))):
        return "answer-found-as" if field == "found_as" else "list-reference-stated"
    if isinstance(read_cell, _Dates):
        unclear = cells.is_exchangeable(str(row.get(field, "")))
        return "list-date-order" if unclear else "list-date"
    by_reader: dict[Callable[[str], Value], str] = {
        integer: "list-whole-number",
        days: "list-whole-number",
        times: "list-whole-number",
        control_codes.folded: "list-control-code",
    }
    return by_reader.get(read_cell, "list-malformed") if read_cell else "list-malformed"


def _duplicates(lines: tuple[TableLine, ...]) -> list[Fault]:
    """Return the later lines with a row number or an application number of an earlier one."""
    faults: list[Fault] = []
    for column, code in ((ROW, "list-duplicate-row"), ("application_no", "list-duplicate")):
        first: dict[str, int] = {}
        for line in lines:
            text = cells.plain(line.cells.get(column, ""))
            # `2.` is row 2 as well.
            text = str(integer(text)) if column == ROW else text
            other = first.setdefault(text, line.number) if text else line.number
            if other != line.number:
                faults.append(Fault(line.number, column, code, text, other=other))
    return faults
