"""Drawing of six weeks: an SVG with a lane for each side, in dates of that side's capital.

Does not read calendars: it gets a note for each date. A due time is at close of business, so its
place is a date, not a time of day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Final

from special_channel.core.bytes.ids import Party
from special_channel.core.time.calendars import DayNote, Words
from special_channel.web.shared.capitals import clock
from special_channel.web.shared.words import short

DAYS: Final = 42
"""Six weeks."""

# Lengths are SVG user units.
LEFT: Final = 104
DAY: Final = 26
HEAD: Final = 46
LEVEL: Final = 32
PILL_HEIGHT: Final = 26
LEVELS: Final = 5
STRIP: Final = 14
"""Height of the strip of shared office hours, which is the axis."""

FOOT: Final = 20
"""Height of a lane's outer edge, for the names of closures."""

CHARACTER: Final = 7.6
"""Width of a character in a pill: tabular figures at 13 px."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Questions of a thread due on a date.

    Attributes:
        thread: Number of the thread.
        asks: Numbers of the questions.
        tone: `due` for near or passed, `done` for decided, else the answering side.
    """

    thread: str
    url: str
    on: date
    asks: tuple[str, ...]
    tone: str
    provisional: bool = False

    @property
    def text(self) -> str:
        """Text of the pill."""
        return self.thread if len(self.asks) == 1 else f"{self.thread} ×{len(self.asks)}"


@dataclass(frozen=True, slots=True)
class Shade:
    """Consecutive dates of the same kind and name."""

    note: DayNote
    x: float
    width: float
    first: date
    last: date

    def label(self, lang: str) -> str:
        """Return the name, cut to the width; empty without a name or on a single date."""
        name = self.note.name
        if name is None or self.width < 2 * DAY:
            return ""
        return short(name.zh if lang == "zh-CN" else name.en, int(self.width / 6.2))


@dataclass(frozen=True, slots=True)
class Pill:
    """A mark with its place; `more` counts marks without room, which lie behind it."""

    mark: Mark
    x: float
    left: float
    width: float
    level: int
    more: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """Lane of a side; `now_x` is the present on the side's wall clock."""

    party: Party
    days: Mapping[date, DayNote]
    shades: tuple[Shade, ...]
    pills: tuple[Pill, ...]
    today: date
    now_x: float

    @property
    def height(self) -> float:
        """Height without the strip."""
        levels = max((pill.level + 1 for pill in self.pills), default=1)
        return 12 + LEVEL * max(levels, 2) + FOOT

    @property
    def names(self) -> tuple[tuple[Shade, Words], ...]:
        """Named closures and make-up days."""
        return tuple((each, each.note.name) for each in self.shades if each.note.name is not None)

    @property
    def assumed(self) -> date | None:
        """First date without a calendar."""
        days = self.days.items()
        return next((on for on, note in days if note.kind.startswith("assumed")), None)


@dataclass(frozen=True, slots=True)
class Lanes:
    """The drawing.

    Attributes:
        hours: Shared office hours by date.
        labels: Subjects of the threads drawn, by number.
    """

    own: Lane
    peer: Lane
    hours: Mapping[date, tuple[datetime, datetime]]
    labels: Mapping[str, str]

    width: float = LEFT + DAYS * DAY + 4
    head: float = HEAD
    strip: float = STRIP

    @property
    def axis(self) -> float:
        """Upper edge of the strip of shared hours."""
        return HEAD + self.own.height

    @property
    def lower(self) -> float:
        """Upper edge of the other side's lane."""
        return self.axis + STRIP

    @property
    def bottom(self) -> float:
        """Lower edge of the other side's lane."""
        return self.lower + self.peer.height

    @property
    def dates(self) -> tuple[tuple[float, date, DayNote], ...]:
        """All dates of our side, with the x of their left edge."""
        return tuple((left(n), on, note) for n, (on, note) in enumerate(self.own.days.items()))

    @property
    def shared(self) -> tuple[tuple[datetime, datetime], ...]:
        """Shared office hours from today on, once for each pair of opening times."""
        hours: dict[tuple[str, str], tuple[datetime, datetime]] = {}
        for on, (start, end) in self.hours.items():
            if on >= self.own.today:
                opening = clock(start, self.own.party), clock(start, self.peer.party)
                hours.setdefault(opening, (start, end))
        return tuple(hours.values())

    def top_of(self, pill: Pill, *, own: bool) -> float:
        """Return a pill's upper edge: level 0 is next to the axis."""
        if own:
            return self.axis - 8 - PILL_HEIGHT - LEVEL * pill.level
        return self.lower + 8 + LEVEL * pill.level


def left(number: int) -> float:
    """Return the left edge of the n-th date, from 0."""
    return float(LEFT + number * DAY)


def lane(party: Party, days: Mapping[date, DayNote], marks: Iterable[Mark], now: datetime) -> Lane:
    """Lay out a lane; `now` is the side's wall clock."""
    first = next(iter(days))
    today = now.date()
    now_x = left((today - first).days) + (now.hour * 60 + now.minute) / 1440 * DAY
    return Lane(party, days, _shades(days), _pills(marks, first), today, now_x)


def _shades(days: Mapping[date, DayNote]) -> tuple[Shade, ...]:
    """Join consecutive dates of the same kind and name; a closure includes its weekend."""
    shades = []
    at = 0
    for note, group in groupby(days, key=days.__getitem__):
        run = list(group)
        if note.kind != "workday":
            shades.append(Shade(note, left(at), float(len(run) * DAY), run[0], run[-1]))
        at += len(run)
    return tuple(shades)


def _pills(marks: Iterable[Mark], first: date) -> tuple[Pill, ...]:
    """Place pills from left to right on the lowest free level, and count those without room."""
    free = [0.0] * LEVELS
    pills: list[Pill] = []
    for mark in sorted(marks, key=lambda each: (each.on, each.thread)):
        number = (mark.on - first).days
        if not 0 <= number < DAYS:
            continue
        x = left(number) + DAY / 2
        width = 16 + CHARACTER * len(mark.text)
        start = min(x - 13, left(DAYS) - width)
        level = next((n for n in range(LEVELS) if free[n] <= start), None)
        if level is None:
            last = pills[-1]
            wider = 16 + CHARACTER * (len(last.mark.text) + len(" +99"))
            pills[-1] = replace(last, more=last.more + 1, width=wider)
            free[last.level] = last.left + wider + 5
            continue
        free[level] = start + width + 5
        pills.append(Pill(mark, x, start, width, level))
    return tuple(pills)
