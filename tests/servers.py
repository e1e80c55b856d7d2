"""Private servers and fresh databases for tests.

Knows no schema: migrations fill one template database, and tests get copies.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from special_channel.launcher.postgres import OWNER, SUPERUSER, PostgresServer

_numbers = itertools.count(1)

_PORTS = range(10_240, 32_768)
"""Below those that systems hand out by themselves (`net.ipv4.ip_local_port_range`)."""
_places = itertools.count(os.getpid() * 1009)


@dataclass(frozen=True, slots=True)
class Database:
    """A test's database, with a URL for each role.

    The roles of node and link exist once the database is migrated.
    """

    server: PostgresServer
    name: str

    def dsn(self, role: str = OWNER) -> str:
        return self.server.dsn(role, self.name)

    @property
    def owner(self) -> str:
        return self.dsn(OWNER)

    @property
    def node(self) -> str:
        return self.dsn("channel_node")

    @property
    def link(self) -> str:
        return self.dsn("channel_link")

    @property
    def superuser(self) -> str:
        """Return a superuser's URL, for tests that tamper with the database."""
        return self.dsn(SUPERUSER)


DatabaseFactory = Callable[[], Awaitable[Database]]


async def create(server: PostgresServer, *, template: str = "template0") -> Database:
    name = f"t{next(_numbers)}"
    await server.create_database(name, template=template)
    return Database(server, name)


async def drop(database: Database) -> None:
    connection = await asyncpg.connect(database.server.dsn(SUPERUSER, "postgres"))
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{database.name}" WITH (FORCE)')
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def copies_of(template: Database) -> AsyncIterator[DatabaseFactory]:
    """Yield a factory of copies of an unused database; drop the copies at the end."""
    async with contextlib.AsyncExitStack() as stack:

        async def make() -> Database:
            copy = await create(template.server, template=template.name)
            stack.push_async_callback(drop, copy)
            return copy

        yield make


def free_port() -> int:
    """Return a loopback port that no other program takes before it is used.

    The system assigns ports of other tests' connections from another range. Each process starts
    at a different port and never returns a port twice.
    """
    while True:
        port = _PORTS[next(_places) % len(_PORTS)]
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def sockets() -> Path:
    """Return a short name for a folder that does not exist yet."""
    return Path(tempfile.gettempdir()) / f"sc-{secrets.token_hex(6)}"


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """Make a folder that other users can enter, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="sc-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
