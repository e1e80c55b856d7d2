"""`special-channel resume`: a stopped mirror of the peer's log goes on.

Does not judge whether it should: an operator does, with the evidence that the node kept. A
running node sees it at its next look.
"""

from __future__ import annotations

from special_channel.config import Settings
from special_channel.core.ids import peer_of
from special_channel.link.mirror import resume
from special_channel.stores.mirror import PostgresEvidence
from special_channel.stores.record import open_shared
from special_channel.wiring.engines import engines


async def resume_mirror(settings: Settings) -> str:
    """Let the mirror go on and return the fault that had stopped it, empty if none had.

    Raises:
        Unavailable: As `engines`.
    """
    async with engines(settings) as addresses, open_shared(addresses.link) as shared:
        return await resume(shared, PostgresEvidence(shared.pool), peer_of(settings.node.party))
