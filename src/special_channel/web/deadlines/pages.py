"""Pages of due times: the list, and the form for a suspension. The browser signs entries."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.deadlines import api, queries
from special_channel.web.deadlines.lanes import Lanes
from special_channel.web.deadlines.views import (
    DeadlinesQuery,
    DeadlinesView,
    SuspensionQuery,
    SuspensionView,
)
from special_channel.web.http.openapi import Route
from special_channel.web.shared.paging import paging
from special_channel.web.shared.query import read_query
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.responses import show


async def get_deadlines(request: web.Request) -> web.Response:
    """Show due times: six weeks as a drawing, and a list."""
    context = await page_context(request)
    query = read_query(DeadlinesQuery, request.query.items())
    return await show(context, deadlines_page(*await queries.deadlines(context, query), query))


async def get_suspend(request: web.Request) -> web.Response:
    """Show the form for a suspension; with both days, also the entry to sign."""
    context = await page_context(request, *OFFICIALS)
    query = read_query(SuspensionQuery, request.query.items())
    view = await queries.suspension(context, request.match_info["number"], query)
    return await show(context, suspension_page(view, query))


def deadlines_page(view: DeadlinesView, lanes: Lanes, query: DeadlinesQuery) -> ViewPage:
    """Make the page of due times."""
    pages = paging(query.page, view.total, queries.PAGE, query.url)
    more = {"lanes": lanes, "query": query, "pages": pages}
    return ViewPage("deadlines/deadlines.html", "deadlines", view, more)


def suspension_page(view: SuspensionView, query: SuspensionQuery) -> ViewPage:
    """Make the page of a suspension."""
    return ViewPage("deadlines/suspend.html", "threads", view, {"query": query})


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/deadlines", get_deadlines),
    ("GET", "/threads/{number}/suspend", get_suspend),
    ("GET", "/calendar/{token}.ics", api.get_feed),
)
