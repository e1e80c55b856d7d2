"""`./bench --only herds`: variants of the code take turns in one worker, herd after herd.

As `variants.py`, for due times: questions that fall due together, in pairs of herds. `switched.py`
defines the variants.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks import asking, stage
from benchmarks.asking import Asking, Worker
from benchmarks.figures import Figure, machine, quantile
from benchmarks.paired import turn_order
from benchmarks.processor import by_name, read
from benchmarks.switched import BASE, VARIANTS
from benchmarks.variants import WHAT, Spent, Switched

PAIRS: Final = 8
QUICK_PAIRS: Final = 2
COUNT: Final = 1_200
QUICK_COUNT: Final = 200
PATIENCE_SECONDS: Final = 60.0
LONGER_AHEAD: Final = (30, 120)
"""Seconds from posting to the due time where the usual few are not enough."""

LABELS: Final = {
    "node": "the node's processor time a question",
    "postgres": "PostgreSQL's processor time a question",
    "p50": "how late the median question fired",
    "rate": "questions a second",
}

NAMES: Final = tuple(f"variant_{name}_herd_{what}" for name in VARIANTS for what in WHAT)


async def herds(folder: Path, names: Sequence[str], *, pairs: int, count: int) -> list[Figure]:
    """Compare variants with the code as it is."""
    figures: list[Figure] = []
    before = machine()  # later its load would be our own
    async with asking.asking(folder) as made:
        with (
            stage.node(made.ready, "cn", "web", "link"),
            asking.worker(made.ready, "web", "link", "escalate") as worker,
        ):
            await _herd(made, worker, count, Spent())  # the first herd pays for caches
            for name in names:
                spent = {BASE: Spent(), name: Spent()}
                for turn in range(pairs):
                    for each in turn_order([BASE, name], turn):
                        await Switched(worker.process).use(each)
                        await _herd(made, worker, count, spent[each])
                figures += _figures(name, f"herds of {count}, {before}", spent)
    return figures


async def _herd(made: Asking, worker: Worker, count: int, into: Spent) -> None:
    """Let questions fall due together, and add what they cost.

    Raises:
        RuntimeError: Some did not fire, or posting took longer than there was time.
    """
    at = await _posted(made, worker, count)
    await asyncio.sleep(at - time.time() - 0.3)
    worker.again()
    before = read([worker.process.pid], by_name)
    fired = await _fired(worker, count, at)
    used = read([worker.process.pid], by_name).since(before)
    into.node.append(used["node"] / count / 1e3)
    into.postgres.append(used["postgres"] / count / 1e3)
    into.p50.append(quantile([late for _, late in fired], 0.5) * 1000)
    into.rate.append(count / (max(when for when, _ in fired) - at))


async def _posted(made: Asking, worker: Worker, count: int) -> int:
    """Post questions and return when they fall due, a second from now at the earliest."""
    for ahead in (4 + count // 200, *LONGER_AHEAD):
        at = int(time.time()) + ahead
        worker.again()
        await made.post(made.notes([at] * count))
        if at - time.time() >= 1:
            return at
        await _fired(worker, count, at)  # a slow machine: let these pass, and begin earlier
    raise RuntimeError("posting took longer than there was time")


async def _fired(worker: Worker, count: int, at: int) -> list[tuple[float, float]]:
    """Wait until each question fired, with its alert, and return when and how late."""
    end = at + PATIENCE_SECONDS
    while len(fired := (await asyncio.to_thread(worker.report))["fired"]) < 2 * count:
        if time.time() > end:
            raise RuntimeError(f"{len(fired) // 2} of {count} questions fired")
        await asyncio.sleep(0.3)
    return list(fired)


def _figures(name: str, conditions: str, spent: dict[str, Spent]) -> list[Figure]:
    rows = []
    for what in WHAT:
        ratio = spent[name].ratio_to(spent[BASE], what)
        middle = quantile(getattr(spent[BASE], what), 0.5)
        told = f"{LABELS[what]}: {ratio}; {BASE}: {middle:,.1f}; {conditions}"
        rows.append(Figure(f"variant_{name}_herd_{what}", ratio.median, f"of {BASE}", told))
    return rows
