"""Working calendars: which dates are worked on a side, and when its office is open.

Does not read files: the caller parses TOML and hands the mapping in. Does not compute a
holiday: what no release states is not known, and `Calendar.covers` says so. Does not
count due times: `due.py` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import pairwise
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
"""Monday to Friday: the guess, always flagged, for dates that no release covers."""

NEIGHBOUR_DAYS: Final = timedelta(days=31)
"""How far outside its coverage a release may name a date. A State Council notice may
close the last days of December before its year, or ask for a make-up day there."""

WallTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Phrase = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Words(_Model):
    """One phrase in both languages."""

    en: Phrase
    zh: Phrase


class Coverage(_Model):
    """The days that a release speaks for, both included."""

    first: date
    last: date


class Hours(_Model):
    """Office hours in local wall time. Due times fall on `close`."""

    open: WallTime
    close: WallTime


class Source(_Model):
    """Where a release was read. `derived`: nobody published it in this form."""

    status: Literal["official", "derived"]
    title: Words
    published: date
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$", max_length=400)]
    note: Words


class Closure(_Model):
    """Days on which the office is closed, both included; weekends may lie within."""

    first: date
    last: date
    name: Words


class MakeUp(_Model):
    """A day outside the working week that is worked (调休)."""

    day: date
    name: Words


class CalendarRelease(_Model):
    """One side's calendar of one year, as one file states it."""

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
        """Refuse a release that contradicts itself: two counts of one day can't both be signed."""
        if self.hours.open >= self.hours.close:
            raise ValueError("the office closes before it opens")
        if self.covers.first > self.covers.last:
            raise ValueError("coverage ends before it begins")
        if any(span.first > span.last for span in self.closed):
            raise ValueError("a closure ends before it begins")
        closed = [day for span in self.closed for day in days_between(span.first, span.last)]
        made_up = [extra.day for extra in self.make_up]
        named = closed + made_up
        if len(set(named)) != len(named):
            raise ValueError("a date is named twice")
        if any(WEEKDAYS[day.weekday()] in self.workdays for day in made_up):
            raise ValueError("a make-up day falls on a day that is worked anyway")
        first, last = self.covers.first - NEIGHBOUR_DAYS, self.covers.last + NEIGHBOUR_DAYS
        if any(not first <= day <= last for day in named):
            raise ValueError("a date lies far outside the coverage")
        return self

    @cached_property
    def digest(self) -> str:
        """SHA-256, lower-case hex, of the canonical JSON form: what charter and asks name."""
        return _digest(self.model_dump(mode="json"))


