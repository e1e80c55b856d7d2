"""Requests for priority, and CN's answers to them, application by application.

Does not order anything: what comes first is CN's to decide, and the answer says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries import PriorityAnswered, PriorityRequested
from special_channel.core.rows.past import Placed


@dataclass(frozen=True, slots=True)
class RequestedApplication:
    """One application of a request, with CN's last answer; `answered` is -1 without one."""

    number: str
    answer: str = ""
    remark: str = ""
    answered: int = -1


@dataclass(frozen=True, slots=True)
class PriorityRow:
    """A request by its entry's id."""

    request: EntryId
    index: int
    accepted: str
    reason: str
    wanted: tuple[RequestedApplication, ...]

    @property
    def open(self) -> int:
        """How many of its applications have no answer."""
        return sum(each.answered < 0 for each in self.wanted)


def requested(placed: Placed, entry: PriorityRequested) -> PriorityRow:
    """Make the row of a request."""
    return PriorityRow(
        placed.id,
        placed.position.index,
        placed.accepted,
        entry.body.reason,
        tuple(RequestedApplication(number) for number in entry.body.applications),
    )


def answered(row: PriorityRow, placed: Placed, entry: PriorityAnswered) -> PriorityRow:
    """Take CN's answers; of one application the last counts."""
    said = {each.number: each for each in entry.body.answers}
    wanted = tuple(
        RequestedApplication(
            each.number,
            said[each.number].answer,
            said[each.number].remark or "",
            placed.position.index,
        )
        if each.number in said
        else each
        for each in row.wanted
    )
    return replace(row, wanted=wanted)
