"""Suspension of a courtesy clock: days that don't count, and the new due time.

Both sides agree: the answering side proposes days with the new due time, the asker moves its
question to the due time. Does not sign, append or read calendar files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.rows.charter import CharterRow, ReplyRule, charter_of
from special_channel.core.rows.questions import QuestionRow, suspensions
from special_channel.core.time.calendars import Calendar, days_between
from special_channel.core.time.due import (
    YEARS,
    Calendars,
    Count,
    Suspension,
    needed_calendars,
    runs_on,
)

MAX_DAYS: Final = 366
"""Maximum of dates in one suspension; for longer spans both sides agree on another due time."""


@dataclass(frozen=True, slots=True)
class SuspensionPlan:
    """A suspension to propose.

    Attributes:
        span: From the first suspended instant to the instant at which the clock runs again.
        days: Number of counting days lost.
        due: New due time (UTC), a close of business.
    """

    span: Suspension
    days: int
    due: datetime

    def body(self, q: str) -> dict[str, Value]:
        """Return the body of a `date.proposed` with the suspension."""
        assert self.span.last is not None  # noqa: S101 - own bug: only closed spans are made
        span: dict[str, Value] = {
            "first": timestamp(self.span.first),
            "last": timestamp(self.span.last),
        }
        return {"q": q, "due": timestamp(self.due), "suspended": span}


def may_suspend(row: QuestionRow, charters: tuple[CharterRow, ...]) -> bool:
    """Return whether a question is open and its reply rule does not forbid suspension."""
    rule = _rule(row, charters, row.charter)
    return row.is_open and (rule is None or rule.suspends == "agreement")


def suspend(
    row: QuestionRow,
    charters: tuple[CharterRow, ...],
    calendars: Calendars,
    first: date,
    last: date,
) -> SuspensionPlan:
    """Count the due time of an open question after a suspension from `first` to `last`.

    Args:
        row: The question.
        charters: Rows of all charters.
        calendars: Calendars of the last count.
        first: First suspended date, local to the answering side.
        last: Last suspended date, included.

    Raises:
        Malformed: `suspension-malformed` with the field, for dates in the wrong order or far away.
        RuleBroken: `suspension-empty` if no counting day is lost, `suspension-provisional` if the
            adopted calendars don't cover all days.
    """
    # The due time moves by as many counting days as it loses, so the rule also fits a due time
    # that both sides agreed on.
    calendar = calendars[row.answering]
    due = instant(row.due)
    if first < calendar.local(instant(row.accepted)).date() or first.year not in YEARS:
        raise _malformed("first")
    if not 0 <= (last - first).days < MAX_DAYS:
        raise _malformed("last")
    rule = _rule(row, charters, row.counted_by[0])
    count: Count = rule.count if rule else "answering"
    needed = needed_calendars(calendars, row.answering, count)
    span = Suspension(calendar.midnight(first), calendar.midnight(last + timedelta(days=1)))
    agreed = suspensions(row)
    until = calendar.local(due).date()
    lost = [
        day
        for day in days_between(max(first, _after(calendar, row)), min(last, until))
        if _counts(needed, calendar, day, agreed)
    ]
    if not lost:
        raise RuleBroken("suspension-empty", "No day of these counts before the question's date.")
    day, left = until, len(lost)
    while left:
        day += timedelta(days=1)
        left -= _counts(needed, calendar, day, (*agreed, span))
    if not all(each.covers(one) for each in needed for one in days_between(lost[0], day)):
        raise RuleBroken("suspension-provisional", "No adopted calendar covers these days.")
    return SuspensionPlan(span, len(lost), calendar.close_of_business(day))


def _after(calendar: Calendar, row: QuestionRow) -> date:
    """Return the first date that counts for a question: the day after its own."""
    return calendar.local(instant(row.accepted)).date() + timedelta(days=1)


def _counts(
    needed: tuple[Calendar, ...], calendar: Calendar, day: date, suspended: tuple[Suspension, ...]
) -> bool:
    return all(each.is_working_day(day) for each in needed) and runs_on(calendar, day, suspended)


def suspended_days(calendar: Calendar, span: tuple[str, ...]) -> tuple[date, date]:
    """Return the first and last date with a close of business inside a suspended span.

    `calendar`: the answering side's calendar. For a span without a close of business, return the
    next date twice.
    """
    begins, runs_again = (instant(text) for text in span)
    first, last = calendar.local(begins).date(), calendar.local(runs_again).date()
    if calendar.close_of_business(first) < begins:
        first += timedelta(days=1)
    if calendar.close_of_business(last) >= runs_again:
        last -= timedelta(days=1)
    return first, max(first, last)


def _rule(row: QuestionRow, charters: tuple[CharterRow, ...], digest: str) -> ReplyRule | None:
    charter = charter_of(charters, digest)
    return charter.reply_rule(row.rule) if charter and row.rule else None


def _malformed(field: str) -> Malformed:
    return Malformed("suspension-malformed", "These dates can't be suspended.", field=field)
