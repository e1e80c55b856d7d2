"""Due times over the API: questions, and those to be counted anew. Does not move due times."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.deadlines import queries
from special_channel.web.deadlines.views import DeadlinesQuery, DeadlinesView, RebasesFound
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.shell.context import page_context


@operation(Operation("List due times of questions"))
async def get_deadlines(request: web.Request, query: DeadlinesQuery) -> DeadlinesView:
    """Return a page of questions, nearest first, with counts of all that match the filter."""
    context = await page_context(request)
    return await queries.deadlines(context, query, await queries.matching(context, query))


@operation(Operation("List own questions to be counted anew"))
async def get_rebases(request: web.Request) -> RebasesFound:
    """Return open questions of our side with another due time by the charter in force."""
    return await queries.rebases(await page_context(request))


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/deadlines", get_deadlines),
    ("GET", "/api/rebases", get_rebases),
)
