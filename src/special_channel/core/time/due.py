"""Due times: count n working days of the answering side, and explain the count.

Does not decide whether an answer was in time (`questions.py`). Does not know the agreed number of
days for a kind of question (`charter.py`).

Delays, moves and recounts follow from a single rule. A date counts iff
(a) it is after the date of the event in the answering side's time zone, (b) it is a working day
of the answering side (of both sides, if so agreed), (c) the clock was not suspended at the
answering side's close of business. The due time is close of business on the n-th counted date.
Sources: Regulation 1182/71, Art. 3; Civil Code of China, Art. 201 to 204.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.time.calendars import Calendar, Words, days_between, next_day

Count = Literal["answering", "both"]
Calendars = Mapping[Party, Calendar]

MAX_WORKING_DAYS: Final = 1000
"""About four years: longer than the longest licence under the rules of 2025."""

YEARS: Final = range(2000, 2901)
"""Allowed years of a start; counts from far dates would leave the range of `datetime`."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """An agreed suspension of a courtesy clock, from `first` until `last`; None: open end."""

    first: datetime
    last: datetime | None = None

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether the clock is suspended at an instant."""
        return self.first <= instant and (self.last is None or instant < self.last)


@dataclass(frozen=True, slots=True)
class Due:
    """A due time, with its count.

    Attributes:
        instant: The due time, aware, UTC. An answer accepted before `instant` is in time.
        zone: The answering side's time zone, used for counting.
        started: The event (signing, or delivery if delivery was late), aware, UTC.
        started_on: Date of the event on the answering side; not counted.
        counted: The counted dates; the last date is the due date. Empty for a count of
            seconds (demonstrations).
        provisional: No calendar covers some counted date. Show the due time as provisional,
            don't fire, and count again after a new calendar release.
    """

    instant: datetime
    zone: str
    answering: Party
    working_days: int
    count: Count
    started: datetime
    started_on: date
    counted: tuple[date, ...]
    provisional: bool

    @property
    def stamp(self) -> str:
        """The instant in the form of entries: `2026-11-09T09:30:00Z`."""
        return f"{self.instant:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, slots=True)
class CountsFrom:
    """The first counted date for an event at a given instant.

    Attributes:
        reached: The event on the answering side's wall clock.
        first: The first counted date.
        outside_hours: The office was closed at the time of the event.
        provisional: No calendar covers the date of the event or a date up to `first`.
    """

    reached: datetime
    first: date
    outside_hours: bool
    provisional: bool


def due(
    calendars: Calendars,
    answering: Party,
    start: datetime,
    working_days: int,
    count: Count = "answering",
    suspended: tuple[Suspension, ...] = (),
) -> Due:
    """Count `working_days` from `start` and return the due time.

    Args:
        calendars: Calendars of both sides; with `count` "answering", the answering side's
            calendar is enough.
        answering: The side asked to answer.
        start: Aware instant of signing, or of delivery if delivery was late (rule 12).
        working_days: 1 to `MAX_WORKING_DAYS`.
        count: Count working days of the answering side, or only common working days.
        suspended: Past suspensions, each with an end.

    Raises:
        Malformed: `working-days-out-of-range`, `date-out-of-range`, `suspension-open`.
    """
    _check(start, working_days, suspended)
    own = calendars[answering]
    needed = needed_calendars(calendars, answering, count)
    day = started_on = own.local(start).date()
    counted: list[date] = []
    provisional = False
    while len(counted) < working_days:
        day += timedelta(days=1)
        provisional = provisional or not all(each.covers(day) for each in needed)
        is_worked = all(each.is_working_day(day) for each in needed)
        if is_worked and runs_on(own, day, suspended):
            counted.append(day)
    return Due(
        instant=own.close_of_business(day),
        zone=own.zone.key,
        answering=answering,
        working_days=working_days,
        count=count,
        started=start.astimezone(UTC),
        started_on=started_on,
        counted=tuple(counted),
        provisional=provisional,
    )


def due_in_seconds(calendars: Calendars, answering: Party, start: datetime, seconds: int) -> Due:
    """Count seconds from `start`, rounded up to a whole second, regardless of calendars."""
    own = calendars[answering]
    begun = start.astimezone(UTC)
    whole = begun.replace(microsecond=0) + timedelta(seconds=1 if begun.microsecond else 0)
    return Due(
        instant=whole + timedelta(seconds=seconds),
        zone=own.zone.key,
        answering=answering,
        working_days=0,
        count="answering",
        started=begun,
        started_on=own.local(start).date(),
        counted=(),
        provisional=False,
    )


def due_from_date(
    calendars: Calendars, answering: Party, on: date, working_days: int, count: Count = "answering"
) -> Due:
    """Count from an event on a date of the answering side, without an hour.

    Raises:
        Malformed: As `due`.
    """
    if on.year not in YEARS:
        raise _date_out_of_range()
    return due(calendars, answering, calendars[answering].midnight(on), working_days, count)


def not_before(calendars: Calendars, counted: Due, earliest: datetime) -> Due:
    """Postpone a due time until `earliest`, rounded up to close of business on a working day.

    A due time at or after `earliest` is unchanged. `counted` does not list the added dates. A count
    of seconds is postponed to `earliest` itself.
    """
    if not counted.counted:
        return replace(counted, instant=max(counted.instant, earliest))
    own = calendars[counted.answering]
    needed = needed_calendars(calendars, counted.answering, counted.count)
    day, provisional = counted.counted[-1], counted.provisional
    while own.close_of_business(day) < earliest:
        day = next_day(day, lambda date_: all(each.is_working_day(date_) for each in needed))
        provisional = provisional or not all(each.covers(day) for each in needed)
    return replace(counted, instant=own.close_of_business(day), provisional=provisional)


