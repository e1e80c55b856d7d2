"""The database's own clock, to compare ours with.

Does not decide what is due: the Clock does, while both agree.
"""

from __future__ import annotations

from datetime import datetime

from special_channel.ports import PrivateTransaction


class PostgresLedger:
    """Port `LedgerClock`."""

    async def now(self, transaction: PrivateTransaction) -> datetime:
        """Return the database's time at this moment, not at the transaction's beginning."""
        (row,) = await transaction.execute("SELECT clock_timestamp() AS now")
        now = row["now"]
        assert isinstance(now, datetime)  # noqa: S101 - the column's type
        return now
