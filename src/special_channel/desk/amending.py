"""Compare a file with the weekly list that it amends.

Rows with a new row number are added. Rows with a known number change urgency, rank or stop date
where those differ. A code in the column `withdrawn` takes the row off the list. Rows missing from
the file stay unchanged. Signed entries are never edited: an amendment is a new entry. Does not
sign.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from special_channel.core.bytes.errors import Malformed
from special_channel.core.rows.batches import ListingRow
from special_channel.desk import cells, columns
from special_channel.desk.payloads import Fields
from special_channel.desk.sheet import Fault, Sheet

WITHDRAWN: Final = "withdrawn"
"""Column with the reason for taking a row off the list, as a code (`issued`, `duplicate`)."""

_REASON: Final = re.compile(r"[a-z][a-z0-9_-]{0,47}")
"""As `core.entries.header.Word`: a code contains no name and can be shown in both languages."""

AMENDED: Final = ("urgency", "rank", "stop_on")
"""Fields that an amendment may change."""


Priority = tuple[str, str, str]
"""Urgency code, rank, and stop date or nothing."""


@dataclass(frozen=True, slots=True)
class AmendedRow:
    """An added, changed or withdrawn row; `before` or `after` is None for a row not in the list.

    `reason`: code for taking the row off.
    """

    row: int
    number: str
    before: Priority | None
    after: Priority | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Amendment:
    """An amendment as read from a file.

    Attributes:
        sheet: The file as a list, with faults of reading and of amending.
        data: Content of the data part: the non-empty ones of `added`, `changed`, `withdrawn`.
        changes: Added, changed and withdrawn rows by row number, for display.
        kept: The list's private columns, with the file's values replacing older ones.
    """

    sheet: Sheet
    data: Fields
    changes: tuple[AmendedRow, ...]
    kept: tuple[Fields, ...]

    @property
    def rows(self) -> int:
        """Number of added, changed and withdrawn rows."""
        return sum(len(part) for part in self.data.values() if isinstance(part, list))

    def added(self) -> Sequence[Fields]:
        """Return the added rows as sent to the other side."""
        rows: Any = self.data.get("added", [])
        return list(rows)

    def line_stops(self) -> bool:
        """Tell whether the amendment adds a line stop or turns a row into one."""
        # Line stops are released by a leader.
        rows: Any = (*self.added(), *self.data.get("changed", ()))  # type: ignore[misc]
        return any(row.get("urgency") == "line_stop" for row in rows)


def amend(
    sheet: Sheet, list_: str, listed: Mapping[int, ListingRow], private: Mapping[int, Fields]
) -> Amendment:
    """Compare a file with the list that it amends.

    Args:
        sheet: The file, read as a weekly list.
        list_: The name of the list.
        listed: The recorded rows of the list, by row number.
        private: The list's private columns, by row number.

    Raises:
        Malformed: `amendment-other-list`, `amendment-empty`.
    """
    if sheet.list != list_:
        raise Malformed("amendment-other-list", "The file is of another list.", list=list_)
    reasons = _reasons(sheet)
    comparison = _Comparison()
    for line, row in zip(sheet.lines, sheet.rows, strict=True):
        number = row.get("row")
        known = listed.get(number) if isinstance(number, int) else None
        if known is None:
            comparison.new(line, row, reasons.get(line, ""))
        else:
            comparison.known(line, row, known, reasons.get(line, ""))
    data = comparison.data()
    faults = sorted((*sheet.faults, *comparison.faults), key=lambda fault: fault.row)
    if not data and not faults:
        raise Malformed("amendment-empty", "The file amends nothing of the list.", list=list_)
    merged = columns.merge_rows(
        private, (_without_reason(row_columns) for row_columns in _numbered(sheet))
    )
    return Amendment(
        replace(sheet, faults=tuple(faults)),
        data,
        tuple(sorted(comparison.changes, key=lambda change: change.row)),
        merged,
    )


@dataclass(slots=True)
class _Comparison:
    """Collects the differences between a file and a list, row by row."""

    added: list[Fields] = field(default_factory=list)
    changed: list[Fields] = field(default_factory=list)
    withdrawn: list[Fields] = field(default_factory=list)
    changes: list[AmendedRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def data(self) -> Fields:
        """Return the content of the data part without empty sections."""
        parts = {"added": self.added, "changed": self.changed, "withdrawn": self.withdrawn}
        return {name: list(rows) for name, rows in parts.items() if rows}

    def new(self, line: int, row: Fields, reason: str) -> None:
        """Record a row that is missing from the list."""
        if reason:
            number = str(row.get("number"))
            self.faults.append(Fault(line, WITHDRAWN, "amendment-no-row", number))
            return
        self.added.append(row)
        if isinstance(place := row.get("row"), int):
            added = AmendedRow(place, str(row.get("number", "")), None, requested_priority(row))
            self.changes.append(added)

    def known(self, line: int, row: Fields, listed: ListingRow, reason: str) -> None:
        """Record a row that is already on the list."""
        before, after = listed_priority(listed), requested_priority(row)
        if row.get("number") != listed.number:
            self.faults.append(Fault(line, "application_no", "amendment-number", listed.number))
        elif listed.withdrawn >= 0:
            self.faults.append(Fault(line, "row", "amendment-no-row", listed.number))
        elif reason and not _REASON.fullmatch(reason):
            self.faults.append(Fault(line, WITHDRAWN, "amendment-reason", listed.number))
        elif reason:
            self.withdrawn.append({"row": listed.row, "reason": reason})
            self.changes.append(AmendedRow(listed.row, listed.number, before, None, reason))
        elif before != after:
            self.changed.append({name: row[name] for name in ("row", *AMENDED) if name in row})
            self.changes.append(AmendedRow(listed.row, listed.number, before, after))


def _reasons(sheet: Sheet) -> dict[int, str]:
    """Return reasons for withdrawing rows, by line of the file."""
    reasons = {}
    for line, private in zip(sheet.lines, sheet.kept, strict=False):
        reason = columns.cells_of(private).get(WITHDRAWN, "")
        if reason:
            reasons[line] = cells.plain(reason).lower()
    return reasons


def listed_priority(row: ListingRow) -> Priority:
    """Return urgency, rank and stop date of a listed row."""
    return row.urgency, str(row.rank), row.stop_on


def requested_priority(row: Fields) -> Priority:
    """Return urgency, rank and stop date of a row from a file."""
    urgency, rank, stop_on = (str(row.get(name, "")) for name in AMENDED)
    return urgency, rank, stop_on


def _numbered(sheet: Sheet) -> list[Fields]:
    return [private for private in sheet.kept if isinstance(private["row"], int)]


def _without_reason(private: Fields) -> Fields:
    values: Any = private["columns"]
    return {**private, "columns": {k: v for k, v in values.items() if k != WITHDRAWN}}
