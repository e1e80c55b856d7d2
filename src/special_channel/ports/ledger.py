"""Port of the clock of the record's own server: a witness, not the judge.

Does not decide what is due: `Clock` does, while both agree.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from special_channel.ports import PrivateTransaction


class LedgerClock(Protocol):
    """The database's clock."""

    async def now(self, transaction: PrivateTransaction) -> datetime:
        """Return its time at this moment, within a transaction that holds the lock.

        Raises:
            Unavailable: `database-unavailable`.
        """
        ...
