"""How fast the offline verifier is, and how fast and large a running channel."""

from __future__ import annotations

import json
import os
import resource
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.figures import Figure, machine
from benchmarks.processor import Reading, by_name, read
from special_channel.cli.cores import checks_on, usable_cores
from special_channel.core.bytes import ed25519, suites
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.log import checkpoint
from special_channel.core.rows.writing import part_refs, sign, text_part
from special_channel.export.verify import verify
from special_channel.wiring.exporting import exporter
from special_channel.wiring.founding import guard_folder
from tests.channel import channel

ROOT = Path(__file__).resolve().parents[1]


PAIRS = 5
"""Checks of a bundle in turns, by one core and by all."""

IN_A_COMMIT = 30
"""Notes in a commit of the second bundle: what 64 senders give."""


async def verify_entries(folder: Path, *, quick: bool) -> list[Figure]:
    """Verify two whole exports offline: lone commits, and commits of thirty."""
    count = 300 if quick else 5_000
    found: list[Figure] = []
    for name, notes in (("entries", 1), ("groups", IN_A_COMMIT)):
        (folder / name).mkdir()
        bundle, trust = await _exported(folder / name, count, notes)
        found += _verified(name, bundle, trust, f"{count} notes in commits of {notes}")
    return found


async def _exported(folder: Path, count: int, notes: int) -> tuple[Path, bytes]:
    """Return a bundle of the whole record as a file, and a trust file."""
    async with channel(folder, ("web", "link")) as made:
        thread, desk = await made.open_thread("eu"), made.officials["eu", "desk", 1]
        core = made.nodes["eu"].core
        for _ in range(0, count, notes):
            fields = {"thread": thread, "body": {}, "lang": "en"}
            payload = await made.payload("eu", desk.key, "note.posted", **fields)
            texts = [(text_part("text", os.urandom(32), "A note."),) for _ in range(notes)]
            signed = [
                sign(payload | {"parts": part_refs(parts)}, [desk.signer], parts) for parts in texts
            ]
            await core.appender.submit(signed)
        await made.caught_up()
        guard = guard_folder(core.settings)
        export = exporter(core.engines.node, guard, core.identity, core.clock, core.appender.act)
        async with export("all", core.identity.node.key) as export_file:
            bundle = folder / "bundle.zip"
            bundle.write_bytes(b"".join([chunk async for chunk in export_file.chunks]))
            return bundle, made.trust


def _verified(name: str, bundle: Path, trust: bytes, what: str) -> list[Figure]:
    """Verify a bundle twice: once to count the checks of signatures, once to take the time."""
    check, checks = suites.verify, 0

    def counted(*arguments: Any) -> None:  # noqa: ANN401 - as they come
        nonlocal checks
        checks += 1
        check(*arguments)

    forget_notes()
    with patch.object(suites, "verify", counted):
        entries = verify(bundle, trust).counts["valid"]
    forget_notes()
    one, openssl = check_seconds(check), check_seconds(_openssl)
    start, busy = time.perf_counter(), time.process_time()
    report = verify(bundle, trust)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    made = f"{what}, {checks / entries:.2f} checks an entry, {report.verdict}, {machine()}"
    return [
        _on_all_cores(name, bundle, trust, made),
        Figure(
            f"verify_{name}_per_s",
            entries / seconds,
            "/s",
            f"{bundle.stat().st_size} bytes, {made}",
        ),
        Figure(
            f"verify_{name}_us",
            busy / entries * 1e6,
            "µs",
            f"processor time an entry; one check: {one * 1e6:.0f}, by OpenSSL {openssl * 1e6:.0f}",
            "one check an entry",
            busy / entries / one,
        ),
        Figure(
            f"verify_{name}_checks",
            checks / entries,
            "checks an entry",
            f"processor time over that of the checks that are made; {made}",
            "the checks made",
            busy / checks / one,
        ),
        Figure(
            f"verify_{name}_openssl",
            busy / checks * 1e6,
            "µs a check made",
            f"the same in checks by OpenSSL alone; {made}",
            "a check by OpenSSL",
            busy / checks / openssl,
        ),
    ]


