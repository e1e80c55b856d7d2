"""Office hours of both sides, by their calendars.

Does not read the clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from special_channel.core.time.calendars import Calendar


@dataclass(frozen=True, slots=True)
class Office:
    """Times of both offices from now on.

    Attributes:
        own_until: Close of business of our office today; None while closed.
        peer_until: Close of business of the other office; None while closed.
        next_shared: Next hour with both offices open; None if unknown.
    """

    own_until: datetime | None = None
    peer_until: datetime | None = None
    next_shared: datetime | None = None

    @property
    def shared_until(self) -> datetime | None:
        """End of the hours with both offices open."""
        if self.own_until is None or self.peer_until is None:
            return None
        return min(self.own_until, self.peer_until)


def shared_hours(own: Calendar, peer: Calendar, day: date) -> tuple[datetime, datetime] | None:
    """Return the hours with both offices open on a date."""
    ours, theirs = own.office_hours(day), peer.office_hours(day)
    if ours is None or theirs is None:
        return None
    start, end = max(ours[0], theirs[0]), min(ours[1], theirs[1])
    return (start, end) if start < end else None


def shared_days(
    own: Calendar, peer: Calendar, first: date, span: timedelta
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the shared office hours of the days from `first` on."""
    for step in range(span.days):
        hours = shared_hours(own, peer, first + timedelta(days=step))
        if hours is not None:
            yield hours


def open_until(calendar: Calendar, now: datetime) -> datetime | None:
    """Return today's close of business; None while the office is closed."""
    if not calendar.is_open(now):
        return None
    return calendar.close_of_business(calendar.local(now).date())
