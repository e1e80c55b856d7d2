"""Run a node's two private servers and restart a server that was killed.

Does not inform the node's components about data lost in a restart: the caller's hook does.
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
    """Common interface of the private PostgreSQL and Redis."""

    @property
    def pid(self) -> int:
        """Process id of the running server."""

    async def start(self) -> None:
        """Start the server and wait until it answers."""

    async def stop(self) -> None:
        """Shut down in order."""

    async def restart(self) -> None:
        """Stop if running, then start."""

    async def kill(self) -> None:
        """Send SIGKILL and wait for the end."""

    async def ended(self) -> None:
        """Wait until the server's process has ended, for any reason."""


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

    Both start concurrently, with the default binaries.

    Args:
        data: Folder of this node.
        temporary: The system's folder for temporary files, for the socket folders.
        token: A few random characters, so that the names of socket folders are unpredictable.

    Raises:
        Refused: `data-other-major`, `socket-path-too-long`.
        Unavailable: `postgres-missing`, `redis-missing`, and the codes of `embedded_postgres`.
    """
    # Includes the folder's name, so that two nodes with the same token differ.
    name = hashlib.sha256(f"{token} {data.name}".encode()).hexdigest()[:12]
    postgres = embedded_postgres(
        data / "postgres",
        sockets=temporary / f"special-channel-{name}-p",
        binaries=find_postgres(recorded_major(data / "postgres")),
    )
    redis = embedded_redis(
        data / "redis", sockets=temporary / f"special-channel-{name}-r", binary=find_redis()
    )
    async with _start_both(postgres, redis) as (sql, reminders):
        yield EmbeddedServers(sql, reminders)


async def keep_running(
    server: EmbeddedServer, then: Callable[[], Awaitable[None]] | None = None
) -> NoReturn:
    """Restart a server each time it ends unexpectedly, until cancelled.

    Cancel before stopping the server on purpose, since the reason of an end is unknown here.

    Args:
        server: A running server.
        then: Called after each restart, to restore data that the server lost.

    Raises:
        Unavailable: `server-not-started` if the restart fails; the node should end.
    """
    while True:
        await server.ended()
        await server.restart()
        if then:
            await then()


@contextlib.asynccontextmanager
async def _start_both(
    postgres: contextlib.AbstractAsyncContextManager[PostgresServer],
    redis: contextlib.AbstractAsyncContextManager[RedisServer],
) -> AsyncIterator[tuple[PostgresServer, RedisServer]]:
    async with contextlib.AsyncExitStack() as stack:
        try:
            async with asyncio.TaskGroup() as group:
                sql = group.create_task(stack.enter_async_context(postgres))
                reminders = group.create_task(stack.enter_async_context(redis))
        except BaseExceptionGroup as errors:
            # Raise the first error alone, so that callers see its code.
            raise errors.exceptions[0] from errors
        yield sql.result(), reminders.result()
