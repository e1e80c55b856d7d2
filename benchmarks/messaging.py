"""`./bench --only messaging`: this broker, other brokers and floors take turns in one run.

All servers run from start to end; one at a time gets messages. In each turn every contestant gets a
burst from one sender and a burst from 64. An absent broker is named and skipped.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]

from benchmarks import broker_servers, own_broker, stage, synapse
from benchmarks.contestants import Contestant
from benchmarks.environments import Absent
from benchmarks.figures import Figure, machine, quantile
from benchmarks.paired import Ratio, paired_ratio, turn_order
from benchmarks.processor import Machine, Reading, read

BROKERS: Final = {
    "rabbitmq": "RabbitMQ",
    "nats": "NATS JetStream",
    "redis": "Redis stream",
    "insert": "PostgreSQL, bare INSERT",
    "synapse_sqlite": "Synapse on SQLite",
    "synapse_postgres": "Synapse on PostgreSQL",
}
FLOORS: Final = tuple(f"floor_{name}" for name in own_broker.FLOOR_TITLES)
SENDERS: Final = (1, 64)
OURS: Final = "ours"

NAMES: Final = tuple(
    f"messaging_{name}_{senders}_{what}"
    for name in (OURS, *BROKERS, *FLOORS)
    for senders in SENDERS
    for what in ("per_s", "p50_ms", "cpu_us")
)


@dataclass(frozen=True, slots=True)
class Load:
    """Turns, and seconds of a burst."""

    turns: int
    seconds: float
    warm_up_seconds: float


FULL: Final = Load(turns=6, seconds=2.0, warm_up_seconds=1.0)
QUICK: Final = Load(turns=2, seconds=0.5, warm_up_seconds=0.2)


@dataclass(frozen=True, slots=True)
class Result:
    """One contestant's bursts from one number of senders: a value a turn.

    Attributes:
        rates: Messages a second.
        p50_ms: Median time until a message was confirmed.
        p99_ms: 99th percentile of that time.
        server_us: Processor time of the servers a message.
        sender_us: Processor time of the sender a message.
        others: Share of all processors used by other processes and the kernel's threads.
    """

    rates: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    server_us: list[float] = field(default_factory=list)
    sender_us: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Results of one run.

    Attributes:
        titles: Contestants' titles by name, in the order of the table.
        lacks: Duties of this broker that a contestant does not have, by name.
        results: Results by name and number of senders.
        absent: Skipped brokers: title and reason.
        conditions: Conditions of the run.
    """

    titles: dict[str, str]
    lacks: dict[str, str]
    results: dict[str, dict[int, Result]]
    absent: dict[str, str]
    conditions: str

    def ours_to(self, name: str, senders: int) -> tuple[Ratio, Ratio]:
        """Return this broker's rate and p50 over another's, pair by pair."""
        own, other = self.results[OURS][senders], self.results[name][senders]
        return paired_ratio(own.rates, other.rates), paired_ratio(own.p50_ms, other.p50_ms)


async def messaging(folder: Path, *, quick: bool, load: Load | None = None) -> Comparison:
    """Run the comparison."""
    chosen = load or (QUICK if quick else FULL)
    before = machine()  # later its load would be our own
    async with AsyncExitStack() as stack:
        contestants, absent, place = await _start(stack, folder)
        results: dict[str, dict[int, Result]] = {
            each.name: {senders: Result() for senders in SENDERS} for each in contestants
        }
        for each in contestants:
            for senders in SENDERS:
                await burst(each, senders, chosen.warm_up_seconds, Result())
        for turn in range(chosen.turns):
            for senders in SENDERS:
                for each in turn_order(contestants, turn):
                    await burst(each, senders, chosen.seconds, results[each.name][senders])
                    print(".", end="", file=sys.stderr, flush=True)
    others = [share for each in results.values() for one in each.values() for share in one.others]
    conditions = (
        f"{chosen.turns} turns of {chosen.seconds:g} s each, {place}, one server at a time, "
        f"the others idle; what is not measured used {statistics.median(others):.0%} of the "
        f"processors in the median burst, {max(others):.0%} in the worst; {before}; "
        f"{datetime.now(UTC):%Y-%m-%d}"
    )
    return Comparison(
        {each.name: each.title for each in contestants},
        {each.name: each.lacks for each in contestants},
        results,
        absent,
        conditions,
    )


Opened = AbstractAsyncContextManager[Contestant]


