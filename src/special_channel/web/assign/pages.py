"""Page and API on which an official assigns threads. Does not sign: the browser does."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.assign import queries
from special_channel.web.assign.queries import AssignQuery
from special_channel.web.assign.views import AssignView
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.shared.query import read_query
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show


async def get_assign(request: web.Request) -> web.Response:
    """Show the form that assigns the chosen threads."""
    context = await page_context(request, *OFFICIALS)
    query = read_query(AssignQuery, request.query.items())
    return await show(context, assign_page(await queries.assign(context, query)))


@operation(
    Operation("List who can be assigned threads", response=AssignView, query=AssignQuery),
)
async def get_assignable(request: web.Request, query: AssignQuery) -> AssignView:
    """Return threads with their holders, and the officials of our side who can be assigned them."""
    return await queries.assign(await page_context(request, *OFFICIALS), query)


def assign_page(view: AssignView) -> ViewPage:
    """Make the page that assigns threads."""
    return ViewPage("assign/assign.html", "threads", view)


PAGES: Final[tuple[Route, ...]] = (("GET", "/assign", get_assign),)

API: Final[tuple[Route, ...]] = (("GET", "/api/assign", get_assignable),)