def parse_release(data: Mapping[str, object]) -> CalendarRelease:
    """Read one calendar file that `tomllib` has parsed.

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
    """What a calendar says about one date.

    `kind`: an ordinary working day; the weekly rest; a named closure; a named make-up
    day; or no release covers the date and plain weekdays are assumed.
    """

    kind: Literal["workday", "weekend", "closed", "make-up", "assumed", "assumed-weekend"]
    name: Words | None = None

    @property
    def works(self) -> bool:
        """Whether the date counts as worked."""
        return self.kind in {"workday", "make-up", "assumed"}


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """One side's releases, merged. Build it with `merge`.

    Immutable and safe to share. Dates that no release covers are answered by plain
    weekdays; ask `covers` before a date is shown as firm.
    """

    side: Party
    zone: ZoneInfo
    releases: tuple[CalendarRelease, ...]
    digest: str
    _named: Mapping[date, DayNote]
    _years: Mapping[int, tuple[CalendarRelease, ...]]

    def covers(self, day: date) -> bool:
        """Say whether a release speaks for this date."""
        return self._covering(day) is not None

    @property
    def last_covered(self) -> date:
        """The last date that any release covers."""
        return max(release.covers.last for release in self.releases)

    def note(self, day: date) -> DayNote:
        """Say what is known of a date, and by which name."""
        if named := self._named.get(day):
            return named
        release = self._covering(day)
        if release is None:
            return DayNote("assumed" if day.weekday() in PLAIN_WEEKDAYS else "assumed-weekend")
        return DayNote("workday" if WEEKDAYS[day.weekday()] in release.workdays else "weekend")

    def is_working_day(self, day: date) -> bool:
        """Say whether the date is worked, by plain weekdays where nothing covers it."""
        return _works(self, day)

    def local(self, instant: datetime) -> datetime:
        """Show an instant as this side's wall clock does."""
        return instant.astimezone(self.zone)

    def office_hours(self, day: date) -> tuple[datetime, datetime] | None:
        """Return opening and closing of the office in UTC, or None on a day not worked."""
        if not self.is_working_day(day):
            return None
        hours = self._hours(day)
        return self._instant(day, hours.open), self._instant(day, hours.close)

    def close_of_business(self, day: date) -> datetime:
        """Return the close of business of a date in UTC, whether it is worked or not."""
        return self._instant(day, self._hours(day).close)

    def midnight(self, day: date) -> datetime:
        """Return the first instant of a date on this side, in UTC."""
        return self._instant(day, "00:00")

    def is_open(self, instant: datetime) -> bool:
        """Say whether the office is open at an instant; closing time itself is closed."""
        hours = self.office_hours(self.local(instant).date())
        return hours is not None and hours[0] <= instant < hours[1]

    def next_opening(self, instant: datetime) -> datetime:
        """Return the first instant, not before the given one, at which the office is open."""
        day = self.local(instant).date()
        while True:
            hours = self.office_hours(day)
            if hours is not None and instant < hours[1]:
                return max(instant.astimezone(UTC), hours[0])
            day += timedelta(days=1)

    def add_working_days(self, instant: datetime, working_days: int) -> datetime:
        """Go to the same time of day n working days on, drawn into office hours.

        For steps of a ladder, where somebody is to be at their desk; due times are counted
        by `due.due`.
        """
        local = self.local(instant)
        day = local.date()
        for _ in range(working_days):
            day = next_day(day, self.is_working_day)
        wall = min(max(f"{local:%H:%M}", self._hours(day).open), self._hours(day).close)
        return self._instant(day, wall)

    def _covering(self, day: date) -> CalendarRelease | None:
        for release in self._years.get(day.year, ()):
            if release.covers.first <= day <= release.covers.last:
                return release
        return None

    def _hours(self, day: date) -> Hours:
        """Take the nearest release's hours where none covers: the date is provisional anyway."""
        covering = self._covering(day)
        if covering is not None:
            return covering.hours
        earlier = [release for release in self.releases if release.covers.last < day]
        return (earlier[-1] if earlier else self.releases[0]).hours

    def _instant(self, day: date, wall: str) -> datetime:
        return datetime.combine(day, time.fromisoformat(wall), self.zone).astimezone(UTC)


# Clocks walk the same days again and again. A calendar is never changed and is its own key.
@lru_cache(maxsize=16384)
def _works(calendar: Calendar, day: date) -> bool:
    return calendar.note(day).works


def merge(releases: Iterable[CalendarRelease]) -> Calendar:
    """Join the releases of one side.

    Where two releases name one date, the later year's wins: a notice may re-arrange the
    last days of the year before it.

    Raises:
        Malformed: `calendar-mixed` (no release, two sides, two zones, or coverage that overlaps).
    """
    ordered = tuple(sorted(releases, key=lambda release: release.covers.first))
    if not ordered or len({(one.side, one.zone) for one in ordered}) != 1:
        raise Malformed("calendar-mixed", "A calendar is made of releases of one side and zone.")
    for one, following in pairwise(ordered):
        if following.covers.first <= one.covers.last:
            raise Malformed(
                "calendar-mixed", "Two calendar releases cover the same date.", year=following.year
            )
    named: dict[date, DayNote] = {}
    years: dict[int, tuple[CalendarRelease, ...]] = {}
    for release in ordered:
        named |= _named_days(release)
        for year in range(release.covers.first.year, release.covers.last.year + 1):
            years[year] = (*years.get(year, ()), release)
    whole = _digest({"side": ordered[0].side, "releases": [one.digest for one in ordered]})
    return Calendar(ordered[0].side, ZoneInfo(ordered[0].zone), ordered, whole, named, years)


def next_day(day: date, works: Callable[[date], bool]) -> date:
    """Return the first date after `day` that is worked."""
    day += timedelta(days=1)
    while not works(day):
        day += timedelta(days=1)
    return day


def days_between(first: date, last: date) -> list[date]:
    """List the dates from first to last, both included."""
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]


def _named_days(release: CalendarRelease) -> dict[date, DayNote]:
    """Name what the release names; a closed weekend day stays a closure, not a weekend."""
    days = {
        day: DayNote("closed", span.name)
        for span in release.closed
        for day in days_between(span.first, span.last)
    }
    return days | {extra.day: DayNote("make-up", extra.name) for extra in release.make_up}


def _digest(value: canonical.Value) -> str:
    return sha256(canonical.dumps(value)).hexdigest()
