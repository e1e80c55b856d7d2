"""Keys that the running processes of one node hold: table `work.key_holders`.

Not accessible to the link's database role; not part of the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from special_channel.core.bytes.ids import KeyId
from special_channel.ports import Transaction
from special_channel.stores.store import Store

LEASE: Final = timedelta(seconds=30)
"""A process that has told nothing for so long counts as ended."""


class KeyHolders(Store):
    """A table in which each process of a node tells which keys it holds."""

    async def tell(self, process: str, keys: Sequence[KeyId], now: datetime) -> None:
        """Store the keys of a process, and delete processes that have ended."""
        await self._pool.execute("DELETE FROM work.key_holders WHERE told < $1", now - LEASE)
        await self._pool.execute(
            "INSERT INTO work.key_holders (process, keys, told) VALUES ($1, $2, $3)"
            " ON CONFLICT (process) DO UPDATE SET keys = excluded.keys, told = excluded.told",
            *(process, list(keys), now),
        )

    async def forget(self, process: str) -> None:
        """Delete a process that ends."""
        await self._pool.execute("DELETE FROM work.key_holders WHERE process = $1", process)

    async def without(self, key: KeyId, now: datetime) -> Sequence[str]:
        """Return the running processes that do not hold a key, in order."""
        rows = await self._pool.fetch(_WITHOUT, key, now - LEASE)
        return [row["process"] for row in rows]


_WITHOUT: Final = (
    "SELECT process FROM work.key_holders WHERE told >= $2 AND NOT $1 = ANY (keys) ORDER BY process"
)


async def without(transaction: Transaction, key: KeyId, now: datetime) -> Sequence[str]:
    """Return the running processes that do not hold a key, as a transaction sees them."""
    rows = await transaction.execute(_WITHOUT, key, now - LEASE)
    return [str(row["process"]) for row in rows]
