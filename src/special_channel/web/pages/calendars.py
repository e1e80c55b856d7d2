"""Calendars and rules: what both sides adopted, and each side's year, day by day.

Does not adopt anything: a registrar signs in their browser or at the command line. Does not compute
a holiday.
"""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final, Literal

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.charter import Release, ReplyRule
from special_channel.core.time.calendars import Closure, MakeUp, Words
from special_channel.web.pages.lanes import LaneDay
from special_channel.web.shared.words import Pair
from special_channel.web.shell.charters import CharterView

MONTHS: Final = range(1, 13)


@dataclass(frozen=True, slots=True)
class Month:
    """A month as weeks of seven, Monday first; None where another month's day stands."""

    first: date
    weeks: tuple[tuple[LaneDay | None, ...], ...]


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """Where a calendar was read. `digest`: of the release alone."""

    release: int
    status: Literal["official", "derived"]
    title: Words
    note: Words
    url: str
    published: date
    first: date
    last: date
    opens: str
    closes: str
    digest: str
    closed: tuple[Closure, ...]
    make_up: tuple[MakeUp, ...]


@dataclass(frozen=True, slots=True)
class SideYear:
    """One side's year.

    Attributes:
        facts: None where no release covers the year: plain weekdays are assumed.
        in_charter: Whether the charter in force names what this node counts by.
        last: The last date that any release covers.
    """

    party: Party
    months: tuple[Month, ...]
    facts: ReleaseFacts | None
    in_charter: bool
    last: date


@dataclass(frozen=True, slots=True)
class Hours:
    """A side's office hours by the charter, in its own zone."""

    party: Party
    opens: str
    closes: str


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is told of a line stop while a side is closed for `closure_days` and more."""

    party: Party
    desk: Pair
    closure_days: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What the charter in force says of dates and signatures."""

    rules: int
    reply: tuple[ReplyRule, ...]
    release: tuple[Release, ...]
    hours: tuple[Hours, ...]
    minimum_notice_seconds: int
    minimum_notice_working_days: int
    markings: tuple[str, ...]
    duty: tuple[Duty, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarsPage:
    """Calendars and rules.

    Attributes:
        years: The years to choose from, with their addresses.
        registrar: Whether the reader may adopt, by their role.
        adopt: What a registrar types at their own computer; empty for other readers.
    """

    template: ClassVar[str] = "calendars.html"
    page: ClassVar[str] = "rules"

    year: int
    years: tuple[tuple[int, str], ...]
    sides: tuple[SideYear, ...]
    charters: tuple[CharterView, ...]
    rules: Rules | None
    registrar: bool = False
    adopt: tuple[str, ...] = ()


def months(year: int, look: Callable[[date], LaneDay]) -> tuple[Month, ...]:
    """Lay a year out in months; `look` tells of each date what it is."""
    weeks = Weeks()
    return tuple(
        Month(
            date(year, month, 1),
            tuple(
                tuple(look(on) if on.month == month else None for on in week)
                for week in weeks.monthdatescalendar(year, month)
            ),
        )
        for month in MONTHS
    )
