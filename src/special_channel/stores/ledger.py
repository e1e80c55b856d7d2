"""The database's own clock, to compare ours with.

Does not decide what is due: the Clock does, while both agree.
"""

from __future__ import annotations

from datetime import datetime

from special_channel.stores.database_errors import mapped
from special_channel.stores.sessions import Pool


class PostgresLedger:
    """Port `LedgerClock`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @mapped
    async def now(self) -> datetime:
        """Return the database's time at this moment, not at its transaction's beginning."""
        found: datetime = await self._pool.fetchval("SELECT clock_timestamp()")
        return found
