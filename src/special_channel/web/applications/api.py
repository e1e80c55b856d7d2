"""Applications over the API. Does not write: statements are entries."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.applications import queries
from special_channel.web.applications.views import (
    ApplicationDetail,
    ApplicationQuery,
    ApplicationsFound,
    ApplicationsQuery,
)
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.shell.context import page_context


@operation(
    Operation("Find applications", response=ApplicationsFound, query=ApplicationsQuery),
)
async def get_applications(request: web.Request, query: ApplicationsQuery) -> ApplicationsFound:
    """Return applications with both sides' latest statements and clocks."""
    context = await page_context(request)
    return await queries.applications(context, query, query.offset, query.size)


@operation(Operation("Read an application", response=ApplicationDetail, query=ApplicationQuery))
async def get_application(request: web.Request, _query: ApplicationQuery) -> ApplicationDetail:
    """Return an application with both sides' histories, clocks, links, lists and threads."""
    context = await page_context(request)
    row = await queries.find_application(context, request.match_info["number"])
    threads = await context.own.stores.applications.threads_on([row.number])
    return await queries.application(context, row, threads)


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/applications", get_applications),
    ("GET", "/api/applications/{number}", get_application),
)
