"""The database's clock, for comparison with the node's clock.

Not used for due times: the `Clock` decides, while both agree.
"""

from __future__ import annotations

from datetime import datetime

from special_channel.ports import Transaction


async def database_time(transaction: Transaction) -> datetime:
    """Return the database's present time, not the transaction's start time.

    Raises:
        Unavailable: `database-unavailable`.
    """
    (row,) = await transaction.execute("SELECT clock_timestamp() AS now")
    now = row["now"]
    assert isinstance(now, datetime)  # noqa: S101 - the column's type
    return now
