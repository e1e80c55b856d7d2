"""`./bench --only variants`: variants of the code take turns in one running node.

A variant is compared with the code as it is, in pairs of short bursts, by processor time, p50 and
rate. `switched.py` defines the variants.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks import stage
from benchmarks.contestants import Run
from benchmarks.figures import Figure, machine, quantile
from benchmarks.own_broker import Notes, sending
from benchmarks.paired import Ratio, paired_ratio, turn_order
from benchmarks.switched import BASE, VARIANTS
from benchmarks.usage import Usage

SENDERS: Final = (1, 64)
WHAT: Final = ("node", "postgres", "p50", "rate")
DEFAULT: Final = ("same", "checked-twice")
PAIRS: Final = 8
QUICK_PAIRS: Final = 2
SECONDS: Final = 1.5
QUICK_SECONDS: Final = 0.4

NAMES: Final = tuple(
    f"variant_{name}_{senders}_{what}" for name in VARIANTS for senders in SENDERS for what in WHAT
)


@dataclass(frozen=True, slots=True)
class Spent:
    """Bursts of one variant: microseconds an entry, milliseconds, entries a second."""

    node: list[float] = field(default_factory=list)
    postgres: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)

    def ratio_to(self, base: Spent, what: str) -> Ratio:
        """Return the ratio of a field to the same field of another variant, pair by pair."""
        return paired_ratio(getattr(self, what), getattr(base, what))


@dataclass(frozen=True, slots=True)
class Switched:
    """A running node with a switch for variants."""

    process: subprocess.Popen[bytes]

    async def use(self, name: str) -> None:
        """Switch to a variant.

        Raises:
            RuntimeError: The node ended, or answered with another name.
        """
        answered = await asyncio.to_thread(self._ask, name)
        if answered != name:
            raise RuntimeError(f"the node uses {answered or 'nothing: it ended'}")

    def _ask(self, name: str) -> str:
        if self.process.stdin is None or self.process.stdout is None:
            return ""
        self.process.stdin.write(name.encode() + b"\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().strip()


@contextlib.asynccontextmanager
async def switched(ready: stage.Stage) -> AsyncIterator[Switched]:
    """Run the EU node with a switch for variants."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.switched", str(ready.config("eu"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        await asyncio.to_thread(stage.wait_ready, ready.ports["eu"], process)
        yield Switched(process)
    finally:
        await asyncio.to_thread(_end, process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the node's standard input, so that it ends; kill it after 30 seconds."""
    with process:  # closes its pipes
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def named(figures: Sequence[str]) -> list[str]:
    """Return the variants of figures by their names; the default ones if there are none."""
    text = " ".join(figures)
    return [name for name in VARIANTS if f"variant_{name}_" in text] or list(DEFAULT)


async def variants(
    folder: Path, names: Sequence[str], *, pairs: int, seconds: float
) -> list[Figure]:
    """Compare variants with the code as it is."""
    figures: list[Figure] = []
    before = machine()  # later its load would be our own
    async with stage.stage(folder) as ready, switched(ready) as node:
        token = await stage.sign_in(ready.ports["eu"], ready.key)
        notes = Notes(ready)
        with sending(ready.ports["eu"], token, notes) as run:
            for senders in SENDERS:
                await notes.prepare(seconds)
                await run(senders, seconds)  # the first burst pays for caches
                for name in names:
                    spent = {BASE: Spent(), name: Spent()}
                    for turn in range(pairs):
                        for each in turn_order([BASE, name], turn):
                            await node.use(each)
                            await notes.prepare(seconds)
                            await _burst(run, node, (senders, seconds), spent[each])
                    figures += _figures(name, senders, f"{seconds:g} s a burst, {before}", spent)
    return figures


async def _burst(run: Run, node: Switched, load: tuple[int, float], into: Spent) -> None:
    before = Usage.now([node.process.pid])
    burst = await run(*load)
    after = Usage.now([node.process.pid])
    into.node.append((after.nodes - before.nodes) / burst.count * 1e6)
    into.postgres.append((after.postgres - before.postgres) / burst.count * 1e6)
    into.p50.append(quantile(burst.latencies, 0.5) * 1000)
    into.rate.append(burst.rate)


def _figures(name: str, senders: int, conditions: str, spent: dict[str, Spent]) -> list[Figure]:
    labels = {
        "node": "the node's processor time an entry",
        "postgres": "PostgreSQL's processor time an entry",
        "p50": "the median time until a receipt",
        "rate": "entries a second",
    }
    rows = []
    for what in WHAT:
        ratio = spent[name].ratio_to(spent[BASE], what)
        middle = quantile(getattr(spent[BASE], what), 0.5)
        rows.append(
            Figure(
                f"variant_{name}_{senders}_{what}",
                ratio.median,
                f"of {BASE}",
                f"{labels[what]}: {ratio}; {BASE}: {middle:,.1f}; {senders} senders, {conditions}",
            )
        )
    return rows
