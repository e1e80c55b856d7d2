"""`./bench --only peers`: due times that come together, a node's and four job queues', in one run.

All servers and workers run from start to end. One at a time gets a herd: jobs or questions that are
due at one instant. Each turn has one herd of each contestant. Then each worker is killed once in
the midst of a herd. A peer that is not installed, or fails, is named and left out.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks import asking, herds, peers_beside, stage
from benchmarks.asking import Asking, Worker
from benchmarks.environments import Absent
from benchmarks.figures import Figure, machine, quantile
from benchmarks.messaging import file_system
from benchmarks.paired import Ratio, paired_ratio, turn_order
from benchmarks.peers_beside import AFTER_KILL_SECONDS, PEERS, Herd, Killed
from benchmarks.processor import read, trees
from special_channel import __version__

OURS: Final = "ours"
YIELDING: Final = 10
"""Niceness of the other side's node: a tenth of the worker's share. It has a machine of its own."""

PARTS: Final = ("web", "link", "escalate")

OURS_LACKS: Final = (
    "Each question is two signed entries in two logs, judged, folded and flushed, with an alert in "
    "the same transaction; the other side's signed head confirms that no answer came."
)
UNITS: Final = {
    "herd_per_s": "/s",
    "p50_ms": "ms",
    "p99_ms": "ms",
    "cpu_us": "µs",
    "unrun_after_kill": "of the herd",
    "last_after_kill_s": "s",
}
NAMES: Final = tuple(f"peer_{name}_{what}" for name in (OURS, *PEERS) for what in UNITS)


@dataclass(frozen=True, slots=True)
class Size:
    """Size of a herd, and number of turns."""

    count: int
    turns: int


FULL: Final = Size(count=1_200, turns=4)
QUICK: Final = Size(count=1_000, turns=2)
"""More than two batches of a node, so that a kill finds some that have not fired."""

FIRST_GUESS_SECONDS: Final = 0.01
"""From posting a question until the other side has it, on a busy machine."""

SPARE_SECONDS: Final = 4.0

WARM_UP: Final = 4
"""The first herd of each is smaller by this factor, and does not count."""


@dataclass(frozen=True, slots=True)
class Herds:
    """One contestant's herds: a value a turn.

    Attributes:
        rates: Jobs a second, from the due time to the last job.
        p50_ms: How late the median job ran.
        p99_ms: How late the last percent began.
        cpu_us: Processor time of worker and servers a job.
    """

    rates: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)

    def add(self, herd: Herd) -> None:
        """Add one herd."""
        self.rates.append(herd.rate)
        self.p50_ms.append(herd.p50_ms)
        self.p99_ms.append(herd.p99_ms)
        self.cpu_us.append(herd.cpu_us)


@dataclass(frozen=True, slots=True)
class Together:
    """Results of one run.

    Attributes:
        titles: Contestants' titles by name, in the order of the table.
        lacks: What a contestant does, or does not do, in a sentence.
        herds: Results by name.
        killed: What a kill left, by name.
        absent: Skipped peers: title and reason.
        conditions: Conditions of the run.
    """

    titles: dict[str, str]
    lacks: dict[str, str]
    herds: dict[str, Herds]
    killed: dict[str, Killed]
    absent: dict[str, str]
    conditions: str

    def ours_to(self, name: str) -> Ratio:
        """Return our rate over another's, pair by pair."""
        return paired_ratio(self.herds[OURS].rates, self.herds[name].rates)


@dataclass(frozen=True, slots=True)
class _Contestant:
    name: str
    title: str
    lacks: str
    herd: Callable[[int], Awaitable[Herd]]
    killed: Callable[[int, asyncio.Lock], Awaitable[Killed]]


