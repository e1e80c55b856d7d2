"""Filters of lists by day: from a first day to a last one, in our side's capital."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final, Protocol, TypeVar

from pydantic import AfterValidator, model_validator
from pydantic_core import PydanticCustomError

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import timestamp
from special_channel.web.shared.capitals import ZONES
from special_channel.web.shared.query import Filters, Text, read_day

_DAY: Final = timedelta(days=1)
_FIRST: Final = date.min + _DAY
_LAST: Final = date.max - _DAY


def _checked(text: str) -> str:
    """Return a day in its own form, also if it was typed in full-width signs.

    Raises:
        PydanticCustomError: `date-malformed`; `date-range` for the first and last day of all,
            whose ends have no UTC time.
    """
    try:
        day = read_day(text)
    except Malformed as error:
        raise PydanticCustomError("date-malformed", "A date looks like 2026-11-24.") from error
    if day is not None and not _FIRST <= day <= _LAST:
        facts = {"first": _FIRST.isoformat(), "last": _LAST.isoformat()}
        raise PydanticCustomError("date-range", "No such day.", facts)
    return day.isoformat() if day else ""


Day = Annotated[Text, AfterValidator(_checked)]
"""A day in a filter, such as 2026-11-24; empty for none."""


class _Days(Protocol):
    @property
    def since(self) -> str: ...

    @property
    def until(self) -> str: ...


_D = TypeVar("_D", bound=_Days)


def in_order(days: _D) -> _D:
    """Return filters whose first day is not after their last; a validator of their model.

    Raises:
        PydanticCustomError: `date-order`.
    """
    # Days of four-digit years are in order as text.
    if days.since and days.until and days.since > days.until:
        raise PydanticCustomError("date-order", "The last day is before the first.")
    return days


class DayFilters(Filters):
    """Filters with a first and a last day, such as 2026-11-24; empty ones match all."""

    since: Day = ""
    until: Day = ""

    _ordered = model_validator(mode="after")(in_order)

    def days(self) -> tuple[date | None, date | None]:
        """Return the first and the last day."""
        return read_day(self.since), read_day(self.until)


def instants(party: Party, since: date | None, until: date | None) -> tuple[str, str]:
    """Return the beginning of the first day and the end of the last one, as entries state times.

    Args:
        party: The side in whose capital the days begin.
        since: First day; None for the empty text.
        until: Last day; None for the empty text.
    """
    return (
        _midnight(party, since) if since else "",
        _midnight(party, until + _DAY) if until else "",
    )


def _midnight(party: Party, day: date) -> str:
    return timestamp(datetime.combine(day, time(), ZONES[party]).astimezone(UTC))
