"""Write instants in both capitals' local time, due times in words, and both sides' office hours.

Does not read the clock. Callers count the remaining working days in the answering side's calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.time.calendars import Calendar
from special_channel.messages.catalogue import Catalogue, Lang, catalogue
from special_channel.messages.dates import as_of, day, full_date, whole_day

ZONES: Final[dict[Party, ZoneInfo]] = {
    "eu": ZoneInfo("Europe/Brussels"),
    "cn": ZoneInfo("Asia/Shanghai"),
}

NEAR_WORKING_DAYS: Final = 2
"""A due time this close is shown in amber: two working days are what an answer that needs
a second signature takes."""


# A page writes the same few instants again and again: due times, and when entries were accepted.
@lru_cache(maxsize=8192)
def local(instant: datetime, party: Party) -> datetime:
    """Return the instant on the wall clock of a party's capital.

    The last hours of the year 9999 have no local time and stay in UTC.
    """
    try:
        return instant.astimezone(ZONES[party])
    except OverflowError:
        # A signed entry may state such a time, and its page must open all the same.
        return instant


def clock(instant: datetime, party: Party) -> str:
    """Return `17:00`."""
    return local(instant, party).strftime("%H:%M")


@lru_cache
def place(party: Party, lang: Lang) -> str:
    """Return the capital's name."""
    return catalogue(lang).label("capital", party)


def moment(instant: datetime, party: Party, lang: Lang, now: datetime | None) -> str:
    """Return day and time in a capital; the year of `now` is omitted.

    None for `now` writes every year: paper is read in later years.
    """
    return _moment(instant, party, lang, local(now, party).year if now else None)


def day_in(instant: datetime, party: Party, lang: Lang, now: datetime | None) -> str:
    """Return the day in a capital; `now` as in `moment`."""
    return _day(local(instant, party).date(), lang, local(now, party).year if now else None)


@lru_cache(maxsize=8192)
def _moment(instant: datetime, party: Party, lang: Lang, year: int | None) -> str:
    here = local(instant, party)
    gap = " " if lang == "en" else ""
    return f"{_day(here.date(), lang, year)}{gap}{here:%H:%M}"


def _day(on: date, lang: Lang, year: int | None) -> str:
    if year is None:
        return whole_day(on, lang)
    return day(on, lang) if on.year == year else full_date(on, lang)


def both(instant: datetime, own: Party, lang: Lang, now: datetime | None) -> str:
    """Return the instant in both capitals, the reader's first; `now` as in `moment`.

    The second date is omitted on the same day.
    """
    years = (local(now, own).year, local(now, peer_of(own)).year) if now else (None, None)
    return _both(instant, own, lang, years)


@lru_cache(maxsize=8192)
def _both(
    instant: datetime, own: Party, lang: Lang, years: tuple[int, int] | tuple[None, None]
) -> str:
    other = peer_of(own)
    same_day = local(instant, own).date() == local(instant, other).date()
    return catalogue(lang).gettext(
        "%(own_time)s %(own_place)s, %(other_time)s %(other_place)s",
        own_time=_moment(instant, own, lang, years[0]),
        own_place=place(own, lang),
        other_time=clock(instant, other) if same_day else _moment(instant, other, lang, years[1]),
        other_place=place(other, lang),
    )


def both_as_of(instant: datetime, own: Party, lang: Lang) -> str:
    """Return the instant in both capitals with its years, for a sentence of a paper.

    The reader's capital is first, the other one in brackets, its date omitted on the same day.
    """
    here, there = local(instant, own), local(instant, peer_of(own))
    same_day = here.date() == there.date()
    return catalogue(lang).gettext(
        "capitals.in-sentence",
        own_time=as_of(here, lang, None),
        own_place=place(own, lang),
        other_time=clock(instant, peer_of(own)) if same_day else as_of(there, lang, None),
        other_place=place(peer_of(own), lang),
    )


@lru_cache(maxsize=8192)
def iso(instant: datetime) -> str:
    """Return the machine-readable form for `<time datetime>`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Due:
    """A due time of an answer.

    Attributes:
        at: Aware UTC.
        answering: The side with this close of business.
        working_days: Whole working days of the answering side from today to the day of
            `at`; 0 is today, or a day off before the next. None without a calendar for the date.
        passed: The instant has passed and no answer is recorded.
        provisional: The calendar does not cover the date yet.
        undelivered: The question has not arrived, so the date does not count yet.
        requested: Chosen by the asking side alone, so the date can't pass.
        withdrawn: An answer was withdrawn at or after the date: the date did not pass unanswered.
    """

    at: datetime
    answering: Party
    working_days: int | None = None
    passed: bool = False
    provisional: bool = False
    undelivered: bool = False
    requested: bool = False
    withdrawn: bool = False

    @property
    def near(self) -> bool:
        """Tell whether pages mark the date in amber; never a date requested by one side alone."""
        if self.requested:
            return False
        return self.passed or (
            self.working_days is not None and self.working_days <= NEAR_WORKING_DAYS
        )

    def _standing(self, t: Catalogue) -> str:
        """Return the words for an instant in the past whose date did not pass unanswered."""
        if self.undelivered:
            return t.gettext("Not delivered yet")
        if self.withdrawn:
            return t.gettext("Answer withdrawn")
        if self.requested:
            return t.gettext("Requested date")
        return t.gettext("Provisional date") if self.provisional else t.gettext("Date passed")

    def words(self, now: datetime, lang: Lang) -> str:
        """Write the remaining time, in one unit."""
        t = catalogue(lang)
        left = self.at - now
        if self.passed:
            return t.gettext("Date passed")
        if left <= timedelta(0):
            return self._standing(t)
        if left < timedelta(hours=1):
            minutes = max(1, round(left / timedelta(minutes=1)))
            return t.ngettext("In %(num)s minute", "In %(num)s minutes", minutes)
        on = local(self.at, self.answering).date()
        if on == local(now, self.answering).date():
            return t.gettext("Today")
        # On a day off before the next working day none is left, and it is not today.
        if not self.working_days:
            return day(on, lang)
        return t.ngettext("In %(num)s working day", "In %(num)s working days", self.working_days)


def on_date(text: str) -> date | None:
    """Parse an ISO date checked on entry; None for an empty text."""
    return date.fromisoformat(text) if text else None


@dataclass(frozen=True, slots=True)
class Office:
    """Times of both offices from now on.

    Attributes:
        own_until: Close of business of our office today; None while closed.
        peer_until: Close of business of the other office; None while closed.
        next_shared: Next shared office hour; None if unknown.
    """

    own_until: datetime | None = None
    peer_until: datetime | None = None
    next_shared: datetime | None = None

    @property
    def shared_until(self) -> datetime | None:
        """End of today's shared office hours; None unless both offices are open."""
        if self.own_until is None or self.peer_until is None:
            return None
        return min(self.own_until, self.peer_until)


def shared_hours(own: Calendar, peer: Calendar, day: date) -> tuple[datetime, datetime] | None:
    """Return start and end of the shared office hours on a date; None without shared hours."""
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
