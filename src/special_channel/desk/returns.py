"""Parse MOFCOM's return sheet with any rows and columns of the list.

Missing and empty rows stay open. Missing columns keep the values of the latest statement, as on
screen. A row equal to the latest statement is no statement, unless its column `corrects` says that
an earlier statement was never right. Does not sign.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries import ReturnRow
from special_channel.core.sense.stages import FINAL, RUNNING
from special_channel.desk import cells, columns
from special_channel.desk.answers import CorrectableStatement
from special_channel.desk.defaults import ROW
from special_channel.desk.given import GIVEN_OUT, GivenCells
from special_channel.desk.layout import table_of
from special_channel.desk.lists import (
    CORRECTS,
    DECISIONS,
    LIST_COLUMNS,
    REMARK,
    RETURN_COLUMNS,
    SHOWN,
    STATED,
    integer,
    readers,
    sheet_of,
)
from special_channel.desk.payloads import Fields
from special_channel.desk.sheet import Fault, Sheet
from special_channel.desk.table import LIST, NUMBER, Choices, Table, TableLine
from special_channel.desk.tables import read

GIVEN: Final = frozenset(
    {
        "urgency", "priority_rank", "first_listed", "times_listed", "stop_on", "control_code",
        "eu_asserted_status", "eu_as_of", "question_code",
    }
)  # fmt: skip
"""Columns of the sheet given out that repeat the record: neither sent nor kept."""

MATCH: Final = "match"

_FOUND: Final = frozenset(
    {"found_as", "state", "accepted_on", "clock", "missing", "decision", "decided_on"}
)
"""Fields that are stated of an application that was found."""

_STATEMENT: Final = frozenset(
    {"match", "found_as", "state", "as_of", "accepted_on", "clock", "missing", "decision",
     "decided_on", "remark"}
)  # fmt: skip
"""Fields that our side's latest statement has."""

_SENT: Final = frozenset({*RETURN_COLUMNS, REMARK, CORRECTS})
"""Columns that cross."""

_SAID_YES: Final = frozenset({"yes", "y", "是", "更正", "correction"})
"""Folded cells for a correction of the latest statement."""

_SAID_NO: Final = frozenset({"", "no", "n", "否", "-", "–", "—", "无"})
"""Folded cells for no correction."""


@dataclass(frozen=True, slots=True)
class AnsweredList:
    """The answered list.

    Attributes:
        name: The list's number.
        numbers: Application numbers by row.
        latest: Fields of our side's latest statement, by row.
        as_of: Date for undated states, as `2026-11-30`; empty for no date.
        private: Cells of our private log, by row.
        correctable: Statements for correction, by row, the latest last.
    """

    name: str
    numbers: Mapping[int, str]
    latest: Mapping[int, Fields] = field(default_factory=dict)
    as_of: str = ""
    private: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    correctable: Mapping[int, Sequence[CorrectableStatement]] = field(default_factory=dict)


def return_sheet(
    data: bytes, answered: AnsweredList | None = None, choices: Choices | None = None
) -> Sheet:
    """Parse a return sheet; unanswered rows are left for later.

    Raises:
        Malformed: As `lists.weekly_list` and `return_of`.
    """
    return return_of(table_of(read(data), "return", choices), answered)


def return_of(table: Table, answered: AnsweredList | None = None) -> Sheet:
    """Convert a table to a return sheet.

    Args:
        table: The file.
        answered: The answered list; without it, the file must name list and rows itself.

    Raises:
        Malformed: As `lists.sheet_of`; `answer-other-list`, `answer-blank`, `answer-head-unclear`.
    """
    _refuse_unclear(table)
    if answered:
        table = _placed(table, answered)
    stated = tuple(line for line in table.lines if line.formulas or _states(line))
    if not stated:
        raise Malformed("answer-blank", "No row of the file states anything.")
    header = table.header
    if answered and MATCH not in header:
        header = (*header, MATCH)  # an application with a state was found
    corrected, unclear = _corrections(stated, answered)
    sheet = sheet_of(
        replace(table, header=header, lines=stated),
        RETURN_COLUMNS,
        ReturnRow,
        _Completion(table, answered, corrected),
        GIVEN,
        (REMARK, CORRECTS),
    )
    remarks = {
        row: line.cells[REMARK] for line in stated if REMARK in line.cells and (row := _row(line))
    }
    left = len(table.lines) - len(stated)
    faults = _in_order((*sheet.faults, *unclear))
    sheet = replace(sheet, remarks=remarks, left=left, faults=faults, table=table)
    if answered is None:
        return sheet
    return _checked_rows(replace(sheet, given=_given(table, answered)), answered)


