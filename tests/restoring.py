"""Restore a node's database, guard, or both to an old state, as an operator does.

Uses PostgreSQL's programs on the node's own cluster. Stop the node first, except for `dump`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from special_channel.core.bytes.ids import Party
from special_channel.launcher import binaries
from special_channel.launcher.postgres import (
    DATABASE,
    SUPERUSER,
    PostgresServer,
    embedded_postgres,
)
from special_channel.stores.migrations import migrate
from tests import servers
from tests.channel import Channel

BINARIES = binaries.find_postgres()


async def run(program: str, *words: str) -> None:
    """Run one of PostgreSQL's programs as the user that runs the server."""
    process = await asyncio.create_subprocess_exec(
        str(BINARIES.folder / program),
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, told.decode()


@dataclass
class Machine:
    """One side's machine: its data and keys on disk."""

    made: Channel
    party: Party
    kept: dict[str, Path] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.made.folder / self.party

    @property
    def guard(self) -> Path:
        return self.data / "keys" / "published"

    @asynccontextmanager
    async def server(self, **settings: str) -> AsyncIterator[PostgresServer]:
        """Run the cluster alone: the node is stopped, or uses this server."""
        async with embedded_postgres(
            self.data / "postgres",
            sockets=servers.sockets(),
            binaries=BINARIES,
            settings=settings,
        ) as server:
            yield server

    async def dump(self) -> Path:
        """Dump the database of the running node."""
        embedded = self.made.nodes[self.party].core.engines.embedded
        assert embedded is not None
        file = self.made.folder / f"{self.party}-{os.urandom(4).hex()}.dump"
        dsn = embedded.postgres.dsn(SUPERUSER)
        await run("pg_dump", "--format=custom", f"--file={file}", dsn)
        return file

    async def restore(self, file: Path | None) -> None:
        """Replace the database by a dump; None: by an empty, migrated database."""
        async with self.server() as server:
            connection = await asyncpg.connect(server.dsn(SUPERUSER, "postgres"))
            try:
                await connection.execute(f'DROP DATABASE "{DATABASE}" WITH (FORCE)')
            finally:
                await connection.close()
            await server.create_database(DATABASE)
            if file is None:
                await migrate(server.dsn())
            else:
                await run("pg_restore", f"--dbname={server.dsn(SUPERUSER)}", str(file))

    def keep(self, name: str, folder: Path) -> None:
        """Back up a folder, with its times and owners."""
        self.kept[name] = self.made.folder / f"kept-{self.party}-{name}"
        _copy(folder, self.kept[name])

    def put_back(self, name: str, folder: Path) -> None:
        """Replace a folder by its copy, as a restore does: with new files."""
        fresh = folder.with_name(folder.name + ".fresh")
        _copy(self.kept[name], fresh)
        gone = folder.with_name(folder.name + ".gone")
        folder.rename(gone)  # only now may its inodes be used again
        fresh.rename(folder)
        shutil.rmtree(gone)


def _copy(source: Path, target: Path) -> None:
    # `cp -a` keeps the owner of the cluster, where tests run as root.
    subprocess.run(["cp", "-a", str(source), str(target)], check=True, timeout=60)  # noqa: S607
