"""How late due times fire, how many at once, what waiting costs, and what a kill leaves undone.

A thing fired is a question whose `deadline.passed` and `escalation.raised` are signed and
committed with fsync, with its alert in the outbox: two signatures and the other side's
stamped head, not an empty job.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from benchmarks import asking, stage
from benchmarks.asking import PER_NOTE, Asking, Worker
from benchmarks.figures import Figure, machine, quantile
from special_channel.core.bytes.suites import PrivateKey

PER_SECOND = 200
"""Questions that fall due in each second of the calm run."""

FAR_SECONDS = 400 * 86400
AFTER_KILL_SECONDS = 30.0
PATIENCE_SECONDS = 120.0

YIELDING = 5
"""Niceness of the other side's node from the herd on: a third of the worker's share. Not in the
calm run, where a question waits for that node's stamped head."""

SETTLING_SECONDS = 5.0
"""Until PostgreSQL has put away what the start wrote."""


async def timers(folder: Path, *, quick: bool) -> list[Figure]:
    """Measure the worker of one side."""
    armed, count = (10_000, 1_000) if quick else (100_000, 5_000)
    sign = ed25519_sign_per_s(0.5 if quick else 3.0)
    async with asking.asking(folder) as made:
        with stage.node(made.ready, "cn", "web", "link") as other:
            with asking.worker(made.ready, "web", "link"):
                await made.post(made.notes([int(time.time()) + FAR_SECONDS] * armed, PER_NOTE), 10)
            start, idle = await _idle(made, armed, seconds=10 if quick else 30)
            with asking.worker(made.ready, "web", "link", "escalate") as worker:
                await _armed(worker, armed)
                calm = await _calm(made, worker, count)
                _yield(other.pid)
                herd = await _herd(made, worker, count)
            unrun = await _killed(made, count)
    conditions = f"{armed:,} armed, one node process, embedded PostgreSQL with fsync, {machine()}"
    late = sorted(calm)
    rate, entries, cpu, fired = herd
    return [
        sign,
        Figure(
            "timers_p50_ms",
            quantile(late, 0.5) * 1000,
            "ms",
            f"{len(late) // 2} of {count} fired, {PER_SECOND}/s, after commit, {conditions}",
        ),
        Figure(
            "timers_p99_ms",
            quantile(late, 0.99) * 1000,
            "ms",
            "the same run",
            "1 s",
            quantile(late, 0.99),
        ),
        Figure(
            "timers_herd_per_s",
            rate,
            "/s",
            f"{fired} of {count} due at once: {entries:.0f} signed entries/s; {cpu:.1f} s of CPU "
            f"in the node, so {fired / cpu:.0f} a CPU second; mail under way on the same core; "
            f"the other side's node mirrors them beside it, at niceness {YIELDING}",
            f"{sign.name}, entries",
            entries / sign.value,
        ),
        Figure(
            "timers_unrun_after_kill",
            unrun,
            "questions",
            f"of {count} due at once, {AFTER_KILL_SECONDS:.0f} s after kill -9 of the node, which "
            "takes its PostgreSQL and Redis with it; started again at once",
        ),
        idle,
        start,
    ]


def ed25519_sign_per_s(seconds: float) -> Figure:
    """Sign again and again on one core."""
    key = PrivateKey.from_seed("ed25519", bytes(32))
    message = b"x" * 1500
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for _ in range(100):
            key.sign(message)
        count += 100
    rate = count / (time.perf_counter() - start)
    return Figure(
        "limit_ed25519_sign_per_s", rate, "/s", "one core, 1,500 bytes, through core.suites"
    )


def _yield(pid: int) -> None:
    """Let the other side's node have the processor last: it has a machine of its own."""
    process = psutil.Process(pid)
    for each in (process, *process.children(recursive=True)):
        each.nice(YIELDING)


