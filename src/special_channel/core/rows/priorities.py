"""Requests for priority, and CN's answers by application.

Does not order applications: CN decides the order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries import PriorityAnswered, PriorityRequested
from special_channel.core.rows.past import Placed


@dataclass(frozen=True, slots=True)
class RequestedApplication:
    """One application in a request, with CN's last answer.

    `answered`: index of the answering entry; -1 before an answer.
    """

    number: str
    answer: str = ""
    remark: str = ""
    answered: int = -1


@dataclass(frozen=True, slots=True)
class PriorityRow:
    """A request for priority, by the id of its entry."""

    request: EntryId
    index: int
    accepted: str
    reason: str
    wanted: tuple[RequestedApplication, ...]

    @property
    def open(self) -> int:
        """Number of applications without an answer."""
        return sum(each.answered < 0 for each in self.wanted)


def requested(placed: Placed, entry: PriorityRequested) -> PriorityRow:
    """Return the row of a request."""
    return PriorityRow(
        placed.id,
        placed.position.index,
        placed.accepted,
        entry.body.reason,
        tuple(RequestedApplication(number) for number in entry.body.applications),
    )


def answered(row: PriorityRow, placed: Placed, entry: PriorityAnswered) -> PriorityRow:
    """Replace the answers of the applications in CN's entry."""
    answers = {each.number: each for each in entry.body.answers}
    wanted = tuple(
        RequestedApplication(
            each.number,
            answers[each.number].answer,
            answers[each.number].remark or "",
            placed.position.index,
        )
        if each.number in answers
        else each
        for each in row.wanted
    )
    return replace(row, wanted=wanted)
