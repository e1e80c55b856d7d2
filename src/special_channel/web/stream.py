"""The live stream: Server-Sent Events, taken up anywhere by a cursor.

Own lines of SSE (WHATWG HTML, 9.2): one direction, plain HTTP, resume built in. Does not
keep anything per client between requests.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import orjson
from aiohttp import ClientConnectionResetError, web

from special_channel.broker.live import Cursor, Front, Moment, News
from special_channel.web.access import Visitor, visitor
from special_channel.web.operation import Operation, operation
from special_channel.web.reading.menu import waiting_now
from special_channel.web.services import SERVICES, Services, services

RETRY_MS: Final = 2000
"""After how long a browser connects again by itself."""

HEARTBEAT_SECONDS: Final = 15.0
"""A comment at least this often, so that proxies and browsers see the stream alive."""

CLOSING: Final = web.AppKey("closing", asyncio.Event)
"""Set when the node stops: streams end by themselves, and browsers connect again later."""

FRONT: web.AppKey[Front] = web.AppKey("front", Front)

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
    front = request.app[FRONT]
    start = await front.now()
    cursor = _start(request) or start.end
    response = web.StreamResponse(headers=_HEADERS)
    await response.prepare(request)
    own.measures.streaming(1)
    try:
        with contextlib.suppress(ClientConnectionResetError, ConnectionResetError):
            await response.write(f"retry: {RETRY_MS}\n\n".encode())
            where = replace(start, end=cursor)
            await _follow(Reader(own, front, who), response, where, request.app[CLOSING])
    finally:
        own.measures.streaming(-1)
    return response


async def end_streams(app: web.Application) -> None:
    """Let every open stream end, so that nothing keeps the node from stopping at once."""
    app[CLOSING].set()
    app[SERVICES].changes.notify()


def _start(request: web.Request) -> Cursor | None:
    """Return where the reader says she is.

    Raises:
        Malformed: `cursor-malformed`.
    """
    given = [
        Cursor.parse(text)
        for text in (request.query.get("after"), request.headers.get("Last-Event-ID"))
        if text
    ]
    if not given:
        return None
    # The address goes stale on a browser's own reconnects: the further one counts.
    start = given[0]
    for other in given[1:]:
        start = start.newest(other)
    return start


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a stream, and from what."""

    own: Services
    front: Front
    who: Visitor

    async def counts(self) -> Mapping[str, int]:
        """Return what waits on the pages of her menu: the same for all of her role."""
        return await self.front.once(
            ("menu", self.who.row.role), lambda: waiting_now(self.own, self.who)
        )


async def _follow(
    reader: Reader, response: web.StreamResponse, told: Moment, closing: asyncio.Event
) -> None:
    """Tell what is new beyond `told`, until the node stops."""
    front, changes = reader.front, reader.own.changes
    counts: Mapping[str, int] = {}
    while not closing.is_set():
        version = changes.version
        at = await front.now()
        async for news in front.since(told.end, at.end):
            await response.write(_event(news))
        moved = await front.own_steps(told.private, at.private)
        if moved or at.waits != told.waits:
            await response.write(_OWN_SIDE)
        told = replace(at, end=told.end.newest(at.end))
        counted, counts = counts, await reader.counts()
        if counts != counted:
            await response.write(b"event: menu\ndata: %b\n\n" % orjson.dumps(counts))
        if await changes.after(version, HEARTBEAT_SECONDS) == version:
            await response.write(b": still here\n\n")


def _event(news: News) -> bytes:
    data = orjson.dumps(news.data)
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (
        str(news.cursor).encode(),
        news.event.encode(),
        data,
    )
