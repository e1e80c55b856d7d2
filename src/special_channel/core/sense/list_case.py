"""A row of a weekly list with what it is read with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from special_channel.core.bytes.ids import Party
from special_channel.core.entries import ListRow
from special_channel.core.entries.batches import OPTED
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.core.rows.batches import ListingRow
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.findings import FactKind, Finding, Grade, facts_of
from special_channel.core.sense.history import before


@dataclass(frozen=True, slots=True)
class ListAround:
    """What every row of a list is read with.

    Attributes:
        today: The date in Beijing.
        day: The date in Brussels on which the list, or its amendment, is signed.
        opted: Columns that the charter opts in.
        lists: Number of lists in the record; more than `FEW_LISTS` need not be counted.
        days: Working days in China; None where CN's statements are not read.
    """

    today: date
    day: date
    opted: frozenset[str] = OPTED
    lists: int = 0
    days: WorkingDays | None = None

    @property
    def long_ago(self) -> str:
        """The date before which a number of this list was on an earlier one, if on any."""
        return (self.day - _RECENT).isoformat()


_RECENT: Final = timedelta(days=31)

FEW_LISTS: Final = 8
"""Lists from which on the record is expected to know a number that was listed before."""


@dataclass(frozen=True, slots=True)
class NumberRecord:
    """What the record has of an application number before the row.

    Attributes:
        application: The application; None for a number that the record does not know.
        listed: Whether the number, or a number in whose place a side puts it, was on a list.
        last: The number's row on the last list; None if it was not there, or was taken off.
    """

    application: ApplicationRow | None = None
    listed: bool = False
    last: ListingRow | None = None


@dataclass(frozen=True, slots=True)
class ListCase:
    """A row with what it is read with."""

    row: ListRow
    around: ListAround
    record: NumberRecord

    @property
    def own_state(self) -> str:
        """The EU's state: of the row, or the latest one before it; empty without any."""
        if self.row.state:
            return self.row.state
        last = self.last("eu")
        return last.state if last else ""

    def last(self, party: Party) -> AssertedStatement | None:
        """Return a side's latest statement, without the one that the row corrects."""
        application = self.record.application
        if application is None:
            return None
        corrects = self.row.corrects if party == "eu" else None
        return before(application, party, corrects).last

    def dates(self) -> Sequence[tuple[str, str]]:
        """Return the filled dates of what has happened, by field."""
        pairs = (("as_of", self.row.as_of), ("first_listed", self.row.first_listed))
        return [(name, day) for name, day in pairs if day]

    def weeks_since(self, day: str) -> int:
        """Return the full weeks from a date to the list's day; 0 for a later date."""
        return max((self.around.day - date.fromisoformat(day)).days // 7, 0)

    def found(
        self,
        rule: str,
        grade: Grade,
        *fields: str,
        variant: str = "",
        **facts: tuple[FactKind, str],
    ) -> Finding:
        """Return a finding about the row, with its fields and the facts of its sentence."""
        return Finding(rule, grade, self.row.row, fields, facts_of(**facts), variant)
