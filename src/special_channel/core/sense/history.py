"""What a side stated of an application before, without what it corrected since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes.ids import Party, Position
from special_channel.core.entries import StatementRef
from special_channel.core.rows.applications import (
    ApplicationRow,
    AssertedStatement,
    events_of,
)
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
    named = (corrects.id, corrects.row or 0) if corrects else None
    live = tuple(each for each in row.live(party) if (each.id, each.place[1]) != named)
    course = events_of(live)
    return Before(
        party,
        tuple(each for each in live if isinstance(each, AssertedStatement)),
        next((each.on.isoformat() for each in reversed(course) if each.act == "accepted"), ""),
        any(each.act in _PAUSES for each in course),
    )