def counts_from(
    calendars: Calendars, answering: Party, start: datetime, count: Count = "answering"
) -> CountsFrom:
    """Return the first date that a clock would count; shown before signing.

    Raises:
        Malformed: `date-out-of-range`.
    """
    first = due(calendars, answering, start, 1, count)
    own = calendars[answering]
    return CountsFrom(
        reached=own.local(start),
        first=first.counted[0],
        outside_hours=not own.is_open(start),
        provisional=first.provisional or not own.covers(first.started_on),
    )


def working_days_left(
    calendars: Calendars,
    answering: Party,
    now: datetime,
    until: datetime,
    count: Count = "answering",
) -> int:
    """Count working days after the date of `now`, up to and including the date of `until`.

    The inverse of `due`: returns n at the start of a clock of n working days, and 0 on the due
    date and later.
    """
    own = calendars[answering]
    needed = needed_calendars(calendars, answering, count)
    return _worked(needed, own.local(now).date(), own.local(until).date())


# Cached: questions on a page share few dates.
@lru_cache(maxsize=4096)
def _worked(needed: tuple[Calendar, ...], after: date, until: date) -> int:
    return sum(
        all(each.is_working_day(day) for each in needed)
        for day in days_between(after + timedelta(days=1), until)
    )


RunKind = Literal["workday", "make-up", "assumed", "closed", "other-side", "suspended", "weekend"]


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring dates of the same kind: a line of an explanation.

    Attributes:
        kind: The reason for counting dates or not. `assumed`: plain weekdays, since no
            calendar covers the dates. `other-side`: the answering side works, the other side
            does not. `suspended`: the clock was suspended by agreement.
        first: First date.
        last: Last date.
        numbers: First and last number in the count, or None for dates not counted.
        name: Name of the closure or make-up day.
    """

    kind: RunKind
    first: date
    last: date
    numbers: tuple[int, int] | None = None
    name: Words | None = None


def explain(calendars: Calendars, counted: Due) -> tuple[Run, ...]:
    """Explain the count of a due time, from the day after the event to the due date.

    Ordinary weekends are omitted and don't split a run of working days. A count of seconds has
    no explanation.
    """
    if not counted.counted:
        return ()
    numbers = {day: number for number, day in enumerate(counted.counted, 1)}
    runs: list[Run] = []
    for day in days_between(counted.started_on + timedelta(days=1), counted.counted[-1]):
        run = _run_of(calendars, counted, day, numbers.get(day))
        if run.kind == "weekend":
            continue
        if runs and (runs[-1].kind, runs[-1].name) == (run.kind, run.name):
            runs[-1] = _join(runs[-1], run)
        else:
            runs.append(run)
    return tuple(runs)


def headline(counted: Due) -> str:
    """Format the due time on the answering side's clock: `2026-11-09 17:30 Asia/Shanghai`."""
    return f"{counted.instant.astimezone(ZoneInfo(counted.zone)):%Y-%m-%d %H:%M} {counted.zone}"


def check_year(start: datetime) -> None:
    """Refuse a start outside `YEARS`: a count could leave the range of `datetime`.

    Raises:
        Malformed: `date-out-of-range`.
    """
    if start.year not in YEARS:
        raise _date_out_of_range()


def _check(start: datetime, working_days: int, suspended: tuple[Suspension, ...]) -> None:
    if not 1 <= working_days <= MAX_WORKING_DAYS:
        raise Malformed(
            "working-days-out-of-range",
            f"Working days must be 1 to {MAX_WORKING_DAYS}.",
            limit=MAX_WORKING_DAYS,
        )
    check_year(start)
    # An open suspension never ends, so no later date counts.
    if any(span.last is None for span in suspended):
        raise Malformed("suspension-open", "A due time can't be counted while it is suspended.")


def _date_out_of_range() -> Malformed:
    return Malformed(
        "date-out-of-range",
        f"The date must lie in {YEARS.start} to {YEARS.stop - 1}.",
        first=YEARS.start,
        last=YEARS.stop - 1,
    )


def needed_calendars(calendars: Calendars, answering: Party, count: Count) -> tuple[Calendar, ...]:
    """Return the calendars that must all show a working day for a date to count."""
    if count == "answering":
        return (calendars[answering],)
    return tuple(calendars[party] for party in PARTIES)


def runs_on(own: Calendar, day: date, suspended: tuple[Suspension, ...]) -> bool:
    """Tell whether the clock runs at close of business: clause (c) of the rule."""
    return not suspended or not any(span.holds_at(own.close_of_business(day)) for span in suspended)


def _run_of(calendars: Calendars, counted: Due, day: date, number: int | None) -> Run:
    own = calendars[counted.answering].note(day)
    needed = needed_calendars(calendars, counted.answering, counted.count)
    if number is not None:
        covered = all(each.covers(day) for each in needed)
        kind: RunKind = (
            ("make-up" if own.kind == "make-up" else "workday") if covered else "assumed"
        )
        return Run(kind, day, day, (number, number), own.name)
    if not own.works:
        return Run("closed" if own.kind == "closed" else "weekend", day, day, None, own.name)
    for other in needed:
        if not other.is_working_day(day):
            return Run("other-side", day, day, None, other.note(day).name)
    return Run("suspended", day, day)


def _join(run: Run, following: Run) -> Run:
    numbers = None
    if run.numbers and following.numbers:
        numbers = (run.numbers[0], following.numbers[1])
    return replace(run, last=following.last, numbers=numbers)
