"""An amendment of a weekly list, from a file like the list's own: what it adds, changes, takes off.

A row of the file whose row number the list doesn't have is added; of one that it has, urgency,
rank and stop date are amended where they differ; one with a word in the column `withdrawn` is
taken off, for that reason. Rows that the file leaves out stay as they are. Nothing that was
signed is edited: an amendment is an entry of its own. Does not sign.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from special_channel.core.batches import ListingRow
from special_channel.core.errors import Malformed
from special_channel.desk import cells, columns
from special_channel.desk.lists import Fault, Sheet
from special_channel.desk.payloads import Fields

WITHDRAWN: Final = "withdrawn"
"""Column of the file: why a row is taken off the list, as a code (`issued`, `duplicate`)."""

_REASON: Final = re.compile(r"[a-z][a-z0-9_-]{0,47}")
"""As `core.entries.header.Word`: a code holds no name, and reads in both languages."""

AMENDED: Final = ("urgency", "rank", "stop_on")
"""Fields that an amendment gives anew."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row that is changed or taken off: what it was, and what it is to be.

    `after` is empty for a row that is taken off; `reason` says why.
    """

    row: int
    number: str
    before: tuple[str, str, str]
    after: tuple[str, str, str] | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a file amends.

    Attributes:
        sheet: The file as a list; its faults and those of amending.
        data: The data part's content: `added`, `changed`, `withdrawn`, those that aren't empty.
        changes: What is changed or taken off, for people.
        kept: All columns of the list that stay at home, with the file's in place of theirs.
    """

    sheet: Sheet
    data: Fields
    changes: tuple[Change, ...]
    kept: tuple[Fields, ...]

    @property
    def rows(self) -> int:
        """How many rows it adds, changes and takes off."""
        return sum(len(part) for part in self.data.values() if isinstance(part, list))

    def added(self) -> Sequence[Fields]:
        """Return the rows that are added, as they cross."""
        found: Any = self.data.get("added", [])
        return list(found)

    def line_stops(self) -> bool:
        """Tell whether it adds a line stop, or makes one: a leader releases it then."""
        found: Any = (*self.added(), *self.data.get("changed", ()))  # type: ignore[misc]
        return any(row.get("urgency") == "line_stop" for row in found)


def amend(
    sheet: Sheet, list_: str, held: Mapping[int, ListingRow], kept: Mapping[int, Fields]
) -> Amendment:
    """Compare a file with the list that it amends.

    Args:
        sheet: The file, read as a weekly list.
        list_: The name of the list.
        held: The list's rows as the record has them.
        kept: Its columns that stayed at home, as they are kept.

    Raises:
        Malformed: `amendment-other-list`, `amendment-empty`.
    """
    if sheet.list != list_:
        raise Malformed("amendment-other-list", "The file is of another list.", list=list_)
    reasons = _reasons(sheet)
    found = _Compared()
    for line, row in zip(sheet.lines, sheet.rows, strict=True):
        place = row.get("row")
        listed = held.get(place) if isinstance(place, int) else None
        if listed is None:
            found.new(line, row, reasons.get(line, ""))
        else:
            found.known(line, row, listed, reasons.get(line, ""))
    data = found.data()
    faults = sorted((*sheet.faults, *found.faults), key=lambda fault: fault.row)
    if not data and not faults:
        raise Malformed("amendment-empty", "The file amends nothing of the list.", list=list_)
    merged = columns.joined(kept, (_without(each) for each in _rowed(sheet)))
    return Amendment(
        replace(sheet, faults=tuple(faults)),
        data,
        tuple(found.changes),
        merged,
    )


@dataclass(slots=True)
class _Compared:
    """What was found so far."""

    added: list[Fields] = field(default_factory=list)
    changed: list[Fields] = field(default_factory=list)
    withdrawn: list[Fields] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def data(self) -> Fields:
        """Return the data part's content: the parts that aren't empty."""
        parts = {"added": self.added, "changed": self.changed, "withdrawn": self.withdrawn}
        return {name: list(rows) for name, rows in parts.items() if rows}

    def new(self, line: int, row: Fields, reason: str) -> None:
        """Take a row that the list doesn't have."""
        if reason:
            number = str(row.get("number"))
            self.faults.append(Fault(line, WITHDRAWN, "amendment-no-row", number))
        else:
            self.added.append(row)

    def known(self, line: int, row: Fields, listed: ListingRow, reason: str) -> None:
        """Take a row that the list has."""
        before, after = standing(listed), given(row)
        if row.get("number") != listed.number:
            self.faults.append(Fault(line, "application_no", "amendment-number", listed.number))
        elif listed.withdrawn >= 0:
            self.faults.append(Fault(line, "row", "amendment-no-row", listed.number))
        elif reason and not _REASON.fullmatch(reason):
            self.faults.append(Fault(line, WITHDRAWN, "amendment-reason", listed.number))
        elif reason:
            self.withdrawn.append({"row": listed.row, "reason": reason})
            self.changes.append(Change(listed.row, listed.number, before, None, reason))
        elif before != after:
            self.changed.append({name: row[name] for name in ("row", *AMENDED) if name in row})
            self.changes.append(Change(listed.row, listed.number, before, after))


def _reasons(sheet: Sheet) -> dict[int, str]:
    """Return, by line, why rows are taken off."""
    found = {}
    for line, kept in zip(sheet.lines, sheet.kept, strict=False):
        reason = columns.cells_of(kept).get(WITHDRAWN, "")
        if reason:
            found[line] = cells.plain(reason).lower()
    return found


def standing(row: ListingRow) -> tuple[str, str, str]:
    """Return urgency, rank and stop date as the list has them."""
    return row.urgency, str(row.rank), row.stop_on


def given(row: Fields) -> tuple[str, str, str]:
    """Return urgency, rank and stop date as a row gives them."""
    urgency, rank, stop_on = (str(row.get(name, "")) for name in AMENDED)
    return urgency, rank, stop_on


def _rowed(sheet: Sheet) -> list[Fields]:
    return [each for each in sheet.kept if isinstance(each["row"], int)]


def _without(kept: Fields) -> Fields:
    named: Any = kept["columns"]
    return {**kept, "columns": {k: v for k, v in named.items() if k != WITHDRAWN}}
