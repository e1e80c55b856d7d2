"""`./bench --only growth`: the cost of a record at 10^3, 10^4, 10^5 and 10^6 entries.

Measures a node's start, a page, an export, its offline check, memory, and accepting more. The
record holds notes of one officer in threads of a hundred, mirrored and cosigned by the other side.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]

from benchmarks import stage
from benchmarks.figures import Figure, machine, quantile
from benchmarks.load import Connection, Sent, body_of, send
from benchmarks.stage import Signed, Stage
from benchmarks.usage import Usage
from benchmarks.verifying import Verified, verify_apart
from special_channel.core.bytes.canonical import Value
from special_channel.core.rows.writing import text_part

SIZES: Final = (1_000, 10_000, 100_000)
MILLION: Final = 1_000_000
QUICK_SIZES: Final = (300, 1_000)
A_THREAD: Final = 100
A_REQUEST: Final = 200
PAGE: Final = "/threads/{thread}"
PAGE_TIMES: Final = 40
ACCEPTED: Final = (200, 4_000)
"""Notes that are accepted at each size, singly and in batches."""

LOAD_SENDERS: Final = 4
"""Threads are opened first, so requests with their notes may overtake one another."""

PATIENCE_SECONDS: Final = 3_600.0
TOLD_SHARE: Final = 0.05
TOLD_FROM: Final = 50_000
"""Loading this many entries or more says how far it is, each twentieth."""

DISK_SPARE: Final = 1.5
"""Times the disk that a smaller record takes for each entry: write-ahead log, bundles, growth."""

MEMORY_SHARE: Final = 0.5
"""Share of free memory. A check with a greater need is skipped and reported."""


@dataclass(frozen=True, slots=True)
class Step:
    """Measurements at one size; None for a skipped one.

    Attributes:
        size: Requested size.
        entries: Entries in the EU log.
        one_p50_ms: Accepting from one sender, a note a request.
        batched_per_s: Accepting from 4 senders, 200 notes a request.
        batched_us: Processor time of node and PostgreSQL an entry, batched.
        page_p95_ms: The page of a thread with a hundred notes.
        page_us: Processor time of node and PostgreSQL a page.
        export_s: From the request to the last byte of the whole record.
        export_mb: Peak memory of the export process.
        bundle_mb: Size of the bundle.
        verify_s: Offline check by the command line, start included.
        verify_us: Processor time of the check.
        verify_mb: Peak memory of the check.
        verdict: Verdict of the check, or the reason for skipping.
        start_s: From the start of a node to its first answer.
        node_mb: Resident memory of the node's own process at the end.
    """

    size: int
    entries: int
    one_p50_ms: float
    batched_per_s: float
    batched_us: float
    page_p95_ms: float
    page_us: float
    export_s: float | None
    export_mb: float | None
    bundle_mb: float | None
    verify_s: float | None
    verify_us: float | None
    verify_mb: float | None
    verdict: str
    start_s: float
    node_mb: float


UNITS: Final = {
    "one_p50_ms": "ms",
    "batched_per_s": "/s",
    "batched_us": "µs",
    "page_p95_ms": "ms",
    "page_us": "µs",
    "export_s": "s",
    "export_mb": "MB",
    "bundle_mb": "MB",
    "verify_s": "s",
    "verify_us": "µs",
    "verify_mb": "MB",
    "start_s": "s",
    "node_mb": "MB",
}

NAMES: Final = tuple(
    f"growth_{size}_{what}" for size in (*QUICK_SIZES, *SIZES, MILLION) for what in UNITS
)


@dataclass(frozen=True, slots=True)
class Growth:
    """Results of one run."""

    steps: list[Step]
    conditions: str


async def growth(
    folder: Path, *, sizes: Sequence[int], accepted: tuple[int, int] = ACCEPTED
) -> Growth:
    """Let a record grow from size to size; measure at every size."""
    steps: list[Step] = []
    began = time.monotonic()
    before = machine()  # later its load would be our own
    async with stage.stage(folder) as ready:
        for size in sizes:
            last = steps[-1] if steps else None
            if last is not None and (lacking := _lacking_disk(ready.folder, last.entries, size)):
                _say(f"{size:,} entries are left out: {lacking}")
                break
            thread, entries = await _grow(ready, size)
            steps.append(await _measure(ready, thread, (size, entries, *accepted), last))
            _say(f"{entries:,} entries measured after {time.monotonic() - began:.0f} s")
    return Growth(steps, f"notes in threads of {A_THREAD}, link off while measured; {before}")


def _say(progress: str) -> None:
    print(f"growth: {progress}", file=sys.stderr, flush=True)


def _lacking_disk(folder: Path, entries: int, size: int) -> str:
    """Say what is missing on the disk for a record of this size; empty if nothing is.

    Both nodes' databases grow with the record. An export needs its bundle twice: where the node
    makes it, and where the bench keeps it.
    """
    files = (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    used = sum(file.stat().st_blocks * 512 for file in files)
    needed, free = used / entries * (size - entries) * DISK_SPARE, shutil.disk_usage(folder).free
    if needed <= free:
        return ""
    return f"they need some {needed / 1e9:.0f} GB of disk, {free / 1e9:.0f} are free"


async def _grow(ready: Stage, size: int) -> tuple[str, int]:
    """Append until the EU log has `size` entries; return a thread's position and the new size."""
    with contextlib.ExitStack() as nodes:
        for party in ("cn", "eu"):
            nodes.enter_context(stage.node(ready, party, "web", "link"))
        token = await stage.sign_in(ready.ports["eu"], ready.key)
        entries, _ = await _heads(ready, token)
        thread, told, began = "", entries, time.monotonic()
        while entries < size or not thread:
            opened, positions = await _open_threads(ready, token, size - entries)
            thread = thread or positions[len(positions) // 2]
            entries += len(opened)
            notes = [
                note
                for id_ in opened
                for note in await asyncio.to_thread(ready.notes, A_THREAD, id_)
            ]
            entries += (await _post(ready, token, notes, senders=LOAD_SENDERS)).entries
            if entries - told >= size * TOLD_SHARE and size >= TOLD_FROM:
                told, seconds = entries, time.monotonic() - began
                _say(f"{entries:,} of {size:,} entries after {seconds:.0f} s of loading")
        await _cosigned(ready, token)
    return thread, entries


async def _open_threads(ready: Stage, token: str, missing: int) -> tuple[list[str], list[str]]:
    """Open threads for so many entries, fifty at most; return ids and positions."""
    ids = [os.urandom(16).hex() for _ in range(min(max(missing // (A_THREAD + 1), 1), 50))]
    subject = text_part("subject", os.urandom(32), "Certificates")
    fields: dict[str, Value] = {"body": {"batch": "standing"}}
    opened = [ready.entry("thread.opened", id_, subject, fields) for id_ in ids]
    connection = await Connection.open(ready.ports["eu"])
    try:
        status, answer = await connection.post("/api/entries", body_of(opened), token)
    finally:
        connection.close()
    if status != 200:
        raise RuntimeError(answer[:500].decode())
    return ids, [entry["position"] for entry in json.loads(answer)["receipts"]]


async def _post(
    ready: Stage, token: str, notes: Sequence[Signed], *, batch: int = A_REQUEST, senders: int = 1
) -> Sent:
    bodies = [
        (body_of(list(notes[first : first + batch])), len(notes[first : first + batch]))
        for first in range(0, len(notes), batch)
    ]
    return await send(ready.ports["eu"], token, bodies, senders)


async def _heads(ready: Stage, token: str) -> tuple[int, int]:
    """Return the size of the EU log and its cosigned size."""
    connection = await Connection.open(ready.ports["eu"])
    try:
        status, answer = await connection.get("/api/heads", token)
    finally:
        connection.close()
    if status != 200:
        raise RuntimeError(answer[:500].decode())
    [own] = [head for head in json.loads(answer)["heads"] if head["party"] == "eu"]
    return own["size"], own["delivered"]


async def _cosigned(ready: Stage, token: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        size, delivered = await _heads(ready, token)
        if size == delivered:
            return
        if time.monotonic() > end:
            raise RuntimeError(f"{delivered} of {size} entries were cosigned")
        await asyncio.sleep(0.2)


async def _measure(
    ready: Stage, thread: str, sizes: tuple[int, int, int, int], last: Step | None
) -> Step:
    size, entries, singles, several = sizes
    began = time.perf_counter()
    with stage.node(ready, "eu", "web") as process:
        start_s = time.perf_counter() - began
        token = await stage.sign_in(ready.ports["eu"], ready.key)
        page_p95_ms, page_us = await _page(ready, token, process.pid, thread)
        bundle = ready.folder / "bundle.zip"
        try:
            exported = await _export(ready, token, process.pid, bundle)
        except RuntimeError as error:  # a node gives up after a quarter of an hour
            exported, verified = None, Verified(None, None, None, f"not exported: {error}")
        else:
            verified = await asyncio.to_thread(_verify, bundle, ready.trust, entries, last)
        bundle.unlink(missing_ok=True)
        one = await _post(ready, token, await asyncio.to_thread(ready.notes, singles), batch=1)
        notes = await asyncio.to_thread(ready.notes, several)
        before = Usage.now([process.pid])
        batched = await _post(ready, token, notes, senders=LOAD_SENDERS)
        after = Usage.now([process.pid])
        node_mb = psutil.Process(process.pid).memory_info().rss / 1e6
    spent = after.nodes + after.postgres - before.nodes - before.postgres
    return Step(
        size=size,
        entries=entries,
        one_p50_ms=quantile(one.latencies, 0.5) * 1000,
        batched_per_s=batched.rate,
        batched_us=spent / several * 1e6,
        page_p95_ms=page_p95_ms,
        page_us=page_us,
        export_s=exported.seconds if exported else None,
        export_mb=exported.mb if exported else None,
        bundle_mb=exported.bundle_mb if exported else None,
        verify_s=verified.seconds,
        verify_us=verified.cpu_us,
        verify_mb=verified.mb,
        verdict=verified.verdict,
        start_s=start_s,
        node_mb=node_mb,
    )


async def _page(ready: Stage, token: str, node: int, thread: str) -> tuple[float, float]:
    path, spent = PAGE.format(thread=thread), []
    connection = await Connection.open(ready.ports["eu"])
    try:
        await connection.get(path, token)  # the first compiles the template
        before = Usage.now([node])
        for _ in range(PAGE_TIMES):
            began = time.perf_counter()
            status, _body = await connection.get(path, token)
            spent.append((time.perf_counter() - began) * 1000)
            if status != 200:
                raise RuntimeError(f"{path}: {status}")
        after = Usage.now([node])
    finally:
        connection.close()
    cpu = after.nodes + after.postgres - before.nodes - before.postgres
    return quantile(spent, 0.95), cpu / PAGE_TIMES * 1e6


@dataclass(frozen=True, slots=True)
class _Exported:
    """Seconds, peak memory of the export process, size of the bundle."""

    seconds: float
    mb: float
    bundle_mb: float


async def _export(ready: Stage, token: str, node: int, bundle: Path) -> _Exported:
    """Download the whole record.

    Raises:
        RuntimeError: The node refuses the export.
    """
    connection = await Connection.open(ready.ports["eu"])
    peak = 0.0

    async def watch() -> None:
        nonlocal peak
        while True:
            peak = max([peak, *_peaks(node)])
            await asyncio.sleep(0.02)

    watching = asyncio.ensure_future(watch())
    began = time.perf_counter()
    try:
        with bundle.open("wb") as file:
            length = await connection.download("/api/export?scope=all", file, token)
    finally:
        watching.cancel()
        connection.close()
    return _Exported(time.perf_counter() - began, peak, length / 1e6)


def _peaks(node: int) -> Iterator[float]:
    """Yield the peak memory of a node's Python child processes, in MB."""
    for child in psutil.Process(node).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess, OSError, ValueError):
            if "python" in child.name():
                status = Path(f"/proc/{child.pid}/status").read_text(encoding="utf-8")
                yield int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def _verify(bundle: Path, trust: Path, entries: int, last: Step | None) -> Verified:
    """Check a bundle, unless the check needs more memory than is free."""
    if last is not None and last.verify_mb is not None:
        needed = last.verify_mb / last.entries * entries
        free = psutil.virtual_memory().available / 1e6
        if needed > free * MEMORY_SHARE:
            return Verified(None, None, None, f"skipped: would need some {needed / 1000:.0f} GB")
    return verify_apart(bundle, trust)


def figures(record: Growth) -> list[Figure]:
    """Return measurements as figures."""
    rows = []
    for step in record.steps:
        conditions = f"{step.entries:,} entries in the EU log, {step.verdict}; {record.conditions}"
        for what, unit in UNITS.items():
            value = getattr(step, what)
            if value is not None:
                rows.append(Figure(f"growth_{step.size}_{what}", value, unit, conditions))
    return rows
