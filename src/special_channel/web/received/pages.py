"""Page and API of notes to be acknowledged. Does not sign: the browser does."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.received import queries
from special_channel.web.received.queries import ReceivedQuery
from special_channel.web.received.views import ReceivedNotes
from special_channel.web.shared.query import read_query
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show


async def get_acknowledge(request: web.Request) -> web.Response:
    """Show the notes of the chosen threads, or of every thread, with one signature for all."""
    context = await page_context(request, *OFFICIALS)
    query = read_query(ReceivedQuery, request.query.items())
    return await show(context, received_page(await queries.received(context, query)))


@operation(
    Operation("List notes without acknowledgement", response=ReceivedNotes, query=ReceivedQuery),
)
async def get_unacknowledged(request: web.Request, query: ReceivedQuery) -> ReceivedNotes:
    """Return the other side's notes without our acknowledgement, at most 200 of `total`."""
    return await queries.received(await page_context(request, *OFFICIALS), query)


def received_page(view: ReceivedNotes) -> ViewPage:
    """Make the page that acknowledges receipt."""
    return ViewPage("received/received.html", "threads", view)


PAGES: Final[tuple[Route, ...]] = (("GET", "/acknowledge", get_acknowledge),)

API: Final[tuple[Route, ...]] = (("GET", "/api/acknowledge", get_unacknowledged),)
