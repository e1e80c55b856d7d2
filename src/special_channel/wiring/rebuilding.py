"""`special-channel rebuild`: the views of a node thrown away and made again from its logs.

Stop the node first: both heads stay locked until the end.
"""

from __future__ import annotations

from special_channel.broker.rebuild import rebuild
from special_channel.config import Settings
from special_channel.stores.record import open_record
from special_channel.wiring.engines import engines


async def rebuild_views(settings: Settings) -> tuple[int, int, str]:
    """Make all shared view rows again and return (eu size, cn size, state digest).

    Raises:
        Unavailable: `append-lost` if the logs grew meanwhile; as `engines`.
    """
    async with engines(settings) as addresses, open_record(addresses.node) as record:
        return await rebuild(record, record)
