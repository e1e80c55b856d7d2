"""Celery, arq, BullMQ and dramatiq as contestants of `due_together`, on the product's Redis build.

Their packages have a lock and a folder of their own; nothing else of this project uses them. Each
peer has a server of its own and one worker, with its own defaults.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.broker_servers import redis_version
from benchmarks.contestants import free_port, server, until_open
from benchmarks.environments import ROOT, Absent, ensure_installed
from benchmarks.figures import quantile
from benchmarks.processor import read
from special_channel.launcher.binaries import find_redis, wheel_redis

LOCK: Final = ROOT / "requirements-peers.lock"
PLACE: Final = ROOT / "var" / "peers"

PEERS: Final = {
    "celery": ("Celery", "one worker with one process for jobs, acknowledged after they ran"),
    "arq": ("arq", "one worker, 100 jobs at a time"),
    "bullmq": ("BullMQ's Python package", "one worker, 100 jobs at a time"),
    "dramatiq": ("dramatiq", "one worker process with eight threads"),
}
"""Name and setting for people, by the name of the peer's file."""

LACKS: Final = (
    "A job writes a line to a file. It signs nothing, keeps no record that is flushed, judges "
    "nothing and asks no other side; its Redis keeps jobs in memory alone."
)
PATIENCE_SECONDS: Final = 60.0
SPARE_SECONDS: Final = 1.5
"""Between the last job sent and the due time: workers fetch jobs before they are due."""

