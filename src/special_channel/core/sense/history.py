"""What a side stated of an application before, without what it corrected since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from special_channel.core.bytes.ids import EntryId, Party, Position
from special_channel.core.entries import StatementRef
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement, events
from special_channel.core.sense.stages import FINAL, FLAG

_PAUSES: Final = frozenset({"uncounted", "council"})


@dataclass(frozen=True, slots=True)
class Before:
    """A side's earlier statements of a number.

    Attributes:
        party: The side.
        statements: Its statements that are not replaced by a correction, oldest first.
        accepted_on: Last stated date of acceptance; empty without one.
        paused: Whether it stated that time is not counted, or a referral to the State Council.
    """

    party: Party
    statements: tuple[AssertedStatement, ...] = ()
    accepted_on: str = ""
    paused: bool = False

    @property
    def last(self) -> AssertedStatement | None:
        """The latest statement."""
        return self.statements[-1] if self.statements else None

    @property
    def decided(self) -> AssertedStatement | None:
        """The decision that stands: the latest one, unless a state before one was stated since."""
        for each in reversed(self.statements):
            if each.decision:
                return each
            if each.state not in FINAL | FLAG:
                return None
        return None

    def position(self, statement: AssertedStatement) -> str:
        """Return the number of the entry that contains a statement."""
        return str(Position(self.party, statement.index))


def before(
    row: ApplicationRow | None, party: Party, corrects: StatementRef | None = None
) -> Before:
    """Return what a side stated of an application before, without the statement `corrects`."""
    if row is None:
        return Before(party)
    replaced = _replaced(row, party, corrects)
    live = live_statements(row, party, corrects)
    marks = tuple(each for each in row.marks(party) if (each.id, 0) not in replaced)
    mended = (
        replace(row, eu=live, eu_marks=marks)
        if party == "eu"
        else replace(row, cn=live, cn_marks=marks)
    )
    paused = any(each.act in _PAUSES for each in events(mended, party))
    return Before(party, live, mended.dated(party, "accepted"), paused)


def live_statements(
    row: ApplicationRow, party: Party, corrects: StatementRef | None = None
) -> tuple[AssertedStatement, ...]:
    """Return a side's statements that no correction replaces, nor `corrects`; oldest first."""
    replaced = _replaced(row, party, corrects)
    history = row.history(party)
    return tuple(each for each in history if (each.id, each.row) not in replaced)


def _replaced(
    row: ApplicationRow, party: Party, corrects: StatementRef | None
) -> set[tuple[EntryId, int]]:
    replaced = {
        (each.corrected, each.corrected_row) for each in row.corrections if each.party == party
    }
    return replaced | ({(corrects.id, corrects.row or 0)} if corrects else set())