def _on_all_cores(name: str, bundle: Path, trust: bytes, what: str) -> Figure:
    """Verify in turns with checks at once, and with the process that the command line has."""
    walls, times = [], []
    for _ in range(PAIRS):
        spent = []
        for cores in (1, usable_cores()):
            forget_notes()
            start, busy = time.perf_counter(), _processor_seconds()
            with checks_on(cores) as begin:
                verify(bundle, trust, begin=begin)
            spent.append((time.perf_counter() - start, _processor_seconds() - busy))
        (wall, busy), (wall_cores, busy_cores) = spent
        walls.append(wall_cores / wall)
        times.append(busy_cores / busy)
    return Figure(
        f"verify_{name}_cores",
        statistics.median(walls),
        "of the time on one core",
        f"{PAIRS} pairs, {min(walls):.2f} to {max(walls):.2f}; processor time"
        f" {statistics.median(times):.2f} ({min(times):.2f} to {max(times):.2f}); {what}",
    )


def _processor_seconds() -> float:
    """Return the processor time of this process and of those that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def forget_notes() -> None:
    """Empty the caches of notes that were verified, so that each run pays for its checks."""
    for cached in (checkpoint._signed, checkpoint._cosigned_at):  # noqa: SLF001 - a command that starts has none
        cached.cache_clear()


def _openssl(_suite: str, public: bytes, message: bytes, signature: bytes) -> None:
    ed25519.openssl(public, message, signature)


def check_seconds(check: Callable[[str, bytes, bytes, bytes], None], times: int = 1_000) -> float:
    """Return the processor time of one check of a signature, the least of seven rounds."""
    key = PrivateKey.from_seed("ed25519", bytes(32))
    message = b"x" * 1_000
    signature = key.sign(message)
    rounds = []
    for _ in range(7):
        start = time.process_time()
        for _ in range(times):
            check("ed25519", key.public, message, signature)
        rounds.append((time.process_time() - start) / times)
    return min(rounds)


def starts() -> list[Figure]:
    """Start the demonstration afresh, then again; measure what it holds when idle."""
    with tempfile.TemporaryDirectory(prefix="sc-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        cold = _start(folder).seconds
        warm = _start(folder, idle=True)
    conditions = f"both nodes, environment installed, {machine()}"
    return [
        Figure(
            "start_cold_s",
            cold,
            "s",
            f"empty data folder to `ready`, sample loaded, {conditions}",
            "60 s",
            cold / 60,
        ),
        Figure(
            "start_warm_s",
            warm.seconds,
            "s",
            f"second start to `ready`, {conditions}",
            "5 s",
            warm.seconds / 5,
        ),
        Figure(
            "idle_rss_mb",
            warm.kib / 1024,
            "MB",
            "resident memory of one node's process, its servers apart",
        ),
    ]


def year() -> list[Figure]:
    """Start a new demonstration with its year, threads and all, as `./run --year --reset` does."""
    with tempfile.TemporaryDirectory(prefix="sc-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        started = _start(folder, "--year")
        loaded = json.loads((folder / "var" / "year.json").read_text("utf-8"))
    seconds = float(loaded["seconds"])
    what = ", ".join(
        f"{loaded[each]} {each}" for each in ("lists", "rows", "statements", "threads")
    )
    return [
        Figure(
            "year_load_s",
            seconds,
            "s",
            f"{what}, each entry on its own day, {started.seconds:.0f} s from an empty folder to"
            f" `ready`, in which all processes used {started.used:.0f} s, {machine()}",
            "60 s",
            seconds / 60,
        )
    ]


@dataclass(frozen=True, slots=True)
class Started:
    """A start of the demonstration.

    Attributes:
        seconds: Until `ready`.
        used: Processor seconds of all its processes until then.
        kib: Resident memory of the first node when idle, if asked for.
    """

    seconds: float
    used: float
    kib: float


def _start(folder: Path, *options: str, idle: bool = False) -> Started:
    environment = os.environ | {"SPECIAL_CHANNEL_VAR": str(folder / "var")}
    start = time.perf_counter()
    process = subprocess.Popen(
        [
            *(ROOT / ".venv/bin/special-channel", "demo", "--eu-port", "8791", "--cn-port", "8792"),
            *options,
        ],
        stdout=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
    )
    if process.stdout is None:
        raise RuntimeError
    seconds = used = 0.0
    for line in process.stdout:
        if line.startswith(b"ready"):
            seconds = time.perf_counter() - start
            used = sum(read([process.pid], by_name).since(Reading({}, {})).values()) / 1e9
            break
    size = _node_rss(process.pid) if idle else 0.0
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    return Started(seconds, used, size)


def _node_rss(parent: int) -> float:
    """Return the resident KiB of the first node below the demonstration."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            status = (folder / "status").read_text()
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if int(fields["PPid"]) == parent and b"serve" in command:
            return float(fields["VmRSS"].split()[0])
    return 0.0
