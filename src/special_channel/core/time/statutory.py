"""The statutory clock of an application: which of the authority's days it is, and why.

Counts from what a side states; every figure made of it is that side's, and says so. Does
not decide which side is right, write an entry when a limit passes (the time is owed to the
Chinese applicant, not to the other side), or know how a state came to be known.

Sources: Dual-Use Items Regulations of the State Council, Art. 17 (45 working days from
acceptance; tests, expert opinion and on-site checks are not counted; no limit for what is
referred to the State Council; 20 working days for amendments); Administrative Licensing
Law, Art. 32 (incomplete papers: all that is missing is named within five days, else the
application counts as accepted on the day it was received). The day of an event is not
counted (Civil Code, Art. 201); a day counts unless the clock stood still at its close.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, Literal

from special_channel.core.bytes.errors import Malformed
from special_channel.core.time.calendars import Calendar, days_between

DECISION_DAYS: Final = 45
"""Working days for a decision, from acceptance."""

AMENDMENT_DAYS: Final = 20
"""Working days for an amendment of a licence."""

SUPPLEMENT_DAYS: Final = 5
"""Days in which missing papers are named; taken as working days (Art. 82 of the same law)."""

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
"""What a side states of an application, with its date in China.

`received`: papers came in, at first or again. `supplement`: missing papers were named.
`uncounted` and `counted`: from when time is not counted, and from when it is again.
`council`: referred to the State Council. `returned`: sent back, or reported as returned.
"""

ENDING: Final = frozenset({"decided", "not_accepted", "withdrawn", "returned"})
"""After these no time runs, until the application is received or accepted again."""


@dataclass(frozen=True, slots=True)
class Event:
    """One act.

    Attributes:
        act: What happened.
        on: The date in China.
        basis: With `uncounted`: why, a stable code such as `expert_opinion`.
        expected_until: With `uncounted`: when the side expects time to count again.
    """

    act: Act
    on: date
    basis: str = ""
    expected_until: date | None = None


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A span in which time is not counted; `last` is the day it counts again.

    None: it still isn't counted, or the application came to its end meanwhile.
    """

    first: date
    last: date | None
    basis: str
    expected_until: date | None


Standing = Literal["none", "running", "uncounted", "unlimited", "ended"]


@dataclass(frozen=True, slots=True)
class StatutoryClock:
    """How an application stands on a date.

    Attributes:
        standing: `none`: not accepted as far as stated. `running`, `uncounted`: accepted,
            and time counts or doesn't. `unlimited`: referred to the State Council.
            `ended`: decided, sent back or withdrawn.
        accepted: The day of acceptance, which is not counted; None if there was none.
        deemed: Accepted by law because nothing missing was named in time.
        day: Which working day it is: 1 on the first after acceptance; 0 on the day itself
            and with `none`. Of an ended clock: the day on which it ended.
        limit: Working days allowed, None if there is no limit.
        last_day: The date by which a decision is due if nothing more happens; None while
            time is not counted, without limit or at an end.
        spans: Time not counted since acceptance.
        acceptances: How often it was accepted: more than 1 after a return.
        provisional: A date was needed that no calendar covers.
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
        """Whether more days ran than the limit; never said where time was not counted."""
        return (
            self.standing == "running"
            and not self.spans
            and self.limit is not None
            and self.day > self.limit
        )


@dataclass(slots=True)
class _Course:
    """What the acts have come to so far."""

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
    """Say how an application stands at the end of a date.

    Args:
        calendar: China's.
        events: One side's statements, in the order of their dates; of one date in the
            order stated. Later ones than `on` are left out.
        on: The date, in China.
        limit: `DECISION_DAYS`, or `AMENDMENT_DAYS` for an amendment.

    Raises:
        Malformed: `clock-out-of-order` if a date lies before the one before it.
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
    """Return the last day for naming missing papers; a day later it counts as accepted."""
    return _nth(calendar, received, SUPPLEMENT_DAYS, ())


def _deem(calendar: Calendar, course: _Course, on: date) -> None:
    """Accept by law what was received and neither accepted nor questioned in time."""
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
    """Start to count, anew after a return."""
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
    known = StatutoryClock(
        "ended",
        accepted=course.accepted,
        deemed=course.deemed,
        day=day,
        limit=None if course.council else limit,
        spans=spans,
        acceptances=course.acceptances,
        provisional=not _covered(calendar, course.accepted, course.ended or on),
    )
    if course.ended is not None:
        return known
    if course.council:
        return replace(known, standing="unlimited")
    if spans and spans[-1].last is None:
        return replace(known, standing="uncounted")
    last = _nth(calendar, course.accepted, limit, spans)
    covered = _covered(calendar, course.accepted, max(on, last))
    return replace(known, standing="running", last_day=last, provisional=not covered)


def _counts(calendar: Calendar, day: date, spans: Sequence[Uncounted]) -> bool:
    return calendar.is_working_day(day) and not any(
        span.first <= day and (span.last is None or day < span.last) for span in spans
    )


def _count(calendar: Calendar, accepted: date, until: date, spans: Sequence[Uncounted]) -> int:
    days = days_between(accepted + timedelta(days=1), until)
    return sum(_counts(calendar, day, spans) for day in days)


def _nth(calendar: Calendar, start: date, number: int, spans: Sequence[Uncounted]) -> date:
    """Return the date of the n-th working day after a date; every span in `spans` has an end."""
    day, counted = start, 0
    while counted < number:
        day += timedelta(days=1)
        counted += _counts(calendar, day, spans)
    return day


def _covered(calendar: Calendar, first: date, last: date) -> bool:
    return all(calendar.covers(day) for day in days_between(first, last))
