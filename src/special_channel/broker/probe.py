"""A probe that tries, every few seconds, all that an append needs: database, heads, guard.

It writes where an append writes and locks what an append locks, so that `/readyz` reports what
was tried and not what was hoped. Does not repair, and does not append an entry.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn, Protocol

import structlog

from special_channel.core.bytes.errors import ChannelError, Corrupt, Unavailable
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant
from special_channel.ports import Clock, Head, LogName, Published, Record, Stored
from special_channel.ports.conditions import (
    DATABASE,
    GUARD,
    PROBE_LATE,
    ROLLED_BACK,
    GuardProbe,
    ProbeRows,
)
from special_channel.ports.mirror import Alarms, Sleep

log = structlog.get_logger(__name__)

PATIENCE_SECONDS: Final = 10.0
"""A try that takes longer has failed: as long as an append waits for a lock or a connection."""

LATE_TURNS: Final = 3
"""So many intervals and one patience after a result, it is too old to say anything of now."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Logs as the last successful probe saw them.

    Attributes:
        logs: Entries of each log that this node holds.
        undelivered: Entries of its own log that the peer has not cosigned.
        oldest: When the oldest of these was accepted; None if there is none.
    """

    logs: Mapping[LogName, int]
    undelivered: int = 0
    oldest: datetime | None = None


class ReadableEntries(Protocol):
    """How the probe reads the oldest undelivered entry."""

    async def entries(self, log: LogName, first: int, limit: int) -> Sequence[Stored]:
        """Return entries from an index on, in order."""
        ...


class ProbedRecord(Record, ReadableEntries, Protocol):
    """The record as the probe uses it."""


class Gate(Protocol):
    """`broker.commit.Committer`: signs nothing while `read_only` names a reason."""

    read_only: str


@dataclass(frozen=True, slots=True)
class Probing:
    """What a probe works with.

    Attributes:
        party: Whose log must be appendable.
        process: Which parts run in this process: it writes a row of its own.
        record: The record, with the rights with which entries are appended.
        gate: Whether the node signs.
        rows: Where the probe writes in the database.
        published: The rollback guard, to be read.
        guard: The rollback guard, to be written.
        alarms: Told what does not work, and that it works again.
        clock: Tells the time.
        every: Seconds between two tries.
    """

    party: Party
    process: str
    record: ProbedRecord
    gate: Gate
    rows: ProbeRows
    published: Published
    guard: GuardProbe
    alarms: Alarms
    clock: Clock
    every: float


class Probe:
    """Tries whether this process can append to its own log.

    Attributes:
        sizes: What the last successful try saw; None before it.
    """

    def __init__(self, probing: Probing) -> None:
        self._to = probing
        self._ended = probing.clock.monotonic()
        self._problem = ""
        self._sounded: set[str] = set()
        self._cosigned: tuple[int, datetime] | None = None
        # A disk that hangs keeps this one thread, and none of those that append.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="probe")
        self.sizes: Sizes | None = None

    async def run(self, sleep: Sleep) -> NoReturn:
        """Try until cancelled."""
        try:
            while True:
                await self.step()
                await sleep(self._to.every)
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def problem(self) -> str:
        """Return the code for which nothing can be appended; empty if the last try succeeded.

        A try that hangs has no result, and an old result says nothing of now: `probe-late`.
        """
        age = self._to.clock.monotonic() - self._ended
        if age > LATE_TURNS * self._to.every + PATIENCE_SECONDS:
            self._sound(PROBE_LATE, seconds=round(age))
            return PROBE_LATE
        return self._problem

    async def step(self) -> None:
        """Try once, and tell what came of it. Never raises for what does not work."""
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
        self._ended = self._to.clock.monotonic()

    async def _try(self) -> Sizes:
        to = self._to
        # Read first: the guard follows a commit, so that a head read later is never behind it.
        published = await self._guard()
        async with to.record.begin() as transaction:
            eu, cn = await transaction.lock_shared()
            private = await transaction.lock("private")
            await to.rows.write(transaction, to.process, to.clock.now())
        own = eu if to.party == "eu" else cn
        _check(own, published)
        return Sizes(
            logs={"eu": eu.size, "cn": cn.size, "private": private.size},
            undelivered=own.size - own.cosigned,
            oldest=await self._oldest(own),
        )

    async def _guard(self) -> tuple[int, bytes] | None:
        def work() -> tuple[int, bytes] | None:
            self._to.guard.write()
            return self._to.published.read(self._to.party)

        try:
            async with asyncio.timeout(PATIENCE_SECONDS / 2):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (TimeoutError, OSError) as error:
            raise Unavailable(GUARD, "The rollback guard can't be written.") from error

    async def _oldest(self, own: Head) -> datetime | None:
        """Return when the oldest undelivered entry was accepted; read once per entry."""
        if own.cosigned >= own.size:
            return None
        if self._cosigned is None or self._cosigned[0] != own.cosigned:
            [entry] = await self._to.record.entries(own.log, own.cosigned, 1)
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
        self._to.alarms.sound(code, **facts)

    def _quiet(self, code: str) -> None:
        self._sounded.discard(code)
        # Another part may know more: what keeps the node from signing is its own to end.
        if code != self._to.gate.read_only:
            self._to.alarms.quiet(code)


def _check(own: Head, published: tuple[int, bytes] | None) -> None:
    """Compare as `Committer` does before it signs.

    Raises:
        Corrupt: `log-rolled-back`.
    """
    if published is None:
        return
    size, root = published
    if own.size < size or (own.size == size and own.frontier.root() != root):
        raise Corrupt(ROLLED_BACK, "The database is behind what this node has signed.", size=size)
