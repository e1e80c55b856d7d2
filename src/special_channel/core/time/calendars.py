"""Working calendars: working days and office hours of a side.

Does not read files: the caller parses TOML and passes the mapping. Does not compute holidays: a
date outside all releases is unknown, see `Calendar.covers`. Does not count due times; see `due.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import accumulate, pairwise
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Party

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

PLAIN_WEEKDAYS: Final = frozenset({0, 1, 2, 3, 4})
"""Monday to Friday: assumed, and always flagged, for dates outside all releases."""

NEIGHBOUR_DAYS: Final = timedelta(days=31)
"""Longest distance of a named date from the coverage of a release. A State Council notice may
close the last days of the preceding December, or add a make-up day in December."""

WallTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Phrase = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Words(_Model):
    """A phrase in both languages."""

    en: Phrase
    zh: Phrase


class Coverage(_Model):
    """First and last day of a release, both included."""

    first: date
    last: date


class Hours(_Model):
    """Office hours in local wall time. Due times are at `close`."""

    open: WallTime
    close: WallTime


class Source(_Model):
    """Source of a release. `derived`: compiled, not published in the form of the release."""

    status: Literal["official", "derived"]
    title: Words
    published: date
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$", max_length=400)]
    note: Words


class Closure(_Model):
    """A closure of the office, first and last day included; may contain weekends."""

    first: date
    last: date
    name: Words


class MakeUp(_Model):
    """A working day outside the working week (调休)."""

    day: date
    name: Words


class CalendarRelease(_Model):
    """A side's calendar for a year, from a file."""

    v: Literal[1]
    side: Party
    year: Annotated[int, Field(ge=2000, le=2999)]
    release: Annotated[int, Field(ge=1)]
    zone: str
    workdays: Annotated[tuple[Weekday, ...], Field(min_length=1, strict=False)]
    covers: Coverage
    hours: Hours
    source: Source
    closed: Annotated[tuple[Closure, ...], Field(strict=False)] = ()
    make_up: Annotated[tuple[MakeUp, ...], Field(strict=False)] = ()

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError("unknown time zone") from unknown
        return zone

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        """Refuse a release that contradicts itself."""
        # Otherwise the two sides could count the same day differently.
        if self.hours.open >= self.hours.close:
            raise ValueError("the office closes before it opens")
        if self.covers.first > self.covers.last:
            raise ValueError("coverage ends before it begins")
        if any(span.first > span.last for span in self.closed):
            raise ValueError("a closure ends before it begins")
        closed = [day for span in self.closed for day in days_between(span.first, span.last)]
        make_up_days = [extra.day for extra in self.make_up]
        named = closed + make_up_days
        if len(set(named)) != len(named):
            raise ValueError("a date is named twice")
        if any(WEEKDAYS[day.weekday()] in self.workdays for day in make_up_days):
            raise ValueError("a make-up day falls on a day that is worked anyway")
        first, last = self.covers.first - NEIGHBOUR_DAYS, self.covers.last + NEIGHBOUR_DAYS
        if any(not first <= day <= last for day in named):
            raise ValueError("a date lies far outside the coverage")
        return self

    @cached_property
    def digest(self) -> str:
        """SHA-256, lower-case hex, of the canonical JSON; named in charters and questions."""
        return _digest(self.model_dump(mode="json"))


def parse_release(data: Mapping[str, object]) -> CalendarRelease:
    """Validate a calendar file parsed by `tomllib`.

    Raises:
        Malformed: `calendar-malformed`, with the first fault.
    """
    try:
        return CalendarRelease.model_validate(dict(data))
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "file"
        raise Malformed(
            "calendar-malformed",
            f"The calendar file does not hold together at {where}: {first['msg']}.",
            field=where,
        ) from fault