def _given(table: Table, answered: AnsweredList) -> GivenCells:
    """Read the columns that repeat the record, also of rows that state nothing."""
    read = readers({column: LIST_COLUMNS[column] for column in GIVEN_OUT}, table)
    return {
        row: {
            column: str(read[column][1](line.cells[column]))
            for column in GIVEN_OUT
            if column in line.cells
        }
        for line in table.lines
        if answered.numbers.get(row := _row(line)) == cells.plain(line.cells.get(NUMBER, ""))
    }


def _refuse_unclear(table: Table) -> None:
    """Refuse filled columns that can be several, one of which is sent.

    Raises:
        Malformed: `answer-head-unclear`: what such a column states would be left out unseen.
    """
    filled = {name for line in table.lines for name in line.cells}
    for name, head in zip(table.header, table.heads, strict=False):
        if name in filled and not _SENT.isdisjoint(head.meant):
            raise Malformed(
                "answer-head-unclear",
                "A head can mean several columns.",
                cell=head.place,
                head=head.text,
                column=", ".join(head.meant),
            )


def _states(line: TableLine) -> bool:
    stated = STATED & line.cells.keys()
    if _said(line) in _SAID_NO:
        stated -= {CORRECTS}
    return bool(stated)


def _said(line: TableLine) -> str:
    """Return the folded cell with the corrected statement."""
    return cells.plain(line.cells.get(CORRECTS, "")).casefold()


def _row(line: TableLine) -> int:
    return _number_of(integer(line.cells.get(ROW, "")))


def _corrections(
    lines: Iterable[TableLine], answered: AnsweredList | None
) -> tuple[Mapping[int, CorrectableStatement], Sequence[Fault]]:
    """Look up the corrected statements by row; return faults for cells without a statement.

    A cell names a statement by the number of its entry (`CN-5770`), or the latest by "yes".
    """
    corrected: dict[int, CorrectableStatement] = {}
    faults: list[Fault] = []
    for line in lines:
        row, said = _row(line), _said(line)
        if said in _SAID_NO or (answered and row not in answered.numbers):
            continue  # a row that is not on the list has a fault of its own
        known = answered.correctable.get(row, ()) if answered else ()
        fits = [each for each in known if said in {*_SAID_YES, str(each.position).casefold()}]
        if fits:
            corrected[row] = fits[-1]
            continue
        latest = str(known[-1].position) if known else ""
        code = "answer-correction" if known else "answer-correction-none"
        faults.append(Fault(line.number, CORRECTS, code, latest, line.cells[CORRECTS][:SHOWN]))
    return corrected, faults


def _in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda each: each.row))


def changed_only(sheet: Sheet, answered: AnsweredList) -> Sheet:
    """Return a sheet without the rows that repeat the latest statement.

    A row with a free remark, an error, a correction, a number of days used, or a new cell for our
    private log always remains.
    """
    at_fault = {fault.row for fault in sheet.faults if fault.code not in DECISIONS.values()}
    own = sheet.kept or ({},) * len(sheet.rows)
    repeated = {
        line
        for line, row, kept in zip(sheet.lines, sheet.rows, own, strict=True)
        if line not in at_fault and _repeats(row, kept, sheet, answered)
    }
    changed, _ = sheet.without(repeated)
    faults = tuple(fault for fault in sheet.faults if fault.row not in repeated)
    return replace(changed, faults=faults, repeated=len(repeated))


def _repeats(row: Fields, own: Fields, sheet: Sheet, answered: AnsweredList) -> bool:
    place = _number_of(row.get(ROW))
    latest, known = answered.latest.get(place), answered.private.get(place, {})
    # The latest statement at hand has no days used, since the clock counts them: a number of days
    # in the file says more than the statement, and so does 0.
    stated = {
        name: value
        for name, value in row.items()
        if (name in _STATEMENT and value) or name == "days_used"
    }
    news = [name for name, cell in columns.cells_of(own).items() if known.get(name) != cell]
    is_new = news or CORRECTS in row or place in sheet.remarks
    return bool(latest) and stated == latest and not is_new


