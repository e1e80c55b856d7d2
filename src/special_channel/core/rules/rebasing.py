"""Recount of a due time by a later calendar release or a changed reply rule (rule 12).

A question keeps its due time whatever both sides adopt later; only an entry moves the due time.
The asker's node writes the entry once a provisional date is firm (`calendar`); a person of the
asker's side writes it after a change of the rule (`rebase`). Does not sign, append or read files:
calendars are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import Digest
from special_channel.core.bytes.times import instant
from special_channel.core.rows.charter import CharterRow, InForce, ReplyRule, charter_of
from special_channel.core.rows.questions import QuestionRow, suspensions
from special_channel.core.rules.replying import due_by, notice_ends
from special_channel.core.time.due import Calendars, Due, not_before


@dataclass(frozen=True, slots=True)
class Rebase:
    """A question's due time counted by the charter in force.

    Attributes:
        charter: Digest of the charter.
        calendar: Digest of the answering side's calendar in the charter.
        counted: The due time and the days of the count.
    """

    charter: Digest
    calendar: Digest
    counted: Due

    def changes(self, row: QuestionRow) -> bool:
        """Return whether the due time differs from the row's in date or in being provisional."""
        return (self.counted.stamp, self.counted.provisional) != (row.due, row.is_provisional)

    def body(self, row: QuestionRow) -> dict[str, Value]:
        """Return the body of a `deadline.moved` to the new due time."""
        body: dict[str, Value] = {
            "q": row.q,
            "due": self.counted.stamp,
            "basis": "rebase",
            "charter": self.charter,
            "calendar": self.calendar,
        }
        return body | ({"provisional": True} if self.counted.provisional else {})


@dataclass(frozen=True, slots=True)
class RebaseTimes:
    """Time of the count, and the question's delivery time, if known."""

    now: datetime
    delivered: datetime | None = None


def counted_anew(
    row: QuestionRow, rule: ReplyRule, calendars: Calendars, start: datetime, earliest: datetime
) -> Due:
    """Count a question's due time from `start`, but not before the due time in force or `earliest`.

    Raises:
        Malformed: As `due`.
    """
    # An earlier date would need the other side's proposal.
    counted = due_by(rule, calendars, row.answering, start, suspensions(row))
    return not_before(calendars, counted, max(instant(row.due), earliest))


def started(row: QuestionRow, delivered: datetime | None) -> datetime:
    """Return the start of the count: the question's time, or its delivery if `delivered-late`."""
    late = any(move.basis == "delivered-late" for move in row.moves)
    return delivered if late and delivered is not None else instant(row.accepted)


def rebase(
    row: QuestionRow,
    charters: tuple[CharterRow, ...],
    force: InForce,
    calendars: Calendars,
    times: RebaseTimes,
) -> Rebase | None:
    """Count an open question by the charter in force.

    Args:
        row: The question.
        charters: Rows of all charters.
        force: The charter in force.
        calendars: Calendars that the charter in force adopted.
        times: Time of the count and of the question's delivery.

    Returns:
        The new count. None for a question without a rule; for an answered or ended one, or one
        past its due time; and for rule and calendars unchanged since the last count.

    Raises:
        Malformed: As `due`.
    """
    document, before = force.charter, charter_of(charters, row.counted_by[0])
    rule, named = document.reply_rule(row.rule), document.calendar(row.answering)
    if before is None or rule is None or named is None:
        return None
    if (rule, document.calendars) == (before.reply_rule(row.rule), before.calendars):
        return None
    if not row.is_open or any(fact.due == row.due for fact in row.passed):
        return None
    earliest = notice_ends(document.limits, rule, calendars, row.answering, times.now)
    start = started(row, times.delivered)
    return Rebase(force.digest, named.digest, counted_anew(row, rule, calendars, start, earliest))
