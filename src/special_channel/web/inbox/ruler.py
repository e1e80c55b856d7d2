"""The ruler of the next ten working days: geometry of a small SVG.

Does not know calendars: it is told which side works on which day. Days on which neither
works are narrow; each lane is shaded where that lane's side is closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final, TypeAlias

from special_channel.core.bytes.ids import Party
from special_channel.web.shared.capitals import Due, local

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
    """One day of the own capital, and who works on it.

    `shared` is when both are at work, as instants; None if never on that day.
    """

    on: date
    own_open: bool
    peer_open: bool
    shared: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A due time: which thread, and a word or two about it."""

    number: str
    url: str
    label: str
    due: Due


@dataclass(frozen=True, slots=True)
class Column:
    """A day, laid out. `band` is (x, width) of the shared office hours."""

    day: Day
    x: float
    width: float
    band: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Card:
    """A mark, laid out; `more` counts those that found no room and stand behind it."""

    mark: Mark
    x: float
    left: float
    level: int
    own: bool
    more: int = 0


_Placed: TypeAlias = tuple[Mark, float]
"""A mark and its x."""


@dataclass(frozen=True, slots=True)
class Ruler:
    """The drawing. Lengths are SVG user units.

    `marks` are for a table beside it; `unlisted` counts those that it leaves out.
    """

    own: Party
    columns: tuple[Column, ...]
    cards: tuple[Card, ...]
    now_x: float
    marks: tuple[Mark, ...]
    shared: tuple[datetime, datetime] | None
    unlisted: int = 0

    @property
    def width(self) -> float:
        """The whole width."""
        last = self.columns[-1]
        return last.x + last.width + 4

    def levels(self, *, own: bool) -> int:
        """Return how many rows of cards a lane holds."""
        return max((card.level + 1 for card in self.cards if card.own == own), default=1)

    @property
    def axis(self) -> float:
        """Where the axis stands: below the own lane."""
        return HEAD + 12 + LEVEL * self.levels(own=True)

    @property
    def bottom(self) -> float:
        """Where the other lane ends."""
        return self.axis + 12 + LEVEL * self.levels(own=False)

    def top_of(self, card: Card) -> float:
        """Return a card's upper edge: level 0 is next to the axis."""
        if card.own:
            return self.axis - 10 - CARD_HEIGHT - LEVEL * card.level
        return self.axis + 10 + LEVEL * card.level


def ruler(now: datetime, own: Party, days: Iterable[Day], marks: Iterable[Mark]) -> Ruler:
    """Lay out the days from today until the tenth on which either side works."""
    columns = _columns(own, days)
    by_date = {column.day.on: column for column in columns}
    edge = columns[-1].x + columns[-1].width if columns else 0.0
    inside: list[Mark] = []
    lanes: tuple[list[_Placed], list[_Placed]] = ([], [])
    for mark in sorted(marks, key=lambda mark: mark.due.at):
        x = _place(by_date, local(mark.due.at, own))
        if x is not None:
            inside.append(mark)
            lanes[mark.due.answering != own].append((mark, x))
    cards = (*_lane(lanes[0], edge, is_own=True), *_lane(lanes[1], edge, is_own=False))
    shared = next((c.day.shared for c in columns if c.day.shared), None)
    now_x = _place(by_date, local(now, own))
    return Ruler(own, columns, cards, LEFT if now_x is None else now_x, tuple(inside), shared)


def named(drawn: Ruler, labels: Mapping[str, str]) -> Ruler:
    """Give marks the words about their threads, by number; a table lists those that have some."""

    def label(mark: Mark) -> Mark:
        return Mark(mark.number, mark.url, labels.get(mark.number, ""), mark.due)

    listed = tuple(label(mark) for mark in drawn.marks if mark.number in labels)
    return replace(
        drawn,
        cards=tuple(replace(card, mark=label(card.mark)) for card in drawn.cards),
        marks=listed,
        unlisted=len(drawn.marks) - len(listed),
    )


def _columns(own: Party, days: Iterable[Day]) -> tuple[Column, ...]:
    """Give each day its width; stop after the tenth working day."""
    laid: list[Column] = []
    x = float(LEFT)
    working = 0
    for day in days:
        open_day = day.own_open or day.peer_open
        if open_day and working == WORKING_DAYS:
            break
        working += open_day
        width = float(WIDE if open_day else NARROW)
        band = None
        if day.shared:
            start, end = (_fraction(local(instant, own)) for instant in day.shared)
            band = (x + start * width, (end - start) * width)
        laid.append(Column(day, x, width, band))
        x += width
    while laid and not (laid[-1].day.own_open or laid[-1].day.peer_open):
        laid.pop()
    return tuple(laid)


def _fraction(here: datetime) -> float:
    """Return how much of the day has gone by."""
    midnight = datetime.combine(here.date(), time(), here.tzinfo)
    return (here - midnight) / timedelta(days=1)


def _place(columns: Mapping[date, Column], here: datetime) -> float | None:
    """Return the x of an instant, or None when it is not on the ruler."""
    column = columns.get(here.date())
    return None if column is None else column.x + _fraction(here) * column.width


def _lane(marks: Iterable[_Placed], edge: float, *, is_own: bool) -> list[Card]:
    """Place cards left to right on the lowest free level; what finds no room is counted."""
    free = [0.0] * LEVELS
    cards: list[Card] = []
    for mark, x in marks:
        left = min(x - 6, edge - CARD)
        level = next((n for n in range(LEVELS) if free[n] <= left), None)
        if level is None:
            cards[-1] = replace(cards[-1], more=cards[-1].more + 1)
            continue
        free[level] = left + CARD + 6
        cards.append(Card(mark, x, left, level, is_own))
    return cards
