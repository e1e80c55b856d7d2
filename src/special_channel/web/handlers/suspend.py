"""Handlers of a suspension: parse, read, render. It is checked here and signed in the browser.

Does not sign or write: the browser sends what it signed as any entry.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.reading.suspend import find_ask, suspension
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.shell.responses import show
from special_channel.web.shell.threads import find_thread


async def get_suspend(request: web.Request) -> web.Response:
    """Show the form for one question; with both days, what would be signed."""
    context = await page_context(request, *OFFICIALS)
    row = await find_thread(context, request.match_info["number"])
    ask = await find_ask(context, row, request.query.get("ask", ""))
    given = request.query.get("first", ""), request.query.get("last", "")
    return await show(context, await suspension(context, row, ask, given))


SUSPEND_PAGES: Final[tuple[Route, ...]] = (("GET", "/threads/{number}/suspend", get_suspend),)
