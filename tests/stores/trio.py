"""A primary, a replica and three Sentinels on loopback, as processes of a test's own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tests import servers

PATIENCE = 60.0
DOWN_MS = 400
"""After which the Sentinels call a silent primary down: short, so that tests are."""


@dataclass
class Trio:
    """Five processes; `url` as in a node's settings."""

    ports: tuple[int, int]
    sentinels: tuple[int, ...]
    processes: dict[int, subprocess.Popen[bytes]]

    @property
    def url(self) -> str:
        places = ",".join(f"127.0.0.1:{port}" for port in self.sentinels)
        return f"redis+sentinel://{places}/reminders/0"

    async def primary(self) -> int:
        """The port reported by the Sentinels."""
        async with self._client(self.sentinels[0]) as client:
            place = await client.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "reminders")
        return int(place[1])

    async def replica(self) -> int:
        primary = await self.primary()
        return next(port for port in self.ports if port != primary)

    def signal(self, port: int, number: int) -> None:
        self.processes[port].send_signal(number)

    async def part(self) -> tuple[int, int]:
        """Stop the replica and close its line, so that it misses later writes."""
        primary, replica = await self.primary(), await self.replica()
        self.signal(replica, signal.SIGSTOP)
        async with self._client(primary) as client:
            await client.execute_command("CLIENT", "KILL", "TYPE", "replica")
        return primary, replica

    async def ready(self) -> None:
        """Wait until the replica is in sync and the Sentinels know each other."""
        async with asyncio.timeout(PATIENCE):
            while not await self._ready():  # noqa: ASYNC110 - other processes
                await asyncio.sleep(0.05)

    async def attached(self) -> None:
        """Wait until the replica follows the primary."""
        async with asyncio.timeout(PATIENCE):
            while not await self._attached():  # noqa: ASYNC110 - other processes
                await asyncio.sleep(0.02)

    async def _attached(self) -> bool:
        try:
            async with self._client(self.ports[1]) as client:
                return bool((await client.info("replication"))["master_link_status"] == "up")
        except (RedisError, OSError):
            return False

    async def failed_over(self, old: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while await self.primary() == old:  # noqa: ASYNC110 - other processes
                await asyncio.sleep(0.05)

    async def _ready(self) -> bool:
        for port in self.sentinels:
            try:
                async with self._client(port) as client:
                    told = await client.execute_command("SENTINEL", "MASTER", "reminders")
                    held = await client.execute_command("SENTINEL", "REPLICAS", "reminders")
            except (RedisError, OSError):
                return False
            known = (
                told if isinstance(told, dict) else dict(zip(told[::2], told[1::2], strict=True))
            )
            each = held[0] if held else {}
            link = each if isinstance(each, dict) else dict(zip(each[::2], each[1::2], strict=True))
            if known["num-other-sentinels"] not in {"2", 2}:
                return False
            if link.get("master-link-status") != "ok":
                return False
        return True

    def _client(self, port: int) -> Redis:
        return Redis(port=port, protocol=2, decode_responses=True)


def _fields(told: Any) -> dict[str, Any]:
    return told if isinstance(told, dict) else dict(zip(told[::2], told[1::2], strict=True))


@contextlib.asynccontextmanager
async def trio(folder: Path, binary: Path) -> AsyncIterator[Trio]:
    primary, replica, *sentinels = (servers.free_port() for _ in range(5))
    made = Trio((primary, replica), tuple(sentinels), {})
    common = ["--bind", "127.0.0.1", "--save", "", "--loglevel", "warning"]
    replicating = ["--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1", str(primary)]

    def start(port: int, *options: str | Path) -> None:
        place = folder / str(port)
        place.mkdir(parents=True)
        made.processes[port] = subprocess.Popen(
            [binary, *options, "--port", str(port), "--dir", place], stdout=subprocess.DEVNULL
        )

    try:
        start(primary, *common, "--repl-diskless-sync-delay", "0")
        start(replica, *common, *replicating)
        await made.attached()  # Sentinels look every 10 s, and the first time at once
        for port in sentinels:
            file = folder / f"sentinel-{port}.conf"
            file.write_text(
                "bind 127.0.0.1\n"
                f"sentinel monitor reminders 127.0.0.1 {primary} 2\n"
                f"sentinel down-after-milliseconds reminders {DOWN_MS}\n"
                "sentinel failover-timeout reminders 2000\n"
            )
            start(port, file, "--sentinel")
        await made.ready()
        yield made
    finally:
        for process in made.processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGCONT)
            process.kill()
            process.wait()
