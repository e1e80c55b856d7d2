"""Counting a question anew: by a calendar that was released since, or by another rule (rule 12).

A question keeps the date that it was promised, whatever both sides adopt later. Only an entry
moves it: the asker's node where a provisional date has become firm (`calendar`), a person of the
asker's side where the rule itself is another one now (`rebase`). Does not sign or append, and
does not read calendars: they are handed in.
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
    """What a question's date would be by the charter in force.

    Attributes:
        charter: Its digest.
        calendar: The digest of the answering side's calendar in it.
        counted: How it was counted.
    """

    charter: Digest
    calendar: Digest
    counted: Due

    def changes(self, row: QuestionRow) -> bool:
        """Tell whether the date would be another one, or firm where it is provisional."""
        return (self.counted.stamp, self.counted.provisional) != (row.due, row.is_provisional)

    def body(self, row: QuestionRow) -> dict[str, Value]:
        """Return the body of the `deadline.moved` that says so."""
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
    """When it is counted; when the question had reached the answering side, if that is known."""

    now: datetime
    delivered: datetime | None = None


def counted_anew(
    row: QuestionRow, rule: ReplyRule, calendars: Calendars, start: datetime, earliest: datetime
) -> Due:
    """Count an ask from `start`: never earlier than its due in force, nor than `earliest`.

    An earlier date needs the other side's proposal.

    Raises:
        Malformed: As `due`.
    """
    counted = due_by(rule, calendars, row.answering, start, suspensions(row))
    return not_before(calendars, counted, max(instant(row.due), earliest))


def started(row: QuestionRow, delivered: datetime | None) -> datetime:
    """Return from when an ask counts: its own time, or its delivery's where that was late."""
    late = any(move.basis == "delivered-late" for move in row.moves)
    return delivered if late and delivered is not None else instant(row.accepted)


def rebase(
    row: QuestionRow,
    charters: tuple[CharterRow, ...],
    force: InForce,
    calendars: Calendars,
    moment: RebaseTimes,
) -> Rebase | None:
    """Count an open ask by the charter in force; None where that has nothing new to say of it.

    `calendars` are those that this charter adopted. None for a question that was answered,
    ended or whose date passed, that has no rule, that is counted by this charter already, or
    whose rule and calendars are the same as when it was counted last.

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
    earliest = notice_ends(document.limits, rule, calendars, row.answering, moment.now)
    start = started(row, moment.delivered)
    return Rebase(force.digest, named.digest, counted_anew(row, rule, calendars, start, earliest))
