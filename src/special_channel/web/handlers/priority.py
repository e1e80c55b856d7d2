"""Handlers of priority and of the EU's view of who is listed: parse, read, render.

Does not sign or write: the browser sends what it signed as any entry.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import NotAllowed
from special_channel.web.http.openapi import Route
from special_channel.web.reading import priority as reading
from special_channel.web.shared.paging import page_of
from special_channel.web.shell.context import OFFICIALS, scene
from special_channel.web.shell.forms import read_form
from special_channel.web.shell.responses import show


async def get_priorities(request: web.Request) -> web.Response:
    """Show a page of requests for priority."""
    seen = await scene(request)
    return await show(seen, await reading.priorities(seen, page_of(request.query.get("page", "1"))))


async def get_priority(request: web.Request) -> web.Response:
    """Show one request, with CN's answers."""
    seen = await scene(request)
    row = await reading.find_request(seen, request.match_info["number"])
    return await show(seen, await reading.priority(seen, row))


async def post_priority(request: web.Request) -> web.Response:
    """Show the answers that were chosen, to be signed."""
    seen = await scene(request, *OFFICIALS)
    if seen.party != "cn":
        raise NotAllowed("owner", "CN answers on priority.")
    given = await read_form(request, seen.reader)
    row = await reading.find_request(seen, request.match_info["number"])
    return await show(seen, await reading.priority(seen, row, given))


async def get_new_priority(request: web.Request) -> web.Response:
    """Show what would be asked for, to be signed with a reason."""
    seen = await scene(request, *OFFICIALS)
    if not reading.may_ask(seen):
        raise NotAllowed("owner", "EU asks for priority.")
    return await show(seen, await reading.ask(seen, request.query.getall("application", [])))


async def get_fairness(request: web.Request) -> web.Response:
    """Show who is listed and how it stands, by columns that stay on this node."""
    seen = await scene(request)
    return await show(seen, await reading.fairness(seen))


PRIORITY_PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/priority", get_priorities),
    ("GET", "/priority/{number}", get_priority),
    ("POST", "/priority/{number}", post_priority),
    ("GET", "/new-priority", get_new_priority),
    ("GET", "/fairness", get_fairness),
)
