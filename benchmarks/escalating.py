"""One node's worker as a process, for measurements: `python -m benchmarks.escalating FILE`.

Runs link and escalation as `special-channel serve` does. Each thing that fired is a line of
`FILE.fired`: when, and how late. On SIGUSR2 it writes what it cost, and what waits, to `FILE.json`.
Reads a variant's name from standard input, a name a line, switches, and prints the name
(`switched.py`). Not a part of the product.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.switched import switching
from special_channel import telemetry
from special_channel.cli.serving import SWITCH_SECONDS, settle
from special_channel.config import load
from special_channel.core.bytes.times import timestamp
from special_channel.escalation.worker import Worker
from special_channel.wiring.node import open_node

UNRUN = "SELECT count(*) FROM record.asks WHERE open AND NOT passed AND due <= $1"
ARMED = "SELECT count(*) FROM work.looks WHERE state = 'armed'"
TWICE = (
    "SELECT (SELECT count(*) FROM record.entries WHERE kind = 'deadline.passed' AND code = '')"
    " - (SELECT count(*) FROM record.asks WHERE passed)"
)
PASSED = "SELECT count(*) FROM record.asks WHERE passed"
CONFIRMED = "SELECT count(*) FROM record.asks WHERE outcome = 'unanswered-confirmed'"


async def run(config: Path, parts: tuple[str, ...]) -> None:
    """Run until SIGTERM; SIGUSR1 begins a new measurement."""
    began = [_cpu()]
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    lines = os.open(fired_file(config), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def late(seconds: float) -> None:
        os.write(lines, f"{time.time():.6f} {seconds:.6f}\n".encode())

    def again() -> None:
        os.ftruncate(lines, 0)
        began[0] = _cpu()

    async with open_node(load(config), parts) as node:
        deps = node.escalating.worker._deps  # noqa: SLF001 - only here
        worker = Worker(replace(deps, reports=replace(deps.reports, lateness=late)))
        node.escalating = replace(node.escalating, worker=worker)

        async def report() -> None:
            cpu = _cpu() - began[0]
            pool, now = node.core.record.pool, timestamp(node.core.clock.now())
            _write(
                config,
                {
                    "cpu": cpu,
                    "unrun": await pool.fetchval(UNRUN, now),
                    "armed": await pool.fetchval(ARMED),
                    "passed": await pool.fetchval(PASSED),
                    "twice": await pool.fetchval(TWICE),
                    "confirmed": await pool.fetchval(CONFIRMED),
                    "reminders": await node.core.timers.count(),
                },
            )

        async with asyncio.TaskGroup() as tasks:

            def asked() -> None:
                tasks.create_task(report())

            def started(_port: int) -> None:
                heard = {signal.SIGTERM: told.set, signal.SIGUSR1: again, signal.SIGUSR2: asked}
                for sent, work in heard.items():
                    loop.add_signal_handler(sent, work)
                settle()
                _write(config, {})

            running = [tasks.create_task(node.run(started)), tasks.create_task(switching())]
            await told.wait()
            for task in running:
                task.cancel()


def fired_file(config: Path) -> Path:
    """Return the file with a line for each thing that fired."""
    return config.with_suffix(".fired")


def _write(config: Path, found: dict[str, Any]) -> None:
    target = config.with_suffix(".json")
    target.with_suffix(".new").write_text(json.dumps(found), encoding="utf-8")
    target.with_suffix(".new").replace(target)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    telemetry.configure("error", json_lines=False)
    sys.setswitchinterval(SWITCH_SECONDS)
    uvloop.run(run(Path(sys.argv[1]), tuple(sys.argv[2:]) or ("link", "escalate")))
