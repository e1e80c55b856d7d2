"""Calendars in a charter, with all data for the count of due times.

Judge, mirror and verifiers count by the charter alone, without calendar files. Does not read files
or count: `replying.py` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.fields import Name, Word
from special_channel.core.bytes.ids import Digest, Party
from special_channel.core.entries import Model
from special_channel.core.time.calendars import Calendar, CalendarRelease, merge, parse_release

CalendarDate = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]

_DATE: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_WEEKDAY: Final = "(mon|tue|wed|thu|fri|sat|sun)"

# Lists are words in one text: JSON of the channel nests six deep at most.
Weekdays = Annotated[str, StringConstraints(pattern=f"^{_WEEKDAY}( {_WEEKDAY}){{0,6}}$")]
Dates = Annotated[str, StringConstraints(pattern=f"^({_DATE}( {_DATE}){{0,59}})?$")]
Spans = Annotated[str, StringConstraints(pattern=f"^({_DATE}/{_DATE}( {_DATE}/{_DATE}){{0,59}})?$")]
"""Spans of two dates, both included, as ISO 8601 intervals: `2026-10-01/2026-10-08`."""


class AdoptedRelease(Model):
    """One adopted calendar release: name, digest of the file, and days.

    `id`: side, year and release, such as `cn-2026-1`. `digest`: `CalendarRelease.digest`.
    `workdays`: days of the working week. `closes`: close of business in minutes after midnight in
    `zone`. `closed`: spans without work. `make_up`: additional working days.
    """

    id: Word
    year: Annotated[int, Field(ge=2000, le=2999)]
    digest: Digest
    first: CalendarDate
    last: CalendarDate
    status: Literal["official", "derived"]
    zone: Name
    workdays: Weekdays
    closes: Annotated[int, Field(ge=1, le=1439)]
    closed: Spans = ""
    make_up: Dates = ""


class CharterCalendar(Model):
    """One side's calendar: digest and last covered date of its merged releases.

    Questions name `digest`. `releases`: the merged releases.
    """

    party: Party
    digest: Digest
    last: CalendarDate
    releases: Annotated[tuple[AdoptedRelease, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _days_hold_together(self) -> Self:
        try:
            calendar = counted_by(self)
        except Malformed as fault:
            raise ValueError(str(fault)) from fault
        if calendar is not None and calendar.last_covered.isoformat() != self.last:
            raise ValueError("the last date is that of the releases")
        return self


YEARS: Final = range(2000, 3000)
LONGEST_CLOSURE: Final = 62
"""Maximum of days in one closure, since a count visits every date."""

_UNSAID: Final = {"en": "-", "zh": "-"}


@lru_cache(maxsize=64)
def counted_by(named: CharterCalendar) -> Calendar | None:
    """Build the calendar for the count of due times; None if the charter states no days.

    Digest and names of days differ from the calendar files.

    Raises:
        Malformed: `calendar-malformed`, `calendar-mixed`.
    """
    if not named.releases:
        return None
    return merge(parse_release(_release(named.party, each)) for each in named.releases)


def _release(side: Party, each: AdoptedRelease) -> dict[str, Any]:
    first, last = _date(each.first), _date(each.last)
    return {
        "v": 1,
        "side": side,
        "year": each.year,
        "release": 1,
        "zone": each.zone,
        "workdays": tuple(each.workdays.split()),
        "covers": {"first": first, "last": last},
        "hours": {"open": "00:00", "close": f"{each.closes // 60:02}:{each.closes % 60:02}"},
        "source": {
            "status": each.status,
            "title": _UNSAID,
            "published": first,
            "url": "https://channel.example/",
            "note": _UNSAID,
        },
        "closed": tuple(_closure(span) for span in each.closed.split()),
        "make_up": tuple({"day": _date(day), "name": _UNSAID} for day in each.make_up.split()),
    }


def _closure(span: str) -> dict[str, Any]:
    first, last = map(_date, span.split("/"))
    if (last - first).days >= LONGEST_CLOSURE:
        raise Malformed("calendar-malformed", "A closure is too long.", field=span)
    return {"first": first, "last": last, "name": _UNSAID}


def _date(text: str) -> date:
    try:
        value = date.fromisoformat(text)
    except ValueError as fault:
        raise Malformed("calendar-malformed", "A date does not exist.", field=text) from fault
    if value.year not in YEARS:
        raise Malformed("calendar-malformed", "A date is too far away.", field=text)
    return value


def stated(calendar: Calendar) -> dict[str, Any]:
    """Return the `CharterCalendar` fields of a calendar, for a charter."""
    return {
        "party": calendar.side,
        "digest": calendar.digest,
        "last": calendar.last_covered.isoformat(),
        "releases": [_stated(release) for release in calendar.releases],
    }


def _stated(release: CalendarRelease) -> dict[str, Any]:
    hour, minute = release.hours.close.split(":")
    return {
        "id": release_id(release),
        "year": release.year,
        "digest": release.digest,
        "first": release.covers.first.isoformat(),
        "last": release.covers.last.isoformat(),
        "status": release.source.status,
        "zone": release.zone,
        "workdays": " ".join(release.workdays),
        "closes": int(hour) * 60 + int(minute),
        "closed": " ".join(f"{span.first}/{span.last}" for span in release.closed),
        "make_up": " ".join(str(extra.day) for extra in release.make_up),
    }


def release_id(release: CalendarRelease) -> str:
    """Return a release's id; `cn-2026-1` is the first release of the Chinese side for 2026."""
    return f"{release.side}-{release.year}-{release.release}"


def states(named: CharterCalendar, releases: Sequence[CalendarRelease]) -> bool:
    """Return whether the releases in a charter's calendar equal `releases` in all fields."""
    return list(named.releases) == [
        AdoptedRelease.model_validate(_stated(each)) for each in releases
    ]