def _placed(table: Table, answered: AnsweredList) -> Table:
    """Give each line the list's number and its row; the application number finds the row.

    A number that is the list's by `cells.number_key` is written as on the list.
    """
    rows = {number: row for row, number in answered.numbers.items()}
    alike = Counter(map(cells.number_key, rows))
    known = {key: number for number in rows if alike[key := cells.number_key(number)] == 1}
    lines = []
    for line in table.lines:
        added = {}
        number = cells.plain(line.cells.get(NUMBER, ""))
        if number not in rows:
            number = known.get(cells.number_key(number), number)
        own = {**line.cells, NUMBER: number} if number in rows else line.cells
        if ROW not in own and number in rows:
            added[ROW] = str(rows[number])
        if LIST not in own:
            added[LIST] = answered.name
        lines.append(replace(line, cells={**added, **own}))
    missing = tuple(name for name in (LIST, ROW) if name not in table.header)
    return replace(table, header=(*missing, *table.header), lines=tuple(lines))


def _checked_rows(sheet: Sheet, answered: AnsweredList) -> Sheet:
    """Name rows that are not on the list.

    Raises:
        Malformed: `answer-other-list`.
    """
    if sheet.list != answered.name:
        raise Malformed("answer-other-list", "The sheet answers another list.", list=sheet.list)
    at_fault = {(fault.row, fault.column) for fault in sheet.faults}
    faults = [
        Fault(line, NUMBER, "answer-row-unknown", str(row.get("number", "")))
        for line, row in zip(sheet.lines, sheet.rows, strict=True)
        if (line, NUMBER) not in at_fault and not _is_listed(row, answered)
    ]
    unknown = {fault.row for fault in faults}
    others = [each for each in sheet.faults if each.row not in unknown or each.column != ROW]
    return replace(sheet, faults=_in_order((*others, *faults)))


def _is_listed(row: Fields, answered: AnsweredList) -> bool:
    number = row.get("row")
    return isinstance(number, int) and answered.numbers.get(number) == row.get("number")


@dataclass(frozen=True, slots=True)
class _Completion:
    """Completes the fields of a line by the latest statement of its row.

    Attributes:
        table: The file; fields of its columns are never completed, except a state's date.
        answered: The answered list.
        corrected: Corrected statements by row.
    """

    table: Table
    answered: AnsweredList | None
    corrected: Mapping[int, CorrectableStatement]

    def __call__(self, fields: Fields) -> Fields:
        """Return the fields with what the file leaves out."""
        if self.answered is None:
            return fields
        row = _number_of(fields.get("row"))
        latest = self.answered.latest.get(row, {})
        as_of: Value = self.answered.as_of
        if statement := self.corrected.get(row):
            ref: Fields = statement.ref.model_dump(exclude_none=True)
            fields = {**fields, CORRECTS: ref}
            # A correction keeps the date of the statement in whose place it comes.
            as_of = latest.get("as_of", as_of)
            if statement != self.answered.correctable[row][-1]:
                # Only the latest statement is at hand: an earlier one is not completed.
                latest, as_of = {}, ""
        return self._dated(self._found(fields, latest), latest, as_of)

    def _found(self, fields: Fields, latest: Fields) -> Fields:
        """Complete the fields of an application that was found."""
        if MATCH not in fields and not _FOUND.isdisjoint(fields):
            fields = {**fields, MATCH: "found"}
        elif MATCH not in fields and MATCH not in self.table.header and latest:
            fields = {**fields, MATCH: latest[MATCH]}
        if fields.get(MATCH) != "found":
            return fields
        left_out = {
            name
            for column, (name, _) in RETURN_COLUMNS.items()
            if column not in self.table.header and latest.get(MATCH) == "found"
        }
        state = fields.get("state", latest.get("state", "") if "state" in left_out else "")
        if state != latest.get("state"):
            # What belonged to the earlier state does not go with another one.
            left_out &= {"accepted_on"} if state in RUNNING | FINAL else set()
        carried = {name: latest[name] for name in left_out & latest.keys() if name in _STATEMENT}
        return {**carried, **fields}

    def _dated(self, fields: Fields, latest: Fields, as_of: Value) -> Fields:
        """Date a state without a date: as before if it is the same state."""
        if fields.get(MATCH) != "found" or not fields.get("state") or fields.get("as_of"):
            return fields
        same = fields["state"] == latest.get("state")
        as_of = latest.get("as_of", "") if same else as_of
        return {**fields, "as_of": as_of} if as_of else fields


def _number_of(value: object) -> int:
    return value if isinstance(value, int) else 0
