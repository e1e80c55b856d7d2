"""Handlers of applications and differences: parse, read, render, or write a file.

Does not authorise by itself (`access`) and does not read the views (`web/reading`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import NotAllowed
from special_channel.desk.extracts import Extract
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Handler
from special_channel.web.pages.application import Asked
from special_channel.web.reading import application as application_reading
from special_channel.web.reading import applications as applications_reading
from special_channel.web.reading import differences as differences_reading
from special_channel.web.reading import extracts as extracts_reading
from special_channel.web.reading.clock_form import may_mark
from special_channel.web.shared.paging import page_of
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.forms import read_form
from special_channel.web.shell.responses import ENDINGS, Ending, show, take_along


async def get_applications(request: web.Request) -> web.Response:
    """Show a page of all applications, as filtered."""
    context = await page_context(request)
    asked = applications_reading.asked_of(request.query)
    page = page_of(request.query.get("page", "1"))
    return await show(context, await applications_reading.applications(context, asked, page))


async def get_application(request: web.Request) -> web.Response:
    """Show one application: both sides' statements beside each other."""
    context = await page_context(request)
    number = request.match_info["number"]
    row = await application_reading.find_application(context, number)
    return await show(context, await application_reading.application(context, row))


async def post_application(request: web.Request) -> web.Response:
    """Check an act that was typed for the clock and show what would be signed.

    Raises:
        NotAllowed: `owner` on the side that does not state it, and as `page_context`.
    """
    context = await page_context(request, *OFFICIALS)
    if not may_mark(context):
        raise NotAllowed("owner", "CN states what of the time is not counted.")
    given = await read_form(request, context.reader)
    row = await application_reading.find_application(context, request.match_info["number"])
    return await show(context, await application_reading.application(context, row, given))


async def get_differences(request: web.Request) -> web.Response:
    """Show where the sides' statements differ."""
    context = await page_context(request)
    asked = applications_reading.asked_of(request.query)
    page = page_of(request.query.get("page", "1"))
    return await show(context, await differences_reading.differences(context, asked, page))


Make = Callable[[PageContext, Asked], Awaitable[Extract]]


def _file(name: str, ending: Ending, make: Make) -> Handler:
    """Make the handler of a file to take along."""

    async def handler(request: web.Request) -> web.Response:
        context = await page_context(request)
        extract = await make(context, applications_reading.asked_of(request.query))
        return await take_along(context, extract, name, ending)

    handler.__name__ = f"get_{name}_{ending}"
    handler.__doc__ = f"Return {name} as {ending.upper()}, as filtered."
    return handler


APPLICATION_PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/applications", get_applications),
    *(
        ("GET", f"/applications.{ending}",
         _file("applications", ending, extracts_reading.applications_extract))
        for ending in ENDINGS
    ),
    ("GET", "/applications/{number}", get_application),
    ("POST", "/applications/{number}", post_application),
    ("GET", "/differences", get_differences),
    *(
        ("GET", f"/differences.{ending}",
         _file("differences", ending, extracts_reading.differences_extract))
        for ending in ENDINGS
    ),
)  # fmt: skip
