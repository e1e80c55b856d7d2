"""The live stream: Server-Sent Events, taken up anywhere by a cursor.

Own lines of SSE (WHATWG HTML, 9.2): one direction, plain HTTP, resume built in. A stream ends
when its session does: its last event is `over` with the code of the cause. Does not keep
anything per client between requests.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final

import orjson
from aiohttp import ClientConnectionResetError, web

from special_channel.broker.live import Cursor, Front, Moment, News
from special_channel.core.bytes.ids import KeyId
from special_channel.core.rules.doubt import KnownDoubts
from special_channel.desk.signin import SignIn, token_digest
from special_channel.web.http.access import may_read
from special_channel.web.http.operation import Operation, operation
from special_channel.web.http.quotas import QUOTAS, counted
from special_channel.web.http.readings import STREAM, record_reading
from special_channel.web.http.services import SERVICES, Services, services
from special_channel.web.http.sessions import Visitor, visitor
from special_channel.web.shared.doubts import doubt_of_number
from special_channel.web.shared.query import Query
from special_channel.web.shell.context import OVERSIGHT
from special_channel.web.shell.counts import menu_row, read_personal, shared_now

RETRY_MS: Final = 2000
"""After how long a browser connects again by itself."""

HEARTBEAT_SECONDS: Final = 10.0
"""A comment at least this often, so that proxies and browsers see the stream alive.

Also the longest time between two checks of the session: without Redis no wake-up tells this
process what another one committed."""

CLOSING: Final = web.AppKey("closing", asyncio.Event)
"""Set when the node stops: streams end by themselves, and browsers connect again later."""

FRONT: web.AppKey[Front] = web.AppKey("front", Front)


class Audience:
    """Sessions with a live stream in this process, checked in a single query.

    Attributes:
        open: Number of streams by session (digest of the token, key).
    """

    def __init__(self, door: SignIn) -> None:
        self._door = door
        self.open: Counter[tuple[bytes, KeyId]] = Counter()

    async def ended(self, front: Front, held: tuple[bytes, KeyId]) -> str:
        """Return the code for which a session is over, empty while it goes on.

        As of the last change, or of no longer than a second ago.
        """
        asked, ended = await front.once("sessions", lambda: self._look(tuple(self.open)))
        if held not in asked:  # it came after the others were asked about
            _, ended = await self._look((held,))
        return ended.get(held[0], "")

    async def _look(
        self, held: tuple[tuple[bytes, KeyId], ...]
    ) -> tuple[frozenset[tuple[bytes, KeyId]], Mapping[bytes, str]]:
        ended = await self._door.sessions.ended(held, self._door.clock.now())
        for digest in ended:  # whoever reads "over" is signed out for the next request as well
            self._door.known.forget(digest)
        return frozenset(held), ended


AUDIENCE: web.AppKey[Audience] = web.AppKey("audience", Audience)

_OWN_SIDE: Final = b"event: private\ndata: {}\n\n"
"""Something came that the own side alone sees: an entry of its private log, or one of the other
side's that is not checked yet. Without an id: cursors name the shared logs."""

_HEADERS: Final = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold events back
}


class StreamQuery(Query):
    """The cursor after which a reader wants events."""

    after: str = ""


@operation(Operation("Follow what is new", media="text/event-stream"))
async def get_stream(request: web.Request, query: StreamQuery) -> web.StreamResponse:
    """Stream events after the later of `after` and `Last-Event-ID`."""
    who = await visitor(request)
    own = services(request)
    front = request.app[FRONT]
    start = await front.now()
    cursor = _start(query.after, request.headers.get("Last-Event-ID")) or start.end
    response = web.StreamResponse(headers=_HEADERS)
    seat = request.app[QUOTAS].stream(own.limits, who, request)
    reader = Reader(own, front, request.app[AUDIENCE], who, (token_digest(who.token), who.key))
    own.node.measures.streaming(1)
    try:
        with (
            seat,
            counted(reader.audience.open, reader.held),
            contextlib.suppress(ClientConnectionResetError, ConnectionResetError),
        ):
            await record_reading(request)
            await response.prepare(request)
            await response.write(f"retry: {RETRY_MS}\n\n".encode())
            where = replace(start, end=cursor)
            await _follow(reader, response, where, request.app[CLOSING])
    finally:
        own.node.measures.streaming(-1)
    return response


