"""Figures on asks as a page shows them, and a drawing of them by month.

Does not count: `core/numbers/figures.py` does. Colours nothing as good or bad: a threshold is
reached or not in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Literal

from special_channel.core.bytes.ids import Party
from special_channel.core.numbers.figures import (
    MORE_IS_BETTER,
    Apart,
    Mean,
    Measure,
    Month,
    Name,
    meets,
)

IMI: Final[dict[Name, int]] = {
    "acknowledged-in-time": 1,
    "days-to-answer": 2,
    "answered-in-time": 3,
    "date-passed": 4,
    "referred": 5,
}
"""Number of the IMI indicator that a measure is, or stands in for."""

COLUMN: Final = 60
BAR: Final = 34
HEIGHT: Final = 140
TOP: Final = 24
FOOT: Final = 26
MONTHS: Final = 12

Slice = Literal["done", "running", "asked", "ended", "unknown"]
SLICES: Final[tuple[Slice, ...]] = ("done", "running", "asked", "ended", "unknown")
"""By lightness, so that it works in grey: answered in time, answered after the date, date
passed, open, apart."""

_SLICE_OF: Final[dict[str, Slice]] = {
    "in-time": "done",
    "late": "running",
    "unanswered-confirmed": "asked",
    "open": "ended",
    "crossed": "unknown",
    "unanswered-unconfirmed": "unknown",
    "answered": "unknown",
    "withdrawn": "unknown",
    "ended": "unknown",
}


@dataclass(frozen=True, slots=True)
class Indicator:
    """One measure.

    Attributes:
        value: `80.0`; None of nothing.
        part: How many of `whole`; None for a time.
        imi: Number of the IMI indicator; None for one beside them.
        threshold: What both sides agreed, if they did; `reached` whether it is met.
    """

    name: Name
    value: str | None
    whole: int
    undecided: int
    part: int | None = None
    imi: int | None = None
    threshold: int | None = None
    reached: bool | None = None

    @property
    def at_least(self) -> bool:
        """Whether the threshold is a least, not a most."""
        return self.name in MORE_IS_BETTER


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a column."""

    slice: Slice
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A month's column. `counts` in the order of `SLICES`."""

    month: int
    x: float
    counts: tuple[int, ...]
    blocks: tuple[Block, ...]
    top: float

    @property
    def total(self) -> int:
        """All asks of the month."""
        return sum(self.counts)

    @property
    def parts(self) -> tuple[tuple[Slice, int], ...]:
        """What the month consists of, for the words that stand for the drawing."""
        return tuple((name, n) for name, n in zip(SLICES, self.counts, strict=True) if n)


@dataclass(frozen=True, slots=True)
class Chart:
    """The twelve months of a year. Lengths are SVG user units."""

    bars: tuple[Bar, ...]
    width: int = COLUMN * MONTHS
    base: int = TOP + HEIGHT
    height: int = TOP + HEIGHT + FOOT
    bar: int = BAR

    @property
    def filled(self) -> tuple[Bar, ...]:
        """Months in which something was asked."""
        return tuple(bar for bar in self.bars if bar.total)


@dataclass(frozen=True, slots=True)
class SideFigures:
    """One answering side's figures.

    `known`: up to when its record is known here; None if nothing of it was ever stamped.
    """

    party: Party
    asks: int
    counted: int
    apart: tuple[tuple[Apart, int], ...]
    indicators: tuple[Indicator, ...]
    chart: Chart
    known: datetime | None


@dataclass(frozen=True, slots=True)
class FiguresPage:
    """Figures of one year: the own side's, and both sides' once the charter says so.

    Attributes:
        up_to: The last entries of both logs that the numbers are a function of, EU's first.
        agreed: Both sides' figures are shown, with what is agreed.
        other_definitions: Name of adopted definitions that this program does not count by.
    """

    template: ClassVar[str] = "figures.html"
    page: ClassVar[str] = "figures"

    year: int
    sides: tuple[SideFigures, ...]
    up_to: tuple[str, str]
    definitions: str
    agreed: bool = False
    other_definitions: str = ""
    previous_url: str | None = None
    next_url: str | None = None


def indicator(measure: Measure, threshold: int | None) -> Indicator:
    """Return a measure as the page shows it."""
    value = measure.value
    tenths = value.tenths
    return Indicator(
        name=measure.name,
        value=None if tenths is None else f"{tenths // 10}.{tenths % 10}",
        whole=value.whole,
        undecided=measure.undecided,
        part=None if isinstance(value, Mean) else value.part,
        imi=IMI.get(measure.name),
        threshold=threshold,
        reached=None if threshold is None else meets(measure, threshold),
    )


def chart(year: int, months: tuple[Month, ...]) -> Chart:
    """Lay out a year's months: columns of asks, what was answered in time at the bottom."""
    counted = {month.month: _slices(month) for month in months if month.year == year}
    most = max((sum(counts) for counts in counted.values()), default=0)
    return Chart(
        tuple(
            _bar(month, counted.get(month, (0,) * len(SLICES)), max(most, 1))
            for month in range(1, MONTHS + 1)
        )
    )


def _slices(month: Month) -> tuple[int, ...]:
    found = dict.fromkeys(SLICES, 0)
    for outcome, count in month.outcomes:
        found[_SLICE_OF[outcome]] += count
    return tuple(found.values())


def _bar(month: int, counts: tuple[int, ...], most: int) -> Bar:
    blocks: list[Block] = []
    y = float(TOP + HEIGHT)
    for name, count in zip(SLICES, counts, strict=True):
        if count:
            height = HEIGHT * count / most
            y -= height
            blocks.append(Block(name, y, height))
    return Bar(month, (month - 1) * COLUMN + (COLUMN - BAR) / 2, counts, tuple(blocks), y)
