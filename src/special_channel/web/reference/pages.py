"""The page of a thread's file reference, its form, and the same over the API."""

from __future__ import annotations

from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.reference import queries
from special_channel.web.reference.views import ReferenceView
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.shell.forms import read_form, see_other
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show


class ReferenceStated(Body):
    """The reference that the records office gave; empty: none."""

    reference: Annotated[str, Field(max_length=400)]


async def get_reference(request: web.Request) -> web.Response:
    """Show the file reference of a thread, with the form that changes it."""
    context = await page_context(request, *OFFICIALS)
    view = await queries.reference(context, request.match_info["number"])
    return await show(context, reference_page(view))


async def post_reference(request: web.Request) -> web.Response:
    """Record the file reference of a thread, and go back to the thread."""
    context = await page_context(request, *OFFICIALS)
    fields = await read_form(request, context.reader)
    number = request.match_info["number"]
    recorded = await queries.record(context, number, fields.get("reference", ""))
    return see_other(recorded.item.url)


@operation(Operation("Read the file reference of a thread"))
async def get_stated(request: web.Request) -> ReferenceView:
    """Return the file reference of a thread, with each change."""
    context = await page_context(request, *OFFICIALS)
    return await queries.reference(context, request.match_info["number"])


@operation(Operation("Record the file reference of a thread"))
async def post_stated(request: web.Request, body: ReferenceStated) -> ReferenceView:
    """Record the file reference of a thread; return it with each change."""
    context = await page_context(request, *OFFICIALS)
    return await queries.record(context, request.match_info["number"], body.reference)


def reference_page(view: ReferenceView) -> ViewPage:
    """Make the page of a thread's file reference."""
    return ViewPage("reference/reference.html", "threads", view)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/threads/{number}/reference", get_reference),
    ("POST", "/threads/{number}/reference", post_reference),
)

API: Final[tuple[Route, ...]] = (
    ("GET", "/api/threads/{number}/reference", get_stated),
    ("POST", "/api/threads/{number}/reference", post_stated),
)
