"""A readiness probe that tests, every few seconds, database, heads and guard for an append.

The probe writes and locks like an append, so that `/readyz` reports a real test. Does not
repair, and does not append an entry.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NoReturn

import structlog

from special_channel.broker.commit import Committer
from special_channel.broker.guarding import compared
from special_channel.core.bytes.errors import ChannelError, Corrupt, Unavailable
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant
from special_channel.ports import (
    Alarms,
    Clock,
    Head,
    LogName,
    Published,
    Record,
    Sleep,
    Transaction,
)
from special_channel.ports.conditions import DATABASE, GUARD, PROBE_LATE, ROLLED_BACK

log = structlog.get_logger(__name__)

PATIENCE_SECONDS: Final = 10.0
"""Timeout of a probe, the same as an append's for a lock or a connection."""

LATE_TURNS: Final = 3
"""Intervals, plus one timeout, after which a result is stale."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Log sizes read by the last successful probe.

    Attributes:
        logs: Entries in this node's database, by log.
        undelivered: Entries of our log that the peer has not cosigned.
        oldest: When the oldest undelivered entry was accepted; None without one.
    """

    logs: Mapping[LogName, int]
    undelivered: int = 0
    oldest: datetime | None = None


@dataclass(eq=False, kw_only=True)
class Probe:
    """Tests whether this process can append to our log.

    Attributes:
        party: Party whose log is tested.
        process: Names the parts that run in this process; each process writes its own row.
        record: The record, with the database rights of the append.
        gate: Whether the node signs.
        write_row: Writes the row of a process in the database.
        published: Reads the rollback guard.
        test_guard: Tests whether the rollback guard can be written. Blocking; raises
            `guard-unavailable`.
        alarms: Sounds alarms and clears them.
        clock: Tells the time.
        every: Seconds between two probes.
        sizes: Log sizes of the last successful probe; None before the first.
    """

    party: Party
    process: str
    record: Record
    gate: Committer
    write_row: Callable[[Transaction, str, datetime], Awaitable[None]]
    published: Published
    test_guard: Callable[[], None]
    alarms: Alarms
    clock: Clock
    every: float
    sizes: Sizes | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._ended = self.clock.monotonic()
        self._problem = ""
        self._sounded: set[str] = set()
        self._cosigned: tuple[int, datetime] | None = None
        # A disk that hangs blocks this thread alone, and no thread of the append.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="probe")

    async def run(self, sleep: Sleep) -> NoReturn:
        """Probe at intervals until cancelled."""
        try:
            while True:
                await self.step()
                await sleep(self.every)
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def problem(self) -> str:
        """Return the code of the last failure; empty after a success; `probe-late` if stale."""
        # A probe that hangs has no result, and an old result says nothing about now.
        age = self.clock.monotonic() - self._ended
        if age > LATE_TURNS * self.every + PATIENCE_SECONDS:
            self._sound(PROBE_LATE, seconds=round(age))
            return PROBE_LATE
        return self._problem

    async def step(self) -> None:
        """Probe once; sound or clear alarms. Never raises for a failure."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                sizes = await self._try()
        except ChannelError as error:
            self._failed(error.code)
        except (TimeoutError, OSError):
            self._failed(DATABASE)
        except Exception:
            log.exception("probe.failed")
            self._failed("internal")
        else:
            self.sizes = sizes
            self._passed()
        self._ended = self.clock.monotonic()

    async def _try(self) -> Sizes:
        # Read first: the guard follows a commit, so that a head read later is never behind it.
        published = await self._guard()
        async with self.record.begin() as transaction:
            eu, cn = await transaction.lock_shared()
            private = await transaction.lock("private")
            await self.write_row(transaction, self.process, self.clock.now())
        own = eu if self.party == "eu" else cn
        if published is not None and compared(own, *published) is not None:
            raise Corrupt(
                ROLLED_BACK, "The database is behind what this node has signed.", size=published[0]
            )
        return Sizes(
            logs={"eu": eu.size, "cn": cn.size, "private": private.size},
            undelivered=own.size - own.cosigned,
            oldest=await self._oldest(own),
        )

    async def _guard(self) -> tuple[int, bytes] | None:
        def work() -> tuple[int, bytes] | None:
            self.test_guard()
            return self.published.read(self.party)

        try:
            async with asyncio.timeout(PATIENCE_SECONDS / 2):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (TimeoutError, OSError) as error:
            raise Unavailable(GUARD, "The rollback guard can't be written.") from error

    async def _oldest(self, own: Head) -> datetime | None:
        """Return when the oldest undelivered entry was accepted; cached until it changes."""
        if own.cosigned >= own.size:
            return None
        if self._cosigned is None or self._cosigned[0] != own.cosigned:
            [entry] = await self.record.entries(own.log, own.cosigned, 1)
            self._cosigned = own.cosigned, instant(entry.accepted)
        return self._cosigned[1]

    def _failed(self, code: str) -> None:
        self._problem = code
        for other in self._sounded - {code}:
            self._quiet(other)
        self._sound(code)

    def _passed(self) -> None:
        self._problem = ""
        for code in tuple(self._sounded):
            self._quiet(code)

    def _sound(self, code: str, **facts: str | int) -> None:
        self._sounded.add(code)
        self.alarms.sound(code, **facts)

    def _quiet(self, code: str) -> None:
        self._sounded.discard(code)
        # Another part may know more: the part that stopped the signing clears its alarm.
        if code != self.gate.read_only:
            self.alarms.quiet(code)
