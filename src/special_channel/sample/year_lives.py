"""Generate the fictional applications of a year: dates of filing, listing, acceptance, return, end.

Random choices are seeded, so that every run gives the same year. Numbers of approvals by date are
not random: they match published figures. Does not assign statements to sides (`year.py`) and signs
nothing. Every firm's name includes the word "Fictional".
"""

from __future__ import annotations

import random  # noqa: TID251 - seeded, so that the year is the same everywhere
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from special_channel.core.time.calendars import Calendar
from special_channel.core.time.statutory import DECISION_DAYS

SEED: Final = 20250711

FIRST_CLOSE: Final = date(2025, 7, 11)
"""The Friday on which the first list is closed; the tool opened in July 2025 (domain, 2)."""

A_YEAR: Final = date(2026, 7, 10)
"""End of a record that is made without a last day."""

FORTNIGHT: Final = timedelta(days=14)

CONTROLS_BEGAN: Final = date(2025, 4, 4)
"""Announcement No. 18 of 2025: no application was filed earlier."""

NEW: Final = (252, 248, 255, 250, 246, 251, 249, 252)
"""Applications new on each of the first eight lists: 2,003, as published on 21 Oct 2025."""

NEW_LATER: Final = (45, 45, 45, 45, 20)
"""New applications on each later list: 2,183 listed by 15 December; for the last number, and all
lists after it, no count was ever published."""


@dataclass(frozen=True, slots=True)
class Window:
    """Period in which the EU side learns of approvals, with their number for each list.

    Attributes:
        counts: Approvals of the applications that were new on the first list, the second, …
    """

    first: date
    last: date
    counts: tuple[int, ...]


WINDOWS: Final = (
    Window(date(2025, 7, 14), date(2025, 10, 20), (180, 170, 150, 130, 110, 90, 60, 22)),
    Window(date(2025, 10, 22), date(2025, 11, 4), (8, 10, 14, 18, 22, 25, 24, 14)),
    Window(
        date(2025, 11, 6),
        date(2025, 12, 15),
        (20, 25, 32, 42, 52, 66, 90, 116, 18, 13, 7, 2),
    ),
)
"""912 approved by 21 October; 1,047 of 2,048 by 5 November; 1,530 of 2,183 by 15 December."""

OTHER_ENDS: Final = (("not_accepted", 45), ("withdrawn", 40), ("refused", 38))
"""With the approvals, all ends by 21 October: 1,035 of 2,003."""

_FIRST_SEVEN: Final = range(7)
_UNSURE: Final = 0.012
"""Share of numbers unknown to MOFCOM, mostly a supplier's typing errors."""


@dataclass(frozen=True, slots=True)
class Firm:
    """Private facts of the EU side about an application."""

    name: str
    state: str
    small: bool
    sector: str
    control_code: str


@dataclass(frozen=True, slots=True)
class Life:
    """One application.

    Attributes:
        cohort: Index of its first list.
        accepted: Day of first acceptance by MOFCOM; None if never accepted or unknown to MOFCOM.
        returned: Days of return and of renewed acceptance, if any.
        uncounted: First day without counting, and day of resumption (None: still not counted).
        basis: Ground for not counting.
        end: `approved`, `refused`, `not_accepted`, `withdrawn`; empty while undecided.
        decided: The day of the end, by MOFCOM.
        learned: The day of the EU side's statement of the end; None without a statement.
        estimate: Days by which the supplier's date of acceptance differs from MOFCOM's.
        urgency: As on every list.
        found: Whether MOFCOM finds the number.
        council: Referred to the State Council, without a time limit.
        disputed: MOFCOM still reports a review, whatever suppliers say.
    """

    number: str
    cohort: int
    filed: date
    firm: Firm
    accepted: date | None = None
    returned: tuple[date, date] | None = None
    uncounted: tuple[date, date | None] | None = None
    basis: str = ""
    end: str = ""
    decided: date | None = None
    learned: date | None = None
    estimate: int = 0
    urgency: str = "normal"
    found: bool = True
    council: bool = False
    disputed: bool = False


