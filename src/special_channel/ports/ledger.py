"""Port of the database server's clock, to compare with the node's clock.

Does not decide due times: `Clock` does, as long as both clocks agree.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from special_channel.ports import PrivateTransaction


class LedgerClock(Protocol):
    """The database's clock."""

    async def now(self, transaction: PrivateTransaction) -> datetime:
        """Return the database's current time, within a transaction that holds the head lock.

        Raises:
            Unavailable: `database-unavailable`.
        """
        ...
