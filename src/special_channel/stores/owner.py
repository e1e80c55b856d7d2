"""Connect with the database owner's role and write to tables that are closed to the node's role.

Does not verify: the caller proves the data to write.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import TypeAlias

import asyncpg

from special_channel.stores.database_errors import database_errors

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@contextlib.asynccontextmanager
async def connect_owner(owner_dsn: str) -> AsyncIterator[Connection]:
    """Connect as the database's owner.

    Raises:
        Unavailable: `database-unavailable`.
    """
    with database_errors():
        connection = await asyncpg.connect(
            owner_dsn, timeout=30, server_settings={"search_path": "pg_catalog", "timezone": "UTC"}
        )
        try:
            yield connection
        finally:
            await connection.close(timeout=5)


@contextlib.asynccontextmanager
async def unfenced(
    connection: Connection, schema: str, tables: Sequence[str]
) -> AsyncIterator[None]:
    """Open a transaction without the tables' triggers, exclusive of other writers.

    Raises:
        Unavailable: `database-unavailable`, also if another writer does not end in time.
    """
    with database_errors():
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '10s'")
            for table in tables:
                await connection.execute(f"ALTER TABLE {schema}.{table} DISABLE TRIGGER USER")
            yield
            for table in tables:
                await connection.execute(f"ALTER TABLE {schema}.{table} ENABLE TRIGGER USER")