AFTER_KILL_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Herd:
    """One herd. `cpu_us` is the processor time of worker and servers, a job, from the due time."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float


@dataclass(frozen=True, slots=True)
class Killed:
    """A herd whose worker was killed when a tenth had run.

    Attributes:
        unrun: Jobs that had not run 30 s after the kill.
        twice: Jobs that ran more than once.
        last_s: Seconds from the kill until the last one that ran; None if none ran after it.
    """

    unrun: int
    twice: int
    last_s: float | None


@dataclass(slots=True)
class Peer:
    """One peer's worker on a server of its own."""

    name: str
    python: Path
    redis: str
    server: int
    out: Path
    worker: subprocess.Popen[bytes] | None = None
    ahead: float = 6.0
    numbered: int = 0

    def command(self, mode: str) -> list[str]:
        """Return the command line for a mode of `benchmarks/peers/jobs.py`."""
        return [str(self.python), str(ROOT / f"benchmarks/peers/{self.name}_jobs.py"), mode]

    def environment(self) -> dict[str, str]:
        """Return the peer's environment variables."""
        told = {"BENCH_REDIS": self.redis, "BENCH_OUT": str(self.out)}
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return kept | told | {"PYTHONPATH": str(ROOT / "benchmarks/peers")}

    def find_version(self) -> str:
        """Ask the peer's package for its version.

        Raises:
            Absent: It does not start.
        """
        done = subprocess.run(
            self.command("version"),
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Absent(f"it does not start: {(done.stderr.splitlines() or [''])[-1]}")
        return done.stdout.strip()

    def send(self, count: int, at: float) -> int:
        """Hand over jobs that are due together; return the first one's number."""
        first, self.numbered = self.numbered, self.numbered + count
        self.out.write_bytes(b"")
        jobs = [(number, at) for number in range(first, first + count)]
        subprocess.run(
            self.command("send"),
            input=json.dumps(jobs).encode(),
            env=self.environment(),
            cwd=ROOT / "benchmarks/peers",
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return first

    def start(self) -> None:
        """Start one worker, in a process group of its own."""
        self.worker = subprocess.Popen(
            self.command("work"),
            env=self.environment(),
            cwd=ROOT / "benchmarks/peers",
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """Kill the worker and all that it started."""
        if self.worker is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.worker.pid, signal.SIGKILL)
            self.worker.wait()

    def ran(self, first: int) -> list[tuple[int, float]]:
        """Return numbers and lateness of what ran, from this number on, in order."""
        lines = self.out.read_text(encoding="utf-8").rpartition("\n")[0].splitlines()
        runs = [(int(number), float(late)) for number, late in map(str.split, lines)]
        return [run for run in runs if run[0] >= first]

    async def wait(self, first: int, count: int, until: float) -> dict[int, float]:
        """Wait until so many ran, or until then; return how late each was at first."""
        while True:
            late: dict[int, float] = {}
            for number, seconds in self.ran(first):
                late.setdefault(number, seconds)
            if len(late) >= count or time.time() > until:
                return late
            await asyncio.sleep(0.1)

    async def posted(self, count: int) -> tuple[int, float]:
        """Send jobs that are due together, and wait until a third of a second before.

        Raises:
            RuntimeError: Sending took longer than there was time.
        """
        for _ in range(4):
            began = time.time()
            at = float(int(began + self.ahead) + 1)
            first = await asyncio.to_thread(self.send, count, at)
            took = time.time() - began
            if at - time.time() >= SPARE_SECONDS / 2:
                self.ahead = took * 1.3 + SPARE_SECONDS
                await asyncio.sleep(at - time.time() - 0.3)
                return first, at
            self.ahead = took * 1.5 + 2 * SPARE_SECONDS
            await self.wait(first, count, at + PATIENCE_SECONDS)  # let these pass
        raise RuntimeError("sending took longer than there was time")

    async def herd(self, count: int) -> Herd:
        """Let jobs fall due together.

        Raises:
            RuntimeError: Some did not run.
        """
        first, at = await self.posted(count)
        pids = [self.server, *([self.worker.pid] if self.worker else [])]
        before = read(pids, lambda _: "all")
        late = sorted((await self.wait(first, count, at + PATIENCE_SECONDS)).values())
        spent = read(pids, lambda _: "all").since(before)
        if len(late) < count:
            raise RuntimeError(f"{len(late)} of {count} jobs ran")
        return Herd(
            count / late[-1],
            quantile(late, 0.5) * 1000,
            quantile(late, 0.99) * 1000,
            spent["all"] / count / 1e3,
        )

    async def killed(self, count: int, turn: asyncio.Lock) -> Killed:
        """Kill the worker once a tenth ran, and start another one at once.

        Holds `turn` until then: others go on while this one is waited for.
        """
        async with turn:
            first, at = await self.posted(count)
            await self.wait(first, count // 10, at + PATIENCE_SECONDS)
            killed = time.time()
            self.kill()
            self.start()
            late = await self.wait(first, count, killed + RECOVERY_SECONDS)
        late = await self.wait(first, count, killed + AFTER_KILL_SECONDS)
        runs = Counter(number for number, _ in self.ran(first))
        last = at + max(late.values()) - killed
        twice = sum(times > 1 for times in runs.values())
        return Killed(count - len(late), twice, last if last > 0 else None)


RECOVERY_SECONDS: Final = 4.0
"""After a kill nobody else has a turn for so long, or until all ran."""


@contextlib.asynccontextmanager
async def peer(name: str, folder: Path) -> AsyncIterator[tuple[Peer, str]]:
    """Run one peer's server and worker; yield the peer and its title.

    Raises:
        Absent: The packages are not here, or do not start.
    """
    python = await asyncio.to_thread(ensure_installed, LOCK, PLACE)
    binary, port = wheel_redis() or find_redis(), free_port()
    told = subprocess.run([binary.path, "--version"], capture_output=True, text=True, check=True)
    folder.mkdir()
    options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder))
    async with server([binary.path, *options], folder) as process:
        await until_open(port, process, folder)
        made = Peer(name, python, f"redis://127.0.0.1:{port}/0", process.pid, folder / "out.txt")
        title, setting = PEERS[name]
        version = f"{title} {made.find_version()}, {redis_version(told.stdout)}, {setting}"
        made.start()
        try:
            yield made, version
        finally:
            made.kill()
