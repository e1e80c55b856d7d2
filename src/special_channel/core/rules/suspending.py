"""Suspending a courtesy clock: which days would not count, and the date that this gives.

Both sides agree: the answering side proposes the days with the date that they give, the asker
moves its question there. Does not sign or append, and does not read calendars.
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
"""Dates of one suspension; whoever needs longer agrees on another date."""


@dataclass(frozen=True, slots=True)
class SuspensionPlan:
    """A suspension as it would be proposed.

    Attributes:
        span: From the first instant to the first at which the clock runs again.
        days: How many days that would have counted don't.
        due: What the question's date becomes, in UTC: a close of business.
    """

    span: Suspension
    days: int
    due: datetime

    def body(self, q: str) -> dict[str, Value]:
        """Return the body of the `date.proposed` that says so."""
        assert self.span.last is not None  # noqa: S101 - own bug: only closed spans are made
        span: dict[str, Value] = {
            "first": timestamp(self.span.first),
            "last": timestamp(self.span.last),
        }
        return {"q": q, "due": timestamp(self.due), "suspended": span}


def may_suspend(row: QuestionRow, charters: tuple[CharterRow, ...]) -> bool:
    """Tell whether the rule pinned to a question lets both sides suspend its clock."""
    rule = _rule(row, charters, row.charter)
    return row.is_open and (rule is None or rule.suspends == "agreement")


def suspend(
    row: QuestionRow,
    charters: tuple[CharterRow, ...],
    calendars: Calendars,
    first: date,
    last: date,
) -> SuspensionPlan:
    """Count what the date of an open question becomes if these dates don't count.

    Dates are the answering side's, both included. The date in force moves on by as many
    counting days as it loses, so it may have been counted or agreed. `calendars` are those
    that it was counted by.

    Raises:
        Malformed: `suspension-malformed` with the field, for dates in the wrong order or far away.
        RuleBroken: `suspension-empty` if no day is lost, `suspension-provisional` where no
            adopted calendar covers the days.
    """
    own = calendars[row.answering]
    due = instant(row.due)
    if first < own.local(instant(row.accepted)).date() or first.year not in YEARS:
        raise _malformed("first")
    if not 0 <= (last - first).days < MAX_DAYS:
        raise _malformed("last")
    rule = _rule(row, charters, row.counted_by[0])
    count: Count = rule.count if rule else "answering"
    needed = needed_calendars(calendars, row.answering, count)
    span = Suspension(own.midnight(first), own.midnight(last + timedelta(days=1)))
    agreed = suspensions(row)
    until = own.local(due).date()
    lost = [
        day
        for day in days_between(max(first, _after(own, row)), min(last, until))
        if _counts(needed, own, day, agreed)
    ]
    if not lost:
        raise RuleBroken("suspension-empty", "No day of these counts before the question's date.")
    day, left = until, len(lost)
    while left:
        day += timedelta(days=1)
        left -= _counts(needed, own, day, (*agreed, span))
    if not all(each.covers(one) for each in needed for one in days_between(lost[0], day)):
        raise RuleBroken("suspension-provisional", "No adopted calendar covers these days.")
    return SuspensionPlan(span, len(lost), own.close_of_business(day))


def _after(own: Calendar, row: QuestionRow) -> date:
    """Return the first date that counts for a question: the one after its own."""
    return own.local(instant(row.accepted)).date() + timedelta(days=1)


def _counts(
    needed: tuple[Calendar, ...], own: Calendar, day: date, suspended: tuple[Suspension, ...]
) -> bool:
    return all(each.is_working_day(day) for each in needed) and runs_on(own, day, suspended)


def suspended_days(own: Calendar, span: tuple[str, ...]) -> tuple[date, date]:
    """Return the first and the last date at whose close of business a stated span holds.

    `own`: the answering side's calendar. Of a span without any, the next date twice.
    """
    begins, runs_again = (instant(text) for text in span)
    first, last = own.local(begins).date(), own.local(runs_again).date()
    if own.close_of_business(first) < begins:
        first += timedelta(days=1)
    if own.close_of_business(last) >= runs_again:
        last -= timedelta(days=1)
    return first, max(first, last)


def _rule(row: QuestionRow, charters: tuple[CharterRow, ...], digest: str) -> ReplyRule | None:
    charter = charter_of(charters, digest)
    return charter.reply_rule(row.rule) if charter and row.rule else None


def _malformed(field: str) -> Malformed:
    return Malformed("suspension-malformed", "These dates can't be suspended.", field=field)
