"""Threads, and the other side's corrections, over the API."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.inbox import queries
from special_channel.web.inbox.queries import CorrectedQuery, ThreadsPageQuery, ThreadsQuery
from special_channel.web.inbox.views import ThreadsFound, WorkStep
from special_channel.web.inbox.walk import WorkQuery, work_step
from special_channel.web.shell.context import page_context
from special_channel.web.shell.corrected import CorrectedView, read_corrected
from special_channel.web.shell.saved_views import view_api


@operation(Operation("List threads", response=ThreadsFound, query=ThreadsQuery))
async def get_threads(request: web.Request, query: ThreadsQuery) -> ThreadsFound:
    """Return threads, the last changed first."""
    return await queries.threads(await page_context(request), query)


@operation(Operation("Find the next thread of the inbox", response=WorkStep, query=WorkQuery))
async def get_work(request: web.Request, query: WorkQuery) -> WorkStep:
    """Return the next thread to work on, or the one before."""
    return await work_step(await page_context(request), query)


@operation(Operation("List corrections of the other side", response=CorrectedView))
async def get_corrections(request: web.Request, query: CorrectedQuery) -> CorrectedView:
    """Return the other side's corrections not shown to the reader yet, the last first."""
    return await read_corrected(await page_context(request), query.limit)


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/threads", get_threads),
    ("GET", "/api/work", get_work),
    ("GET", "/api/corrections", get_corrections),
    *view_api("threads", ThreadsPageQuery),
)
