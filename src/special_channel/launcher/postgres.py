"""Run a private PostgreSQL on a data folder.

Creates the cluster, its superuser, and one empty database with its owner; migrations create
the other roles and the tables.

Does not listen on any network address. Does not upgrade a folder of another major version.

Layout of the data folder: `cluster/` (PostgreSQL's own; its PG_VERSION records the major version),
`lock`, `server.log`.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import asyncpg

from special_channel.core.bytes.errors import Refused, Unavailable
from special_channel.launcher import processes
from special_channel.launcher.binaries import PostgresBinaries
from special_channel.launcher.private_server import PrivateServer, prepared

SUPERUSER: Final = "postgres"
"""Creates databases; used for nothing else."""

OWNER: Final = "channel_owner"
"""Owner of the database for migrations, as in `DATABASE_OWNER_URL`; creates the serving roles."""

DATABASE: Final = "special_channel"

_PORT: Final = 5432
_SOCKET: Final = f".s.PGSQL.{_PORT}.lock"
_READY_POLL_SECONDS: Final = 0.005
_AGAIN_SECONDS: Final = 0.05
_STILL_ATTACHED: Final = "pre-existing shared memory block"
_NOTICED_SECONDS: Final = 2.0
"""Time in which sessions notice a killed postmaster, also on a loaded machine."""

# Fast shutdown ends sessions and writes a checkpoint. Immediate shutdown follows, with recovery at
# the next start. https://www.postgresql.org/docs/current/server-shutdown.html
_GRACE: Final[processes.Grace] = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0))

# fsync, synchronous_commit and full_page_writes are the defaults, but explicit, since receipts
# depend on them. The log never contains statements or row values: they include case content.
_SETTINGS: Final[Mapping[str, str]] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "min_wal_size": "32MB",
    "max_wal_size": "512MB",
    "max_worker_processes": "2",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_max_workers": "1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}

# From 18 on the default is three extra processes for reading, useless for a small database.
_SETTINGS_FROM_18: Final[Mapping[str, str]] = {"io_method": "sync"}


class PostgresServer(PrivateServer):
    """A private server: `dsn` returns its address; other methods start and stop it.

    `kill` sends the signal to the postmaster alone; its sessions notice within moments.
    """

    title = "PostgreSQL"
    grace = _GRACE
    patience = 60.0

    def __init__(
        self,
        data: Path,
        sockets: Path,
        *,
        binaries: PostgresBinaries,
        settings: Mapping[str, str],
        way: processes.Confinement,
    ) -> None:
        super().__init__(data / "server.log", way)
        self._cluster = data / "cluster"
        self._sockets = sockets
        self._binaries = binaries
        self._settings = settings

    def dsn(self, user: str = OWNER, database: str = DATABASE) -> str:
        """Return the address for a role and a database. No password: the socket is private."""
        host = quote(str(self._sockets))
        return f"postgresql://{quote(user)}@/{quote(database)}?host={host}&port={_PORT}"

    async def create_database(self, name: str, *, template: str = "template0") -> None:
        """Create a database and its owner unless they exist."""
        connection = await asyncpg.connect(self.dsn(SUPERUSER, "postgres"))
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", OWNER):
                await connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE")
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await connection.execute(
                    f'CREATE DATABASE "{name}" OWNER {OWNER} TEMPLATE "{template}"'
                )
        finally:
            await connection.close()

    async def _launch(self) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        self._process = self._spawn()
        while not self._says_ready(self._process.pid):
            if self._process.running:
                await asyncio.sleep(_READY_POLL_SECONDS)
            elif _STILL_ATTACHED in _tail(self._log, lines=5):
                # Sessions of a killed postmaster notice its death within moments, not at once. A
                # hanging session never does; recovery rolls back its uncommitted changes.
                if clock() - began > _NOTICED_SECONDS:
                    processes.kill_within(self._cluster.resolve())
                await asyncio.sleep(_AGAIN_SECONDS)
                self._process = self._spawn()
            else:
                raise self._not_started()

    def _spawn(self) -> processes.ServerProcess:
        options = {
            **_SETTINGS,
            **(_SETTINGS_FROM_18 if self._binaries.major >= 18 else {}),  # noqa: PLR2004
            **self._settings,
            "unix_socket_directories": str(self._sockets),
        }
        return processes.start(
            [
                self._binaries.folder / "postgres",
                "-D",
                self._cluster,
                *(word for name, value in options.items() for word in ("-c", f"{name}={value}")),
            ],
            log=self._log,
            way=self._way,
            at_parent_death=_GRACE[0][0],
        )

    def _says_ready(self, pid: int) -> bool:
        # Line 1 is the pid, line 8 the status that pg_ctl waits for (LOCK_FILE_LINE_* in
        # PostgreSQL's miscadmin.h).
        lines = _lines(self._cluster / "postmaster.pid")
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"  # noqa: PLR2004

    async def _remove_leftovers(self) -> None:
        """End the server of a killed launcher, and delete a pid file of an unrelated process."""
        pid_file = self._cluster / "postmaster.pid"
        first_line = _lines(pid_file)[:1]
        if not first_line or not first_line[0].isdigit():
            return
        pid = int(first_line[0])
        was_ours = processes.is_marked(pid, self._cluster)
        await processes.end_orphan(pid, self._cluster, _GRACE)
        if not was_ours and processes.exists(pid):
            # After a reboot another program may have the pid; PostgreSQL would refuse to start.
            pid_file.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def embedded_postgres(
    data: Path,
    *,
    sockets: Path,
    binaries: PostgresBinaries,
    settings: Mapping[str, str] | None = None,
    way: processes.Confinement | None = None,
) -> AsyncIterator[PostgresServer]:
    """Run a server on `data` while the block lasts; create the cluster on first use.

    Args:
        data: Folder for this server alone; any length. Locked against other processes.
        sockets: Folder for the socket (`folders.private_sockets`).
        binaries: From `binaries.find_postgres(recorded_major(data))`.
        settings: Server settings; they override built-in ones.
        way: How to drop root; detected if None.

    Raises:
        Refused: `data-other-major`, `socket-path-too-long`.
        Unavailable: `data-in-use`, `server-not-started`, `socket-folder-not-private`,
            `root-not-shed`.
    """
    with prepared(data, sockets, _SOCKET, way) as (folder, confined):
        _check_major(folder, binaries)
        if recorded_major(folder) is None:
            await _make_cluster(folder, binaries, confined)
        server = PostgresServer(
            folder, sockets, binaries=binaries, settings=settings or {}, way=confined
        )
        async with server.running():
            await server.create_database(DATABASE)
            yield server


def recorded_major(data: Path) -> int | None:
    """Return the major version that created a data folder, or `None` for a new folder."""
    lines = _lines(data / "cluster" / "PG_VERSION")
    return int(lines[0]) if lines else None


def _check_major(data: Path, binaries: PostgresBinaries) -> None:
    recorded = recorded_major(data)
    if recorded not in {None, binaries.major}:
        raise Refused(
            "data-other-major",
            f"{data} was made by PostgreSQL {recorded}; PostgreSQL {binaries.major} can't read it. "
            f"Install PostgreSQL {recorded}, or move the data with pg_dump.",
            folder=str(data),
            recorded=recorded or 0,
            found=binaries.major,
        )


async def _make_cluster(data: Path, binaries: PostgresBinaries, way: processes.Confinement) -> None:
    # Created under a temporary name and renamed when complete, so that a start killed half-way
    # leaves no partial cluster.
    unfinished = data / "cluster.new"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    way.give(unfinished)
    log = data / "server.log"
    # The same collation and character classes on every system: code points. The builtin provider,
    # since 17, does not depend on the operating system.
    locale = (
        ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        if binaries.major >= 17  # noqa: PLR2004
        else ("--locale=C.UTF-8",)
    )
    status = await processes.run(
        [
            binaries.folder / "initdb",
            *("--pgdata", unfinished, "--username", SUPERUSER, "--encoding=UTF8"),
            *locale,
            *("--auth=trust", "--data-checksums", "--no-instructions"),
        ],
        log=log,
        way=way,
    )
    if status != 0:
        raise Unavailable(
            "server-not-started",
            f"initdb failed: {processes.last_line(log)}. All that it said is in {log}.",
            server="PostgreSQL",
            log=str(log),
        )
    (unfinished / "pg_hba.conf").write_text("local all all trust\n", encoding="ascii")
    unfinished.rename(data / "cluster")


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _tail(log: Path, lines: int) -> str:
    return "\n".join(_lines(log)[-lines:])