async def due_together(folder: Path, *, quick: bool, size: Size | None = None) -> Together:
    """Run the comparison."""
    chosen = size or (QUICK if quick else FULL)
    began, before = time.monotonic(), machine()  # later its load would be our own
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(_Node.open(folder))
        peers, absent = await start_installed(stack, folder)
        run = _Run({each.name: each for each in [_ours(node), *peers]}, absent)
        await run.take_turns(chosen)
        told = await node.told()
        await run.kill_all(chosen.count)
    conditions = (
        f"{chosen.turns} herds of {chosen.count:,} each, one at a time, the others idle; "
        f"{told}; the other side's node mirrors them on the same processors at niceness "
        f"{YIELDING}; data on {file_system(folder)}; {before}; "
        f"{datetime.now(UTC):%Y-%m-%d}, {time.monotonic() - began:.0f} s in all"
    )
    return Together(
        {name: each.title for name, each in run.contestants.items()},
        {name: each.lacks for name, each in run.contestants.items()},
        {name: run.herds[name] for name in run.contestants},
        {name: run.killed[name] for name in run.contestants},
        absent,
        conditions,
    )


_FAILED: Final = (Absent, OSError, RuntimeError, subprocess.SubprocessError, TimeoutError)


@dataclass(frozen=True, slots=True)
class _Run:
    """Contestants by name, and what was measured. A peer that fails is named, and left out."""

    contestants: dict[str, _Contestant]
    absent: dict[str, str]
    herds: dict[str, Herds] = field(default_factory=dict)
    killed: dict[str, Killed] = field(default_factory=dict)

    async def take_turns(self, size: Size) -> None:
        """Give each contestant a herd a turn, after a smaller one that does not count."""
        for name in list(self.contestants):
            await self._herd(name, max(size.count // WARM_UP, 1), Herds())
        for turn in range(size.turns):
            for name in turn_order(list(self.contestants), turn):
                await self._herd(name, size.count, self.herds.setdefault(name, Herds()))

    async def _herd(self, name: str, count: int, into: Herds) -> None:
        try:
            into.add(await self.contestants[name].herd(count))
        except _FAILED as error:
            self._leave_out(name, error)
        print(".", end="", file=sys.stderr, flush=True)

    async def kill_all(self, count: int) -> None:
        """Kill one worker after the other; wait for all of them together."""
        turn = asyncio.Lock()
        await asyncio.gather(*(self._kill(name, count, turn) for name in list(self.contestants)))

    async def _kill(self, name: str, count: int, turn: asyncio.Lock) -> None:
        try:
            self.killed[name] = await self.contestants[name].killed(count, turn)
        except _FAILED as error:
            self._leave_out(name, error)

    def _leave_out(self, name: str, error: Exception) -> None:
        if name == OURS:
            raise error
        title = self.contestants.pop(name).title
        self.absent[title] = str(error) or type(error).__name__
        print(f"\n{title} is left out: {error}", file=sys.stderr)


async def start_installed(
    stack: AsyncExitStack, folder: Path
) -> tuple[list[_Contestant], dict[str, str]]:
    """Start installed peers; name absent ones, with the reason, and go on."""
    contestants: list[_Contestant] = []
    absent: dict[str, str] = {}
    for name, (title, _) in PEERS.items():
        try:
            made, version = await stack.enter_async_context(peers_beside.peer(name, folder / name))
        except _FAILED as error:
            absent[title] = str(error) or type(error).__name__
            print(f"\n{title} is left out: {absent[title]}", file=sys.stderr)
        else:
            contestants.append(
                _Contestant(name, version, peers_beside.LACKS, made.herd, made.killed)
            )
    return contestants, absent


class _Node:
    """A node whose questions fall due; the other side's node runs for as long."""

    def __init__(self, made: Asking, worker: Worker) -> None:
        self._made = made
        self._worker = worker
        self._each = FIRST_GUESS_SECONDS

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, folder: Path) -> AsyncIterator[_Node]:
        """Found a channel and run both nodes."""
        place = folder / "channel"
        place.mkdir()
        place.chmod(0o755)  # PostgreSQL does not run as root and must reach its folder
        async with asking.asking(place) as made:
            with stage.node(made.ready, "cn", "web", "link") as other:
                for each in trees([other.pid]):
                    each.nice(YIELDING)
                node = cls(made, asking.start(made.ready, *PARTS))
                try:
                    yield node
                finally:
                    node.stop()

    def stop(self) -> None:
        """End the worker that runs now."""
        self._worker.process.terminate()
        self._worker.process.communicate(timeout=60)

    async def told(self) -> str:
        """Say of how many questions the record holds that silence was confirmed."""
        found = await asyncio.to_thread(self._worker.report)
        return (
            f"silence confirmed for {found['confirmed']:,} of {found['passed']:,} questions, "
            f"{found['twice']} of them passed twice"
        )

    async def _posted(self, count: int) -> int:
        """Post questions, with three times the time that the last ones took; return the due time.

        One that the other side has too late gets another due time, so a second try waits long.
        """
        ahead = SPARE_SECONDS + 3 * self._each * count
        at, took = await herds.posted(self._made, self._worker, count, int(ahead) + 1)
        self._each = took / count
        return at

    async def herd(self, count: int) -> Herd:
        """Let questions fall due together."""
        worker = self._worker
        at = await self._posted(count)
        before = read([worker.process.pid], lambda _: "all")
        fired = await herds.until_fired(worker, count, at)
        spent = read([worker.process.pid], lambda _: "all").since(before)
        late = [late for _, late in fired]
        return Herd(
            count / (max(when for when, _ in fired) - at),
            quantile(late, 0.5) * 1000,
            quantile(late, 0.99) * 1000,
            spent["all"] / count / 1e3,
        )

    async def killed(self, count: int, turn: asyncio.Lock) -> Killed:
        """Kill the node once a tenth fired, with its PostgreSQL and Redis; start it at once."""
        async with turn:
            before = await asyncio.to_thread(self._worker.report)
            await self._posted(count)
            while len(self._worker.fired()) < count // 5:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.02)  # two lines a question
            killed = time.time()
            self._worker.process.kill()
            self._worker.process.communicate()
            self._worker = await asyncio.to_thread(asking.start, self._made.ready, *PARTS)
            while True:
                found = await asyncio.to_thread(self._worker.report)
                if not found["unrun"] or time.time() > killed + AFTER_KILL_SECONDS:
                    break
                await asyncio.sleep(0.1)
        last = max((when for when, _ in self._worker.fired()), default=killed) - killed
        lost = before["passed"] + count - found["passed"]
        return Killed(max(found["unrun"], lost), found["twice"], last if last > 0 else None)


def _ours(node: _Node) -> _Contestant:
    title = f"A node {__version__}, two signatures a question"
    return _Contestant(OURS, title, OURS_LACKS, node.herd, node.killed)


def figures(found: Together) -> list[Figure]:
    """Return medians as figures, with our ratio to the peers."""
    rows: list[Figure] = []
    for name, each in found.herds.items():
        ratio = None if name == OURS else found.ours_to(name)
        beside = f"; ours to it {ratio}" if ratio else ""
        killed, begins = found.killed[name], f"peer_{name}_"
        kill = (
            f"{AFTER_KILL_SECONDS:.0f} s after kill -9 of the worker in the midst of a herd, "
            f"another started at once; {killed.twice} ran twice"
        )
        rows += [
            Figure(
                f"{begins}herd_per_s",
                statistics.median(each.rates),
                UNITS["herd_per_s"],
                f"{found.titles[name]}{beside}; "
                f"{found.conditions if name == OURS else found.lacks[name]}",
                "" if ratio is None else "its rate reached by a node",
                None if ratio is None else ratio.median,
            ),
            *(
                Figure(
                    f"{begins}{what}",
                    statistics.median(getattr(each, what)),
                    UNITS[what],
                    "the same herds",
                )
                for what in ("p50_ms", "p99_ms", "cpu_us")
            ),
            Figure(f"{begins}unrun_after_kill", killed.unrun, UNITS["unrun_after_kill"], kill),
        ]
        if killed.last_s is not None:
            name_of_last = f"{begins}last_after_kill_s"
            rows.append(
                Figure(name_of_last, killed.last_s, UNITS["last_after_kill_s"], "the same kill")
            )
    return rows
