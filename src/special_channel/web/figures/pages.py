"""The page of figures on questions, with a chart of each side's year.

Does not colour a figure as good or bad.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Final

from aiohttp import web

from special_channel.web.figures import queries
from special_channel.web.figures.queries import FIRST_YEAR, YearQuery
from special_channel.web.figures.tables import FILES, SLICES, Slice, by_month
from special_channel.web.figures.views import FiguresView, MonthOutcomes
from special_channel.web.http.openapi import Route
from special_channel.web.shared.query import read_filters
from special_channel.web.shell.charts import TOP, Block, Chart, Column
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.filter_faults import read_by
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show

# SVG user units.
COLUMN: Final = 60
BAR: Final = 34
HEIGHT: Final = 140
MONTHS: Final = 12

THIS_YEAR: Final = YearQuery()


async def get_figures(request: web.Request) -> web.Response:
    """Show a year's figures on how questions were answered."""
    context = await page_context(request)
    query = read_filters(YearQuery, request.query.items())
    query, (year, view) = await read_by(query, partial(_read, context))
    page = figures_page(view, year, context.today(context.party).year, query)
    return await show(context, page)


async def _read(context: PageContext, query: YearQuery) -> tuple[int, FiguresView]:
    """Read the figures of the year asked for."""
    year = queries.year_of(context, query)
    return year, await queries.read(context, queries.period_of(year), query)


def figures_page(
    view: FiguresView, year: int, present: int, query: YearQuery = THIS_YEAR
) -> ViewPage:
    """Make the page of a year; `present` is the last year that has a page."""
    more = {
        "query": query,
        "year": year,
        "years": range(present, FIRST_YEAR - 1, -1),
        "previous_url": f"/figures?year={year - 1}" if year > FIRST_YEAR else None,
        "next_url": f"/figures?year={year + 1}" if year < present else None,
        "charts": {side.answering: chart(year, side.months) for side in view.sides},
        "slices": SLICES,
    }
    return ViewPage("figures/figures.html", "figures", view, more)


def chart(year: int, months: Sequence[MonthOutcomes]) -> Chart[int]:
    """Lay out a year: a column of questions for each month, answered in time at the bottom."""
    counts = by_month(year, months)
    most = max(each.total() for each in counts.values()) or 1
    columns = tuple(_column(month, each, most) for month, each in counts.items())
    return Chart(columns, COLUMN * MONTHS, TOP + HEIGHT, strong=True)


def _column(month: int, counts: Counter[Slice], most: int) -> Column[int]:
    """Stack the blocks of a month; the total is above them."""
    blocks: list[Block] = []
    x, y = (month - 1) * COLUMN + (COLUMN - BAR) / 2, float(TOP + HEIGHT)
    for name in SLICES:
        if counts[name]:
            height = HEIGHT * counts[name] / most
            y -= height
            blocks.append(Block(name, counts[name], x, y, BAR, height))
    middle = x + BAR / 2
    labels = ((middle, y - 6, counts.total()),) if blocks else ()
    return Column(month, tuple(counts[name] for name in SLICES), middle, tuple(blocks), labels)


PAGES: Final[tuple[Route, ...]] = (("GET", "/figures", get_figures), *FILES)
