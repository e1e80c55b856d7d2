"""Listed applications by country, sector and size of firm, on the EU's node alone: page and API."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.listed import queries
from special_channel.web.listed.tables import FILES
from special_channel.web.listed.views import COLUMNS, GroupLine, ListedFilters, ListedView
from special_channel.web.shared.portions import PortionQuery, Portions, heavy
from special_channel.web.shared.query import read_filters, read_query
from special_channel.web.shell.context import page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show

_ROW: Final = 450
"""Bytes of HTML of a row without the group's name."""

_FIRST: Final = PortionQuery()


async def get_listed(request: web.Request) -> web.Response:
    """Show listed applications by our private columns."""
    context = await page_context(request)
    query = read_filters(ListedFilters, request.query.items())
    asked = read_query(PortionQuery, request.query.items())
    view = await queries.listed(context, query)
    if query.fault:
        emptied = (each.model_copy(update={"lines": ()}) for each in view.groupings)
        view = view.model_copy(update={"groupings": tuple(emptied)})
    return await show(context, listed_page(view, query, asked))


@operation(Operation("Count listed applications by our private columns"))
async def get_counts(request: web.Request, query: ListedFilters) -> ListedView:
    """Return groups by country, sector and size of firm; the counts never leave our node."""
    return await queries.listed(await page_context(request), query)


def listed_page(view: ListedView, query: ListedFilters, asked: PortionQuery = _FIRST) -> ViewPage:
    """Make the page of the groups that match a filter; `asked`: the portion of a table."""
    portions = Portions(f"/fairness?{query.address}".rstrip("?"), asked)
    cut = {
        each.column: portions.of(f"g-{each.column}", each.lines, weigh_line)
        for each in view.groupings
    }
    more = {"query": query, "columns": COLUMNS, "cut": cut}
    return ViewPage("listed/listed.html", "fairness", view, more)


def weigh_line(line: GroupLine) -> int:
    """Weigh the row of a group."""
    return _ROW + heavy(line.value)


PAGES: Final[tuple[Route, ...]] = (("GET", "/fairness", get_listed), *FILES)

API: Final[tuple[Route, ...]] = (("GET", "/api/fairness", get_counts),)
