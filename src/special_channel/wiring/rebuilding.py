"""`special-channel rebuild`: delete the views of a node and rebuild them from its logs.

Stop the node first: the heads stay locked until the end.
"""

from __future__ import annotations

from dataclasses import dataclass

from special_channel.broker.rebuild import rebuild, rebuild_private
from special_channel.config import Settings
from special_channel.stores.record import open_record
from special_channel.wiring.engines import engines


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Sizes of the logs behind the rebuilt views, and the state digest of the shared logs."""

    eu: int
    cn: int
    private: int
    state: str


async def rebuild_views(settings: Settings) -> Rebuilt:
    """Rebuild the view rows of the shared logs and of the private log.

    Queues all texts for the index of full-text search, which the running node fills again.

    Raises:
        Unavailable: `append-lost` if a log grew meanwhile; as `engines`.
    """
    async with engines(settings) as addresses, open_record(addresses.node) as record:
        eu, cn, state = await rebuild(record)
        async with record.begin() as transaction:
            private = await rebuild_private(record, transaction)
            await transaction.search_again()
    return Rebuilt(eu, cn, private, state)
