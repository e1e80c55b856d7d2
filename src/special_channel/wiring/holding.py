"""Store every five seconds the ids of a process's checkpoint and cosigning keys (rules.md, K31).

A succession is refused while a running process lacks the new key (`desk/succession.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NoReturn

from special_channel.broker.identity import Identity
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import KeyId
from special_channel.core.bytes.suites import key_id
from special_channel.ports import Sleep
from special_channel.stores.key_holders import KeyHolders
from special_channel.wiring.apart import repeat

if TYPE_CHECKING:
    from special_channel.wiring.node import Core


FORGET_SECONDS: Final = 1.0
"""How long an ending process waits for a database that does not answer."""


class HeldKeys:
    """Renews the row of one process in `work.key_holders` until the process ends."""

    def __init__(self, core: Core, parts: tuple[str, ...]) -> None:
        """`parts`: of the node, run by the process; its name has the parts and its number."""
        self._identity = core.identity
        self._clock = core.clock
        self._holders = KeyHolders(core.record.pool)
        token = core.randomness.bytes(3).hex()
        self._process = f"{'+'.join(parts)} {os.getpid()}-{token}"

    async def tell(self) -> None:
        """Store the ids of the process's keys of now, and renew its lease.

        Raises:
            Unavailable: `database-unavailable`.
        """
        held = sorted(held_keys(self._identity))
        await self._holders.tell(self._process, held, self._clock.now())

    async def run(self, sleep: Sleep) -> NoReturn:
        """Repeat `tell` until cancelled; then delete the row."""
        try:
            await repeat(self.tell, sleep)
        finally:
            # Otherwise its lease ends half a minute later.
            with contextlib.suppress(ChannelError, TimeoutError):
                async with asyncio.timeout(FORGET_SECONDS):
                    await self._holders.forget(self._process)


def held_keys(identity: Identity) -> Iterator[KeyId]:
    """Yield the ids of all checkpoint and cosigning keys with a file."""
    for ring in (identity.checkpoint, identity.cosigning):
        for private in ring:
            yield key_id(identity.party, private.suite, private.public)
