"""Writes, late and marked so, what the node could not state in a private log behind its guard.

While the private log takes no entries, due times are still recorded and alerts still sent. The
node's own private entries about them wait in a queue in the database, put there in the same
transaction. Once two officials have accepted what is lost, they follow in their order, each with
the time of its first writing in `late`. Does not keep what people sign: they are told to wait.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from special_channel.broker.act import Act, Decide
from special_channel.broker.commit import Heads
from special_channel.broker.guarding import Behind
from special_channel.broker.identity import Identity
from special_channel.broker.stating import Stating
from special_channel.core.bytes.errors import ChannelError, Refused
from special_channel.core.bytes.times import timestamp
from special_channel.ports import Clock, Transaction
from special_channel.ports.mirror import Sleep

log = structlog.get_logger(__name__)

PAGE: Final = 200
"""Entries written in one transaction: others wait for its lock some 0.2 s."""

LOOK_SECONDS: Final = 5.0


class OwedWriter:
    """Writes what is owed, as soon as the private log takes entries again."""

    def __init__(
        self,
        append: Callable[[Decide], Awaitable[object]],
        identity: Identity,
        clock: Clock,
        lost: Callable[[], Awaitable[Behind | None]],
    ) -> None:
        """Append by `append`; `lost` tells whether the private log is behind its guard."""
        self._append = append
        self._identity = identity
        self._clock = clock
        self._lost = lost

    async def run(self, sleep: Sleep) -> None:
        """Write what is owed until cancelled."""
        while True:
            try:
                if await self._lost() is None:
                    await self.step()
            except ChannelError as error:
                log.warning("owed.delayed", problem=error.code)
            await sleep(LOOK_SECONDS)

    async def step(self) -> int:
        """Write all that is owed; return how many entries that were.

        Raises:
            Unavailable, OutcomeUnknown: As the append; what is owed stays owed.
        """
        written = 0
        while page := await self._write(PAGE):
            written += page
        if written:
            log.info("owed.written", entries=written)
        return written

    async def _write(self, limit: int) -> int:
        count = 0

        async def decide(transaction: Transaction, heads: Heads) -> Act | None:
            nonlocal count
            entries = await transaction.owed(limit)
            count = len(entries)
            if not entries:
                return None
            stating = Stating(self._identity, heads, timestamp(self._clock.now()))

            async def effect(transaction: Transaction) -> None:
                await transaction.settle([one.number for one in entries])

            stated = [stating.private(one.kind, {**one.body, "late": one.at}) for one in entries]
            return Act(private=stated, effect=effect)

        try:
            await self._append(decide)
        except Refused as error:
            if limit > 1:
                return await self._write(1)  # one that is refused must not hold up the others
            log.exception("owed.refused", problem=error.code)
            return await self._drop_first()
        return count

    async def _drop_first(self) -> int:
        """Leave out an entry that the log refuses: it was logged, and others wait behind it."""

        async def decide(transaction: Transaction, _heads: Heads) -> Act:
            first = await transaction.owed(1)

            async def effect(transaction: Transaction) -> None:
                await transaction.settle([one.number for one in first])

            return Act(effect=effect)

        await self._append(decide)
        return 1
