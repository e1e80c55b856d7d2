"""The page of applications in numbers, with its charts, and the same numbers as a file.

Does not colour a number as good or bad.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Final, TypeVar

from aiohttp import web
from markupsafe import Markup

from special_channel.stores.numbers import MonthNumbers
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Handler
from special_channel.web.numbers import queries
from special_channel.web.numbers.api import extract
from special_channel.web.numbers.queries import NumbersQuery
from special_channel.web.numbers.views import (
    MEASURES,
    OF_LISTS,
    TIMES,
    CodeCountsItem,
    CodedCounts,
    NumbersView,
)
from special_channel.web.shared.query import read_filters, read_query
from special_channel.web.shell.charts import TOP, Block, Chart, Column
from special_channel.web.shell.context import page_context
from special_channel.web.shell.extents import context_then
from special_channel.web.shell.filter_faults import read_by
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import ENDINGS, Ending, show, take_along

MONTHS: Final = 14
CODES: Final = 10
"""Control codes in a chart: those of most applications, in their order."""

# SVG user units.
BAR: Final = 26
GAP: Final = 20
HEIGHT: Final = 150

NOTHING_ASKED: Final = NumbersQuery()

_Of = TypeVar("_Of")


async def get_numbers(request: web.Request) -> web.Response:
    """Show all applications in numbers, as of a date."""
    context = await page_context(request)
    query = read_filters(NumbersQuery, request.query.items())
    query, view = await read_by(query, partial(queries.numbers, context))
    then = context_then(context, view.extent) if view.extent else context
    provisional = not then.calendar("cn").covers(view.on)
    page = numbers_page(view, context.today("cn"), query, provisional=provisional)
    return await show(context, page)


def numbers_page(
    view: NumbersView, today: date, query: NumbersQuery = NOTHING_ASKED, *, provisional: bool
) -> ViewPage:
    """Make the page.

    Args:
        view: The numbers.
        today: Today in Beijing.
        query: What was asked for.
        provisional: China's calendar does not cover the date of the numbers yet.
    """
    more = {
        "today": today,
        "query": query,
        "provisional": provisional,
        "measures": MEASURES,
        "of_lists": OF_LISTS,
        "times": TIMES,
        "cells": cells,
        "months": month_chart(view),
        "codes": {source: code_chart(table) for source, table in view.tables.items()},
    }
    return ViewPage("numbers/numbers.html", "numbers", view, more)


# A template writes the cells of lists and codes one by one, which takes four times as long.
def cells(sides: Sequence[CodeCountsItem]) -> Markup:
    """Write the measures of a list or code: our statements above those of the other side."""
    own, peer = sides
    counts = "".join(
        f'<td class="num">{own.count(measure)}<small>{peer.count(measure)}</small></td>\n'
        for measure in OF_LISTS
    )
    return Markup(f'<td class="num">{own.listed}</td>\n{counts}')  # noqa: S704 - numbers alone


def month_chart(view: NumbersView) -> Chart[MonthNumbers]:
    """Lay out the approvals of the last `MONTHS` months, a bar for each side."""
    columns = [
        (month, tuple(month.approved.get(party, 0) for party in view.parties))
        for month in view.months[-MONTHS:]
    ]
    return _chart(columns, ("done", "running"), MONTHS)


def code_chart(table: Sequence[CodedCounts]) -> Chart[CodedCounts]:
    """Lay out applications listed, and those approved by each side's statements."""
    most = sorted(table, key=lambda each: (not each.code, -each.sides[0].listed))[:CODES]
    columns = [
        (each, (each.sides[0].listed, *(side.approved for side in each.sides)))
        for each in table
        if each in most
    ]
    return _chart(columns, ("unknown", "done", "running"), CODES)


def _chart(
    columns: Sequence[tuple[_Of, tuple[int, ...]]], kinds: Sequence[str], least: int
) -> Chart[_Of]:
    """Place bars side by side in columns; the chart is as wide as `least` of them."""
    most = max((count for _, counts in columns for count in counts), default=0) or 1
    width, base = GAP + BAR * len(kinds), TOP + HEIGHT

    def bar(number: int, place: int, count: int) -> Block:
        x = number * width + GAP / 2 + place * BAR
        height = HEIGHT * count / most
        return Block(kinds[place], count, x, base - height, BAR - 2, height)

    laid = []
    for number, (of, counts) in enumerate(columns):
        bars = tuple(bar(number, place, count) for place, count in enumerate(counts) if count)
        labels = tuple((each.x + BAR / 2 - 1, each.y - 6, each.count) for each in bars)
        laid.append(Column(of, counts, (number + 0.5) * width, bars, labels))
    return Chart(tuple(laid), width * max(least, len(columns)), base)


def _file(ending: Ending) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        context = await page_context(request)
        view = await queries.numbers(context, read_query(NumbersQuery, request.query.items()))
        return await take_along(context, extract(context, view), "numbers", ending)

    handler.__name__ = f"get_numbers_{ending}"
    handler.__doc__ = f"Return all applications in numbers as {ending.upper()}."
    return handler


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/numbers", get_numbers),
    *(("GET", f"/numbers.{ending}", _file(ending)) for ending in ENDINGS),
)
