"""What the desks of a side hold: open threads, dates of the next days, and threads of nobody.

Counts desks, never persons. Does not read rows and does not know names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from special_channel.core.bytes.ids import ThreadId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.time.calendars import Calendar, days_between, next_day

DAYS: Final = 5
"""Working days ahead of which a head sees the dates, today among them."""

NOBODY: Final = ""
"""Desk of a thread without a holder and without words of our side."""


@dataclass(frozen=True, slots=True)
class OpenThread:
    """An open thread with the desk that holds it; `opened`: its date in our capital."""

    thread: ThreadId
    desk: str
    opened: date


@dataclass(frozen=True, slots=True)
class AnswerDate:
    """The date of a question to our side, in our capital; `passed`: without an answer."""

    thread: ThreadId
    on: date
    passed: bool


@dataclass(frozen=True, slots=True)
class DeskLoad:
    """What a desk holds.

    Attributes:
        desk: Code of the charter; `NOBODY` for threads of nobody.
        open: Number of open threads.
        oldest: Date on which the oldest of the threads was opened.
        passed: Number of questions whose date has passed without an answer.
        dates: Number of questions by day, in the order of the days.
    """

    desk: str
    open: int
    oldest: date | None
    passed: int
    dates: tuple[int, ...]


def coming_days(calendar: Calendar, today: date) -> tuple[date, ...]:
    """Return the next `DAYS` working days of our side, today among them if the office works."""
    days = [today] if calendar.is_working_day(today) else []
    last = today
    while len(days) < DAYS:
        last = next_day(last, calendar.is_working_day)
        days.append(last)
    return tuple(days)


def days_open(calendar: Calendar, opened: date, today: date) -> int:
    """Count our side's working days after the date of opening, up to today; 0 for today."""
    if opened >= today:
        return 0
    return sum(calendar.is_working_day(day) for day in days_between(opened, today) if day != opened)


def answer_date(
    row: QuestionRow, calendar: Calendar, now: datetime, delivered: int
) -> AnswerDate | None:
    """Return the date of an open question to our side; None if an answer was withdrawn.

    Args:
        row: The question.
        calendar: Our side's calendar.
        now: The present.
        delivered: Number of entries of the asking side that reached us.
    """
    if row.outcome() == "withdrawn":
        return None
    due = instant(row.due)
    # A requested or provisional date, or one of an undelivered question, does not pass (rule 11).
    counts = row.is_agreed and not row.is_provisional
    arrived = bool(row.passed) or row.index < delivered
    return AnswerDate(row.thread, calendar.local(due).date(), counts and arrived and now >= due)


def desk_loads(
    desks: Iterable[str],
    threads: Sequence[OpenThread],
    dates: Sequence[AnswerDate],
    days: Sequence[date],
) -> tuple[DeskLoad, ...]:
    """Count open threads and dates by desk.

    Args:
        desks: Desks that are listed first, in their order, also those without a thread.
        threads: Open threads of our side.
        dates: Dates of questions to us; those of other threads are left out.
        days: Days whose dates are counted one by one.

    Returns:
        The desks given, then other desks by code; threads of nobody last, if there are any.
    """
    held = {each.thread: each.desk for each in threads}
    others = sorted({*held.values()} - {NOBODY, *desks})
    nobody = [NOBODY] if NOBODY in held.values() else []
    return tuple(
        _load(desk, [each for each in threads if each.desk == desk], held, dates, days)
        for desk in (*dict.fromkeys(desks), *others, *nobody)
    )


def _load(
    desk: str,
    threads: Sequence[OpenThread],
    held: Mapping[ThreadId, str],
    dates: Sequence[AnswerDate],
    days: Sequence[date],
) -> DeskLoad:
    own = [each for each in dates if held.get(each.thread) == desk]
    ahead = [each.on for each in own if not each.passed]
    return DeskLoad(
        desk=desk,
        open=len(threads),
        oldest=min((each.opened for each in threads), default=None),
        passed=sum(each.passed for each in own),
        dates=tuple(ahead.count(day) for day in days),
    )