_STEMS: Final = (
    ("Antriebe", "DE", "GmbH"), ("Magneti", "IT", "S.p.A."), ("Moteurs", "FR", "SAS"),
    ("Łożyska", "PL", "sp. z o.o."), ("Šumava Motor", "CZ", "s.r.o."), ("Hajtómű", "HU", "Kft."),
    ("Aandrijving", "NL", "B.V."), ("Drivlinor", "SE", "AB"), ("Imanes", "ES", "S.A."),
    ("Motoare", "RO", "S.R.L."), ("Kone-osa", "FI", "Oy"), ("Elektromotor", "SI", "d.o.o."),
)  # fmt: skip
_SECTORS: Final = ("automotive", "machinery", "wind", "medical", "electronics", "research")
_SECTOR_WEIGHTS: Final = (34, 24, 14, 10, 13, 5)
_CODES: Final = ("1C905.a", "1C904.a", "1C902.a", "1C905.b", "1C904.b", "1C908.b", "1C903.b")
_CODE_WEIGHTS: Final = (38, 18, 14, 10, 6, 8, 6)
_BASES: Final = ("expert_opinion", "site_check", "test")
_URGENCIES: Final = ("normal", "urgent", "line_stop")


def closes(eu: Calendar, until: date = A_YEAR) -> tuple[date, ...]:
    """Return closing days of the lists: every second Friday, or the working day before."""
    days, friday = [], FIRST_CLOSE
    while friday <= until:
        day = friday
        while not eu.is_working_day(day):
            day -= timedelta(days=1)
        if friday - day < timedelta(days=4):  # between Christmas and New Year there is no list
            days.append(day)
        friday += FORTNIGHT
    return tuple(days)


def lives(eu: Calendar, cn: Calendar, seed: int = SEED, until: date = A_YEAR) -> tuple[Life, ...]:
    """Generate all applications that are listed until a day."""
    return tuple(_ApplicationGenerator(cn, closes(eu, until), random.Random(seed)).all())  # noqa: S311 - fiction


