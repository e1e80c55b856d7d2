"""Floors: lower bounds for any broker under this broker's promises.

Run by `python -m benchmarks.floor_server`. Answers HTTP on loopback; the path names the floor. A
floor does the work of the floor before and one step more. Waiting messages share a statement, a
flush and a signature, as in a node. Judges nothing and keeps no order.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Final, cast

import asyncpg
import uvloop

from special_channel.core.bytes.suites import PrivateKey, verify

TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS floor"
    " (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL)"
)
ONE: Final = "INSERT INTO floor (body) VALUES ($1)"
MANY: Final = "INSERT INTO floor (body) SELECT unnest($1::bytea[])"
ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CHECKED_BYTES: Final = 700
GUARD_BYTES: Final = 64

Work = Callable[[list[bytes]], Awaitable[None]]


class Group:
    """Works for all waiting messages at once; new messages wait for the next round."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._waiting: list[tuple[bytes, asyncio.Transport]] = []
        self._awake = asyncio.Event()

    def add(self, body: bytes, transport: asyncio.Transport) -> None:
        """Queue a message; the answer follows the work."""
        self._waiting.append((body, transport))
        self._awake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._awake.wait()
            self._awake.clear()
            group, self._waiting = self._waiting, []
            await self._work([body for body, _ in group])
            for _, transport in group:
                transport.write(ANSWER)


class Front(asyncio.Protocol):
    """One connection from the bench's own sender; parses no other HTTP."""

    def __init__(self, groups: dict[bytes, Group]) -> None:
        self._groups = groups
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport for answers."""
        # uvloop's is no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Wait for a whole request, then answer or queue it."""
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if not end or self._transport is None:
            return
        length = head.lower().rpartition(b"content-length: ")[2].partition(b"\r\n")[0]
        if len(body) < int(length or b"0"):
            return
        self._buffer = b""
        group = self._groups.get(head.split(b" ", 2)[1])
        if group is None:
            self._transport.write(ANSWER)
        else:
            group.add(body, self._transport)


def works(connection: asyncpg.Connection[asyncpg.Record], guard: int) -> dict[bytes, Work]:
    """Return the work of every floor by path. An unknown path is answered at once."""
    key = PrivateKey.from_seed("ed25519", bytes(32))
    message = b"x" * CHECKED_BYTES
    signature = key.sign(message)

    async def select(_bodies: list[bytes]) -> None:
        await connection.fetchval("SELECT 1")

    async def row(bodies: list[bytes]) -> None:
        if len(bodies) == 1:
            await connection.execute(ONE, bodies[0])
        else:
            await connection.execute(MANY, bodies)

    async def guarded(bodies: list[bytes]) -> None:
        await row(bodies)
        os.pwrite(guard, b"x" * GUARD_BYTES, 0)
        os.fdatasync(guard)

    async def signed(bodies: list[bytes]) -> None:
        for _ in bodies:
            verify("ed25519", key.public, message, signature)
        key.sign(message)
        await guarded(bodies)

    return {b"/select": select, b"/row": row, b"/guard": guarded, b"/signed": signed}


async def serve(dsn: str, guard: str, port: int) -> None:
    """Serve until the process ends."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLE)
    file = os.open(guard, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    os.pwrite(file, b"x" * GUARD_BYTES, 0)
    os.fsync(file)
    groups = {path: Group(work) for path, work in works(connection, file).items()}
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Front(groups), "127.0.0.1", port)
    async with listening, asyncio.TaskGroup() as tasks:
        for group in groups.values():
            tasks.create_task(group.run())
        await listening.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], sys.argv[2], int(sys.argv[3])))
