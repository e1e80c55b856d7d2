"""What stands on a one-page brief: which questions lead, what became of promises.

Does not read the record and writes no words. Order is by facts alone: nothing is ranked by
the size of a firm, and a provisional date never counts as passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal

from special_channel.core.bytes.ids import EntryId
from special_channel.core.rows.meetings import PointRow
from special_channel.core.rows.questions import Outcome, QuestionRow

LEADING: Final = 3
"""Questions that a brief names: what can be raised in one meeting."""

Urgency = Literal["normal", "urgent", "line_stop"]
_RANKS: Final[Mapping[Urgency, int]] = {"line_stop": 0, "urgent": 1, "normal": 2}

PromiseState = Literal["unasked", "open", "unanswered", "answered", "ended"]


def leading(
    rows: Iterable[QuestionRow], urgency: Callable[[QuestionRow], Urgency], limit: int = LEADING
) -> tuple[QuestionRow, ...]:
    """Return the open questions that lead: line stops, then urgent ones, then the nearest due.

    Of one urgency, those that a person took to a higher level come first.
    """
    waiting = [row for row in rows if row.is_open]
    waiting.sort(
        key=lambda row: (
            _RANKS[urgency(row)], not row.referred, row.due, row.asker, row.index, int(row.q)
        )
    )  # fmt: skip
    return tuple(waiting[:limit])


def promise_state(point: PointRow, asks: Mapping[tuple[EntryId, str], QuestionRow]) -> PromiseState:
    """Return what became of an agreed promise, by the last question that was put about it.

    `answered` says that an answer stands in the record, not that the promise was kept: that
    is for the side that asked to say.
    """
    put = [asks[each.note, each.q] for each in point.asks if (each.note, each.q) in asks]
    return _STATES[put[-1].outcome()] if put else "unasked"


_STATES: Final[Mapping[Outcome, PromiseState]] = {
    "open": "open",
    "unanswered-confirmed": "unanswered",
    "unanswered-unconfirmed": "unanswered",
    "in-time": "answered",
    "late": "answered",
    "crossed": "answered",
    "answered": "answered",
    "withdrawn": "open",
    "ended": "ended",
}
