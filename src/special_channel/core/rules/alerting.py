"""Warnings before a due time, and the earliest time at which an alert may reach its recipients.

The answering side's node warns its own desk before the due time. A warning is not an entry; its
alert is recorded like every alert. Does not choose recipients, remember earlier warnings or
send. Steps after the due time are in `ladder.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from special_channel.core.bytes.times import instant
from special_channel.core.rows.charter import DutyDesk, ReplyRule
from special_channel.core.rows.questions import QuestionRow, suspensions
from special_channel.core.time.calendars import Calendar, days_between
from special_channel.core.time.due import Calendars, needed_calendars, runs_on

WARNED_ROLE: Final = "desk"
"""Role of a warning's recipients, on the answering side."""

COUNTED_DAYS: Final = 1500
"""Maximum of dates from question to due time for shares of office hours. Over longer spans a share
is a share of elapsed time."""


@dataclass(frozen=True, slots=True)
class DueWarning:
    """One warning about the due time in force.

    Attributes:
        share: Per cent of the time elapsed; unique for a question and due time.
        at: Time of the warning (UTC), within the answering side's office hours.
        due: The due time in force, as in the row.
    """

    share: int
    at: datetime
    due: str


@dataclass(frozen=True, slots=True)
class Hearing:
    """Earliest delivery of an alert.

    Attributes:
        at: Earliest time; now, or the next opening of the recipients' office.
        duty: Desk on duty to alert at once in addition; empty for none.
    """

    at: datetime
    duty: str = ""


def warnings(
    row: QuestionRow, rule: ReplyRule | None, calendars: Calendars
) -> tuple[DueWarning, ...]:
    """Return the warnings about the due time in force, in order of time.

    Shares are of the answering side's office hours between question and due time, on the dates
    that count. Omits warnings from before the last move of the due time. Empty for a provisional
    due time and for a question without a rule.

    Args:
        row: The question. The caller checks that the question is open and was delivered.
        rule: The question's reply rule, from the charter that the question names.
        calendars: Calendars of both sides in the same charter.
    """
    if rule is None:
        return ()
    times = share_times(row, rule.warnings, rule, calendars)
    return tuple(DueWarning(share, at, row.due) for share, at in times.items())


def share_times(
    row: QuestionRow, shares: Iterable[int], rule: ReplyRule | None, calendars: Calendars
) -> Mapping[int, datetime]:
    """Return when shares (per cent) of the time to answer have passed, by share.

    As of `warnings`; of a question without a rule, shares are of the office hours on the answering
    side's working days.
    """
    spans = () if row.is_provisional else _office_spans(row, rule, calendars)
    if not spans:
        return {}
    known = instant(row.moves[-1].accepted if row.moves else row.accepted)
    times = {share: _at_share(spans, share) for share in shares}
    return {share: at for share, at in times.items() if known < at < instant(row.due)}


def next_warning(
    row: QuestionRow,
    rule: ReplyRule | None,
    calendars: Calendars,
    now: datetime,
    last_told: int = 0,
) -> DueWarning | None:
    """Return the latest warning due by now, else the next one; None without any.

    Args:
        row: As in `warnings`.
        rule: As in `warnings`.
        calendars: As in `warnings`.
        now: The present.
        last_told: Greatest share already warned about for this due time; 0 for none.
    """
    pending = [each for each in warnings(row, rule, calendars) if each.share > last_told]
    overdue = [each for each in pending if each.at <= now]
    if overdue:
        # Of several overdue warnings only the last is still true.
        return overdue[-1]
    return pending[0] if pending else None


def hearing(
    calendar: Calendar,
    now: datetime,
    rule: ReplyRule | None = None,
    duty: DutyDesk | None = None,
    *,
    urgent: bool = False,
) -> Hearing:
    """Return the earliest delivery of an alert, and the desk on duty during a long closure.

    Args:
        calendar: Calendar of the recipients' side.
        now: Time of the alert.
        rule: The question's reply rule, if any.
        duty: The recipients' duty desk in the charter, if any.
        urgent: Whether the alert skips the wait for office hours.
    """
    at_once = urgent or (rule is not None and rule.breaks_through)
    at = now if at_once else calendar.next_opening(now)
    stops = rule is not None and rule.urgency == "line_stop"
    if stops and duty is not None and closed_dates(calendar, now) >= duty.closure_days:
        return Hearing(at, duty.desk)
    return Hearing(at)


def closed_dates(calendar: Calendar, now: datetime) -> int:
    """Count the dates without work in the closure around `now`; 0 during office hours.

    A closure runs from the last close of business to the next opening.
    """
    opening = calendar.next_opening(now)
    if opening == now:
        return 0
    following = calendar.local(opening).date()
    today = calendar.local(now).date()
    # Before the opening of a working day, count the closure that precedes the day.
    before = today if today < following else following - timedelta(days=1)
    while not calendar.is_working_day(before):
        before -= timedelta(days=1)
    return (following - before).days - 1


def _office_spans(
    row: QuestionRow, rule: ReplyRule | None, calendars: Calendars
) -> Sequence[tuple[datetime, datetime]]:
    """Return spans of office hours from question to due time, on the dates that count."""
    calendar = calendars[row.answering]
    begun, due = instant(row.accepted), instant(row.due)
    first, last = calendar.local(begun).date(), calendar.local(due).date()
    if (rule and rule.seconds) or (last - first).days > COUNTED_DAYS:
        return [(begun, due)]
    needed = needed_calendars(calendars, row.answering, rule.count) if rule else (calendar,)
    suspended = suspensions(row)

    def counts(day: date) -> bool:
        worked = all(each.is_working_day(day) for each in needed)
        return worked and runs_on(calendar, day, suspended)

    hours = [calendar.office_hours(day) for day in days_between(first, last) if counts(day)]
    clipped = [(max(span[0], begun), min(span[1], due)) for span in hours if span]
    return [span for span in clipped if span[0] < span[1]]


def _at_share(spans: Sequence[tuple[datetime, datetime]], share: int) -> datetime:
    whole = sum(((until - since) for since, until in spans), timedelta())
    left = whole * share // 100
    for since, until in spans:
        if left < until - since:
            return (since + left).replace(microsecond=0)
        left -= until - since
    raise AssertionError("a share is less than the whole")  # pragma: no cover
