"""Seeded faults while due times pass: workers, Redis, database and clocks (promise P6).

Workers are processes of their own beside a node that serves and mirrors. `run` is for
`./bench` as well as for the test. The clock of this process is the one that is right.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit
from uuid import uuid4

import asyncpg
import orjson

from special_channel.config import Settings
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Unavailable
from special_channel.core.bytes.times import from_posix, posix
from special_channel.core.entries import Role
from special_channel.export.verify import verify
from special_channel.stores.people import Official, Officials
from special_channel.stores.redis_connection import open_redis, redis_errors
from special_channel.wiring.exporting import exporter
from special_channel.wiring.founding import guard_folder
from tests.channel import CHARTER, Channel, channel
from tests.kills.run import as_toml
from tests.proxy import Proxy, commits, to_socket

WORKERS: Final = 2
PER_NOTE: Final = 100
HOUR: Final = 3600
LEASE_SECONDS: Final = 1
PATIENCE: Final = 60.0
"""Seconds without a single one fired, after which the rest counts as lost."""

BREATH: Final = 4.0
"""Longest wait after a fault for something to fire: a worker must have time to start."""


@dataclass(frozen=True)
class Figures:
    """What it came to. `lost`, `doubled` and `early` must be 0."""

    lost: int
    doubled: int
    early: int
    verdict: str
    seconds: float
    faults: dict[str, int]


@dataclass
class Chaos:
    """What is known while it goes on."""

    channel: Channel
    random: random.Random
    folder: Path
    line: Proxy
    workers: list[asyncio.subprocess.Process] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def core(self) -> Any:
        return self.channel.nodes["eu"].core

    def offset(self, number: int) -> Path:
        return self.folder / f"clock-{number}"

    async def start(self, number: int) -> asyncio.subprocess.Process:
        self.offset(number).write_text("0")
        engines = self.core.engines
        told = {
            "SPECIAL_CHANNEL_DATABASE__URL": _through(engines.node, self.folder),
            "SPECIAL_CHANNEL_DATABASE__LINK_URL": engines.link,
            "SPECIAL_CHANNEL_REDIS__URL": engines.redis,
        }
        command = [sys.executable, "-m", "tests.kills.chaos_worker"]
        with (self.folder / "workers.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *command,
                str(self.folder / "worker.toml"),
                str(self.offset(number)),
                env=os.environ | told,
                stderr=log,
            )


def run(timers: int, seconds: int, seed: int, folder: Path) -> Figures:
    """Let so many due times pass within so many seconds, and count; `folder` is empty."""
    return asyncio.run(chaos(timers, seconds, seed, folder))


async def chaos(timers: int, seconds: int, seed: int, folder: Path) -> Figures:
    """As `run`, inside a loop."""
    began = time.monotonic()
    async with channel(
        folder, ("web", "link"), charter_folder=short_notice(folder / "charter")
    ) as made:
        await _people(made)
        first = await _ask(made, timers, seconds)
        (folder / "worker.toml").write_text(as_toml(_worker_settings(made)))
        sockets = _sockets(made.nodes["eu"].core.engines.node)
        async with to_socket(sockets / PG, folder / PG) as line:
            state = Chaos(made, random.Random(seed), folder, line)  # noqa: S311 - to be told again
            async with _supervised(state):
                await _rage(state, first, first + seconds)
                await _all_fired(state)
                await _once_more(state)
        lost = await _unfired(made)
        doubled, early = await _counted(made)
        verdict = await _verdict(made)
    return Figures(lost, doubled, early, verdict, time.monotonic() - began, dict(state.faults))


def short_notice(folder: Path) -> Path:
    """A charter by which a question may be due a second after it arrived."""
    shutil.copytree(CHARTER, folder)
    for file in folder.glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        text = text.replace("minimum_notice_seconds = 30", "minimum_notice_seconds = 1")
        file.write_text(text, encoding="utf-8")
    return folder


# The stage ----------------------------------------------------------------------------

PG: Final = ".s.PGSQL.5432"


async def _people(made: Channel) -> None:
    officials = Officials(made.nodes["eu"].core.record.pool)
    roles: tuple[Role, ...] = ("head", "director")
    for role in roles:
        address = f"{role}@eu.example"
        await officials.add(
            Official(0, f"Fictional {role}", role, "Unit", "unit", address, "en"), uuid4().hex
        )


async def _ask(made: Channel, timers: int, seconds: int) -> int:
    """Ask so many questions, due evenly over so many seconds; return when the first is due."""
    thread = await made.open_thread("eu")
    first = int(time.time()) + 6 + timers // 500
    for start in range(0, timers, PER_NOTE):
        if start % (10 * PER_NOTE) == 0:
            thread = await made.open_thread("eu")
        places = range(start, min(start + PER_NOTE, timers))
        dues = [from_posix(first + place * 7919 % seconds) for place in places]
        asks = [made.ask("eu", due, str(number)) for number, due in enumerate(dues, 1)]
        await made.note("eu", thread, asks=asks)
    await made.caught_up()
    return first


def _worker_settings(made: Channel) -> Settings:
    settings = made.settings("eu")
    paced = {"poll_seconds": 0.2, "lease_seconds": LEASE_SECONDS, "sweep_seconds": 1}
    return settings.model_copy(update={"escalation": settings.escalation.model_copy(update=paced)})


def _sockets(dsn: str) -> Path:
    return Path(parse_qs(urlsplit(dsn).query)["host"][0])


def _through(dsn: str, folder: Path) -> str:
    """The same address by way of the line that can be cut."""
    return dsn.replace(quote(str(_sockets(dsn))), quote(str(folder)))


@contextlib.asynccontextmanager
async def _supervised(state: Chaos) -> AsyncIterator[None]:
    """Keep the workers running, as a service manager does; end them after."""
    state.workers = [await state.start(number) for number in range(WORKERS)]

    async def keep(number: int) -> None:
        while True:
            await state.workers[number].wait()
            state.workers[number] = await state.start(number)

    keeping = [asyncio.ensure_future(keep(number)) for number in range(WORKERS)]
    try:
        yield
    finally:
        for task in keeping:
            task.cancel()
        for worker in state.workers:
            with contextlib.suppress(ProcessLookupError):
                worker.send_signal(signal.SIGCONT)
                worker.kill()
            await worker.wait()


# Faults -------------------------------------------------------------------------------


async def kill(state: Chaos) -> None:
    """SIGKILL a worker, wherever it is."""
    state.random.choice(state.workers).kill()


async def stop(state: Chaos) -> None:
    """SIGSTOP a worker past its lease, then let it go on as if nothing had been."""
    worker = state.random.choice(state.workers)
    worker.send_signal(signal.SIGSTOP)
    await asyncio.sleep(LEASE_SECONDS + 0.5)
    worker.send_signal(signal.SIGCONT)


async def flush(state: Chaos) -> None:
    """Empty Redis."""
    async with open_redis(state.core.engines.redis) as client:
        with redis_errors():
            await client.flushall()


async def kill_redis(state: Chaos) -> None:
    """SIGKILL Redis; the node starts it again, empty."""
    await state.core.engines.embedded.redis.kill()


async def cut_at_commit(state: Chaos) -> None:
    """Let the next commit happen and its reply be lost."""
    state.line.swallow = commits


async def terminate(state: Chaos) -> None:
    """End the sessions of one moment, whatever they are doing."""
    connection = await asyncpg.connect(state.core.engines.embedded.postgres.dsn("postgres"))
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'channel_node' AND state <> 'idle'"
        )
    finally:
        await connection.close()


async def clock(state: Chaos) -> None:
    """Step a worker's clock by an hour, either way, and back."""
    number = state.random.randrange(WORKERS)
    state.offset(number).write_text(str(state.random.choice((HOUR, -HOUR))))
    await asyncio.sleep(0.5)
    state.offset(number).write_text("0")


