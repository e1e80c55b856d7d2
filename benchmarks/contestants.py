"""What `./bench --only messaging` compares: a contestant takes a burst of messages.

Each server runs for the whole comparison, and is idle while another has its turn.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.brokers.bursts import Burst
from benchmarks.environments import ROOT, Absent

START_SECONDS = 60.0
STOP_SECONDS = 30.0

Run = Callable[[int, float], Awaitable[Burst]]
"""Sends for some seconds from that many senders."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """One server and what sends to it.

    Attributes:
        name: Short, for names of figures.
        title: For people, with versions and the settings that count.
        lacks: What it does not do that this broker does, in one sentence.
        servers: Its processes; those below them count with them.
        sender: The process that sends; None if it is this one.
        run: Sends a burst.
        prepare: Makes ready what a burst of so many seconds needs, before it is timed.
    """

    name: str
    title: str
    lacks: str
    servers: Sequence[int]
    sender: int | None
    run: Run
    prepare: Callable[[float], Awaitable[None]] | None = None


def need_program(package: str, *names: str, folders: str = "") -> str:
    """Return the path of a program.

    Raises:
        Absent: It is not here; names the Debian package.
    """
    for name in names:
        if path := shutil.which(name, path=os.environ.get("PATH", "") + folders):
            return path
    raise Absent(f"{' or '.join(names)} is not installed (apt-get install {package})")


def free_port() -> int:
    """Return a port of loopback that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.asynccontextmanager
async def server(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[subprocess.Popen[bytes]]:
    """Run a server in a session of its own; all that it says goes to `folder`/server.log."""
    # A bench that is killed takes its servers with it, where util-linux is here.
    prefix = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [*prefix, *command],
            cwd=folder,
            env=os.environ | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()


async def until_open(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until a server takes connections.

    Raises:
        Absent: It ended, or does not within a minute; with the last line that it wrote.
    """
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.1)
    lines = (folder / "server.log").read_text(encoding="utf-8", errors="replace").splitlines()
    raise Absent(f"it does not start: {next((line for line in reversed(lines) if line), '')}")


@dataclass(frozen=True, slots=True)
class Sender:
    """A process that sends when it is told to."""

    process: asyncio.subprocess.Process
    version: str

    async def run(self, senders: int, seconds: float) -> Burst:
        """Order one burst and wait for what came of it.

        Raises:
            RuntimeError: The sender ended; what it wrote is on stderr.
        """
        if self.process.stdin is None:
            raise RuntimeError("the sender takes no orders")
        self.process.stdin.write(
            json.dumps({"senders": senders, "seconds": seconds}).encode() + b"\n"
        )
        return Burst(**await _answer(self.process))


@contextlib.asynccontextmanager
async def sender(program: str, python: Path, address: str, body: str) -> AsyncIterator[Sender]:
    """Run one of `benchmarks/brokers/`; yield it once it is connected."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = await asyncio.create_subprocess_exec(
        python,
        ROOT / "benchmarks" / "brokers" / f"{program}.py",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=kept | {"BENCH_ADDRESS": address, "BENCH_BODY": body},
        limit=64 * 1024 * 1024,  # a line holds each message's seconds
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            version = (await _answer(process))["version"]
        yield Sender(process, version)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _answer(process: asyncio.subprocess.Process) -> dict[str, Any]:
    if process.stdout is None or not (line := await process.stdout.readline()):
        raise RuntimeError("the sender ended")
    answer: dict[str, Any] = json.loads(line)
    return answer
