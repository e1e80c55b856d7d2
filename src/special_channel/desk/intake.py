"""A weekly list beside the record: which numbers are known, what the file counts otherwise.

Pure: the record's side is handed in. Nothing is ordered by who a firm is or how large: what
a row's place comes from is its rank, and why it has that stays in the private log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from special_channel.desk import cells
from special_channel.desk.lists import Fault, Sheet
from special_channel.desk.payloads import Fields
from special_channel.ports.lists import Counted, Earlier, Predecessor

URGENCIES: Final = ("line_stop", "urgent", "normal")
"""In the order in which they are shown."""

REASON: Final = "rank_reason"
"""The column that says why a row got its rank. It stays at home, always."""


@dataclass(frozen=True, slots=True)
class Record:
    """What the record holds that a new list is compared with.

    Attributes:
        last: The newest list, whose counts stand beside the new one's.
        same: The list of the same name, if one was signed before.
        waiting: A list of this name waits for a second official.
        earlier: The list's numbers that stood on lists before.
        predecessors: In whose place numbers of the list stand, by a side's statement.
        alike: Numbers of the list, each with a known number that differs only in what is
            easily mistaken.
    """

    last: Counted | None = None
    same: Counted | None = None
    waiting: bool = False
    earlier: Mapping[str, Earlier] = field(default_factory=dict)
    alike: Mapping[str, str] = field(default_factory=dict)
    predecessors: Mapping[str, Sequence[Predecessor]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """What an official should know of a line; nothing that keeps the list from being signed.

    `file` and `record`: what the file says, and what the record says and so crosses.
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
        sheet: As it crosses: times and first date of known numbers as the record counts.
        notes: By line; none stops the list.
        record: What it was compared with.
    """

    sheet: Sheet
    notes: tuple[Note, ...]
    record: Record

    def reopened(self) -> tuple[tuple[int, str, Earlier], ...]:
        """Return line, number and history of the known numbers: each opens again."""
        return tuple(
            (line, str(row.get("number")), self.record.earlier[str(row.get("number"))])
            for line, row in zip(self.sheet.lines, self.sheet.rows, strict=True)
            if str(row.get("number")) in self.record.earlier
        )

    def urgency(self) -> dict[str, int]:
        """Count the rows of each urgency."""
        counted = Counter(str(row.get("urgency")) for row in self.sheet.rows)
        return {each: counted[each] for each in URGENCIES}


def compare(sheet: Sheet, record: Record) -> Intake:
    """Hold a list against the record.

    A number that stood on a list before has been listed once more than the record counts,
    since the date that the record has: where the file says otherwise, that is noted, and the
    record's value crosses. A number that stands in another's place is counted by itself. A list of
    a name that was signed before is at fault: it is amended.
    """
    notes: list[Note] = []
    rows: list[Fields] = []
    for line, row in zip(sheet.lines, sheet.rows, strict=True):
        earlier = record.earlier.get(str(row.get("number")))
        rows.append(_raised(row, earlier) if earlier else row)
        notes += _said(line, row, earlier, record.alike.get(str(row.get("number"))))
    notes += _unexplained(sheet)
    if record.waiting:
        notes.append(Note(1, "list_id", "list-waiting", file=sheet.list))
    faults = sheet.faults
    if record.same is not None:
        faults = (Fault(1, "list_id", "list-known", record.same.position), *faults)
    raised = replace(sheet, rows=tuple(rows), faults=faults)
    return Intake(raised, tuple(sorted(notes, key=lambda note: note.row)), record)


def alike(numbers: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Return, of numbers that aren't known, those that a known one is easily mistaken for."""
    held = set(known)
    by_skeleton = {cells.skeleton(number): number for number in sorted(held)}
    found = {each: by_skeleton.get(cells.skeleton(each), "") for each in numbers}
    return {each: other for each, other in found.items() if other and each not in held}


def _raised(row: Fields, earlier: Earlier) -> Fields:
    return {**row, "times_listed": earlier.times + 1, "first_listed": earlier.first}


def _said(line: int, row: Fields, earlier: Earlier | None, other: str | None) -> Iterable[Note]:
    number = str(row.get("number"))
    if other:
        yield Note(line, "application_no", "list-alike-known", number, number, other)
    if earlier is None:
        return
    counted = {"times_listed": str(earlier.times + 1), "first_listed": earlier.first}
    for column, record in counted.items():
        file = str(row.get(column, ""))
        if file != record:
            code = "list-times-listed" if column == "times_listed" else "list-first-listed"
            yield Note(line, column, code, number, file, record)


def _unexplained(sheet: Sheet) -> Iterable[Note]:
    """Note the rows without a reason for their rank, where the file gives reasons."""
    if REASON not in sheet.columns:
        return
    for line, kept in zip(sheet.lines, sheet.kept, strict=True):
        columns = kept["columns"]
        if isinstance(columns, dict) and not columns.get(REASON):
            yield Note(line, REASON, "list-rank-unexplained", str(kept["number"]))
