"""Writes queued private entries of the node once the private log takes entries again.

While the private log is behind its guard, due times are still recorded and alerts still sent. The
node's private entries about them are queued in the database, in the same transaction. Once two
officials have accepted the loss, the queue is written in order, each entry with the time of its
queueing in `late`. Does not queue entries signed by people: officials are told to wait.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from special_channel.broker.act import Act, Decide
from special_channel.broker.commit import Heads
from special_channel.broker.guarding import Behind
from special_channel.broker.identity import Identity
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.broker.turns import repeat
from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.times import timestamp
from special_channel.ports import Clock, Sleep, Transaction

log = structlog.get_logger(__name__)

PAGE: Final = 200
"""Entries written in one transaction, which holds the lock for some 0.2 s."""

LOOK_SECONDS: Final = 5.0


@dataclass(eq=False)
class OwedWriter:
    """Writes queued private entries as soon as the private log takes entries again.

    Attributes:
        append: Appends under the lock.
        identity: The node key signs.
        clock: Tells the time.
        lost: Returns by how much the private log is behind its guard.
    """

    append: Callable[[Decide], Awaitable[object]]
    identity: Identity
    clock: Clock
    lost: Callable[[], Awaitable[Behind | None]]

    async def run(self, sleep: Sleep) -> None:
        """Write queued entries until cancelled."""
        await repeat(self.step, sleep, LOOK_SECONDS, "owed.delayed")

    async def step(self) -> int:
        """Write all queued entries if the private log takes entries; return their number.

        Raises:
            Unavailable, OutcomeUnknown: As the append; unwritten entries stay queued.
        """
        if await self.lost() is not None:
            return 0
        written = 0
        while page := await self._write(PAGE):
            written += page
        if written:
            log.info("owed.written", entries=written)
        return written

    async def _write(self, limit: int, *, drop: bool = False) -> int:
        """Write up to `limit` queued entries, or only remove them; return their number."""
        count = 0

        async def decide(transaction: Transaction, heads: Heads) -> Act | None:
            nonlocal count
            entries = await transaction.owed(limit)
            count = len(entries)
            if not entries:
                return None
            signer = NodeEntrySigner(self.identity, heads, timestamp(self.clock.now()))
            signed = [
                signer.private(entry.kind, {**entry.body, "late": entry.at})
                for entry in entries
                if not drop
            ]

            async def effect(transaction: Transaction) -> None:
                await transaction.settle([entry.number for entry in entries])

            return Act(private=signed, effect=effect)

        try:
            await self.append(decide)
        except Refused as error:
            if limit > 1:
                return await self._write(1)  # a refused entry must not delay the others
            log.exception("owed.refused", problem=error.code)
            return await self._write(1, drop=True)
        return count