class _ApplicationGenerator:
    """Generator of the year's applications."""

    def __init__(self, cn: Calendar, lists: Sequence[date], draw: random.Random) -> None:
        self._cn = cn
        self._lists = lists
        self._draw = draw
        self._worked = _worked(cn, CONTROLS_BEGAN, lists[-1] + timedelta(days=170))
        self._place = {day: place for place, day in enumerate(self._worked)}
        self._count = 0

    def all(self) -> Iterator[Life]:
        others, sizes = self._other_ends(), (*NEW, *NEW_LATER)
        for cohort in range(len(self._lists)):
            size = sizes[min(cohort, len(sizes) - 1)]
            fates: list[tuple[str, Window]] = [
                ("approved", window)
                for window in WINDOWS
                for _ in range(window.counts[cohort] if cohort < len(window.counts) else 0)
            ]
            fates += [(end, WINDOWS[0]) for end in others.get(cohort, ())]
            fates += [self._later(cohort) for _ in range(size - len(fates))]
            self._draw.shuffle(fates)
            for end, window in fates:
                yield self._life(cohort, end, window)

    def _other_ends(self) -> dict[int, list[str]]:
        by_cohort: dict[int, list[str]] = {}
        ends = [end for end, count in OTHER_ENDS for _ in range(count)]
        for place, end in enumerate(ends):
            by_cohort.setdefault(_FIRST_SEVEN[place % len(_FIRST_SEVEN)], []).append(end)
        return by_cohort

    def _later(self, cohort: int) -> tuple[str, Window]:
        """Choose an end after the published period, or none within the year."""
        first = max(date(2025, 12, 17), self._lists[cohort] + timedelta(days=20))
        last = min(self._lists[-1], first + timedelta(days=150))
        end = self._draw.choices(
            ("approved", "refused", "withdrawn", "not_accepted", ""), (70, 5, 6, 4, 15)
        )[0]
        if first >= last - timedelta(days=5):
            end = ""
        return end, Window(first, last, ())

    def _life(self, cohort: int, end: str, window: Window) -> Life:
        draw, close = self._draw, self._lists[cohort]
        self._count += 1 + draw.randrange(9)
        number = f"FIKTIV-25-{1_000_000 + self._count:07d}"
        urgency = draw.choices(_URGENCIES, (60, 34, 6))[0]
        if not end:
            return self._open(cohort, number, urgency)
        learned = self._day(max(close + timedelta(days=3), window.first), window.last)
        decided = self._before(learned, draw.randint(1, 4))
        accepted = self._before(min(decided, close), draw.randint(9, 30))
        life = Life(
            number=number,
            cohort=cohort,
            filed=self._before(accepted, draw.randint(2, 5)),
            firm=self._firm(),
            accepted=None if end == "not_accepted" else accepted,
            end=end,
            decided=decided,
            learned=learned,
            estimate=draw.choice((0, 0, 0, 0, 2, 3, 5)),
            urgency=urgency,
        )
        return life if end == "not_accepted" else self._delayed(life)

    def _delayed(self, life: Life) -> Life:
        """Explain a long duration: mostly a return, sometimes uncounted time, rarely neither."""
        assert life.accepted is not None  # noqa: S101 - own bug: the caller has set both
        assert life.decided is not None  # noqa: S101
        first, last = self._place[life.accepted], self._place[life.decided]
        if last - first <= DECISION_DAYS:
            return life
        chance = self._draw.random()
        again = last - self._draw.randint(12, 36)
        back = self._draw.randint(first + 4, again - 3)
        if chance < 0.62:  # noqa: PLR2004 - shares of a fiction
            return replace(life, returned=(self._worked[back], self._worked[again]))
        if chance < 0.9:  # noqa: PLR2004
            start = first + self._draw.randint(4, 20)
            stop = min(last - 2, start + last - first - DECISION_DAYS + self._draw.randint(2, 8))
            span = (self._worked[start], self._worked[stop])
            return replace(life, uncounted=span, basis=self._draw.choice(_BASES))
        return life

    def _open(self, cohort: int, number: str, urgency: str) -> Life:
        """Generate an application that is undecided at the year's end or unknown to MOFCOM."""
        draw, close = self._draw, self._lists[cohort]
        filed = self._before(close, draw.randint(3, 20))
        accepted = self._after(filed, draw.randint(2, 6))
        life = Life(number, cohort, filed, self._firm(), accepted, urgency=urgency)
        way = draw.random()
        if way < 0.35:  # noqa: PLR2004
            span = (self._after(accepted, draw.randint(5, 30)), None)
            return replace(life, uncounted=span, basis=draw.choice(_BASES))
        if way < 0.7:  # noqa: PLR2004
            back = self._after(accepted, draw.randint(10, 35))
            again = self._after(back, draw.randint(6, 60))
            return replace(life, returned=(back, again))
        if way < 0.78:  # noqa: PLR2004
            return replace(life, council=True)
        return replace(life, accepted=None, found=False) if way > 1 - 8 * _UNSURE else life

    def _firm(self) -> Firm:
        stem, state, form = self._draw.choice(_STEMS)
        return Firm(
            name=f"Fictional {stem} {self._draw.randint(2, 60)} {form}",
            state=state,
            small=self._draw.random() < 0.37,  # noqa: PLR2004 - as in the weekly sample
            sector=self._draw.choices(_SECTORS, _SECTOR_WEIGHTS)[0],
            control_code=self._draw.choices(_CODES, _CODE_WEIGHTS)[0],
        )

    def _day(self, first: date, last: date) -> date:
        """Choose a random working day in China."""
        days = self._worked
        return self._draw.choice(days[bisect_left(days, first) : bisect_right(days, last)])

    def _before(self, day: date, count: int) -> date:
        """Return the day some working days before a date, but not before the controls began."""
        place = bisect_right(self._worked, day) - 1
        return self._worked[max(place - count, 0)]

    def _after(self, day: date, count: int) -> date:
        return self._worked[self._place[day] + count]


def _worked(cn: Calendar, first: date, last: date) -> tuple[date, ...]:
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(day for day in days if cn.is_working_day(day))
