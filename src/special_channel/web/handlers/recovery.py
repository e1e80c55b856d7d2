"""The page about what a restore has cost. Does not sign or write."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.reading.recovery import recovery_page
from special_channel.web.shell.context import page_context
from special_channel.web.shell.menu import RECOVERERS
from special_channel.web.shell.responses import show


async def get_recovery_page(request: web.Request) -> web.Response:
    """Show how both of our logs stand against their guards, and what may be signed."""
    context = await page_context(request, *RECOVERERS)
    return await show(context, await recovery_page(context))


RECOVERY_PAGES: Final[tuple[Route, ...]] = (("GET", "/recovery", get_recovery_page),)