async def _start(
    stack: AsyncExitStack, folder: Path
) -> tuple[list[Contestant], dict[str, str], str]:
    """Start all installed servers; return contestants, absent brokers, message size and disk."""
    ready = await stack.enter_async_context(stage.stage(folder))
    body = ready.content()
    running = await stack.enter_async_context(broker_servers.postgres(folder / "postgres"))
    brokers: dict[str, Callable[[], Opened]] = {
        "rabbitmq": lambda: broker_servers.rabbitmq(folder / "rabbitmq", body),
        "nats": lambda: broker_servers.nats(folder / "nats", body),
        "redis": lambda: broker_servers.redis_stream(folder / "redis", body),
        "insert": lambda: broker_servers.bare_insert(running, body),
        "synapse_sqlite": lambda: synapse.on_sqlite(folder / "synapse-sqlite", body),
        "synapse_postgres": lambda: synapse.on_postgres(folder / "synapse", running, body),
    }
    contestants = [await stack.enter_async_context(own_broker.ours(ready))]
    others, absent = await start_installed(stack, brokers)
    contestants += others
    contestants += await stack.enter_async_context(
        own_broker.floors(folder / "floors", running, body.encode())
    )
    place = f"messages of {len(body)} bytes, data on {file_system(folder)}"
    return contestants, absent, place


async def start_installed(
    stack: AsyncExitStack, brokers: Mapping[str, Callable[[], Opened]]
) -> tuple[list[Contestant], dict[str, str]]:
    """Start installed brokers; name absent brokers, with the reason, and go on."""
    contestants: list[Contestant] = []
    absent: dict[str, str] = {}
    for name, opened in brokers.items():
        try:
            contestants.append(await stack.enter_async_context(opened()))
        except (Absent, OSError, RuntimeError, TimeoutError) as error:
            absent[BROKERS[name]] = str(error) or type(error).__name__
            print(f"\n{BROKERS[name]} is left out: {absent[BROKERS[name]]}", file=sys.stderr)
    return contestants, absent


async def burst(contestant: Contestant, senders: int, seconds: float, into: Result) -> None:
    """Run one burst; add rate, times and processor time to a result."""
    if contestant.prepare is not None:
        await contestant.prepare(seconds)
    machine_before = Machine.now()
    before, own = _reading(contestant), time.process_time_ns()
    sent_burst = await contestant.run(senders, seconds)
    spent, own = _reading(contestant).since(before), time.process_time_ns() - own
    sent = spent.get("sender", 0) if contestant.sender is not None else own
    ours = (spent.get("server", 0) + sent) / 1e9
    into.others.append(Machine.now().others_since(machine_before, ours))
    into.rates.append(sent_burst.rate)
    into.p50_ms.append(quantile(sent_burst.latencies, 0.5) * 1000)
    into.p99_ms.append(quantile(sent_burst.latencies, 0.99) * 1000)
    into.server_us.append(spent.get("server", 0) / sent_burst.count / 1000)
    into.sender_us.append(sent / sent_burst.count / 1000)


def _reading(contestant: Contestant) -> Reading:
    sender = contestant.sender

    def group(process: psutil.Process) -> str:
        return "sender" if process.pid == sender else "server"

    return read([*contestant.servers, *([] if sender is None else [sender])], group)


def file_system(folder: Path) -> str:
    """Name the file system of a folder. In memory a flush costs nothing."""
    real = folder.resolve()
    mounts = [
        (Path(part.mountpoint), part.fstype)
        for part in psutil.disk_partitions(all=True)
        if real.is_relative_to(part.mountpoint)
    ]
    _, kind = max(mounts, key=lambda mount: len(mount[0].parts), default=(Path("/"), "unknown"))
    return f"{kind} (in memory: a flush costs nothing)" if kind in {"tmpfs", "ramfs"} else kind


def figures(comparison: Comparison) -> list[Figure]:
    """Return medians as figures, with this broker's ratio to other contestants."""
    rows: list[Figure] = []
    for name, results in comparison.results.items():
        for senders, result in results.items():
            rows += _figures(comparison, name, senders, result)
    return rows


def _figures(comparison: Comparison, name: str, senders: int, result: Result) -> list[Figure]:
    rate, p50 = comparison.ours_to(name, senders)
    many = "1 sender" if senders == 1 else f"{senders} senders"
    begins = f"messaging_{name}_{senders}"
    median = statistics.median
    return [
        Figure(
            f"{begins}_per_s",
            median(result.rates),
            "/s",
            f"{many}, {comparison.titles[name]}, {comparison.conditions}; "
            f"ours to it {rate}; {comparison.lacks[name]}",
            "" if name == OURS else "its rate reached by this broker",
            None if name == OURS else rate.median,
        ),
        Figure(
            f"{begins}_p50_ms",
            median(result.p50_ms),
            "ms",
            f"the same run, p99 {median(result.p99_ms):.1f} ms; ours to it {p50}",
            "" if name == OURS else "its p50 taken by this broker",
            None if name == OURS else p50.median,
        ),
        Figure(
            f"{begins}_cpu_us",
            median(result.server_us),
            "µs",
            "processor time of all its servers' processes a message, scheduler's accounting; "
            f"its sender {median(result.sender_us):.0f} µs",
        ),
    ]
