"""Drawing of the next ten working days: an SVG with a lane for each side.

Does not read calendars: it gets each day's working sides. Days without work on either side are
narrow, and a lane is shaded on days off of its side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from special_channel.core.bytes.ids import Party
from special_channel.web.shared.capitals import Due, local

# Lengths are SVG user units.
LEFT: Final = 92
WIDE: Final = 98
NARROW: Final = 30
CARD: Final = 94
CARD_HEIGHT: Final = 40
LEVEL: Final = 46
HEAD: Final = 26
LEVELS: Final = 3
WORKING_DAYS: Final = 10


@dataclass(frozen=True, slots=True)
class Day:
    """A date in our capital, and the sides at work; `shared` are the shared office hours."""

    on: date
    own_open: bool
    peer_open: bool
    shared: tuple[datetime, datetime] | None = None

    @property
    def works(self) -> bool:
        """Whether it is a working day of either side."""
        return self.own_open or self.peer_open


@dataclass(frozen=True, slots=True)
class Mark:
    """Due time of a thread."""

    number: str
    url: str
    due: Due


@dataclass(frozen=True, slots=True)
class Column:
    """A day with its place. `band`: x and width of the shared office hours."""

    day: Day
    x: float
    width: float
    band: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Card:
    """A mark with its place; `more` counts marks without room, which lie behind it."""

    mark: Mark
    x: float
    left: float
    level: int
    own: bool
    more: int = 0


@dataclass(frozen=True, slots=True)
class Ruler:
    """The drawing; `labels` are subjects of threads by number."""

    columns: tuple[Column, ...]
    cards: tuple[Card, ...]
    now_x: float
    marks: tuple[Mark, ...]
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def listed(self) -> tuple[Mark, ...]:
        """Marks with a label, for a table."""
        return tuple(mark for mark in self.marks if mark.number in self.labels)

    @property
    def shared(self) -> tuple[datetime, datetime] | None:
        """Next shared office hours."""
        return next((column.day.shared for column in self.columns if column.day.shared), None)

    @property
    def width(self) -> float:
        """Width of the drawing."""
        last = self.columns[-1]
        return last.x + last.width + 4

    @property
    def axis(self) -> float:
        """Y of the axis, below our lane."""
        return HEAD + 12 + LEVEL * self._levels(own=True)

    @property
    def bottom(self) -> float:
        """Lower edge of the other side's lane."""
        return self.axis + 12 + LEVEL * self._levels(own=False)

    def top_of(self, card: Card) -> float:
        """Return a card's upper edge: level 0 is next to the axis."""
        if card.own:
            return self.axis - 10 - CARD_HEIGHT - LEVEL * card.level
        return self.axis + 10 + LEVEL * card.level

    def _levels(self, *, own: bool) -> int:
        return max((card.level + 1 for card in self.cards if card.own == own), default=1)


def ruler(now: datetime, own: Party, days: Iterable[Day], marks: Iterable[Mark]) -> Ruler:
    """Lay out the days from today until the tenth working day of either side."""
    columns = _columns(own, days)
    by_date = {column.day.on: column for column in columns}

    def place(at: datetime) -> float | None:
        here = local(at, own)
        column = by_date.get(here.date())
        return None if column is None else column.x + _fraction(here) * column.width

    ordered = sorted(marks, key=lambda mark: mark.due.at)
    drawn = [(mark, x) for mark in ordered if (x := place(mark.due.at)) is not None]
    edge = columns[-1].x + columns[-1].width if columns else 0.0
    cards = [card for is_own in (True, False) for card in _lane(drawn, own, edge, is_own=is_own)]
    now_x = place(now)
    return Ruler(
        columns, tuple(cards), LEFT if now_x is None else now_x, tuple(mark for mark, _ in drawn)
    )


def _columns(own: Party, days: Iterable[Day]) -> tuple[Column, ...]:
    """Give each day its width, until the tenth working day."""
    columns: list[Column] = []
    x, working = float(LEFT), 0
    for day in days:
        if day.works and working == WORKING_DAYS:
            break
        working += day.works
        width, band = float(WIDE if day.works else NARROW), None
        if day.shared:
            start, end = (_fraction(local(at, own)) for at in day.shared)
            band = (x + start * width, (end - start) * width)
        columns.append(Column(day, x, width, band))
        x += width
    while columns and not columns[-1].day.works:
        columns.pop()
    return tuple(columns)


def _fraction(here: datetime) -> float:
    """Return the part of the day until a wall clock time, 0 to 1."""
    midnight = datetime.combine(here.date(), time(), here.tzinfo)
    return (here - midnight) / timedelta(days=1)


def _lane(
    marks: Iterable[tuple[Mark, float]], own: Party, edge: float, *, is_own: bool
) -> list[Card]:
    """Place cards from left to right on the lowest free level, and count those without room."""
    free = [0.0] * LEVELS
    cards: list[Card] = []
    behind: list[int] = []
    for mark, x in marks:
        if (mark.due.answering == own) != is_own:
            continue
        left = min(x - 6, edge - CARD)
        level = lowest_free(free, left)
        if level is None:
            behind[-1] += 1
            continue
        free[level] = left + CARD + 6
        cards.append(Card(mark, x, left, level, is_own))
        behind.append(0)
    pairs = zip(cards, behind, strict=True)
    return [replace(card, more=more) if more else card for card, more in pairs]


def lowest_free(free: Sequence[float], left: float) -> int | None:
    """Return the lowest level without a card at `left`; `free` has the end of each level's last."""
    return next((level for level, end in enumerate(free) if end <= left), None)
