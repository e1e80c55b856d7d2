"""Handlers of licences: parse, read, render. Recording one is checked here and signed elsewhere.

Does not sign or write: the browser sends what it signed as any entry.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import NotAllowed
from special_channel.web.http.openapi import Route
from special_channel.web.reading import licence_forms
from special_channel.web.reading import licences as reading
from special_channel.web.shared.paging import page_of
from special_channel.web.shell.context import OFFICIALS, Scene, scene
from special_channel.web.shell.forms import read_form
from special_channel.web.shell.responses import show


async def get_licences(request: web.Request) -> web.Response:
    """Show a page of licences, the first to expire first."""
    seen = await scene(request)
    asked = reading.asked_of(request.query)
    page = page_of(request.query.get("page", "1"))
    return await show(seen, await reading.licences(seen, asked, page))


async def get_licence(request: web.Request) -> web.Response:
    """Show one licence: what is left, its draw-downs, what it would cover."""
    seen = await scene(request)
    row = await reading.find_licence(seen, request.match_info["number"])
    return await show(seen, await reading.licence(seen, row))


async def get_new_licence(request: web.Request) -> web.Response:
    """Show the form for a licence; of a known one as it stands."""
    seen = await _recorder(request)
    number = request.query.get("licence", "")
    row = await reading.find_licence(seen, number) if number else None
    return await show(seen, licence_forms.empty_licence(seen, row))


async def post_new_licence(request: web.Request) -> web.Response:
    """Check what was typed for a licence and show what would be signed."""
    seen = await _recorder(request)
    given = await read_form(request, seen.reader)
    return await show(seen, licence_forms.checked_licence(seen, given))


async def get_draw(request: web.Request) -> web.Response:
    """Show the form for a draw-down."""
    seen = await _recorder(request)
    row = await reading.find_licence(seen, request.match_info["number"])
    corrects = request.query.get("corrects", "")
    draws = (await seen.own.permits.draws([row.licence]))[row.licence]
    return await show(seen, licence_forms.empty_draw(seen, row, draws, corrects))


async def post_draw(request: web.Request) -> web.Response:
    """Check what was typed for a draw-down and show what would be signed."""
    seen = await _recorder(request)
    given = await read_form(request, seen.reader)
    row = await reading.find_licence(seen, request.match_info["number"])
    return await show(seen, licence_forms.checked_draw(seen, row, given))


async def _recorder(request: web.Request) -> Scene:
    """Look for an official of the side that states licences.

    Raises:
        NotAllowed: `owner` on the other side, and as `scene`.
    """
    seen = await scene(request, *OFFICIALS)
    if not reading.may_record(seen):
        raise NotAllowed("owner", "CN states licences.")
    return seen


LICENCE_PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/licences", get_licences),
    ("GET", "/licences/{number}", get_licence),
    ("GET", "/licences/{number}/draw", get_draw),
    ("POST", "/licences/{number}/draw", post_draw),
    ("GET", licence_forms.NEW, get_new_licence),
    ("POST", licence_forms.NEW, post_new_licence),
)
