"""Threads, and the other side's corrections, over the API."""

from __future__ import annotations

from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.inbox import queries
from special_channel.web.inbox.filters import ThreadsPageQuery, ThreadsQuery
from special_channel.web.inbox.queries import CorrectedQuery
from special_channel.web.inbox.views import ThreadsFound, WorkStep
from special_channel.web.inbox.walk import WorkQuery, work_step
from special_channel.web.shell.context import page_context
from special_channel.web.shell.corrected import (
    CorrectedView,
    read_corrected,
    see_changes,
    see_listed,
)
from special_channel.web.shell.saved_views import view_api


class SeenCorrection(Body):
    """An application, list or licence, and the last entry shown, such as `CN-5786`.

    A list is named by the number of its entry, such as `EU-120`.
    """

    number: Annotated[str, Field(max_length=200)]
    last: Annotated[str, Field(max_length=20)]


class SeenCorrections(Body):
    """Applications, lists and licences with corrections and changes already shown."""

    items: Annotated[tuple[SeenCorrection, ...], Field(max_length=100)] = ()
    lists: Annotated[tuple[SeenCorrection, ...], Field(max_length=100)] = ()
    licences: Annotated[tuple[SeenCorrection, ...], Field(max_length=100)] = ()


@operation(Operation("List threads", response=ThreadsFound, query=ThreadsQuery))
async def get_threads(request: web.Request, query: ThreadsQuery) -> ThreadsFound:
    """Return threads, the last changed first."""
    return await queries.threads(await page_context(request), query)


@operation(Operation("Find the next thread of the inbox", response=WorkStep, query=WorkQuery))
async def get_work(request: web.Request, query: WorkQuery) -> WorkStep:
    """Return the next thread to work on, or the previous thread."""
    return await work_step(await page_context(request), query)


@operation(Operation("List corrections of the other side", response=CorrectedView))
async def get_corrections(request: web.Request, query: CorrectedQuery) -> CorrectedView:
    """Return the other side's corrections and changes not shown to the reader yet."""
    return await read_corrected(await page_context(request), query.limit)


@operation(Operation("Mark corrections of the other side as seen"))
async def post_corrections(request: web.Request, body: SeenCorrections) -> CorrectedView:
    """Mark corrections as shown to the reader; return the corrections still new."""
    context = await page_context(request)
    await see_listed(context, [(each.number, each.last) for each in body.items])
    await see_changes(context, "list", [(each.number, each.last) for each in body.lists])
    await see_changes(context, "licence", [(each.number, each.last) for each in body.licences])
    return await read_corrected(context)


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/threads", get_threads),
    ("GET", "/api/work", get_work),
    ("GET", "/api/corrections", get_corrections),
    ("POST", "/api/corrections", post_corrections),
    *view_api("threads", ThreadsPageQuery),
)