FAULTS: Final[tuple[Callable[[Chaos], Awaitable[None]], ...]] = (
    kill,
    stop,
    flush,
    kill_redis,
    cut_at_commit,
    terminate,
    clock,
)


async def _rage(state: Chaos, first: int, last: int) -> None:
    """Put in all faults in one order after another, from before the first is due."""
    await asyncio.sleep(max(first - 1 - time.time(), 0))
    while time.time() < last or len(state.faults) < len(FAULTS):
        order = list(FAULTS)
        state.random.shuffle(order)
        for fault in order:
            # What is down already can't be hit again: its turn comes round.
            with contextlib.suppress(ProcessLookupError, Unavailable, OSError):
                await fault(state)
                state.faults[fault.__name__] += 1
            await _breathe(state)
            if time.time() > last and len(state.faults) == len(FAULTS):
                return


# Counting -----------------------------------------------------------------------------


async def _unfired(made: Channel) -> int:
    found: int = await made.nodes["eu"].core.record.pool.fetchval(
        "SELECT count(*) FROM record.asks WHERE NOT passed"
    )
    return found


async def _left(state: Chaos) -> int | None:
    """Count what has not fired; None: the database was just cut."""
    with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return await _unfired(state.channel)
    return None


async def _breathe(state: Chaos) -> None:
    before, end = await _left(state), time.monotonic() + BREATH
    while before and time.monotonic() < end and await _left(state) == before:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    await asyncio.sleep(state.random.random() * 0.2)  # anywhere in what comes next


