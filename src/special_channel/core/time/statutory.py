"""The statutory clock of an application: the number of the authority's working day.

Counts from the statements of a side; every resulting figure is shown as that side's. Does not
decide between the sides, does not know the source of a statement, and writes no entry after a
limit: the authority owes the time to the Chinese applicant, not to the other side.

Sources: Dual-Use Items Regulations of the State Council, Art. 17 (45 working days from
acceptance; tests, expert opinion and on-site checks are not counted; no limit for applications
referred to the State Council; 20 working days for amendments); Administrative Licensing Law,
Art. 32 (the authority names all missing papers within five days, or the application counts as
accepted on the day of receipt). The day of an event is not counted (Civil Code, Art. 201); a day
counts unless the clock was paused at its close.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, Literal

from special_channel.core.bytes.errors import Malformed
from special_channel.core.time.calendars import Calendar

DECISION_DAYS: Final = 45
"""Working days for a decision, from acceptance."""

AMENDMENT_DAYS: Final = 20
"""Working days for an amendment of a licence."""

SUPPLEMENT_DAYS: Final = 5
"""Days for naming missing papers, read as working days (Art. 82 of the same law)."""

Act = Literal[
    "received",
    "supplement",
    "accepted",
    "uncounted",
    "counted",
    "council",
    "returned",
    "decided",
    "not_accepted",
    "withdrawn",
]
"""Acts of the procedure, stated by a side with a date in China.

`received`: papers arrived, for the first time or again. `supplement`: missing papers were named.
`uncounted` and `counted`: the clock was paused, and resumed. `council`: referred to the State
Council. `returned`: sent back, or reported as returned.
"""

ENDING: Final = frozenset({"decided", "not_accepted", "withdrawn", "returned"})
"""Acts that stop the clock until the application is received or accepted again."""


@dataclass(frozen=True, slots=True)
class Event:
    """An act with its date.

    Attributes:
        act: The kind of act.
        on: The date in China.
        basis: With `uncounted`: the reason, a stable code such as `expert_opinion`.
        expected_until: With `uncounted`: the expected end of the pause.
    """

    act: Act
    on: date
    basis: str = ""
    expected_until: date | None = None


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A pause of the clock; the clock resumes on `last`.

    `last` is None while the pause is open, or if the application ended during the pause.
    """

    first: date
    last: date | None
    basis: str
    expected_until: date | None


Standing = Literal["none", "running", "uncounted", "unlimited", "ended"]


@dataclass(frozen=True, slots=True)
class StatutoryClock:
    """The clock of an application on a date.

    Attributes:
        standing: `none`: no acceptance was stated. `running`, `uncounted`: accepted, and the
            clock runs or is paused. `unlimited`: referred to the State Council. `ended`:
            decided, sent back or withdrawn.
        accepted: The day of acceptance, not counted; None without acceptance.
        deemed: Accepted by law, since no missing papers were named in time.
        day: Number of the working day: 1 on the first after acceptance; 0 on the day of
            acceptance and with `none`. For an ended clock: the number on its last day.
        limit: Allowed working days; None without limit.
        last_day: Last day for a decision if the clock keeps running; None for a paused,
            unlimited or ended clock.
        spans: Pauses since acceptance.
        acceptances: Number of acceptances: more than 1 after a return.
        provisional: No calendar covers some counted date.
    """

    standing: Standing
    accepted: date | None = None
    deemed: bool = False
    day: int = 0
    limit: int | None = None
    last_day: date | None = None
    spans: tuple[Uncounted, ...] = ()
    acceptances: int = 0
    provisional: bool = False

    @property
    def over(self) -> bool:
        """Whether the clock exceeded its limit; always False after a pause."""
        return (
            self.standing == "running"
            and not self.spans
            and self.limit is not None
            and self.day > self.limit
        )


@dataclass(slots=True)
class _Course:
    """Accumulated state of an application while acts are applied."""

    received: date | None = None
    accepted: date | None = None
    deemed: bool = False
    ended: date | None = None
    council: bool = False
    acceptances: int = 0
    spans: list[Uncounted] = field(default_factory=list)


