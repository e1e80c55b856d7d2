"""Due times: the n-th working day of the side that is to answer, and how it was counted.

Does not decide whether an answer was in time (`questions.py`), and does not know what is
agreed for a kind of ask (`charter.py`): it counts.

The rule, from which delays, moves and recomputations all follow: a date counts iff
(a) it is after the date of the event in the answering side's zone, (b) it is a working
date there (on both sides, if so agreed), (c) the clock was not suspended at that side's
close of business that day. Due is the close of business of the n-th date that counts.
Both sides' law says so: Regulation 1182/71, Art. 3; Civil Code of China, Art. 201 to 204.
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
"""About four years: longer than any licence under the rules of 2025 lasts."""

YEARS: Final = range(2000, 2901)
"""Years a start may lie in; far dates would leave the range of `datetime`."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """A span agreed by both sides in which a courtesy clock does not run; `last` may be open."""

    first: datetime
    last: datetime | None = None

    def holds_at(self, instant: datetime) -> bool:
        """Say whether the clock is suspended at an instant."""
        return self.first <= instant and (self.last is None or instant < self.last)


@dataclass(frozen=True, slots=True)
class Due:
    """A due time and how it came about.

    Attributes:
        instant: When it is due, aware, UTC. In time means accepted before it.
        zone: The answering side's zone, in which it was counted.
        started: The event (signing, or delivery if that was late), aware, UTC.
        started_on: Its date on the answering side; it is not counted.
        counted: The dates that counted; the last one is the due date. Empty where seconds
            were counted, for a demonstration.
        provisional: A date was needed that no calendar covers. Show it as such, don't
            fire it, and count again when a release arrives.
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
        """The instant as entries carry it: `2026-11-09T09:30:00Z`."""
        return f"{self.instant:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, slots=True)
class CountsFrom:
    """From which date a clock counts, if something reached the answering side now.

    Attributes:
        reached: The event on the answering side's wall clock.
        first: The first date that counts.
        outside_hours: The office was closed when it came.
        provisional: No calendar covers the dates in question.
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
        calendars: Both sides' calendars, or the answering side's alone if it counts alone.
        answering: The side that is to answer.
        start: Aware instant of signing, or of delivery when that was late (rule 12).
        working_days: 1 to `MAX_WORKING_DAYS`.
        count: Whose working days: the answering side's, or only those both sides work.
        suspended: Closed spans in which the clock did not run. An open one never ends,
            so a due time can't be counted over it.

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
        worked = all(each.is_working_day(day) for each in needed)
        if worked and runs_on(own, day, suspended):
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
    """Count plain seconds from `start`, whatever the calendar says; rounded up to whole ones."""
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
    """Count from an event on a date of the answering side, at no particular hour.

    Raises:
        Malformed: as `due`.
    """
    if on.year not in YEARS:
        raise _date_out_of_range()
    return due(calendars, answering, calendars[answering].midnight(on), working_days, count)


def not_before(calendars: Calendars, counted: Due, earliest: datetime) -> Due:
    """Put off a due time to the first close of business, of a date that counts, from `earliest` on.

    Unchanged if it is late enough. Dates beyond those that counted are not listed. Seconds
    that were counted have no close of business: they run on to `earliest` itself.
    """
    if not counted.counted:
        return replace(counted, instant=max(counted.instant, earliest))
    own = calendars[counted.answering]
    needed = needed_calendars(calendars, counted.answering, counted.count)
    day, provisional = counted.counted[-1], counted.provisional
    while own.close_of_business(day) < earliest:
        day = next_day(day, lambda one: all(each.is_working_day(one) for each in needed))
        provisional = provisional or not all(each.covers(day) for each in needed)
    return replace(counted, instant=own.close_of_business(day), provisional=provisional)


def counts_from(
    calendars: Calendars, answering: Party, start: datetime, count: Count = "answering"
) -> CountsFrom:
    """Say from which date the clock would count, to be shown before signing.

    Raises:
        Malformed: `date-out-of-range`.
    """
    one = due(calendars, answering, start, 1, count)
    own = calendars[answering]
    return CountsFrom(
        reached=own.local(start),
        first=one.counted[0],
        outside_hours=not own.is_open(start),
        provisional=one.provisional or not own.covers(one.started_on),
    )


def working_days_left(
    calendars: Calendars,
    answering: Party,
    now: datetime,
    until: datetime,
    count: Count = "answering",
) -> int:
    """Count the dates that still count after `now`'s own, up to that of `until`.

    The inverse of `due`: at the start of a clock of n working days it returns n. 0 on the
    due date itself and after it.
    """
    own = calendars[answering]
    needed = needed_calendars(calendars, answering, count)
    return _worked(needed, own.local(now).date(), own.local(until).date())


# A page of questions asks for the same few dates again and again.
@lru_cache(maxsize=4096)
def _worked(needed: tuple[Calendar, ...], after: date, until: date) -> int:
    return sum(
        all(each.is_working_day(day) for each in needed)
        for day in days_between(after + timedelta(days=1), until)
    )


RunKind = Literal["workday", "make-up", "assumed", "closed", "other-side", "suspended", "weekend"]


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring dates that were treated alike: one line of an explanation.

    Attributes:
        kind: Why they counted or not. `assumed`: no calendar covers them, plain weekdays
            were taken. `other-side`: the answering side works, the other does not.
            `suspended`: the clock was suspended by agreement.
        first: First date.
        last: Last date.
        numbers: First and last number in the count, or None if they did not count.
        name: Name of the closure or make-up day.
    """

    kind: RunKind
    first: date
    last: date
    numbers: tuple[int, int] | None = None
    name: Words | None = None


def explain(calendars: Calendars, counted: Due) -> tuple[Run, ...]:
    """Tell how a due time was counted, from the day after the event to the due date.

    Ordinary weekends are left out and don't part the working days around them. Of seconds
    there is nothing to tell.
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
    """Show the due time on the answering side's clock: `2026-11-09 17:30 Asia/Shanghai`."""
    return f"{counted.instant.astimezone(ZoneInfo(counted.zone)):%Y-%m-%d %H:%M} {counted.zone}"


def check_year(start: datetime) -> None:
    """Refuse a start so far away that a count would leave the range of `datetime`.

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
    """Return the calendars on which a date must be worked to count."""
    if count == "answering":
        return (calendars[answering],)
    return tuple(calendars[party] for party in PARTIES)


def runs_on(own: Calendar, day: date, suspended: tuple[Suspension, ...]) -> bool:
    """Say whether the clock runs at the close of business: clause (c) of the rule."""
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


def _join(one: Run, following: Run) -> Run:
    numbers = None
    if one.numbers and following.numbers:
        numbers = (one.numbers[0], following.numbers[1])
    return replace(one, last=following.last, numbers=numbers)
