"""Views of calendars and of the charter in force. Does not compute holidays."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.charter import Charter, DutyDesk
from special_channel.core.time.calendars import CalendarRelease
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
        release: Calendar release of the year; without a release, weekdays are assumed.
        in_charter: The charter in force names the calendar of this node.
        last: Last date of all releases.
    """

    party: Party
    release: CalendarRelease | None
    in_charter: bool
    last: date


class RulesView(View):
    """Charter and calendars.

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