def statutory_clock(
    calendar: Calendar, events: Sequence[Event], on: date, limit: int = DECISION_DAYS
) -> StatutoryClock:
    """Return the clock of an application at the end of a date.

    Args:
        calendar: China's calendar.
        events: A side's statements, ordered by date; within a date in the order stated.
            Events after `on` are ignored.
        on: The date, in China.
        limit: `DECISION_DAYS`, or `AMENDMENT_DAYS` for an amendment.

    Raises:
        Malformed: `clock-out-of-order` if dates run backwards.
    """
    if any(later.on < former.on for former, later in pairwise(events)):
        raise Malformed("clock-out-of-order", "The dates of an application run backwards.")
    course = _Course()
    for event in (each for each in events if each.on <= on):
        _deem(calendar, course, event.on)
        _take(course, event)
    _deem(calendar, course, on)
    return _standing(calendar, course, on, limit)


def deemed_after(calendar: Calendar, received: date) -> date:
    """Return the last day for naming missing papers; a day later papers count as accepted."""
    return _nth(calendar, received, SUPPLEMENT_DAYS, ())


def _deem(calendar: Calendar, course: _Course, on: date) -> None:
    """Accept papers by law if the authority neither accepted nor named missing papers in time."""
    if course.received is None or on <= deemed_after(calendar, course.received):
        return
    _accept(course, course.received)
    course.deemed = True


def _take(course: _Course, event: Event) -> None:
    match event.act:
        case "received":
            if course.accepted is None or course.ended is not None:
                course.received = event.on
        case "supplement":
            course.received = None
        case "accepted":
            _accept(course, event.on)
        case "uncounted":
            _resume(course, event.on)
            course.spans.append(Uncounted(event.on, None, event.basis, event.expected_until))
        case "counted":
            _resume(course, event.on)
        case "council":
            course.council = True
        case _:
            course.received, course.ended = None, event.on


def _accept(course: _Course, on: date) -> None:
    """Start the clock, or restart the clock after a return."""
    course.received, course.accepted, course.deemed = None, on, False
    course.ended, course.council = None, False
    course.acceptances += 1
    course.spans.clear()


def _resume(course: _Course, on: date) -> None:
    if course.spans and course.spans[-1].last is None:
        course.spans[-1] = replace(course.spans[-1], last=on)


def _standing(calendar: Calendar, course: _Course, on: date, limit: int) -> StatutoryClock:
    spans = tuple(course.spans)
    if course.accepted is None:
        return StatutoryClock("none" if course.ended is None else "ended")
    day = _count(calendar, course.accepted, course.ended or on, spans)
    clock = StatutoryClock(
        "ended",
        accepted=course.accepted,
        deemed=course.deemed,
        day=day,
        limit=None if course.council else limit,
        spans=spans,
        acceptances=course.acceptances,
        provisional=not calendar.covers_all(course.accepted, course.ended or on),
    )
    if course.ended is not None:
        return clock
    if course.council:
        return replace(clock, standing="unlimited")
    if spans and spans[-1].last is None:
        return replace(clock, standing="uncounted")
    last = _nth(calendar, course.accepted, limit, spans)
    covered = calendar.covers_all(course.accepted, max(on, last))
    return replace(clock, standing="running", last_day=last, provisional=not covered)


def _count(calendar: Calendar, accepted: date, until: date, spans: Sequence[Uncounted]) -> int:
    first = accepted + timedelta(days=1)
    day = calendar.count_working_days(first, until)
    for span in spans:
        last = until if span.last is None else min(until, span.last - timedelta(days=1))
        day -= calendar.count_working_days(max(first, span.first), last)
    return day


def _nth(calendar: Calendar, start: date, number: int, spans: Sequence[Uncounted]) -> date:
    """Return the date of the n-th counted day after `start`; all `spans` must have an end."""
    ends = [(span.first, span.last) for span in spans if span.last is not None]
    day, counted = start, 0
    while counted < number:
        day += timedelta(days=1)
        # A span is left at once: it can last for centuries. The next one may begin at its end.
        for first, last in ends:
            day = last if first <= day < last else day
        counted += calendar.is_working_day(day)
    return day
