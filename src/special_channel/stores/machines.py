"""Keys of machines, for the operator's list.

Does not decide which key is in force: `core/rows/log_keys.py` does.
"""

from __future__ import annotations

from collections.abc import Sequence

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.directory import KeyRow
from special_channel.stores.store import Store


class Machines(Store):
    """Reads the keys of machines."""

    async def of(self, party: Party) -> Sequence[KeyRow]:
        """Return a side's machine keys, in the order of the log."""
        return await self._select(
            KeyRow,
            "WHERE party = $1 AND doc->>'machine' NOT IN ('', 'root') ORDER BY idx, key",
            party,
        )
