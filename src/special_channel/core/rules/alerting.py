"""Who is to hear of an ask before its due time, and when an alert may reach its people.

Pure: says when, and whose office hours hold it back. Does not know people, does not keep
what was told already, and does not send. Steps after the due time are `ladder.py`'s.

A warning belongs to the answering side: its own node warns its own desk while there is
time left. It is no entry; the alert it makes is recorded as any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from special_channel.core.bytes.times import instant
from special_channel.core.rows.charter import DutyDesk, ReplyRule
from special_channel.core.rows.questions import QuestionRow, suspensions
from special_channel.core.time.calendars import Calendar, days_between
from special_channel.core.time.due import Calendars, needed_calendars, runs_on

WARNED_ROLE: Final = "desk"
"""Role of the directory that a warning tells, on the answering side."""

COUNTED_DAYS: Final = 1500
"""Beyond this many dates a share is one of plain time: nobody plans their day by it."""


@dataclass(frozen=True, slots=True)
class DueWarning:
    """One warning about the due time in force.

    Attributes:
        share: Per cent of the time that has gone; unique for an ask and a due time.
        at: When, UTC: within the answering side's office hours.
        due: The due time that it is about, as the row has it.
    """

    share: int
    at: datetime
    due: str


@dataclass(frozen=True, slots=True)
class Hearing:
    """When an alert may reach its people.

    Attributes:
        at: From when; now, or the next opening of the recipients' office.
        duty: The desk on duty that is told at once, besides; empty: none.
    """

    at: datetime
    duty: str = ""


def warnings(
    row: QuestionRow, rule: ReplyRule | None, calendars: Calendars
) -> tuple[DueWarning, ...]:
    """Return the warnings about the due time in force, in order; none for what isn't firm.

    The share is one of the answering side's office hours between question and due time,
    on the dates that count. A warning that fell before the due time was moved is left out.

    Args:
        row: The ask. Whether it is still open, and whether it had arrived, is the caller's.
        rule: The rule that the ask names, from the charter that it names.
        calendars: Both sides', as that charter has them.
    """
    if rule is None or row.is_provisional:
        return ()
    spans = _office_spans(row, rule, calendars)
    known = instant(row.moves[-1].accepted if row.moves else row.accepted)
    found = (DueWarning(share, _at_share(spans, share), row.due) for share in rule.warnings)
    return tuple(one for one in found if known < one.at < instant(row.due)) if spans else ()


def next_warning(
    row: QuestionRow,
    rule: ReplyRule | None,
    calendars: Calendars,
    now: datetime,
    last_told: int = 0,
) -> DueWarning | None:
    """Return the warning that is due or ahead, or None.

    Of several that have come while nobody looked, the last: the others are overtaken.

    Args:
        row: As in `warnings`.
        rule: As in `warnings`.
        calendars: As in `warnings`.
        now: The present.
        last_told: Greatest share told for this due time; 0 for none.
    """
    left = [one for one in warnings(row, rule, calendars) if one.share > last_told]
    come = [one for one in left if one.at <= now]
    if come:
        return come[-1]
    return left[0] if left else None


def hearing(
    calendar: Calendar,
    now: datetime,
    rule: ReplyRule | None = None,
    duty: DutyDesk | None = None,
    *,
    urgent: bool = False,
) -> Hearing:
    """Say when an alert of now may reach its people, and whether the desk on duty stands in.

    Args:
        calendar: The recipients' side's.
        now: When the alert is made.
        rule: The reply rule of the ask, where it has one.
        duty: The duty desk that the charter has for the recipients' side.
        urgent: The ladder's step does not wait for office hours.
    """
    at_once = urgent or (rule is not None and rule.breaks_through)
    at = now if at_once else calendar.next_opening(now)
    stops = rule is not None and rule.urgency == "line_stop"
    if stops and duty is not None and closed_dates(calendar, now) >= duty.closure_days:
        return Hearing(at, duty.desk)
    return Hearing(at)


def closed_dates(calendar: Calendar, now: datetime) -> int:
    """Count the dates without work in the closure that `now` lies in; 0 while it is open.

    From the evening before it to the morning after.
    """
    opening = calendar.next_opening(now)
    if opening == now:
        return 0
    following = calendar.local(opening).date()
    today = calendar.local(now).date()
    # Before the opening of a working day the closure is the one behind it.
    before = today if today < following else following - timedelta(days=1)
    while not calendar.is_working_day(before):
        before -= timedelta(days=1)
    return (following - before).days - 1


def _office_spans(
    row: QuestionRow, rule: ReplyRule, calendars: Calendars
) -> list[tuple[datetime, datetime]]:
    """List the office hours from question to due time on the dates that count."""
    own = calendars[row.answering]
    begun, due = instant(row.accepted), instant(row.due)
    first, last = own.local(begun).date(), own.local(due).date()
    if rule.seconds or (last - first).days > COUNTED_DAYS:
        return [(begun, due)]
    needed = needed_calendars(calendars, row.answering, rule.count)
    suspended = suspensions(row)

    def counts(day: date) -> bool:
        worked = all(each.is_working_day(day) for each in needed)
        return worked and runs_on(own, day, suspended)

    hours = [own.office_hours(day) for day in days_between(first, last) if counts(day)]
    clipped = [(max(span[0], begun), min(span[1], due)) for span in hours if span]
    return [span for span in clipped if span[0] < span[1]]


def _at_share(spans: list[tuple[datetime, datetime]], share: int) -> datetime:
    whole = sum(((until - since) for since, until in spans), timedelta())
    left = whole * share // 100
    for since, until in spans:
        if left < until - since:
            return (since + left).replace(microsecond=0)
        left -= until - since
    raise AssertionError("a share is less than the whole")  # pragma: no cover
