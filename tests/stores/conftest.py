"""Records on fresh databases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from special_channel.stores.record import (
    PostgresRecord,
    PostgresShared,
    SessionRules,
    open_record,
    open_shared,
)
from tests.servers import Database

# The clusters of the tests run without fsync.
FORGETFUL = SessionRules(connections=4, durable=False)


@pytest_asyncio.fixture
async def database(each_fresh_database) -> Database:
    """A migrated database on each available PostgreSQL."""
    made: Database = await each_fresh_database()
    return made


@pytest_asyncio.fixture
async def record(database) -> AsyncIterator[PostgresRecord]:
    """The whole record, as the node's role."""
    async with open_record(database.dsn("channel_node"), FORGETFUL) as opened:
        yield opened


@pytest_asyncio.fixture
async def link_record(database) -> AsyncIterator[PostgresShared]:
    """The shared logs, as the link's role."""
    async with open_shared(database.dsn("channel_link"), FORGETFUL) as opened:
        yield opened
