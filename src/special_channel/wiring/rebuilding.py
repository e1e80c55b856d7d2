"""`special-channel rebuild`: the views of a node thrown away and made again from its logs.

Stop the node first: heads stay locked until the end.
"""

from __future__ import annotations

from dataclasses import dataclass

from special_channel.broker.rebuild import rebuild, rebuild_private
from special_channel.config import Settings
from special_channel.stores.record import open_record
from special_channel.wiring.engines import engines


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What the views were made from: sizes of the logs, and the state that the shared give."""

    eu: int
    cn: int
    private: int
    state: str


async def rebuild_views(settings: Settings) -> Rebuilt:
    """Make all view rows again, those of the shared logs and of the private one.

    Raises:
        Unavailable: `append-lost` if a log grew meanwhile; as `engines`.
    """
    async with engines(settings) as addresses, open_record(addresses.node) as record:
        eu, cn, state = await rebuild(record, record)
        async with record.begin() as transaction:
            private = await rebuild_private(record, transaction)
    return Rebuilt(eu, cn, private, state)
