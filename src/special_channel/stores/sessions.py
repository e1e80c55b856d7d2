"""Connection pools for PostgreSQL; every connection is checked before its first use.

Independent of tables. Checks that the server is durable (`fsync`, `synchronous_commit`).
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from special_channel.core.bytes.errors import Refused
from special_channel.stores.cancelled import cancellations, raise_if_cancelled
from special_channel.stores.database_errors import database_errors

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

_ACQUIRE_SECONDS: Final = 10.0
"""Time limit for a free connection; longer than any of our transactions."""

_STATEMENT_SECONDS: Final = 60.0
"""Time limit of a statement, so that a hanging server can't hang the node."""

_STATEMENTS: Final = 500
"""Prepared statements kept by a connection: a node has more than the driver's 100, and planning
one again costs more than running it."""

# The search path lacks our schemas: statements name a table with its schema, so no table of the
# same name is used instead. The idle limit frees the locks of a client that died in a transaction.
_SETTINGS: Final = {
    "application_name": "special-channel",
    "search_path": "pg_catalog",
    "timezone": "UTC",
    "default_transaction_isolation": "read committed",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "client_min_messages": "warning",
    "jit": "off",
}


@dataclass(frozen=True, slots=True)
class SessionRules:
    """Options of a pool.

    Attributes:
        connections: Most connections.
        durable: Refuse a server that could lose acknowledged commits. False only in tests.
    """

    connections: int = 8
    durable: bool = True


DEFAULT_RULES: Final = SessionRules()


@contextlib.asynccontextmanager
async def open_pool(
    dsn: str, rules: SessionRules = DEFAULT_RULES, settings: dict[str, str] | None = None
) -> AsyncIterator[Pool]:
    """Open a connection pool for the duration of the block.

    `settings`: server settings of the pool's sessions, in addition to the common ones.

    Raises:
        Unavailable: `database-unavailable`.
        Refused: `database-not-durable`.
    """
    durable = {"synchronous_commit": "on"} if rules.durable else {}
    with database_errors():
        pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=rules.connections,
            max_inactive_connection_lifetime=300,
            timeout=_ACQUIRE_SECONDS,
            command_timeout=_STATEMENT_SECONDS,
            statement_cache_size=_STATEMENTS,
            server_settings=_SETTINGS | (settings or {}) | durable,
            init=_check_durable if rules.durable else None,
            reset=_reset,
        )
    try:
        yield pool
    finally:
        await _close(pool)


async def _reset(connection: Connection) -> None:
    """Roll back a transaction that a cancelled task left open."""
    # No further reset, which saves a round trip: our code never changes session settings.
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


class Lane:
    """One connection, kept open between uses and replaced once broken."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._held: PoolConnectionProxy[asyncpg.Record] | None = None

    async def connection(self) -> Connection:
        """Return the connection, a new one if the last is broken.

        Raises:
            Unavailable: `database-unavailable`.
        """
        if self._held is not None and not _alive(self._held):
            await self.close()
        if self._held is None:
            with database_errors():
                self._held = await self._pool.acquire(timeout=_ACQUIRE_SECONDS)
        return self._held

    async def close(self) -> None:
        """Return the connection to the pool."""
        connection, self._held = self._held, None
        if connection is not None:
            await _release(self._pool, connection)


def _alive(connection: PoolConnectionProxy[asyncpg.Record]) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False  # broken, and already released to the pool


@contextlib.asynccontextmanager
async def open_lane(dsn: str, rules: SessionRules, settings: dict[str, str]) -> AsyncIterator[Lane]:
    """Open a lane with these server settings and the checks of `open_pool`, for the block.

    Raises:
        Unavailable, Refused: As `open_pool`.
    """
    async with open_pool(dsn, replace(rules, connections=1), settings) as pool:
        lane = Lane(pool)
        try:
            yield lane
        finally:
            await lane.close()


@contextlib.asynccontextmanager
async def session(pool: Pool) -> AsyncIterator[Connection]:
    """Acquire a connection for the block.

    Raises:
        Unavailable: `database-unavailable` if no connection can be acquired.
    """
    with database_errors():
        connection = await pool.acquire(timeout=_ACQUIRE_SECONDS)
    try:
        yield connection
    finally:
        await _release(pool, connection)


@contextlib.asynccontextmanager
async def mapped_session(pool: Pool) -> AsyncIterator[Connection]:
    """Acquire a connection for statements without a commit; map the driver's errors.

    Raises:
        Unavailable: `database-unavailable`; further errors as `database_errors`.
    """
    async with session(pool) as connection:
        with database_errors():
            yield connection


async def _release(pool: Pool, connection: PoolConnectionProxy[asyncpg.Record]) -> None:
    before = cancellations()
    try:
        await pool.release(connection, timeout=_ACQUIRE_SECONDS)
    except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError):
        cut(connection)  # the work is done, and a broken connection is of no use
        raise_if_cancelled(before)


def cut(connection: Connection) -> None:
    """Close a connection without a handshake, if still open."""
    with contextlib.suppress(asyncpg.InterfaceError):
        connection.terminate()


async def _close(pool: Pool) -> None:
    try:
        await pool.close()
    except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError):
        pool.terminate()


async def _check_durable(connection: Connection) -> None:
    fsync = await connection.fetchval("SELECT current_setting('fsync')")
    synchronous = await connection.fetchval("SELECT current_setting('synchronous_commit')")
    if fsync != "on" or synchronous == "off":
        raise Refused(
            "database-not-durable",
            "The database may forget what it acknowledged: fsync or synchronous_commit is off.",
        )
