"""Write readings of the record before their answers, and seal them in the private log.

Each process of the web writes its own readings. One process seals those of all. Does not decide
what a reading is: `web/http/readings.py` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Final

import structlog

from special_channel.broker.act import Act, Decide
from special_channel.broker.commit import Heads
from special_channel.broker.guarding import Behind
from special_channel.broker.identity import Identity
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.broker.turns import repeat
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import EntryId
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.submission import Authored
from special_channel.ports import Clock, Sleep, Transaction
from special_channel.stores.reads import Reading, Readings, UnsealedReading

log = structlog.get_logger(__name__)

SEAL_SECONDS: Final = 60.0
"""Interval of sealing."""

PER_ENTRY: Final = 100
"""Readings in one `access.read` (docs/formats/kinds.md)."""

AT_ONCE: Final = 1_000
"""Readings sealed in one transaction: ten entries, which hold the lock for some 20 ms."""


@dataclass(eq=False, slots=True)
class _Waiting:
    reading: Reading
    stored: bool = False


class ReadingWriter:
    """Stores readings durably. Readings at the same time share one statement.

    `store`: the readings stored so far.
    """

    # A commit waits for the disk. While one is on its way the readings of other requests gather,
    # so that a busy node waits for the disk once and not once a page.

    def __init__(self, store: Readings) -> None:
        self.store = store
        self._turn = asyncio.Lock()
        self._waiting: list[_Waiting] = []

    async def write(self, reading: Reading) -> None:
        """Store a reading; return once it is durable.

        Raises:
            Unavailable: `database-unavailable`; the reading must not be answered then.
        """
        mine = _Waiting(reading)
        self._waiting.append(mine)
        try:
            async with self._turn:
                if not mine.stored:
                    await self._write_all()
        finally:
            if mine in self._waiting:  # the reader hung up, or the database did not answer
                self._waiting.remove(mine)

    async def _write_all(self) -> None:
        batch = tuple(self._waiting)
        await self.store.add([each.reading for each in batch])
        # Only now: after an error each of the others writes for itself.
        for each in batch:
            each.stored = True
        self._waiting = [each for each in self._waiting if not each.stored]


class ReadingSealer:
    """Seals new readings in entries `access.read` of the private log, once a minute.

    The entries and the mark on their rows are one transaction: after any crash each reading is in
    exactly one entry, or still to be sealed.

    Attributes:
        append: Appends under the lock.
        identity: The node key signs.
        clock: Tells the time.
        lost: Returns by how much the private log is behind its guard; readings wait meanwhile.
        store: Readings to forget.
        age: How long sealed rows are kept.
    """

    def __init__(
        self,
        append: Callable[[Decide], Awaitable[object]],
        identity: Identity,
        clock: Clock,
        lost: Callable[[], Awaitable[Behind | None]],
        store: Readings,
        age: timedelta,
    ) -> None:
        self._append = append
        self._identity = identity
        self._clock = clock
        self._lost = lost
        self._store = store
        self._age = age

    async def run(self, sleep: Sleep) -> None:
        """Seal until cancelled."""
        await repeat(self.step, sleep, SEAL_SECONDS, "readings.delayed")

    async def step(self) -> int:
        """Seal all new readings and forget old ones; return the number of readings sealed.

        Raises:
            Refused, Unavailable, OutcomeUnknown: As the append; unsealed readings wait.
        """
        sealed = 0
        if await self._lost() is None:
            while count := await self._seal(AT_ONCE):
                sealed += count
        await self._store.forget(self._clock.now(), self._age)
        if sealed:
            log.info("readings.sealed", readings=sealed)
        return sealed

    async def _seal(self, limit: int) -> int:
        count = 0

        async def decide(transaction: Transaction, heads: Heads) -> Act | None:
            nonlocal count
            readings = await Readings.unsealed(transaction, limit)
            count = len(readings)
            if not readings:
                return None
            signer = NodeEntrySigner(self._identity, heads, timestamp(self._clock.now()))
            distinct = _distinct(readings)
            entries: list[Authored] = []
            holders: dict[int, EntryId] = {}
            for first in range(0, len(distinct), PER_ENTRY):
                page = distinct[first : first + PER_ENTRY]
                entry = signer.private("access.read", {"reads": [body for body, _ in page]})
                entries.append(entry)
                holders |= dict.fromkeys(chain(*(ids for _, ids in page)), entry.incoming.id)

            async def effect(transaction: Transaction) -> None:
                await Readings.seal(transaction, holders)

            return Act(private=entries, effect=effect)

        await self._append(decide)
        return count


def _distinct(readings: Sequence[UnsealedReading]) -> list[tuple[Value, list[int]]]:
    """Return the bodies of distinct readings, each with the numbers of its rows, oldest first."""
    # Two readings of one page within a second are equal in the record, and equal entries of the
    # same second would be one entry.
    bodies: dict[tuple[object, ...], tuple[Value, list[int]]] = {}
    for each in readings:
        at = timestamp(each.at)
        body: dict[str, Value] = {
            "person": each.person,
            "what": each.what,
            "eu": each.eu,
            "cn": each.cn,
            "at": at,
        }
        if each.thread is not None:
            body["thread"] = each.thread
        _, rows = bodies.setdefault(tuple(body.items()), (body, []))
        rows.append(each.id)
    return list(bodies.values())
