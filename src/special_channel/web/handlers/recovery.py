"""The page about what a restore has cost. Does not sign or write."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.api.recovery import ROLES
from special_channel.web.handlers.showing import show
from special_channel.web.openapi import Route
from special_channel.web.reading.recovery import recovery_page
from special_channel.web.reading.scene import scene


async def get_recovery_page(request: web.Request) -> web.Response:
    """Show how both of our logs stand against their guards, and what may be signed."""
    seen = await scene(request, *ROLES)
    return await show(seen, await recovery_page(seen))


RECOVERY_PAGES: Final[tuple[Route, ...]] = (("GET", "/recovery", get_recovery_page),)
