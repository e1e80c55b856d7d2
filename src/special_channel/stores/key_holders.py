"""Store the ids of checkpoint and cosigning keys that each process of a node can sign with.

A row of `work.key_holders` is a lease, which its process renews (`wiring/holding.py`). Not
accessible to the link's database role; not part of the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from special_channel.core.bytes.ids import KeyId
from special_channel.ports import Transaction
from special_channel.stores.store import Store

LEASE: Final = timedelta(seconds=30)
"""A process that has not renewed its row for so long counts as ended."""


class KeyHolders(Store):
    """Table `work.key_holders`: for each process its key ids, and when it last renewed them."""

    async def tell(self, process: str, keys: Sequence[KeyId], now: datetime) -> None:
        """Store the key ids of a process and renew its lease; delete expired rows."""
        await self._pool.execute("DELETE FROM work.key_holders WHERE told < $1", now - LEASE)
        await self._pool.execute(
            "INSERT INTO work.key_holders (process, keys, told) VALUES ($1, $2, $3)"
            " ON CONFLICT (process) DO UPDATE SET keys = excluded.keys, told = excluded.told",
            *(process, list(keys), now),
        )

    async def forget(self, process: str) -> None:
        """Delete the row of a process that ends."""
        await self._pool.execute("DELETE FROM work.key_holders WHERE process = $1", process)

    async def running(self, now: datetime) -> Sequence[str]:
        """Return the names of running processes, sorted."""
        rows = await self._pool.fetch(
            "SELECT process FROM work.key_holders WHERE told >= $1 ORDER BY process", now - LEASE
        )
        return [row["process"] for row in rows]

    async def without(self, key: KeyId, now: datetime) -> Sequence[str]:
        """Return the names of running processes that lack a key, sorted."""
        rows = await self._pool.fetch(_WITHOUT, key, now - LEASE)
        return [row["process"] for row in rows]


_WITHOUT: Final = (
    "SELECT process FROM work.key_holders WHERE told >= $2 AND NOT $1 = ANY (keys) ORDER BY process"
)


async def without(transaction: Transaction, key: KeyId, now: datetime) -> Sequence[str]:
    """Return the names of running processes that lack a key, as a transaction sees them."""
    rows = await transaction.execute(_WITHOUT, key, now - LEASE)
    return [str(row["process"]) for row in rows]
