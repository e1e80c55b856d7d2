"""Start RabbitMQ, NATS JetStream, Redis and PostgreSQL as contestants.

Programs come from Debian's packages; Redis and PostgreSQL also from this project's wheels. A server
listens on loopback alone and writes to its own folder.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from benchmarks.contestants import Contestant, free_port, need_program, sender, server, until_open
from benchmarks.environments import ROOT, ensure_installed
from special_channel.launcher.binaries import find_postgres, find_redis
from special_channel.launcher.postgres import SUPERUSER, PostgresServer, embedded_postgres
from tests import servers as folders

LOCK = ROOT / "requirements-brokers.lock"
PLACE = ROOT / "var" / "brokers"

RABBITMQ_FOLDERS = ":/usr/sbin:/usr/lib/rabbitmq/bin"
SYSTEM_FOLDERS = ":/usr/sbin:/usr/lib/erlang/bin"
"""Debian's folders of server programs, which a user's PATH may lack."""
_NO_PROOF = "checks no signature, judges nothing, keeps no hash tree and gives no signed receipt"


@dataclass(frozen=True, slots=True)
class Listening:
    """A broker's server that takes connections on loopback."""

    pid: int
    port: int
    version: str


def _rabbitmq_programs() -> tuple[Path, str]:
    """Return RabbitMQ's start script and Erlang's register of names.

    Raises:
        Absent: One of them is not installed.
    """
    wrapper = Path(need_program("rabbitmq-server", "rabbitmq-server", folders=RABBITMQ_FOLDERS))
    return wrapper, need_program("rabbitmq-server", "epmd", folders=SYSTEM_FOLDERS)


@contextlib.asynccontextmanager
async def rabbitmq_server(folder: Path) -> AsyncIterator[Listening]:
    """Run one RabbitMQ node.

    Raises:
        Absent: The server is not installed or does not start.
    """
    wrapper, epmd = _rabbitmq_programs()
    # Debian's command on the PATH would run it as the system's user, in the system's folders.
    scripts = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    program = scripts[-1] if scripts else wrapper
    release = re.search(r"rabbitmq_server-([\d.]+)", str(program.resolve()))
    port, distribution, names = free_port(), free_port(), free_port()
    folder.mkdir()
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp.local = 127.0.0.1:{port}\n"
        "log.console = true\nlog.console.level = error\nlog.file = false\n",
        encoding="utf-8",
    )
    (folder / "enabled_plugins").write_text("[].\n", encoding="utf-8")
    environment = {
        "HOME": str(folder),  # holds the cookie
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": "bench@localhost",
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "logs"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
    }
    (folder / "names").mkdir()
    async with contextlib.AsyncExitStack() as stack:
        # Erlang's register of names is started here: RabbitMQ would leave one behind.
        command = [epmd, "-port", str(names), "-address", "127.0.0.1"]
        register = await stack.enter_async_context(server(command, folder / "names"))
        await until_open(names, register, folder / "names")
        process = await stack.enter_async_context(server([program], folder, environment))
        await until_open(port, process, folder)
        yield Listening(process.pid, port, release[1] if release else "of unknown version")


@contextlib.asynccontextmanager
async def rabbitmq(folder: Path, body: str) -> AsyncIterator[Contestant]:
    """Run one RabbitMQ node with a quorum queue, and its client.

    Raises:
        Absent: Server or client is not installed, or the server does not start.
    """
    _rabbitmq_programs()  # before its client is installed
    python = ensure_installed(LOCK, PLACE)
    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(rabbitmq_server(folder))
        address = f"amqp://guest:guest@127.0.0.1:{running.port}/"
        client = await stack.enter_async_context(sender("rabbitmq_sender", python, address, body))
        yield Contestant(
            "rabbitmq",
            f"RabbitMQ {running.version}, one node, quorum queue, publisher confirms, "
            f"{client.version}",
            f"Flushes once and {_NO_PROOF}; one node mirrors nothing.",
            [running.pid],
            client.process.pid,
            client.run,
        )