async def end_streams(app: web.Application) -> None:
    """End every open stream, so that the node can stop at once."""
    app[CLOSING].set()
    app[SERVICES].node.changes.notify()


def _start(*cursors: str | None) -> Cursor | None:
    """Return the further one of the reader's cursors; None without a cursor.

    Raises:
        Malformed: `cursor-malformed`.
    """
    # The address goes stale when a browser reconnects by itself, so the header may be further.
    given = [Cursor.parse(text) for text in cursors if text]
    return reduce(Cursor.newest, given) if given else None


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of a stream with sources and session (digest of the token, key)."""

    own: Services
    front: Front
    audience: Audience
    who: Visitor
    held: tuple[bytes, KeyId]

    async def ended(self) -> str:
        """Return the code of the reason for the session's end; empty while it lasts."""
        if self.who.expires <= self.own.node.clock.now():
            return "session-over"
        code = await self.audience.ended(self.front, self.held)
        return code or await self._out_of_scope()

    async def _out_of_scope(self) -> str:
        return "" if await may_read(self.own, self.who, STREAM, "") else "access-scope"

    def patience(self) -> float:
        """Return seconds to wait for changes, at most until the session's end."""
        left = (self.who.expires - self.own.node.clock.now()).total_seconds()
        return min(HEARTBEAT_SECONDS, max(left, 0.0))

    async def doubts(self, at: Moment) -> KnownDoubts:
        """Return the doubt of the record, the same for all readers."""
        return await self.own.stores.doubts.known(at.heads)

    async def counts(self, at: Moment) -> Mapping[str, int]:
        """Return counts of waiting items for the menu: those of the roles, and the reader's own."""
        own, who = self.own, await self._now(at)
        roles = who.row.roles_now
        doubts = await self.doubts(at)
        row = await self.front.once("menu", lambda: menu_row(own))
        shared = await self.front.once(("shared", roles), lambda: shared_now(own, who, row))
        personal = await self.front.once(
            ("personal", OVERSIGHT in roles), lambda: read_personal(own, who, doubts, row)
        )
        return {**shared, **personal.of(own.node.identity.party, who)}

    async def _now(self, at: Moment) -> Visitor:
        """Return the reader with the functions in force now: a stand-in's end meanwhile."""
        directory = await self.own.stores.directory.known(at.heads)
        return replace(self.who, row=directory.keys.get(self.who.key, self.who.row))


async def _follow(
    reader: Reader, response: web.StreamResponse, told: Moment, closing: asyncio.Event
) -> None:
    """Write events after `told`, until the node stops or the session ends.

    The session is checked after reading the record and before writing events, so that entries
    committed after a key's suspension do not reach its streams.
    """
    front, changes = reader.front, reader.own.node.changes
    counts: Mapping[str, int] = {}
    while not closing.is_set():
        version = changes.version
        at = await front.now()
        if code := await reader.ended():
            await response.write(b"event: over\ndata: %b\n\n" % orjson.dumps({"code": code}))
            return
        async for news in front.since(told.end, at.end):
            await response.write(_event(news, await reader.doubts(at)))
        moved = await front.has_private_steps(told.private, at.private)
        if moved or at.waits != told.waits:
            await response.write(_OWN_SIDE)
        told = replace(at, end=told.end.newest(at.end))
        counted, counts = counts, await reader.counts(at)
        if counts != counted:
            await response.write(b"event: menu\ndata: %b\n\n" % orjson.dumps(counts))
        if await changes.after(version, reader.patience()) == version:
            await response.write(b": still here\n\n")


def _event(news: News, known: KnownDoubts) -> bytes:
    doubt = doubt_of_number(known, str(news.data.get("position", "")))
    added = {"doubt": doubt.model_dump()} if doubt else {}
    data = orjson.dumps({**news.data, **added})
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (
        str(news.cursor).encode(),
        news.event.encode(),
        data,
    )
