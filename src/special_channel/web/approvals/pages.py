"""Pages of drafts waiting for release. Does not sign: the second official's browser does."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.approvals import queries
from special_channel.web.approvals.forms import edit_again
from special_channel.web.approvals.views import DraftQueue
from special_channel.web.http.openapi import Route
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.shell.forms import read_form, see_other
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.responses import show


async def get_clearances(request: web.Request) -> web.Response:
    """Show drafts waiting for release and the reader's returned drafts, or one waiting draft."""
    context = await page_context(request, *OFFICIALS)
    view = await queries.queue(context, request.match_info.get("id"))
    return await show(context, queue_page(view))


async def post_take_up(request: web.Request) -> web.Response:
    """Fill the author's form with a draft again, and withdraw the draft if it waits."""
    context = await page_context(request, *OFFICIALS)
    await read_form(request, context.reader)
    return see_other(await edit_again(context, request.match_info["id"]))


def queue_page(view: DraftQueue) -> ViewPage:
    """Make the page of drafts waiting for release."""
    return ViewPage("approvals/drafts.html", "clearance", view)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/clearances", get_clearances),
    ("GET", "/clearances/{id}", get_clearances),
    ("POST", "/clearances/{id}/take-up", post_take_up),
)
