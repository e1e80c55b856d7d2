"""Handlers of applications in numbers: parse, read, render, or write a file.

Does not authorise by itself (`access`) and does not read the views (`web/reading`).
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Handler
from special_channel.web.reading import numbers as reading
from special_channel.web.shell.context import scene
from special_channel.web.shell.responses import ENDINGS, Ending, show, take_along


async def get_numbers(request: web.Request) -> web.Response:
    """Show all applications in numbers, as of a date."""
    seen = await scene(request)
    on = reading.on_of(seen, request.query.get("on", ""))
    return await show(seen, await reading.numbers_page(seen, on))


def _file(ending: Ending) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        seen = await scene(request)
        on = reading.on_of(seen, request.query.get("on", ""))
        return await take_along(seen, await reading.numbers_extract(seen, on), "numbers", ending)

    handler.__name__ = f"get_numbers_{ending}"
    handler.__doc__ = f"Return all applications in numbers as {ending.upper()}."
    return handler


NUMBER_PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/numbers", get_numbers),
    *(("GET", f"/numbers.{ending}", _file(ending)) for ending in ENDINGS),
)
