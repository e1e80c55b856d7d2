"""Views of calendars and of the charter in force. Does not compute holidays."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import Field

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.charter import Charter, DutyDesk
from special_channel.core.time.calendars import CalendarRelease, DayNote
from special_channel.web.shared.query import Query, Whole
from special_channel.web.shared.view import View
from special_channel.web.shared.words import Pair
from special_channel.web.shell.charters import CharterView


class YearQuery(Query):
    """A year; by default the present year of our side."""

    year: Annotated[Whole, Field(ge=1000, le=9999)] | None = None


class SideYear(View):
    """A year of a side.

    Attributes:
        days: All dates of the year.
        release: Calendar release of the year; without a release, weekdays are assumed.
        in_charter: The charter in force names the calendar of this node.
        last: Last date of all releases.
    """

    party: Party
    days: Mapping[date, DayNote]
    release: CalendarRelease | None
    in_charter: bool
    last: date

    @property
    def months(self) -> tuple[tuple[tuple[date | None, ...], ...], ...]:
        """Weeks of each month, Monday first; None for a date of another month."""
        year = next(iter(self.days)).year
        return tuple(
            tuple(
                tuple(on if on.month == month else None for on in week)
                for week in Weeks().monthdatescalendar(year, month)
            )
            for month in range(1, 13)
        )


class RulesView(View):
    """Calendars and rules.

    Attributes:
        years: Years to choose from.
        charters: Charters adopted by a side.
        rules: The charter in force.
        duty: Duty desks of the charter in force, with their titles.
    """

    year: int
    years: tuple[int, ...]
    sides: tuple[SideYear, ...]
    charters: tuple[CharterView, ...]
    rules: Charter | None
    duty: tuple[tuple[DutyDesk, Pair], ...] = ()
