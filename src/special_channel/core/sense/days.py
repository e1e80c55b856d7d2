"""Working days in China by the calendars in use, counted once for all rows of a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate

from special_channel.core.sense.findings import Fact, Finding
from special_channel.core.sense.stages import START
from special_channel.core.time.calendars import Calendar


class WorkingDays:
    """Counts of working days from `START` up to the first day that no calendar covers."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        works: list[bool] = []
        day = START
        while calendar.covers(day):
            works.append(calendar.is_working_day(day))
            day += timedelta(days=1)
        self._works = works
        self._up_to = [*accumulate(works, initial=0)]

    @property
    def last(self) -> date:
        """The last day up to which all days are covered."""
        return START + timedelta(days=len(self._works) - 1)

    def closed(self, day: date) -> bool:
        """Return whether a day is covered and not a working day."""
        place = (day - START).days
        return 0 <= place < len(self._works) and not self._works[place]

    def not_worked(self, row: int, field: str, named: Fact, on: str) -> Iterator[Finding]:
        """Yield a date on which the authority does not act (S-046).

        `named`: the field or the act in words.
        """
        day = date.fromisoformat(on)
        if not self.closed(day):
            return
        facts, closure = {"field": named, "date": Fact("date", on)}, self.calendar.note(day).name
        if closure:
            facts["name"] = Fact("closure", f"{closure.en}\n{closure.zh}")
        yield Finding("S-046", "confirm", row, (field,), facts, "named" if closure else "")

    def between(self, after: date, until: date) -> int | None:
        """Count working days after a day up to another one; None outside the coverage."""
        first, last = (after - START).days + 1, (until - START).days + 1
        if not 0 <= first <= last < len(self._up_to):
            return None
        return self._up_to[last] - self._up_to[first]


# A calendar is immutable and hashed by identity; each release that is adopted makes another.
@lru_cache(maxsize=8)
def working_days(calendar: Calendar) -> WorkingDays:
    """Return the working days of a calendar, counted at its first use."""
    return WorkingDays(calendar)