@dataclass(frozen=True, slots=True)
class DayNote:
    """A calendar's information about a date.

    `kind`: ordinary working day, weekend, named closure, named make-up day; or, outside all
    releases, assumed working day or assumed weekend.
    """

    kind: Literal["workday", "weekend", "closed", "make-up", "assumed", "assumed-weekend"]
    name: Words | None = None

    @property
    def works(self) -> bool:
        """Whether the date is a working day."""
        return self.kind in {"workday", "make-up", "assumed"}


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """A side's merged releases; built by `merge`.

    Immutable and safe to share. Dates outside all releases follow plain weekdays; check `covers`
    before showing a date as firm. `reach`: the first and the last date that a release covers or
    names.
    """

    side: Party
    zone: ZoneInfo
    releases: tuple[CalendarRelease, ...]
    digest: str
    reach: tuple[date, date]
    _named: Mapping[date, DayNote]
    _years: Mapping[int, tuple[CalendarRelease, ...]]

    def covers(self, day: date) -> bool:
        """Tell whether a release covers a date."""
        return self._covering(day) is not None

    def covers_all(self, first: date, last: date) -> bool:
        """Tell whether releases cover each date from first to last, both included."""
        while first <= last:
            release = self._covering(first)
            if release is None:
                return False
            if last <= release.covers.last:
                return True
            first = release.covers.last + timedelta(days=1)
        return True

    @property
    def last_covered(self) -> date:
        """The last covered date."""
        return max(release.covers.last for release in self.releases)

    def note(self, day: date) -> DayNote:
        """Return kind and name of a date."""
        if named := self._named.get(day):
            return named
        release = self._covering(day)
        if release is None:
            return DayNote("assumed" if day.weekday() in PLAIN_WEEKDAYS else "assumed-weekend")
        return DayNote("workday" if WEEKDAYS[day.weekday()] in release.workdays else "weekend")

    def is_working_day(self, day: date) -> bool:
        """Tell whether a date is a working day; outside all releases by plain weekdays."""
        return _works(self, day)

    def count_working_days(self, first: date, last: date) -> int:
        """Count working days from first to last, both included; none if last is earlier.

        Outside all releases every week has five: a date of another century takes no longer.
        """
        known = max(first, self.reach[0]), min(last, self.reach[1])
        if known[0] > known[1]:
            return _weekdays(first.toordinal(), last.toordinal())
        worked = _worked_until(self)
        return (
            _weekdays(first.toordinal(), known[0].toordinal() - 1)
            + worked[(known[1] - self.reach[0]).days + 1]
            - worked[(known[0] - self.reach[0]).days]
            + _weekdays(known[1].toordinal() + 1, last.toordinal())
        )

    def local(self, instant: datetime) -> datetime:
        """Convert an instant to the side's wall clock."""
        return instant.astimezone(self.zone)

    def office_hours(self, day: date) -> tuple[datetime, datetime] | None:
        """Return opening and closing time of the office in UTC; None on a day off."""
        if not self.is_working_day(day):
            return None
        hours = self._hours(day)
        return self._instant(day, hours.open), self._instant(day, hours.close)

    def close_of_business(self, day: date) -> datetime:
        """Return close of business of a date in UTC, for working days and days off."""
        return self._instant(day, self._hours(day).close)

    def midnight(self, day: date) -> datetime:
        """Return the first instant of a date in the side's zone, in UTC."""
        return self._instant(day, "00:00")

    def is_open(self, instant: datetime) -> bool:
        """Tell whether the office is open at an instant; closed at closing time itself."""
        hours = self.office_hours(self.local(instant).date())
        return hours is not None and hours[0] <= instant < hours[1]

    def next_opening(self, instant: datetime) -> datetime:
        """Return the first instant at or after `instant` with an open office."""
        day = self.local(instant).date()
        while True:
            hours = self.office_hours(day)
            if hours is not None and instant < hours[1]:
                return max(instant.astimezone(UTC), hours[0])
            day += timedelta(days=1)

    def add_working_days(self, instant: datetime, working_days: int) -> datetime:
        """Add n working days at the same time of day, clamped to office hours.

        For steps of a ladder, meant for people at their desks; `due.due` counts due times.
        """
        local = self.local(instant)
        day = local.date()
        for _ in range(working_days):
            day = next_day(day, self.is_working_day)
        wall = min(max(f"{local:%H:%M}", self._hours(day).open), self._hours(day).close)
        return self._instant(day, wall)

    def subtract_working_days(self, instant: datetime, working_days: int) -> datetime:
        """Subtract n working days as `add_working_days` adds them."""
        local = self.local(instant)
        day = local.date()
        for _ in range(working_days):
            day -= timedelta(days=1)
            while not self.is_working_day(day):
                day -= timedelta(days=1)
        wall = min(max(f"{local:%H:%M}", self._hours(day).open), self._hours(day).close)
        return self._instant(day, wall)

    def _covering(self, day: date) -> CalendarRelease | None:
        for release in self._years.get(day.year, ()):
            if release.covers.first <= day <= release.covers.last:
                return release
        return None

    def _hours(self, day: date) -> Hours:
        """Return hours of the covering release, else of the last before `day`, else the first."""
        covering = self._covering(day)
        if covering is not None:
            return covering.hours
        earlier = [release for release in self.releases if release.covers.last < day]
        return (earlier[-1] if earlier else self.releases[0]).hours

    def _instant(self, day: date, wall: str) -> datetime:
        return datetime.combine(day, time.fromisoformat(wall), self.zone).astimezone(UTC)


