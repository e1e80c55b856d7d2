"""Run a node's two private servers and restart a server that was killed.

Does not inform the node's components about data lost in a restart: they notice by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from special_channel.launcher.binaries import find_postgres, find_redis
from special_channel.launcher.postgres import PostgresServer, embedded_postgres, recorded_major
from special_channel.launcher.private_server import PrivateServer
from special_channel.launcher.redis import RedisServer, embedded_redis


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
    async with contextlib.AsyncExitStack() as stack:
        try:
            async with asyncio.TaskGroup() as group:
                sql = group.create_task(stack.enter_async_context(postgres))
                reminders = group.create_task(stack.enter_async_context(redis))
        except BaseExceptionGroup as errors:
            # Raise the first error alone, so that callers see its code.
            raise errors.exceptions[0] from errors
        yield EmbeddedServers(sql.result(), reminders.result())


async def keep_running(server: PrivateServer) -> NoReturn:
    """Restart a server each time it ends unexpectedly, until cancelled.

    Cancel before stopping the server on purpose, since the reason of an end is unknown here.

    Raises:
        Unavailable: `server-not-started` if the restart fails; the node should end.
    """
    while True:
        await server.ended()
        await server.restart()
