"""The page of figures on questions, with a chart of each side's year.

Does not colour a figure as good or bad.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from aiohttp import web

from special_channel.web.figures import queries
from special_channel.web.figures.queries import FIRST_YEAR, YearQuery
from special_channel.web.figures.views import FiguresView, MonthOutcomes
from special_channel.web.http.openapi import Route
from special_channel.web.shared.query import read_query
from special_channel.web.shell.context import page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.responses import show

# SVG user units.
COLUMN: Final = 60
BAR: Final = 34
HEIGHT: Final = 140
TOP: Final = 24
FOOT: Final = 26
MONTHS: Final = 12

Slice = Literal["done", "running", "asked", "ended", "unknown"]
SLICES: Final[tuple[Slice, ...]] = ("done", "running", "asked", "ended", "unknown")
"""By lightness, so that the chart works in grey: answered in time, answered after the date, date
passed, open, listed separately."""

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
class Block:
    """A part of a column."""

    slice: Slice
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """Questions of a month; `counts` in the order of `SLICES`."""

    month: int
    x: float
    counts: tuple[int, ...]
    blocks: tuple[Block, ...]
    top: float

    @property
    def total(self) -> int:
        """All questions of the month."""
        return sum(self.counts)

    @property
    def parts(self) -> tuple[tuple[Slice, int], ...]:
        """Counts above 0, for the chart's description."""
        return tuple((name, n) for name, n in zip(SLICES, self.counts, strict=True) if n)


@dataclass(frozen=True, slots=True)
class Chart:
    """The twelve months of a year. Lengths are SVG user units."""

    columns: tuple[Column, ...]
    width: int = COLUMN * MONTHS
    base: int = TOP + HEIGHT
    height: int = TOP + HEIGHT + FOOT
    bar: int = BAR

    @property
    def filled(self) -> tuple[Column, ...]:
        """Months with questions."""
        return tuple(column for column in self.columns if column.total)


async def get_figures(request: web.Request) -> web.Response:
    """Show a year's figures on how questions were answered."""
    context = await page_context(request)
    year = queries.year_of(context, read_query(YearQuery, request.query.items()))
    view = await queries.read(context, queries.period_of(year))
    return await show(context, figures_page(view, year, context.today(context.party).year))


def figures_page(view: FiguresView, year: int, present: int) -> ViewPage:
    """Make the page of a year; `present` is the last year that has a page."""
    more = {
        "year": year,
        "previous_url": f"/figures?year={year - 1}" if year > FIRST_YEAR else None,
        "next_url": f"/figures?year={year + 1}" if year < present else None,
        "charts": {side.answering: chart(year, side.months) for side in view.sides},
        "slices": SLICES,
    }
    return ViewPage("figures/figures.html", "figures", view, more)


def chart(year: int, months: Sequence[MonthOutcomes]) -> Chart:
    """Lay out a year: a column of questions for each month, answered in time at the bottom."""
    counted = {each.month: _slices(each) for each in months if each.year == year}
    most = max((sum(counts) for counts in counted.values()), default=0) or 1
    nothing = (0,) * len(SLICES)
    return Chart(
        tuple(_column(month, counted.get(month, nothing), most) for month in range(1, MONTHS + 1))
    )


def _slices(month: MonthOutcomes) -> tuple[int, ...]:
    counts = dict.fromkeys(SLICES, 0)
    for outcome, count in month.outcomes.items():
        counts[_SLICE_OF[outcome]] += count
    return tuple(counts.values())


def _column(month: int, counts: tuple[int, ...], most: int) -> Column:
    blocks: list[Block] = []
    y = float(TOP + HEIGHT)
    for name, count in zip(SLICES, counts, strict=True):
        if count:
            height = HEIGHT * count / most
            y -= height
            blocks.append(Block(name, y, height))
    return Column(month, (month - 1) * COLUMN + (COLUMN - BAR) / 2, counts, tuple(blocks), y)


PAGES: Final[tuple[Route, ...]] = (("GET", "/figures", get_figures),)
