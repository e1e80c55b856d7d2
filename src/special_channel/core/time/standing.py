"""State of an application's statutory clock, as far as known without a calendar.

For filters over many applications; the page of an application uses `statutory.py`. Does not count
days: if only a calendar decides whether papers counted as accepted in between, the state is
`weigh`.
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
"""As `statutory.Standing`, with three more states. Until the days for naming missing papers are
over, `received` means `none` and `received-again` means `ended`; afterwards both mean `running`.
`weigh`: a calendar decides."""


@dataclass(frozen=True, slots=True)
class ClockState:
    """The clock of an application by the statements of a side.

    Attributes:
        word: The state after the last act.
        since: The date of acceptance, or of receipt; empty without either.
        paused: Whether the clock was paused at any time since acceptance.
        moved: The date of the last act; empty without acts. `word` is valid from `moved`.
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
    """For each pause of the clock, whether the pause is still open."""


_SURE: Final = timedelta(days=SUPPLEMENT_DAYS)
"""Within these calendar days the working days for naming missing papers can't have passed."""


def clock_state(events: Sequence[Event]) -> ClockState:
    """Return the clock after a sequence of acts, ordered by date."""
    course = _Course()
    for event in events:
        _take(course, event)
    since = course.received or course.accepted
    return ClockState(
        word=_word(course),
        since=since.isoformat() if since else "",
        paused=bool(course.spans) and course.received is None,
        moved=events[-1].on.isoformat() if events else "",
    )


def deemed_by(calendar: Calendar, on: date) -> date:
    """Return the latest date of receipt such that papers count as accepted on the date `on`."""
    day = on
    while on <= deemed_after(calendar, day):
        day -= timedelta(days=1)
    return day


def over_by(calendar: Calendar, on: date, limit: int) -> date:
    """Return the latest date of acceptance with the limit exceeded on the date `on`."""
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
            _pause(course, begins=event.act == "uncounted")


def _pause(course: _Course, *, begins: bool) -> None:
    """End the last pause of the clock, if any; `begins`: a new one follows."""
    if course.spans:
        course.spans[-1] = False
    if begins:
        course.spans.append(True)


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
