"""Filters of lists by day: from a first day to a last one, in our side's capital."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import timestamp
from special_channel.web.shared.capitals import ZONES
from special_channel.web.shared.query import Filters, Text, read_day

_DAY: Final = timedelta(days=1)


class DayFilters(Filters):
    """Filters with a first and a last day, such as 2026-11-24; empty ones match all."""

    since: Text = ""
    until: Text = ""

    def days(self) -> tuple[date | None, date | None]:
        """Return the first and the last day.

        Raises:
            Malformed: `date-malformed`.
        """
        return read_day(self.since), read_day(self.until)


def instants(party: Party, since: date | None, until: date | None) -> tuple[str, str]:
    """Return the beginning of the first day and the end of the last one, as entries state times.

    Args:
        party: The side in whose capital the days begin.
        since: First day; None for the empty text.
        until: Last day; None for the empty text.

    Raises:
        Malformed: `date-range` for the first and last day of all, whose ends have no UTC time.
    """
    try:
        return (
            _midnight(party, since) if since else "",
            _midnight(party, until + _DAY) if until else "",
        )
    except OverflowError:
        first, last = (day.isoformat() for day in (date.min + _DAY, date.max - _DAY))
        raise Malformed("date-range", "No such day.", first=first, last=last) from None


def _midnight(party: Party, day: date) -> str:
    return timestamp(datetime.combine(day, time(), ZONES[party]).astimezone(UTC))
