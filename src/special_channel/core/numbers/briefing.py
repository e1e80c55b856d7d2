"""Content of a one-page brief: leading questions, and the outcome of promises.

Does not read the record and writes no text. The order follows facts alone: never the size of a
company; and a provisional date never counts as passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal

from special_channel.core.bytes.ids import EntryId
from special_channel.core.rows.meetings import PointRow
from special_channel.core.rows.questions import Outcome, QuestionRow

LEADING: Final = 3
"""Number of questions in a brief, as many as a meeting can discuss."""

Urgency = Literal["normal", "urgent", "line_stop"]
_RANKS: Final[Mapping[Urgency, int]] = {"line_stop": 0, "urgent": 1, "normal": 2}

PromiseState = Literal["unasked", "open", "unanswered", "answered", "ended"]


def leading(
    rows: Iterable[QuestionRow], urgency: Callable[[QuestionRow], Urgency], limit: int = LEADING
) -> tuple[QuestionRow, ...]:
    """Select the leading open questions, sorted by urgency, referral and due time.

    Line stops come first, then urgent questions; at equal urgency referred questions come first.
    """
    open_rows = [row for row in rows if row.is_open]
    open_rows.sort(
        key=lambda row: (
            _RANKS[urgency(row)], not row.referred, row.due, row.asker, row.index, int(row.q)
        )
    )  # fmt: skip
    return tuple(open_rows[:limit])


def promise_state(point: PointRow, asks: Mapping[tuple[EntryId, str], QuestionRow]) -> PromiseState:
    """Return the state of an agreed promise, from the last question about the promise.

    `answered` means that the record contains an answer, not that the promise was kept: only the
    asking side can say so.
    """
    questions = [asks[each.note, each.q] for each in point.asks if (each.note, each.q) in asks]
    return _STATES[questions[-1].outcome()] if questions else "unasked"


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
