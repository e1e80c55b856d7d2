"""Synapse, the Matrix server, as a contestant: one room, one user, a message each.

The sender is the same as for this broker's notes, over HTTP. Rate limits are off.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import itertools
import json
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from benchmarks.broker_servers import LOCK, PLACE, postgres_version
from benchmarks.brokers.bursts import Burst, run_burst
from benchmarks.contestants import Contestant, free_port, server, until_open
from benchmarks.environments import Absent, ensure_installed
from benchmarks.load import Connection
from special_channel.launcher.postgres import SUPERUSER, PostgresServer

LACKS: Final = (
    "A server's events are hashed and signed by the server; no author signs, no tree proves that "
    "none is missing, and nothing was federated here."
)
_SECRET: Final = "throw-away"  # noqa: S105 - of a server that lives as long as the comparison
_NO_LIMIT: Final = {"per_second": 1e9, "burst_count": 10**9}


def settings(folder: Path, port: int, database: dict[str, Any]) -> dict[str, Any]:
    """Return Synapse's settings: loopback, no federation, no rate limits.

    The settings file is JSON, a subset of YAML.
    """
    listener = {
        "port": port,
        "type": "http",
        "bind_addresses": ["127.0.0.1"],
        "resources": [{"names": ["client"]}],
    }
    limits = ("rc_message", "rc_registration", "rc_room_creation")
    return {
        "server_name": "bench.example",
        "listeners": [listener],
        "database": database,
        "pid_file": str(folder / "pid"),
        "log_config": str(folder / "log.json"),
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "registration_shared_secret": _SECRET,
        "macaroon_secret_key": _SECRET,
        "report_stats": False,
        "trusted_key_servers": [],
        "presence": {"enabled": False},
        "rc_login": dict.fromkeys(("address", "account", "failed_attempts"), _NO_LIMIT),
        **dict.fromkeys(limits, _NO_LIMIT),
    }


def sqlite(folder: Path) -> dict[str, Any]:
    """Return the settings of a database in one file."""
    return {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}}


async def postgres(running: PostgresServer) -> dict[str, Any]:
    """Create a database on a server; return the settings."""
    await running.create_database("synapse")
    args = {"dsn": running.dsn(SUPERUSER, "synapse"), "cp_min": 5, "cp_max": 10}
    # Its own order of text is C's; Synapse looks at an older way of asking for that.
    return {"name": "psycopg2", "args": args, "allow_unsafe_locale": True}


@contextlib.asynccontextmanager
async def on_sqlite(folder: Path, body: str) -> AsyncIterator[Contestant]:
    """Run Synapse on SQLite.

    Raises:
        Absent: Synapse can't be installed or does not start.
    """
    folder.mkdir()
    async with _contestant(folder, "synapse_sqlite", sqlite(folder), "SQLite", body) as contestant:
        yield contestant


@contextlib.asynccontextmanager
async def on_postgres(
    folder: Path, running: PostgresServer, body: str
) -> AsyncIterator[Contestant]:
    """Run Synapse on PostgreSQL.

    Raises:
        Absent: Synapse can't be installed or does not start.
    """
    folder.mkdir()
    database = await postgres(running)
    title = f"PostgreSQL {await postgres_version(running)}"
    async with _contestant(folder, "synapse_postgres", database, title, body) as contestant:
        yield replace(contestant, servers=[*contestant.servers, running.pid])


@contextlib.asynccontextmanager
async def _contestant(
    folder: Path, name: str, database: dict[str, Any], store: str, body: str
) -> AsyncIterator[Contestant]:
    python = ensure_installed(LOCK, PLACE)
    port = free_port()
    log = {
        "version": 1,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "root": {"level": "ERROR", "handlers": ["console"]},
    }
    (folder / "log.json").write_text(json.dumps(log), encoding="utf-8")
    config = folder / "homeserver.json"
    config.write_text(json.dumps(settings(folder, port, database)), encoding="utf-8")
    start: list[str | Path] = [python, "-m", "synapse.app.homeserver", "--config-path", config]
    keys = subprocess.run([*start, "--generate-keys"], cwd=folder, capture_output=True, check=False)
    if keys.returncode:
        raise Absent(f"it makes no keys: {keys.stderr.decode(errors='replace').strip()[-300:]}")
    output = subprocess.run(
        [python, "-c", "from importlib.metadata import version; print(version('matrix-synapse'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    async with server(start, folder, {"PYTHONUNBUFFERED": "1"}) as process:
        await until_open(port, process, folder)
        async with _room(port, body) as room:
            yield Contestant(
                name,
                f"Synapse {output.stdout.split()[0]} on {store}, one room, no federation",
                LACKS,
                [process.pid],
                None,
                room,
            )


@contextlib.asynccontextmanager
async def _room(port: int, body: str) -> AsyncIterator[Any]:
    """Register a user, create a room; yield a function for bursts of messages."""
    control = await Connection.open(port)
    token = await _register(control)
    created = await control.post("/_matrix/client/v3/createRoom", b"{}", token)
    path = f"/_matrix/client/v3/rooms/{_expect(created)['room_id']}/send/m.room.message"
    control.close()
    content = json.dumps({"msgtype": "m.text", "body": body}).encode()
    numbers = itertools.count()
    async with contextlib.AsyncExitStack() as stack:
        connections: list[Connection] = []

        async def run(senders: int, seconds: float) -> Burst:
            while len(connections) < senders:
                connections.append(await Connection.open(port))
                stack.callback(connections[-1].close)

            async def post(number: int) -> None:
                target = f"{path}/{next(numbers)}"
                _expect(await connections[number].put(target, content, token))

            return await run_burst(post, senders, seconds)

        yield run


async def _register(control: Connection) -> str:
    path = "/_synapse/admin/v1/register"
    nonce = _expect(await control.get(path))["nonce"]
    words = (nonce, "bench", "throw-away", "notadmin")
    mac = hmac.new(_SECRET.encode(), "\x00".join(words).encode(), hashlib.sha1)
    account = {
        "nonce": nonce,
        "username": "bench",
        "password": "throw-away",
        "admin": False,
        "mac": mac.hexdigest(),
    }
    registered = await control.post(path, json.dumps(account).encode())
    return str(_expect(registered)["access_token"])


def _expect(answered: tuple[int, bytes]) -> dict[str, Any]:
    """Return the document of an answer.

    Raises:
        RuntimeError: The answer is a refusal.
    """
    status, answer = answered
    if status != 200:
        raise RuntimeError(f"Synapse answered {status}: {answer[:300].decode(errors='replace')}")
    document: dict[str, Any] = json.loads(answer)
    return document
