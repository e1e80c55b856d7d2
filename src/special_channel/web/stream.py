"""The live stream: Server-Sent Events, taken up anywhere by a cursor.

Own lines of SSE (WHATWG HTML, 9.2): one direction, plain HTTP, resume built in. Does not
keep anything per client between requests.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Final

import orjson
from aiohttp import ClientConnectionResetError, web

from special_channel.broker.live import Cursor, News, now, own_side_since, since
from special_channel.web.access import Visitor, visitor
from special_channel.web.api.listings import read_heads
from special_channel.web.operation import Operation, operation
from special_channel.web.reading.menu import waiting_now
from special_channel.web.services import SERVICES, Services, services

RETRY_MS: Final = 2000
"""After how long a browser connects again by itself."""

HEARTBEAT_SECONDS: Final = 15.0
"""A comment at least this often, so that proxies and browsers see the stream alive."""

CLOSING: Final = web.AppKey("closing", asyncio.Event)
"""Set when the node stops: streams end by themselves, and browsers connect again later."""

_OWN_SIDE: Final = b"event: private\ndata: {}\n\n"
"""Something came that the own side alone sees: an entry of its private log, or one of the other
side's that is not checked yet. Without an id: cursors name the shared logs."""

_HEADERS: Final = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold events back
}


@operation(Operation("Follow what is new", media="text/event-stream", query=("after",)))
async def get_stream(request: web.Request) -> web.StreamResponse:
    """Stream what is new after the further of `after` and `Last-Event-ID`."""
    who = await visitor(request)
    own = services(request)
    cursor = await _start(request, own)
    response = web.StreamResponse(headers=_HEADERS)
    await response.prepare(request)
    with contextlib.suppress(ClientConnectionResetError, ConnectionResetError):
        await _follow(own, who, response, cursor, request.app[CLOSING])
    return response


async def end_streams(app: web.Application) -> None:
    """Let every open stream end, so that nothing keeps the node from stopping at once."""
    app[CLOSING].set()
    app[SERVICES].changes.notify()


async def _start(request: web.Request, own: Services) -> Cursor:
    given = [
        Cursor.parse(text)
        for text in (request.query.get("after"), request.headers.get("Last-Event-ID"))
        if text
    ]
    if not given:
        return await now(own.record, own.identity.party)
    # The address goes stale on a browser's own reconnects: the further one counts.
    start = given[0]
    for other in given[1:]:
        start = start.newest(other)
    return start


async def _follow(
    own: Services,
    who: Visitor,
    response: web.StreamResponse,
    cursor: Cursor,
    closing: asyncio.Event,
) -> None:
    counts: Mapping[str, int] = {}
    private = (await own.record.head("private")).size
    waits = await own.waiting.many(own.identity.peer)
    await response.write(f"retry: {RETRY_MS}\n\n".encode())
    while not closing.is_set():
        version = own.changes.version
        told = False
        async for news in since(own.record, own.identity.party, cursor):
            await response.write(_event(news))
            cursor, told = news.cursor, True
        if told:
            heads = await read_heads(own)
            data = {"heads": [head.model_dump(exclude_none=True) for head in heads.heads]}
            await response.write(_event(News(cursor, "heads", data)))
        private, moved = await own_side_since(own.record, private)
        waited, waits = waits, await own.waiting.many(own.identity.peer)
        if moved or waited != waits:
            await response.write(_OWN_SIDE)
        counted, counts = counts, await waiting_now(own, who)
        if counts != counted:
            await response.write(b"event: menu\ndata: %b\n\n" % orjson.dumps(counts))
        if await own.changes.after(version, HEARTBEAT_SECONDS) == version:
            await response.write(b": still here\n\n")


def _event(news: News) -> bytes:
    data = orjson.dumps(news.data)
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (
        str(news.cursor).encode(),
        news.event.encode(),
        data,
    )
