"""Run a private Redis or Valkey.

Stores nothing on disk: Redis has reminders alone, and the escalation worker recreates them from
the record. Does not listen on any network address.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from special_channel.launcher import processes
from special_channel.launcher.binaries import RedisBinary
from special_channel.launcher.private_server import PrivateServer, prepared

_SOCKET: Final = "redis.sock"
_READY_POLL_SECONDS: Final = 0.005
_GRACE: Final[processes.Grace] = ((signal.SIGTERM, 5.0),)

# noeviction: an evicted reminder would make a step late. 256mb is a thousand times the memory of
# 10^5 open questions; beyond the limit writes fail and are reported. hz: checks a second for
# expired keys and lost clients. There are none, and checking is most of an idle node's work.
_SETTINGS: Final[tuple[str, ...]] = (
    *("--port", "0"),
    *("--unixsocketperm", "700"),
    *("--save", ""),
    *("--appendonly", "no"),
    *("--maxmemory", "256mb"),
    *("--maxmemory-policy", "noeviction"),
    *("--hz", "1"),
    *("--daemonize", "no"),
    *("--loglevel", "warning"),
    *("--set-proc-title", "no"),
)


class RedisServer(PrivateServer):
    """A private server, empty at each start: `url` returns its address."""

    title = "Redis"
    grace = _GRACE
    patience = 30.0

    def __init__(
        self, data: Path, sockets: Path, *, binary: RedisBinary, way: processes.Confinement
    ) -> None:
        super().__init__(data / "server.log", way)
        self._data = data
        self._pid_file = data / "server.pid"
        self._socket = sockets / _SOCKET
        self._binary = binary

    @property
    def url(self) -> str:
        """Address for redis-py."""
        return f"unix://{quote(str(self._socket))}?db=0"

    async def _launch(self) -> None:
        self._process = self._spawn()
        while not await _answers(self._socket):
            if not self._process.running:
                raise self._not_started()
            await asyncio.sleep(_READY_POLL_SECONDS)

    def _spawn(self) -> processes.ServerProcess:
        return processes.start(
            [
                self._binary.path,
                *("--unixsocket", self._socket, "--dir", self._data, "--pidfile", self._pid_file),
                *_SETTINGS,
            ],
            log=self._log,
            way=self._way,
            at_parent_death=_GRACE[0][0],
        )

    async def _remove_leftovers(self) -> None:
        pid = self._pid_file.read_text(encoding="ascii") if self._pid_file.exists() else ""
        if pid.strip().isdigit():
            await processes.end_orphan(int(pid), self._data, _GRACE)
        self._socket.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def embedded_redis(
    data: Path, *, sockets: Path, binary: RedisBinary, way: processes.Confinement | None = None
) -> AsyncIterator[RedisServer]:
    """Run an initially empty server while the block lasts.

    Args:
        data: Folder for this server's log and lock alone. Locked against other processes.
        sockets: Folder for the socket (`folders.private_sockets`).
        binary: From `binaries.find_redis()`.
        way: How to drop root; detected if None.

    Raises:
        Refused: `socket-path-too-long`.
        Unavailable: `data-in-use`, `server-not-started`, `socket-folder-not-private`,
            `root-not-shed`.
    """
    with prepared(data, sockets, _SOCKET, way) as (folder, confined):
        async with RedisServer(folder, sockets, binary=binary, way=confined).running() as server:
            yield server


async def _answers(socket: Path) -> bool:
    try:
        reader, writer = await asyncio.open_unix_connection(socket)
    except OSError:
        return False
    try:
        writer.write(b"PING\r\n")
        return await reader.readline() == b"+PONG\r\n"
    except OSError:
        return False
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
