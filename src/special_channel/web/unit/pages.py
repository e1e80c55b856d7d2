"""Page and API of what our side's desks hold, for heads of unit and directors."""

from __future__ import annotations

from functools import partial
from typing import Final

from aiohttp import web

from special_channel.core.rules.roles import HEADS
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.shared.paging import Paging, paging
from special_channel.web.shared.query import read_filters
from special_channel.web.shell.context import page_context
from special_channel.web.shell.filter_faults import read_by
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show
from special_channel.web.unit import queries
from special_channel.web.unit.queries import PAGE
from special_channel.web.unit.tables import FILES
from special_channel.web.unit.views import UnitQuery, UnitView


async def get_unit(request: web.Request) -> web.Response:
    """Show what the desks hold."""
    context = await page_context(request, *HEADS)
    query = read_filters(UnitQuery, request.query.items())
    query, view = await read_by(query, partial(queries.unit, context))
    return await show(
        context, unit_page(view, query, paging(query.page, view.total, PAGE, query.url))
    )


@operation(Operation("Read what each desk of our side holds", response=UnitView, query=UnitQuery))
async def get_unit_view(request: web.Request, query: UnitQuery) -> UnitView:
    """Return what the desks hold, and a page of the open threads that match a filter."""
    return await queries.unit(await page_context(request, *HEADS), query)


def unit_page(view: UnitView, query: UnitQuery, pages: Paging) -> ViewPage:
    """Make the page of what the desks hold."""
    return ViewPage("unit/unit.html", "unit", view, {"query": query, "pages": pages})


PAGES: Final[tuple[Route, ...]] = (("GET", "/unit", get_unit), *FILES)

API: Final[tuple[Route, ...]] = (("GET", "/api/unit", get_unit_view),)
"""Read what each desk holds; heads and directors alone."""
