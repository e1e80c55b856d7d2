"""Compare a weekly list with the record: known numbers, and differing counts in the file.

Pure: record data are arguments. Neither identity nor size of a company affects the order: rows are
placed by rank, and the reason for a rank stays in the private log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from special_channel.desk.payloads import Fields
from special_channel.desk.sheet import Fault, Sheet
from special_channel.stores.lists import EarlierListings, Predecessor, UrgencyCounts

ROUTINE: Final = frozenset({"list-times-listed", "list-first-listed"})
"""Codes of notices after which there is nothing to do: the record's value is sent (S-014)."""

URGENCIES: Final = ("line_stop", "urgent", "normal")
"""In display order."""

REASON: Final = "rank_reason"
"""Column with the reason for a row's rank. Always private."""


@dataclass(frozen=True, slots=True)
class ListHistory:
    """Record data for comparison with a new list.

    Attributes:
        last: The newest list; its counts are shown next to the new list's counts.
        same: An earlier signed list of the same name, or None.
        waiting: Whether a list of the same name waits for a second official.
        earlier: Earlier listings, by application number.
        predecessors: Replaced numbers by application number, as stated by a side.
    """

    last: UrgencyCounts | None = None
    same: UrgencyCounts | None = None
    waiting: bool = False
    earlier: Mapping[str, EarlierListings] = field(default_factory=dict)
    predecessors: Mapping[str, Sequence[Predecessor]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListNotice:
    """A notice about a line of a list; notices never block signing.

    `file` is the value in the file; `record` is the value in the record, sent in its place.
    """

    row: int
    column: str
    code: str
    number: str = ""
    file: str = ""
    record: str = ""


@dataclass(frozen=True, slots=True)
class Intake:
    """A list compared with the record.

    Attributes:
        sheet: The list as sent; times listed and first date of known numbers are the record's.
        notes: Notices by line; none blocks the list.
        record: The record data used for comparison.
    """

    sheet: Sheet
    notes: tuple[ListNotice, ...]
    record: ListHistory

    def reopened(self) -> tuple[tuple[int, str, EarlierListings], ...]:
        """Return line, number and history of known numbers; listing a number reopens it."""
        return tuple(
            (line, str(row.get("number")), self.record.earlier[str(row.get("number"))])
            for line, row in zip(self.sheet.lines, self.sheet.rows, strict=True)
            if str(row.get("number")) in self.record.earlier
        )

    def urgency(self) -> dict[str, int]:
        """Count the rows of each urgency."""
        counted = Counter(str(row.get("urgency")) for row in self.sheet.rows)
        return {urgency: counted[urgency] for urgency in URGENCIES}


def compare(sheet: Sheet, record: ListHistory) -> Intake:
    """Compare a list with the record.

    A known number counts one listing more than the record, from the recorded first date. A notice
    names a differing value in the file; the record's value is sent. A number that replaces another
    number is counted separately. The name of an already signed list is a fault: amend that list.
    """
    notes: list[ListNotice] = []
    rows: list[Fields] = []
    filled = sheet.table.filled if sheet.table else ()
    for line, row in zip(sheet.lines, sheet.rows, strict=True):
        earlier = record.earlier.get(str(row.get("number")))
        rows.append(_with_counts(row, earlier) if earlier else row)
        notes += _notices(line, row, earlier, filled) if earlier else ()
    notes += _unexplained_ranks(sheet)
    if record.waiting:
        notes.append(ListNotice(1, "list_id", "list-waiting", file=sheet.list))
    faults = sheet.faults
    if record.same is not None:
        faults = (Fault(1, "list_id", "list-known", record.same.position), *faults)
    raised = replace(sheet, rows=tuple(rows), faults=faults)
    return Intake(raised, tuple(sorted(notes, key=lambda note: note.row)), record)


def _with_counts(row: Fields, earlier: EarlierListings) -> Fields:
    return {**row, "times_listed": earlier.times + 1, "first_listed": earlier.first}


def _notices(
    line: int, row: Fields, earlier: EarlierListings, filled: Collection[str]
) -> Iterable[ListNotice]:
    """Return notices for the record's values; none for columns that the file lacks."""
    number = str(row.get("number"))
    counted = {"times_listed": str(earlier.times + 1), "first_listed": earlier.first}
    for column, record in counted.items():
        file = str(row.get(column, ""))
        if file != record and column not in filled:
            code = "list-times-listed" if column == "times_listed" else "list-first-listed"
            yield ListNotice(line, column, code, number, file, record)


def _unexplained_ranks(sheet: Sheet) -> Iterable[ListNotice]:
    """Return notices for rows without a reason for their rank, if the file has the column."""
    if REASON not in sheet.columns:
        return
    for line, private in zip(sheet.lines, sheet.kept, strict=True):
        columns = private["columns"]
        if isinstance(columns, dict) and not columns.get(REASON):
            yield ListNotice(line, REASON, "list-rank-unexplained", str(private["number"]))
