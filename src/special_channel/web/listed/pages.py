"""Listed applications by country, sector and size of firm, on the EU's node alone: page and API."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.listed import queries
from special_channel.web.listed.tables import FILES
from special_channel.web.listed.views import ListedView
from special_channel.web.shell.context import page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show


async def get_listed(request: web.Request) -> web.Response:
    """Show listed applications by our private columns."""
    context = await page_context(request)
    return await show(context, listed_page(await queries.listed(context)))


@operation(Operation("Count listed applications by our private columns"))
async def get_counts(request: web.Request) -> ListedView:
    """Return groups by country, sector and size of firm; the counts never leave our node."""
    return await queries.listed(await page_context(request))


def listed_page(view: ListedView) -> ViewPage:
    """Make the page."""
    return ViewPage("listed/listed.html", "fairness", view)


PAGES: Final[tuple[Route, ...]] = (("GET", "/fairness", get_listed), *FILES)

API: Final[tuple[Route, ...]] = (("GET", "/api/fairness", get_counts),)
