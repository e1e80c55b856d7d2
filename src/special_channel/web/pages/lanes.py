"""Two lanes of six weeks: geometry of an SVG in which each lane counts its own side's dates.

Does not know calendars: it is told what each side's every date is. A due time falls on a
close of business, so it stands on its date in the answering side's capital, not at an hour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Final, Literal

from special_channel.core.bytes.ids import Party
from special_channel.core.time.calendars import Words
from special_channel.web.shared.words import short

DAYS: Final = 42
"""Six weeks."""

LEFT: Final = 104
DAY: Final = 26
HEAD: Final = 46
LEVEL: Final = 32
PILL_HEIGHT: Final = 26
LEVELS: Final = 5
STRIP: Final = 14
"""Height of the strip of shared office hours, which is the axis."""

FOOT: Final = 20
"""Room at a lane's outer edge for the names of its closures."""

CHARACTER: Final = 7.6
"""Width of a character of a pill, in user units; tabular figures at 13 px."""

DayKind = Literal["workday", "weekend", "closed", "make-up", "assumed", "assumed-weekend"]


@dataclass(frozen=True, slots=True)
class LaneDay:
    """One date of a side. `name`: of a closure or make-up day."""

    on: date
    kind: DayKind
    name: Words | None = None


@dataclass(frozen=True, slots=True)
class LaneMark:
    """What falls due on a date of a lane: one thread's questions.

    Attributes:
        number: The thread's.
        asks: Numbers of the questions.
        tone: `due` for near or passed, `done` for decided, else the answering side.
    """

    number: str
    url: str
    label: str
    on: date
    asks: tuple[str, ...]
    tone: str
    provisional: bool = False

    @property
    def text(self) -> str:
        """What the pill says."""
        return self.number if len(self.asks) == 1 else f"{self.number} ×{len(self.asks)}"


@dataclass(frozen=True, slots=True)
class Shade:
    """Neighbouring dates of one kind. `name` is cut to the width by `label`."""

    kind: DayKind
    x: float
    width: float
    first: date
    last: date
    name: Words | None = None

    def label(self, lang: str) -> str:
        """Return the name, if there is room for some of it."""
        if self.name is None or self.width < 2 * DAY:
            return ""
        return short(self.name.zh if lang == "zh-CN" else self.name.en, int(self.width / 6.2))


@dataclass(frozen=True, slots=True)
class Pill:
    """A mark, laid out; `more` counts those that found no room and stand behind it."""

    mark: LaneMark
    x: float
    left: float
    width: float
    level: int
    more: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """One side's lane.

    Attributes:
        now_x: Where that side's own clock stands.
        days: All dates, for the list of closures beneath.
    """

    party: Party
    days: tuple[LaneDay, ...]
    shades: tuple[Shade, ...]
    pills: tuple[Pill, ...]
    now_x: float
    today: date

    @property
    def height(self) -> float:
        """Height without the strip."""
        levels = max((pill.level + 1 for pill in self.pills), default=1)
        return 12 + LEVEL * max(levels, 2) + FOOT

    @property
    def names(self) -> tuple[Shade, ...]:
        """Named closures and make-up days."""
        return tuple(shade for shade in self.shades if shade.name is not None)

    @property
    def guessed(self) -> Shade | None:
        """The dates that no calendar covers, if some are shown."""
        return next((s for s in self.shades if s.kind.startswith("assumed")), None)


@dataclass(frozen=True, slots=True)
class Lanes:
    """The drawing. Lengths are SVG user units; `shared` are the x of dates with shared hours."""

    own: Lane
    peer: Lane
    shared: tuple[float, ...]

    width: float = LEFT + DAYS * DAY + 4
    head: float = HEAD
    strip: float = STRIP
    day: float = DAY

    @property
    def axis(self) -> float:
        """Where the strip of shared hours begins."""
        return HEAD + self.own.height

    @property
    def lower(self) -> float:
        """Where the other lane begins."""
        return self.axis + STRIP

    @property
    def bottom(self) -> float:
        """Where the other lane ends."""
        return self.lower + self.peer.height

    @property
    def mondays(self) -> tuple[tuple[float, date], ...]:
        """Where each week begins."""
        return tuple(
            (place(n), each.on) for n, each in enumerate(self.own.days) if not each.on.weekday()
        )

    def top_of(self, pill: Pill, *, own: bool) -> float:
        """Return a pill's upper edge: level 0 is next to the axis."""
        if own:
            return self.axis - 8 - PILL_HEIGHT - LEVEL * pill.level
        return self.lower + 8 + LEVEL * pill.level


def place(number: int) -> float:
    """Return the left edge of the n-th date."""
    return float(LEFT + number * DAY)


def lane(
    party: Party,
    days: Sequence[LaneDay],
    marks: Sequence[LaneMark],
    today: date,
    gone: float,
) -> Lane:
    """Lay out one side's lane; `gone` is how much of its today has gone by, 0 to 1."""
    first = days[0].on
    return Lane(
        party,
        tuple(days),
        _shades(days),
        _pills(marks, first),
        place((today - first).days) + gone * DAY,
        today,
    )


def named(drawn: Lane, labels: Mapping[str, str]) -> Lane:
    """Give the marks that are drawn the words about their threads, by number."""
    pills = tuple(
        replace(pill, mark=replace(pill.mark, label=labels.get(pill.mark.number, "")))
        for pill in drawn.pills
    )
    return replace(drawn, pills=pills)


def _shades(days: Sequence[LaneDay]) -> tuple[Shade, ...]:
    """Join neighbours of one kind and name; a closure swallows the weekend that it names."""
    shades = []
    at = 0
    for (kind, name), group in groupby(days, key=lambda day: (day.kind, day.name)):
        run = list(group)
        if kind != "workday":
            width = float(len(run) * DAY)
            shades.append(Shade(kind, place(at), width, run[0].on, run[-1].on, name))
        at += len(run)
    return tuple(shades)


def _pills(marks: Sequence[LaneMark], first: date) -> tuple[Pill, ...]:
    """Place pills left to right on the lowest free level; what finds no room is counted."""
    free = [0.0] * LEVELS
    edge = place(DAYS)
    pills: list[Pill] = []
    for mark in sorted(marks, key=lambda each: (each.on, each.number)):
        number = (mark.on - first).days
        if not 0 <= number < DAYS:
            continue
        x = place(number) + DAY / 2
        width = 16 + CHARACTER * len(mark.text)
        left = min(x - 13, edge - width)
        level = next((n for n in range(LEVELS) if free[n] <= left), None)
        if level is None:
            pills[-1] = _fuller(pills[-1])
            free[pills[-1].level] = pills[-1].left + pills[-1].width + 5
            continue
        free[level] = left + width + 5
        pills.append(Pill(mark, x, left, width, level))
    return tuple(pills)


def _fuller(pill: Pill) -> Pill:
    """Count one more behind a pill, and make room for the number."""
    width = 16 + CHARACTER * (len(pill.mark.text) + 4)
    return replace(pill, more=pill.more + 1, width=width)
