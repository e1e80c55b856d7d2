"""Carries out orders to erase that came back with a lost log.

An order that is appended is carried out in its own transaction (`commit.py`). A node that
fetches its lost tail from the peer gets texts that were erased here before, since the peer may
still hold them, and after them the orders: they are carried out again before it signs anything.

Does not erase what the *peer* ordered: its order is about its own copy, and each side's people
order the erasure of theirs.
"""

from __future__ import annotations

import structlog

from special_channel.core.bytes.ids import Party
from special_channel.ports import Record

log = structlog.get_logger(__name__)


async def carry_out(record: Record, party: Party) -> int:
    """Carry out the orders of the own log that are owed, all in one transaction.

    Returns how many disclosures went. Again, or from two processes at once, changes nothing.

    Raises:
        Unavailable, OutcomeUnknown: From the record; what is owed stays owed.
    """
    async with record.begin() as transaction:
        gone = [await transaction.erase(order) for order in await transaction.orders_owed(party)]
    if gone:
        log.warning("erasures.carried-out", orders=len(gone), parts=sum(gone))
    return sum(gone)
