"""Celery, arq, BullMQ and dramatiq with 5,000 delayed jobs, on the same Redis build.

Their packages have a lock and a folder of their own; nothing else of this project uses them.
A peer that can't be installed or started is left out, with its reason on stderr.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import ROOT, Absent, ensure_installed
from benchmarks.figures import Figure, machine, quantile
from special_channel.launcher.binaries import find_redis, wheel_redis

LOCK = ROOT / "requirements-peers.lock"
PLACE = ROOT / "var" / "peers"
PEERS = ("celery", "arq", "bullmq", "dramatiq")

PER_SECOND = 200
"""Jobs that fall due in each second of the calm run."""

PATIENCE_SECONDS = 60.0
AFTER_KILL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Peer:
    """One peer on a server of its own."""

    name: str
    python: Path
    redis: str
    out: Path

    def command(self, mode: str) -> list[str]:
        """The command line that does this."""
        return [str(self.python), str(ROOT / f"benchmarks/peers/{self.name}_jobs.py"), mode]

    def environment(self) -> dict[str, str]:
        """What it is told by."""
        told = {"BENCH_REDIS": self.redis, "BENCH_OUT": str(self.out)}
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return kept | told | {"PYTHONPATH": str(ROOT / "benchmarks/peers")}

    def send(self, dues: list[float]) -> None:
        """Hand jobs over, due at these times."""
        self.out.write_bytes(b"")
        subprocess.run(
            self.command("send"),
            input=json.dumps(list(enumerate(dues))).encode(),
            env=self.environment(),
            cwd=ROOT / "benchmarks/peers",
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def start(self) -> subprocess.Popen[bytes]:
        """Start one worker, in a process group of its own."""
        return subprocess.Popen(
            self.command("work"),
            env=self.environment(),
            cwd=ROOT / "benchmarks/peers",
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def ran(self) -> dict[int, float]:
        """How late each job was, by its number."""
        found: dict[int, float] = {}
        for line in self.out.read_text().splitlines():
            number, late = line.split()
            found.setdefault(int(number), float(late))
        return found

    def wait(self, count: int, until: float) -> dict[int, float]:
        """Wait until so many ran, or until then."""
        while len(found := self.ran()) < count and time.time() < until:
            time.sleep(0.1)
        return found


def peers(folder: Path, *, quick: bool) -> list[Figure]:
    """Measure all that can be."""
    figures: list[Figure] = []
    for name in PEERS:
        try:
            python = ensure_installed(LOCK, PLACE)
            with _redis(folder / name) as url:
                figures += _measure(Peer(name, python, url, folder / f"{name}.txt"), quick=quick)
        except (Absent, OSError, subprocess.SubprocessError) as error:
            print(f"\n{name} is left out: {error}", file=sys.stderr)
    return figures


def _measure(peer: Peer, *, quick: bool) -> list[Figure]:
    count = 1_000 if quick else 5_000
    asked = subprocess.run(
        peer.command("version"), env=peer.environment(), capture_output=True, text=True, check=True
    )
    said = f"{peer.name} {asked.stdout.strip()}, {count} jobs, one worker"
    # Each is given the time that it takes to take the jobs.
    began = time.time()
    peer.send([began + 3600] * 200)
    lead = 6 + (time.time() - began) * count / 200
    with _worker(peer):
        due = _calm(count, lead)
        peer.send(due)
        calm = peer.wait(count, due[-1] + PATIENCE_SECONDS)
        at = float(int(time.time() + lead))
        peer.send([at] * count)
        herd = peer.wait(count, at + PATIENCE_SECONDS)
    unrun = _killed(peer, count, lead)
    late = sorted(calm.values()) or [float("inf")]
    rate = len(herd) / max(max(herd.values(), default=float("inf")), 1e-3)
    return [
        Figure(
            f"peer_{peer.name}_p50_ms", quantile(late, 0.5) * 1000, "ms", f"{said}, {PER_SECOND}/s"
        ),
        Figure(
            f"peer_{peer.name}_p99_ms",
            quantile(late, 0.99) * 1000,
            "ms",
            f"{len(calm)} of them ran",
        ),
        Figure(
            f"peer_{peer.name}_herd_per_s",
            rate,
            "/s",
            f"all due at once, {len(herd)} ran; a job writes a line, signs nothing; {machine()}",
        ),
        Figure(
            f"peer_{peer.name}_unrun_after_kill",
            unrun,
            "jobs",
            f"of {count} due at once, {AFTER_KILL_SECONDS:.0f} s after kill -9 of the worker, "
            "another started at once, Redis left alone",
        ),
    ]


def _calm(count: int, lead: float) -> list[float]:
    first = int(time.time() + lead)
    return [float(first + place // PER_SECOND) for place in range(count)]


def _killed(peer: Peer, count: int, lead: float) -> int:
    """Kill a worker once a tenth ran; return how many have not 30 s later."""
    at = float(int(time.time() + lead))
    victim = peer.start()
    peer.send([at] * count)
    peer.wait(count // 10, at + PATIENCE_SECONDS)
    os.killpg(victim.pid, signal.SIGKILL)
    victim.wait()
    with _worker(peer):
        return count - len(peer.wait(count, time.time() + AFTER_KILL_SECONDS))


@contextlib.contextmanager
def _worker(peer: Peer) -> Iterator[None]:
    process = peer.start()
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """Run the product's own Redis build on a port of loopback."""
    folder.mkdir()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    binary = wheel_redis() or find_redis()
    server = subprocess.Popen(
        [binary.path, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
        stdout=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)
