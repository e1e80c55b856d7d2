"""Time-outs of a connection: incomplete headers, unread responses, silence.

aiohttp limits only the idle time of a connection. A wrapper around each connection's protocol
watches bytes in and out; the middleware reports complete headers. Bodies have a separate time-out
(`bodies.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BACKLOG: Final = 128
LINGER_SECONDS: Final = 5.0
"""How long the rest of a refused body is read and dropped, so that its sender sees the answer."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that a connection may take.

    Attributes:
        header: From the first byte of a request (of the first one: from the connection's
            beginning) until its headers are complete.
        idle: Between two requests; also how long an answer may wait for a client that reads
            nothing.
    """

    header: float
    idle: float


class Connections:
    """The open connections of an application, by their transports."""

    def __init__(self) -> None:
        self.open: dict[asyncio.BaseTransport, Connection] = {}

    async def handled(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request be handled; tell its connection when it begins and ends."""
        connection = self.open.get(request.transport) if request.transport else None
        if connection is None:
            return await handler(request)
        connection.requested()
        try:
            return await handler(request)
        finally:
            connection.answered()


class Connection(asyncio.Protocol):
    """A wrapper around aiohttp's protocol that watches a connection."""

    def __init__(self, inner: asyncio.Protocol, timeouts: Timeouts, all_: Connections) -> None:
        self._inner = inner
        self._timeouts = timeouts
        self._all = all_
        self._transport: asyncio.Transport | None = None
        self._between = False
        self._header: asyncio.TimerHandle | None = None
        self._complete_by: float | None = None
        self._stalled: asyncio.TimerHandle | None = None

    def requested(self) -> None:
        """Record that a request's headers are complete."""
        self._between = False
        self._complete_by = None

    def answered(self) -> None:
        """Record that a request was handled; the next byte begins another request."""
        self._between = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Watch a new connection."""
        self._transport = cast("asyncio.Transport", transport)
        self._all.open[transport] = self
        self._await_headers()
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Hand bytes on; the first after an answer begins a request."""
        if self._between:
            self._between = False
            self._await_headers()
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Forward the end of the client's data."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Start the time-out of a client that does not read."""
        if self._stalled is None:
            loop = asyncio.get_running_loop()
            self._stalled = loop.call_later(self._timeouts.idle, self._abort)
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Go on: the client read."""
        _cancel(self._stalled)
        self._stalled = None
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        _cancel(self._header)
        _cancel(self._stalled)
        if self._transport is not None:
            self._all.open.pop(self._transport, None)
        self._inner.connection_lost(exc)

    def _await_headers(self) -> None:
        """Give a request its time. The last one's timer is used if it has not fired yet.

        Complete headers do not cancel a timer: a busy connection starts one in many requests.
        """
        loop = asyncio.get_running_loop()
        self._complete_by = loop.time() + self._timeouts.header
        if self._header is None:
            self._header = loop.call_at(self._complete_by, self._check_headers)

    def _check_headers(self) -> None:
        self._header = None
        if self._complete_by is None:
            return
        loop = asyncio.get_running_loop()
        if loop.time() < self._complete_by:  # started for an earlier request
            self._header = loop.call_at(self._complete_by, self._check_headers)
        else:
            self._abort()

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


SHORTCUT: web.AppKey[Callable[[Handler], Handler]] = web.AppKey("shortcut")
"""Wraps the application's handler in a handler that is called first."""

CONNECTIONS: web.AppKey[Connections] = web.AppKey("connections", Connections)


def watch(app: web.Application) -> None:
    """Make an application report each request to its connection."""
    app[CONNECTIONS] = all_ = Connections()

    @web.middleware
    async def watched(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await all_.handled(request, handler)

    app.middlewares.insert(0, watched)


def runner_of(app: web.Application, timeouts: Timeouts, shutdown_seconds: float) -> web.AppRunner:
    """Make the runner of an application with watched connections."""
    return web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=shutdown_seconds,
        keepalive_timeout=timeouts.idle,
        lingering_time=LINGER_SECONDS,
    )


@asynccontextmanager
async def listening(
    runner: web.AppRunner, host: str, port: int, timeouts: Timeouts
) -> AsyncIterator[int]:
    """Accept connections for a prepared runner; yield the port.

    Raises:
        OSError: The port is taken.
    """
    serve, all_ = runner.server, runner.app[CONNECTIONS]
    assert serve is not None  # noqa: S101 - own bug: not set up
    shortcut = runner.app.get(SHORTCUT)
    if shortcut is not None:
        # The server makes `web.Request`s; its type speaks of their base.
        ordinary = cast("Handler", serve.request_handler)
        serve.request_handler = cast("Any", shortcut(ordinary))
    accepting = await asyncio.get_running_loop().create_server(
        lambda: Connection(serve(), timeouts, all_), host, port, backlog=BACKLOG
    )
    try:
        yield accepting.sockets[0].getsockname()[1]
    finally:
        accepting.close()
