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
from tests.channel import AGREED_SECONDS

PAIRS: Final = 8
QUICK_PAIRS: Final = 2
COUNT: Final = 1_200
QUICK_COUNT: Final = 200
PATIENCE_SECONDS: Final = 60.0
LONGER_AHEAD: Final = (30, 120)
"""Seconds from posting to the due time where the usual few are not enough."""

NOTICE_SECONDS: Final = 1.2
"""A question that arrives less than a second before it is due gets another due time."""

LET_PASS_SECONDS: Final = 10.0

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
    """Let questions fall due together, and add what they cost."""
    at, _ = await posted(made, worker, count, 7 + count // 200)
    before = read([worker.process.pid], by_name)
    fired = await until_fired(worker, count, at)
    used = read([worker.process.pid], by_name).since(before)
    into.node.append(used["node"] / count / 1e3)
    into.postgres.append(used["postgres"] / count / 1e3)
    into.p50.append(quantile([late for _, late in fired], 0.5) * 1000)
    into.rate.append(count / (max(when for when, _ in fired) - at))


async def posted(made: Asking, worker: Worker, count: int, ahead: int) -> tuple[int, float]:
    """Post questions that fall due together; return a third of a second before.

    They fall due `ahead` seconds from now, or later if it takes longer until the other side has
    them: one that came too late is moved, and does not fall due with the others.

    Returns:
        When they fall due, and the seconds until the other side had them.

    Raises:
        RuntimeError: Posting took longer than there was time.
    """
    for seconds in (ahead, *LONGER_AHEAD):
        began = time.time()
        at = int(began) + seconds
        worker.again()
        await made.post(await asyncio.to_thread(made.notes, [at] * count))
        if await made.delivered(at - NOTICE_SECONDS):
            took = time.time() - began
            await asyncio.sleep(at - time.time() - 0.3)
            worker.again()
            return at, took
        # A slow machine. Let these pass, and those that were moved as well; then begin earlier.
        await asyncio.sleep(max(at - time.time(), 0) + AGREED_SECONDS + LET_PASS_SECONDS)
    raise RuntimeError("posting took longer than there was time")


async def until_fired(worker: Worker, count: int, at: int) -> list[tuple[float, float]]:
    """Wait until each question fired, with its alert, and return when and how late.

    Raises:
        RuntimeError: Some did not fire.
    """
    end = at + PATIENCE_SECONDS
    while len(fired := worker.fired()) < 2 * count:
        if time.time() > end:
            raise RuntimeError(f"{len(fired) // 2} of {count} questions fired")
        await asyncio.sleep(0.1)
    return fired


def _figures(name: str, conditions: str, spent: dict[str, Spent]) -> list[Figure]:
    rows = []
    for what in WHAT:
        ratio = spent[name].ratio_to(spent[BASE], what)
        middle = quantile(getattr(spent[BASE], what), 0.5)
        told = f"{LABELS[what]}: {ratio}; {BASE}: {middle:,.1f}; {conditions}"
        rows.append(Figure(f"variant_{name}_herd_{what}", ratio.median, f"of {BASE}", told))
    return rows