async def _armed(worker: Worker, count: int) -> None:
    """Wait until the worker has planned all and its reminders hold them.

    Raises:
        RuntimeError: It took too long: what follows would measure something else.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while min(worker.report()[what] for what in ("armed", "reminders")) < count:
        if time.monotonic() > end:
            raise RuntimeError("the worker has not planned all")
        await asyncio.sleep(0.2)


async def _idle(made: Asking, armed: int, seconds: int) -> tuple[Figure, Figure]:
    """Measure a process that does nothing but wait for them: its start, and what it uses."""
    began = time.monotonic()
    with asking.worker(made.ready, "escalate") as worker:
        ready = time.monotonic()
        await _armed(worker, armed)
        planned = time.monotonic() - ready
        start = Figure(
            "timers_start_s",
            planned,
            "s",
            f"from a node that runs, its Redis empty, to {armed:,} planned and in Redis; its CPU: "
            f"{worker.report()['cpu']:.1f} s; its servers took {ready - began:.1f} s to start",
        )
        await asyncio.sleep(SETTLING_SECONDS)
        servers = psutil.Process(worker.process.pid).children(recursive=True)
        before = {each.pid: _cpu(each) for each in servers}
        worker.again()
        began = time.monotonic()
        await asyncio.sleep(seconds)
        cpu = worker.report()["cpu"]
        took = time.monotonic() - began
        beside = sum(_cpu(each) - before[each.pid] for each in servers if each.is_running())
    return start, Figure(
        "timers_idle_cpu_percent",
        (cpu + beside) / took * 100,
        "% of a core",
        f"CPU time, {armed:,} armed, none due, over {took:.0f} s: the process of escalation "
        f"{cpu / took:.2%}, its PostgreSQL and Redis {beside / took:.2%}",
        "1 %",
        (cpu + beside) / took / 0.01,
    )


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def _due(made: Asking, worker: Worker, dues: list[int]) -> None:
    """Post questions, and wait until just before the first is due."""
    await made.post(made.notes(dues))
    if dues[0] - time.time() < 1:
        raise RuntimeError("posting took longer than there was time")
    await asyncio.sleep(max(dues[0] - time.time() - 0.5, 0))
    worker.again()


def _lead(count: int) -> int:
    return int(time.time()) + 15 + count // 100


async def _fired(worker: Worker, count: int, until: float) -> list[tuple[float, float]]:
    """Wait until all have fired; each tells of its entry and of its step."""
    while True:
        fired = worker.fired()
        if len(fired) >= 2 * count or time.time() > until:
            return fired
        await asyncio.sleep(0.2)


async def _calm(made: Asking, worker: Worker, count: int) -> list[float]:
    first = _lead(count)
    dues = [first + place // PER_SECOND for place in range(count)]
    await _due(made, worker, dues)
    fired = await _fired(worker, count, dues[-1] + PATIENCE_SECONDS)
    return [late for _, late in fired]


async def _herd(made: Asking, worker: Worker, count: int) -> tuple[float, float, float, int]:
    """Return questions a second, entries a second, CPU seconds, how many fired."""
    at = _lead(count)
    await _due(made, worker, [at] * count)
    fired = await _fired(worker, count, at + PATIENCE_SECONDS)
    cpu = worker.report()["cpu"]
    took = max(when for when, _ in fired) - at
    entries = len(fired)
    return entries / 2 / took, entries / took, cpu, entries // 2


async def _killed(made: Asking, count: int) -> int:
    """Kill the node once a tenth has fired; return how many have not 30 s later."""
    with asking.worker(made.ready, "web", "link", "escalate") as worker:
        at = _lead(count)
        await _due(made, worker, [at] * count)
        while len(worker.fired()) < count // 5:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
        killed = time.time()
        worker.process.kill()
        worker.process.wait()
    with asking.worker(made.ready, "web", "link", "escalate") as worker:
        while (unrun := worker.report()["unrun"]) and time.time() < killed + AFTER_KILL_SECONDS:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)
    return int(unrun)
