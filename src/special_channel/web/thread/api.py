"""Threads and open questions over the API. Does not write, and marks nothing as read."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.bytes.ids import Party, Position
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.shared.query import Query
from special_channel.web.shell.context import page_context
from special_channel.web.shell.threads import find_thread
from special_channel.web.thread import queries
from special_channel.web.thread.views import QuestionsFound, ThreadView


class QuestionsQuery(Query):
    """Open questions, of one answering side or of both."""

    answering: Party | None = None


@operation(Operation("Read a thread with its entries and questions", response=ThreadView))
async def get_thread(request: web.Request) -> ThreadView:
    """Return a thread with its entries in display order and its questions."""
    context = await page_context(request)
    number = str(Position.parse(request.match_info["number"]))
    data = await queries.read_thread(context, await find_thread(context, number))
    return await queries.thread_view(data)


@operation(Operation("List open questions", response=QuestionsFound, query=QuestionsQuery))
async def get_asks(request: web.Request, query: QuestionsQuery) -> QuestionsFound:
    """Return open questions, the nearest due first."""
    context = await page_context(request)
    rows = await context.own.stores.views.asks(answering=query.answering, only_open=True)
    return QuestionsFound(**context.sizes, items=await queries.open_questions(context, rows))


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/threads/{number}", get_thread),
    ("GET", "/api/asks", get_asks),
)
