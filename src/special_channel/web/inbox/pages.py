"""Pages of the inbox and of the list of threads."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.inbox import queries
from special_channel.web.inbox.queries import PAGE, ScopeQuery, Show, ThreadsPageQuery
from special_channel.web.inbox.views import SCOPES, InboxView, ThreadsFound
from special_channel.web.shared.paging import Paging, paging
from special_channel.web.shared.query import read_query
from special_channel.web.shell.context import page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.responses import show

SHOWS: Final[tuple[Show, ...]] = ("open", "closed", "all")


async def get_inbox(request: web.Request) -> web.Response:
    """Show the inbox in a scope."""
    context = await page_context(request)
    query = read_query(ScopeQuery, request.query.items())
    return await show(context, inbox_page(await queries.inbox(context, query)))


async def get_threads(request: web.Request) -> web.Response:
    """Show a page of the list of threads."""
    context = await page_context(request)
    query = read_query(ThreadsPageQuery, request.query.items())
    view = await queries.threads_page(context, query)
    pages = paging(query.page, view.total or 0, PAGE, f"/threads?show={query.show}")
    return await show(context, threads_page(view, pages, query.show))


def inbox_page(view: InboxView) -> ViewPage:
    """Make the page of the inbox."""
    return ViewPage("inbox/inbox.html", "inbox", view, {"scopes": SCOPES})


def threads_page(view: ThreadsFound, pages: Paging, shown: Show) -> ViewPage:
    """Make the page of the list of threads."""
    more = {"pages": pages, "shown": shown, "shows": SHOWS}
    return ViewPage("inbox/threads.html", "threads", view, more)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/inbox", get_inbox),
    ("GET", "/threads", get_threads),
)
