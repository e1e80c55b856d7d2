"""Alarms shared between the processes of one node: table `work.alarms_told`.

Not accessible to the link's database role; not part of the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from special_channel.stores.store import Store


class SharedAlarms(Store):
    """A table shared by a node's processes, with the alarms that are on in each process."""

    async def tell(self, codes: Sequence[str], now: datetime) -> None:
        """Store the codes of all alarms on in this process; alarms left out are off."""
        await self._pool.execute(
            "INSERT INTO work.alarms_told AS held (code, told)"
            " SELECT code, $2 FROM unnest($1::text[]) AS code"
            " ON CONFLICT (code) DO UPDATE SET told = greatest(held.told, excluded.told)",
            *(list(codes), now),
        )

    async def told(self, since: datetime) -> Sequence[str]:
        """Return codes stored by any process since a time, in order; delete older ones."""
        await self._pool.execute("DELETE FROM work.alarms_told WHERE told < $1", since)
        rows = await self._pool.fetch("SELECT code FROM work.alarms_told ORDER BY code")
        return [row["code"] for row in rows]