# Cached: clocks count the same days many times. A calendar is immutable and hashed by identity.
@lru_cache(maxsize=16384)
def _works(calendar: Calendar, day: date) -> bool:
    return calendar.note(day).works


# Cached: a check of a sheet counts the days of every row, from weeks or months ago.
@lru_cache(maxsize=64)
def _worked_until(calendar: Calendar) -> tuple[int, ...]:
    """Return, for each date of a calendar's reach, the working days before it; then all of them."""
    days = days_between(*calendar.reach)
    return tuple(accumulate((calendar.is_working_day(day) for day in days), initial=0))


def merge(releases: Iterable[CalendarRelease]) -> Calendar:
    """Merge the releases of a side.

    A later release overrides dates named by an earlier release: a notice may change the last days
    of the preceding year.

    Raises:
        Malformed: `calendar-mixed` (no release, two sides, two zones, or overlapping coverage).
    """
    ordered = tuple(sorted(releases, key=lambda release: release.covers.first))
    if not ordered or len({(release.side, release.zone) for release in ordered}) != 1:
        raise Malformed("calendar-mixed", "A calendar is made of releases of one side and zone.")
    for earlier, later in pairwise(ordered):
        if later.covers.first <= earlier.covers.last:
            raise Malformed(
                "calendar-mixed", "Two calendar releases cover the same date.", year=later.year
            )
    named: dict[date, DayNote] = {}
    years: dict[int, tuple[CalendarRelease, ...]] = {}
    for release in ordered:
        named |= _named_days(release)
        for year in range(release.covers.first.year, release.covers.last.year + 1):
            years[year] = (*years.get(year, ()), release)
    whole = _digest({"side": ordered[0].side, "releases": [release.digest for release in ordered]})
    first, last = ordered[0].covers.first, ordered[-1].covers.last
    reach = min([first, *named]), max([last, *named])
    zone = ZoneInfo(ordered[0].zone)
    return Calendar(ordered[0].side, zone, ordered, whole, reach, named, years)


def next_day(day: date, works: Callable[[date], bool]) -> date:
    """Return the first working day after `day`."""
    day += timedelta(days=1)
    while not works(day):
        day += timedelta(days=1)
    return day


def _weekdays(first: int, last: int) -> int:
    """Count Mondays to Fridays between two ordinals, both included; 1 is a Monday."""
    before, until = (day // 7 * 5 + min(day % 7, 5) for day in (first - 1, last))
    return max(0, until - before)


def days_between(first: date, last: date) -> list[date]:
    """List dates from first to last, both included."""
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]


def _named_days(release: CalendarRelease) -> dict[date, DayNote]:
    """Return the named dates of a release; a weekend day in a closure counts as closed."""
    days = {
        day: DayNote("closed", span.name)
        for span in release.closed
        for day in days_between(span.first, span.last)
    }
    return days | {extra.day: DayNote("make-up", extra.name) for extra in release.make_up}


def _digest(value: canonical.Value) -> str:
    return sha256(canonical.dumps(value)).hexdigest()