@contextlib.asynccontextmanager
async def nats_server(folder: Path) -> AsyncIterator[Listening]:
    """Run one NATS server with JetStream in files; each ack follows a flush.

    Raises:
        Absent: The server is not installed or does not start.
    """
    program = need_program("nats-server", "nats-server", folders=SYSTEM_FOLDERS)
    output = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    port = free_port()
    folder.mkdir()
    config = folder / "nats.conf"
    config.write_text(
        f'listen: "127.0.0.1:{port}"\n'
        f'jetstream {{ store_dir: "{folder / "data"}", sync_interval: always }}\n',
        encoding="utf-8",
    )
    async with server([program, "-c", str(config)], folder) as process:
        await until_open(port, process, folder)
        yield Listening(process.pid, port, output.stdout.rpartition("v")[2].strip())


@contextlib.asynccontextmanager
async def nats(folder: Path, body: str) -> AsyncIterator[Contestant]:
    """Run one NATS server with JetStream in files, and its client.

    Raises:
        Absent: Server or client is not installed, or the server does not start.
    """
    need_program("nats-server", "nats-server", folders=SYSTEM_FOLDERS)  # before its client
    python = ensure_installed(LOCK, PLACE)
    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(nats_server(folder))
        address = f"nats://127.0.0.1:{running.port}"
        client = await stack.enter_async_context(sender("nats_sender", python, address, body))
        yield Contestant(
            "nats",
            f"NATS JetStream {running.version}, one server, stream in files, sync_interval "
            f"always, {client.version}",
            f"Flushes once and {_NO_PROOF}; by its own default it flushes every two minutes.",
            [running.pid],
            client.process.pid,
            client.run,
        )


@contextlib.asynccontextmanager
async def redis_stream(folder: Path, body: str) -> AsyncIterator[Contestant]:
    """Run a Valkey or Redis with `appendfsync always`."""
    binary, port = find_redis(), free_port()
    output = subprocess.run([binary.path, "--version"], capture_output=True, text=True, check=True)
    folder.mkdir()
    options = {
        "port": str(port), "bind": "127.0.0.1", "dir": str(folder),
        "save": "", "appendonly": "yes", "appendfsync": "always",
    }  # fmt: skip
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    async with contextlib.AsyncExitStack() as stack:
        process = await stack.enter_async_context(server([binary.path, *words], folder))
        await until_open(port, process, folder)
        client = await stack.enter_async_context(
            sender("redis_sender", Path(sys.executable), f"redis://127.0.0.1:{port}/0", body)
        )
        yield Contestant(
            "redis",
            f"{redis_version(output.stdout)}, stream, appendfsync always, {client.version}",
            f"Flushes once and {_NO_PROOF}; keeps all in memory.",
            [process.pid],
            client.process.pid,
            client.run,
        )


def redis_version(output: str) -> str:
    """Read name and version from the output of `--version`."""
    version = re.search(r"v=([\d.]+)", output)
    name = "Valkey" if "valkey" in output.lower() else "Redis"
    return f"{name} {version[1]}" if version else name


@contextlib.asynccontextmanager
async def postgres(folder: Path) -> AsyncIterator[PostgresServer]:
    """Run a PostgreSQL for INSERTs, floors and Synapse, with a node's own settings."""
    async with embedded_postgres(
        folder,
        sockets=folders.sockets(),
        binaries=find_postgres(),
        settings={"max_connections": "150"},
    ) as running:
        yield running


async def postgres_version(running: PostgresServer) -> str:
    """Query a server's version."""
    connection = await asyncpg.connect(running.dsn(SUPERUSER, "postgres"))
    try:
        return str(await connection.fetchval("SHOW server_version")).split()[0]
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def bare_insert(running: PostgresServer, body: str) -> AsyncIterator[Contestant]:
    """Insert rows into one table."""
    await running.create_database("rows")
    address = running.dsn(database="rows")
    async with sender("postgres_sender", Path(sys.executable), address, body) as client:
        version = await postgres_version(running)
        yield Contestant(
            "insert",
            f"PostgreSQL {version}, bare INSERT, fsync on, {client.version}",
            f"Flushes once and {_NO_PROOF}; a row is in no order that others could check.",
            [running.pid],
            client.process.pid,
            client.run,
        )
