"""A proxy between a client and a server, to cut, stall, record and drop replies.

Forwards bytes without parsing them, over TCP or Unix sockets on either side.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]
State = Literal["open", "cut", "stalled"]


@dataclass
class Line:
    """The bytes of one connection in each direction."""

    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)


def commits(data: bytes, line: Line) -> bool:
    """Return whether a PostgreSQL client commits: by COMMIT, or with a note in one statement."""
    at_once = b"record.append(" in line.sent and b"note.posted" in data
    return b"COMMIT" in data or at_once


class Proxy:
    """A proxy that is open, cut (connections fail) or stalled (bytes do not arrive).

    Attributes:
        lines: Each connection's bytes since the start, if recording is on.
        swallow: A predicate on a client's bytes and its line. When it is first true, the server
            gets the bytes, and the connection ends before the reply.
        swallowed: Number of replies dropped.
    """

    def __init__(self, connect: Callable[[], Awaitable[Pair]], *, listen: bool = False) -> None:
        self._connect = connect
        self._listen = listen
        self._open = asyncio.Event()
        self._open.set()
        self._connections: set[asyncio.Task[None]] = set()
        self.state: State = "open"
        self.lines: list[Line] = []
        self.swallow: Callable[[bytes, Line], bool] | None = None
        self.swallowed = 0
        self.port = 0

    def cut(self) -> None:
        """End every connection and accept no new ones."""
        self.state = "cut"
        self._open.set()
        for connection in self._connections:
            connection.cancel()

    def stall(self) -> None:
        """Accept bytes without forwarding them: the peer seems slow, not dead."""
        self.state = "stalled"
        self._open.clear()

    def heal(self) -> None:
        """Forward bytes again, starting with the delayed ones."""
        self.state = "open"
        self._open.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            if self.state != "cut":
                await self._carry(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # an end that was asked for, or one of either side's
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, upstream = await self._connect()
        line = Line()
        if self._listen:
            self.lines.append(line)
        muted = asyncio.Event()
        ways = {
            asyncio.ensure_future(self._there(reader, upstream, line, muted)),
            asyncio.ensure_future(self._back(there, writer, line, muted)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            upstream.transport.abort()

    async def _there(
        self,
        reader: asyncio.StreamReader,
        upstream: asyncio.StreamWriter,
        line: Line,
        muted: asyncio.Event,
    ) -> None:
        while data := await reader.read(65536):
            await self._open.wait()
            if self._listen:
                line.sent += data
            if self.swallow is not None and self.swallow(data, line):
                self.swallow = None
                muted.set()
            upstream.write(data)
            await upstream.drain()

    async def _back(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        line: Line,
        muted: asyncio.Event,
    ) -> None:
        while data := await reader.read(65536):
            await self._open.wait()
            if muted.is_set():  # the server has answered, so it has done it
                self.swallowed += 1
                return
            if self._listen:
                line.received += data
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def to_port(port: int, *, listen: bool = False) -> AsyncIterator[Proxy]:
    """Listen on a port of its own and forward to a local TCP port."""
    proxy = Proxy(lambda: asyncio.open_connection("127.0.0.1", port), listen=listen)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    async with _closing(server, proxy):
        proxy.port = int(server.sockets[0].getsockname()[1])
        yield proxy


@asynccontextmanager
async def to_socket(target: Path, path: Path) -> AsyncIterator[Proxy]:
    """Listen on the socket `path` and forward to the socket `target`."""
    proxy = Proxy(lambda: asyncio.open_unix_connection(str(target)), listen=True)
    async with _closing(await asyncio.start_unix_server(proxy.serve, str(path)), proxy):
        yield proxy


@asynccontextmanager
async def _closing(server: asyncio.Server, proxy: Proxy) -> AsyncIterator[None]:
    try:
        yield
    finally:
        server.close()
        proxy.cut()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await server.wait_closed()
