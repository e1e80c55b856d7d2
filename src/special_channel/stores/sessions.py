"""Sessions with PostgreSQL: a pool whose every connection was checked before it is used.

Does not know tables. What is asked of each new connection: that the server keeps what it
acknowledges (`fsync`, `synchronous_commit`), and whatever `on_session` looks at.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from special_channel.core.errors import Refused
from special_channel.stores.cancelled import cancellations, still_wanted
from special_channel.stores.database_errors import database_errors

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

OnSession: TypeAlias = Callable[[Connection], Awaitable[None]]
"""Looks at each new connection before its first use; what it raises, the acquirer gets."""

_ACQUIRE_SECONDS: Final = 10.0
"""Patience for a free connection; longer than any transaction here takes."""

_STATEMENT_SECONDS: Final = 60.0
"""Longest that a statement may take, so that a server that hangs can't hang the node."""

# Names are written with their schema everywhere, so a table of the same name elsewhere on the
# search path can't stand in. A session that dies inside a transaction frees its locks in time.
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
    """What to ask of a database.

    Attributes:
        connections: How many at most.
        durable: Refuse a server that could forget what it acknowledged. Only tests say no.
        on_session: Called on each new connection.
    """

    connections: int = 8
    durable: bool = True
    on_session: OnSession | None = None


DEFAULT_RULES: Final = SessionRules()


@contextlib.asynccontextmanager
async def open_pool(
    dsn: str, rules: SessionRules = DEFAULT_RULES, settings: dict[str, str] | None = None
) -> AsyncIterator[Pool]:
    """Connect, and keep a pool of connections for as long as the block lasts.

    `settings` hold for each of its sessions, beside those that all have.

    Raises:
        Unavailable: `database-unavailable`.
        Refused: `database-not-durable`.
        ChannelError: What `on_session` raises.
    """

    async def begun(connection: Connection) -> None:
        if rules.durable:
            await _check_durable(connection)
        if rules.on_session is not None:
            await rules.on_session(connection)

    durable = {"synchronous_commit": "on"} if rules.durable else {}
    with database_errors():
        pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=rules.connections,
            max_inactive_connection_lifetime=300,
            timeout=_ACQUIRE_SECONDS,
            command_timeout=_STATEMENT_SECONDS,
            server_settings=_SETTINGS | (settings or {}) | durable,
            init=begun,
            reset=_as_it_is,
        )
    try:
        yield pool
    finally:
        await _close(pool)


async def _as_it_is(connection: Connection) -> None:
    """Give a connection back as it is: nothing here changes a session, so a round trip less.

    A transaction that a cancelled task left open must not become the next one's.
    """
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


class Lane:
    """One connection that is kept between uses, and replaced once it is broken."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._held: PoolConnectionProxy[asyncpg.Record] | None = None

    async def connection(self) -> Connection:
        """Return the connection; a new one if the last broke.

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
        """Give the connection back."""
        held, self._held = self._held, None
        if held is not None:
            await _release(self._pool, held)


def _alive(connection: PoolConnectionProxy[asyncpg.Record]) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False  # it broke, and its pool has taken it back


@contextlib.asynccontextmanager
async def open_lane(dsn: str, rules: SessionRules, settings: dict[str, str]) -> AsyncIterator[Lane]:
    """Keep one connection, with these settings and the checks of `open_pool`, for the block.

    Raises:
        Unavailable, Refused, ChannelError: As `open_pool`.
    """
    async with open_pool(dsn, replace(rules, connections=1), settings) as pool:
        lane = Lane(pool)
        try:
            yield lane
        finally:
            await lane.close()


@contextlib.asynccontextmanager
async def session(pool: Pool) -> AsyncIterator[Connection]:
    """Lend a connection.

    Raises:
        Unavailable: `database-unavailable`, for what goes wrong getting it.
    """
    with database_errors():
        connection = await pool.acquire(timeout=_ACQUIRE_SECONDS)
    try:
        yield connection
    finally:
        await _release(pool, connection)


async def _release(pool: Pool, connection: PoolConnectionProxy[asyncpg.Record]) -> None:
    before = cancellations()
    try:
        await pool.release(connection, timeout=_ACQUIRE_SECONDS)
    except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError):
        cut(connection)  # what was to be said is said; a broken one helps nobody
        still_wanted(before)


def cut(connection: Connection) -> None:
    """Drop a connection without a word, if it is still there."""
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
