"""Requests for priority over the API. Does not write: asking and answering are entries."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.priority import queries
from special_channel.web.priority.views import PrioritiesFound, PrioritiesQuery, PriorityDetail
from special_channel.web.shell.context import page_context


@operation(Operation("Find requests for priority", response=PrioritiesFound, query=PrioritiesQuery))
async def get_priorities(request: web.Request, query: PrioritiesQuery) -> PrioritiesFound:
    """Return matching requests."""
    return await queries.priorities(await page_context(request), query, query.offset, query.size)


@operation(Operation("Read a request for priority", response=PriorityDetail))
async def get_priority(request: web.Request) -> PriorityDetail:
    """Return a request with CN's answers."""
    return await queries.priority(await page_context(request), request.match_info["number"])


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/priorities", get_priorities),
    ("GET", "/api/priorities/{number}", get_priority),
)
