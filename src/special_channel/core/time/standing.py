"""How an application's statutory clock stands, as far as that is told without a calendar.

For finding applications among many: what is shown of one comes from `statutory.py`. Does not
count days, and where only a calendar tells whether papers counted as accepted in between, says
that it must be weighed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal

from special_channel.core.time.calendars import Calendar
from special_channel.core.time.statutory import ENDING, SUPPLEMENT_DAYS, Event, deemed_after

Word = Literal[
    "none", "received", "received-again", "running", "uncounted", "unlimited", "ended", "weigh"
]
"""As `statutory.Standing`; `received` and `received-again` await the days for naming what is
missing: `running` after them, `none` and `ended` until then. `weigh`: a calendar tells."""


@dataclass(frozen=True, slots=True)
class Stated:
    """Where one side's statements leave an application.

    Attributes:
        since: The date of acceptance, or of receipt; empty if there is none.
        paused: Whether time was not counted since acceptance.
        moved: The date of the last act; empty without one. Before that date the word is
            not yet right.
    """

    word: Word = "none"
    since: str = ""
    paused: bool = False
    moved: str = ""


@dataclass(slots=True)
class _Course:
    received: date | None = None
    accepted: date | None = None
    ended: bool = False
    council: bool = False
    weigh: bool = False
    spans: list[bool] = field(default_factory=list)
    """For each span of time not counted, whether it is still open."""


_SURE: Final = timedelta(days=SUPPLEMENT_DAYS)
"""In so few days no working days for naming what is missing can be over."""


def stated(events: Sequence[Event]) -> Stated:
    """Tell where these acts, in the order of their dates, leave an application."""
    course = _Course()
    for event in events:
        _take(course, event)
    since = course.received or course.accepted
    return Stated(
        word=_word(course),
        since=since.isoformat() if since else "",
        paused=bool(course.spans) and course.received is None,
        moved=events[-1].on.isoformat() if events else "",
    )


def deemed_by(calendar: Calendar, on: date) -> date:
    """Return the last date on which papers were received that count as accepted on a date."""
    day = on
    while on <= deemed_after(calendar, day):
        day -= timedelta(days=1)
    return day


def over_by(calendar: Calendar, on: date, limit: int) -> date:
    """Return the last date of acceptance from which more days than the limit ran by a date."""
    day, counted = on, 0
    while counted <= limit:
        counted += calendar.is_working_day(day)
        day -= timedelta(days=1)
    return day


def _take(course: _Course, event: Event) -> None:
    if event.act == "accepted":
        _accept(course, event.on)
        return
    if event.act in ENDING:
        course.received, course.ended = None, True
        return
    if course.received is not None and event.on - course.received > _SURE:
        course.weigh = True
    match event.act:
        case "received":
            if course.accepted is None or course.ended:
                course.received = event.on
        case "supplement":
            course.received = None
        case "council":
            course.council = True
        case _:
            course.spans[-1:] = [False] * len(course.spans[-1:])
            course.spans += [True] * (event.act == "uncounted")


def _accept(course: _Course, on: date) -> None:
    course.received, course.accepted = None, on
    course.ended = course.council = course.weigh = False
    course.spans.clear()


def _word(course: _Course) -> Word:
    if course.weigh:
        return "weigh"
    if course.received is not None:
        return "received-again" if course.ended else "received"
    if course.accepted is None or course.ended:
        return "ended" if course.ended else "none"
    if course.council:
        return "unlimited"
    return "uncounted" if any(course.spans) else "running"
