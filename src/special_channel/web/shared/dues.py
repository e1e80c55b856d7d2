"""Due times of questions, for pages.

Does not decide outcomes: `core.rows.questions` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from special_channel.core.bytes.ids import Party, ThreadId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.due import working_days_left
from special_channel.web.shared.capitals import Due, local
from special_channel.web.shared.viewpoint import RecordViewpoint


def due_of(view: RecordViewpoint, row: QuestionRow) -> Due:
    """Return a question's due time in force.

    A due time without timers does not pass: a provisional or requested date, the date of an
    undelivered question, or of a question with an answer withdrawn afterwards (rule 11).
    """
    requested = not row.is_agreed
    withdrawn = row.outcome() == "withdrawn"
    due = due_at(
        view,
        instant(row.due),
        row.answering,
        waiting=row.is_open and not (row.is_provisional or requested or withdrawn),
        provisional=row.is_provisional,
    )
    due = replace(due, requested=requested, withdrawn=withdrawn)
    delivered = bool(row.passed) or row.index < view.delivered[row.asker]
    return due if delivered else replace(due, passed=False, undelivered=True)


def due_at(
    view: RecordViewpoint,
    at: datetime,
    answering: Party,
    *,
    waiting: bool = True,
    provisional: bool = False,
) -> Due:
    """Return a due time with the working days left on the answering side."""
    calendar = view.calendar(answering)
    left = _working_days(calendar, calendar.local(view.now).date(), at)
    return Due(
        at=at,
        answering=answering,
        working_days=left,
        passed=waiting and view.now >= at,
        provisional=provisional or left is None,
    )


# Due times of a page are at the close of business of a few days.
@lru_cache(maxsize=4096)
def _working_days(calendar: Calendar, today: date, at: datetime) -> int | None:
    """Return the working days left; None if the calendar does not cover the date."""
    until = calendar.local(at).date()
    if not calendar.covers(until):
        return None
    own = {calendar.side: calendar}
    return working_days_left(own, calendar.side, calendar.midnight(today), at)


def has_ladder(row: QuestionRow) -> bool:
    """Tell whether a question has a ladder: it is open, and its due time can pass."""
    return row.is_open and row.is_agreed and row.outcome() != "withdrawn"


def nearest(rows: Sequence[QuestionRow]) -> QuestionRow:
    """Return the question with the nearest due time."""
    return min(rows, key=lambda row: (row.due, row.index, int(row.q)))


def nearest_of(rows: Sequence[QuestionRow]) -> dict[ThreadId, QuestionRow]:
    """Return each thread's question with the nearest due time."""
    questions: dict[ThreadId, list[QuestionRow]] = {}
    for row in rows:
        questions.setdefault(row.thread, []).append(row)
    return {thread: nearest(each) for thread, each in questions.items()}


def within_this_week(view: RecordViewpoint, due: Due) -> bool:
    """Tell whether a due time is ahead and within our side's current week."""
    today = local(view.now, view.party).date()
    sunday = today + timedelta(days=6 - today.weekday())
    return not due.passed and local(due.at, view.party).date() <= sunday


def withdrawn_of(row: QuestionRow) -> tuple[datetime, datetime] | None:
    """Return the times of the last answer and its withdrawal; None while an answer is valid."""
    pair = row.taken_back
    return (instant(pair[0].accepted), instant(pair[1].accepted)) if pair else None
