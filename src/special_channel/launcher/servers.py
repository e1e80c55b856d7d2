"""Run a node's two private servers side by side, and bring back one that was killed.

Does not tell the node's parts what a restart lost: the caller's hook does.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

from special_channel.launcher.binaries import find_postgres, find_redis
from special_channel.launcher.postgres import PostgresServer, embedded_postgres, recorded_major
from special_channel.launcher.redis import RedisServer, embedded_redis


class EmbeddedServer(Protocol):
    """What PostgreSQL and Redis have in common here."""

    @property
    def pid(self) -> int:
        """Return the process id of the running server."""

    async def start(self) -> None:
        """Start it and wait until it answers."""

    async def stop(self) -> None:
        """Shut it down in order."""

    async def restart(self) -> None:
        """Stop if need be, then start."""

    async def kill(self) -> None:
        """Send SIGKILL and wait for the end."""

    async def ended(self) -> None:
        """Wait until it is gone, for whatever reason."""


@dataclass(frozen=True, slots=True)
class EmbeddedServers:
    """The servers of one node."""

    postgres: PostgresServer
    redis: RedisServer


@contextlib.asynccontextmanager
async def embedded_servers(
    data: Path, *, temporary: Path, token: str
) -> AsyncIterator[EmbeddedServers]:
    """Run PostgreSQL in `data/postgres` and Redis in `data/redis` while the block lasts.

    Both start at once, with the default binaries.

    Args:
        data: Folder of this node.
        temporary: The system's folder for temporary files, where the sockets' folders are made.
        token: Random, a few characters; keeps the names of those folders from being foreseen.

    Raises:
        Refused: `data-other-major`, `socket-path-too-long`.
        Unavailable: `postgres-missing`, `redis-missing`, and those of `embedded_postgres`.
    """
    # The folder's name goes in too: two nodes that were given one token still differ.
    name = hashlib.sha256(f"{token} {data.name}".encode()).hexdigest()[:12]
    postgres = embedded_postgres(
        data / "postgres",
        sockets=temporary / f"special-channel-{name}-p",
        binaries=find_postgres(recorded_major(data / "postgres")),
    )
    redis = embedded_redis(
        data / "redis", sockets=temporary / f"special-channel-{name}-r", binary=find_redis()
    )
    async with _both(postgres, redis) as (sql, reminders):
        yield EmbeddedServers(sql, reminders)


async def keep_running(
    server: EmbeddedServer, then: Callable[[], Awaitable[None]] | None = None
) -> NoReturn:
    """Start a server again each time it ends without being asked to, until cancelled.

    Cancel it before you stop the server yourself; it can't tell the two apart.

    Args:
        server: One that is running.
        then: Called after each restart, for what the server has forgotten.

    Raises:
        Unavailable: `server-not-started` if it does not come back; the node should end.
    """
    while True:
        await server.ended()
        await server.restart()
        if then:
            await then()


@contextlib.asynccontextmanager
async def _both(
    postgres: contextlib.AbstractAsyncContextManager[PostgresServer],
    redis: contextlib.AbstractAsyncContextManager[RedisServer],
) -> AsyncIterator[tuple[PostgresServer, RedisServer]]:
    async with contextlib.AsyncExitStack() as stack:
        try:
            async with asyncio.TaskGroup() as group:
                sql = group.create_task(stack.enter_async_context(postgres))
                reminders = group.create_task(stack.enter_async_context(redis))
        except BaseExceptionGroup as several:
            # The caller is told of one fault in the words that its code has.
            raise several.exceptions[0] from several
        yield sql.result(), reminders.result()
