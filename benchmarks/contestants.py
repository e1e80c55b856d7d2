"""Contestants of `./bench --only messaging`: a server with its sender.

Servers run for the whole comparison and are idle while another contestant has its turn.
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
"""Runs a burst: number of senders, seconds."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server with its sender.

    Attributes:
        name: Short name, for names of figures.
        title: Name for people, with versions and important settings.
        lacks: The broker's duties that the server does not have, in one sentence.
        servers: Process ids; child processes count with their parents.
        sender: Process id of the sender; None for the bench's own process.
        run: Runs a burst.
        prepare: Prepares a burst of this many seconds; not timed.
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
        Absent: The program is not installed; the text names the Debian package.
    """
    for name in names:
        if path := shutil.which(name, path=os.environ.get("PATH", "") + folders):
            return path
    raise Absent(f"{' or '.join(names)} is not installed (apt-get install {package})")


def free_port() -> int:
    """Return a free port of loopback."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.asynccontextmanager
async def server(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[subprocess.Popen[bytes]]:
    """Run a server in its own session; its output goes to `folder`/server.log."""
    # The kernel ends the servers of a killed bench. setpriv is part of util-linux.
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
        Absent: The server ended, or a minute passed; the text has the last line of its log.
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
    """A sender process; takes orders on standard input."""

    process: asyncio.subprocess.Process
    version: str

    async def run(self, senders: int, seconds: float) -> Burst:
        """Order one burst and return its result.

        Raises:
            RuntimeError: The sender ended; its error is on stderr.
        """
        if self.process.stdin is None:
            raise RuntimeError("the sender takes no orders")
        self.process.stdin.write(
            json.dumps({"senders": senders, "seconds": seconds}).encode() + b"\n"
        )
        return Burst(**await _answer(self.process))


@contextlib.asynccontextmanager
async def sender(program: str, python: Path, address: str, body: str) -> AsyncIterator[Sender]:
    """Run a program of `benchmarks/brokers/`; yield the sender when connected."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = await asyncio.create_subprocess_exec(
        python,
        ROOT / "benchmarks" / "brokers" / f"{program}.py",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=inherited | {"BENCH_ADDRESS": address, "BENCH_BODY": body},
        limit=64 * 1024 * 1024,  # a line holds the seconds of every message
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
