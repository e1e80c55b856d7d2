"""Carries out erasure orders of a log tail fetched back from the peer.

`commit.py` carries out an appended order in the order's transaction. After a loss, the node
fetches its log tail from the peer. The peer may still have erased texts, so the tail can bring
them back, followed by the orders. The orders are carried out again before the node signs.

Does not carry out orders of the *peer*: each side's orders concern that side's copy.
"""

from __future__ import annotations

import structlog

from special_channel.core.bytes.ids import Party
from special_channel.ports import Record

log = structlog.get_logger(__name__)


async def carry_out(record: Record, party: Party) -> int:
    """Carry out pending erasure orders of our log in one transaction; idempotent.

    Returns:
        The number of erased disclosures.

    Raises:
        Unavailable, OutcomeUnknown: From the record; the orders stay pending.
    """
    async with record.begin() as transaction:
        counts = [await transaction.erase(order) for order in await transaction.orders_owed(party)]
    if counts:
        log.warning("erasures.carried-out", orders=len(counts), parts=sum(counts))
    return sum(counts)