async def _all_fired(state: Chaos) -> None:
    left, end = await _left(state), time.monotonic() + PATIENCE
    while left != 0 and time.monotonic() < end:
        await asyncio.sleep(0.2)
        now = await _left(state)
        if now is not None and now != left:
            left, end = now, time.monotonic() + PATIENCE


async def _once_more(state: Chaos) -> None:
    """Start new workers on an empty Redis, and wait until they have looked at all.

    On a busy machine all due times may pass after the last fault: none of them was hit.
    """
    for worker in state.workers:
        with contextlib.suppress(ProcessLookupError):
            worker.kill()
    with contextlib.suppress(Unavailable, OSError):  # if it is down, it comes back empty
        await flush(state)
    end = time.monotonic() + PATIENCE
    while not await _at_rest(state) and time.monotonic() < end:  # noqa: ASYNC110
        await asyncio.sleep(0.2)


async def _at_rest(state: Chaos) -> bool:
    """Tell whether each look has a reminder and none is due or leased, or one passed twice."""
    core = state.core
    soon = (time.time() + LEASE_SECONDS + 1) * 1000
    due = f"{core.settings.redis.prefix}:{{timers}}:due"
    # What was hit last may not answer yet.
    with contextlib.suppress(Unavailable, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        looks, twice = await core.record.pool.fetchrow(
            "SELECT (SELECT count(*) FROM work.looks WHERE state = 'armed'),"
            " (SELECT count(*) FROM record.entries"
            " WHERE log = 'eu' AND kind = 'deadline.passed' AND code = '')"
            " > (SELECT count(*) FROM record.asks WHERE passed)"
        )
        if twice:
            return True
        async with open_redis(core.engines.redis) as client:
            with redis_errors():
                ahead = await client.zcard(due) - await client.zcount(due, "-inf", soon)
                return bool(ahead == looks)
    return False


async def _counted(made: Channel) -> tuple[int, int]:
    """Count what stands twice, and what bears a time that had not come."""
    pool = made.nodes["eu"].core.record.pool
    rows = await pool.fetch(
        "SELECT envelope, accepted FROM record.entries"
        " WHERE log = 'eu' AND kind = 'deadline.passed' AND code = ''"
    )
    now = time.time()
    times: Counter[tuple[str, str, str]] = Counter()
    early = 0
    for row in rows:
        payload = orjson.loads(dsse.decode(row["envelope"]).payload)
        body = payload["body"]
        times[payload["ref"], body["q"], body["due"]] += 1
        early += not posix(body["due"]) <= posix(body["fired"]) <= now
        early += not posix(body["due"]) <= posix(row["accepted"]) <= now
    doubled = sum(count - 1 for count in times.values())
    doubled += await pool.fetchval(
        "SELECT count(*) - count(DISTINCT (note, q, due, step)) FROM private.escalations"
    )
    doubled += await pool.fetchval(
        "SELECT coalesce(sum(held - 1), 0)::bigint FROM (SELECT count(*) AS held FROM work.outbox"
        " WHERE note <> '' GROUP BY note, q, due, step, kind, recipient, channel, repeat) AS each"
        " WHERE held > 1"
    )
    return doubled, early


async def _verdict(made: Channel) -> str:
    """Export all and let the auditor check every signature and proof."""
    await made.caught_up()
    core = made.nodes["eu"].core
    export = exporter(
        core.engines.node, guard_folder(core.settings), core.identity, core.clock, core.appender.act
    )
    async with export("all", core.identity.node.key) as bundle:
        data = b"".join([chunk async for chunk in bundle.chunks])
    return verify(data, made.trust).verdict
