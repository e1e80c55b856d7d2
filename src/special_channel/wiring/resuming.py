"""`special-channel resume`: resume a stopped mirror of the peer's log.

The decision is the operator's, based on the stored evidence. A running node resumes at its next
look.
"""

from __future__ import annotations

from special_channel.config import Settings
from special_channel.core.bytes.ids import peer_of
from special_channel.link.mirror import adopt, resume
from special_channel.stores.mirror import EvidenceBook
from special_channel.stores.record import open_shared
from special_channel.wiring.engines import engines


async def adopt_tail(settings: Settings) -> str:
    """Take over a forged tail of our own log; return its code, empty if none was found.

    Raises:
        Unavailable: As `engines`.
    """
    async with engines(settings) as addresses, open_shared(addresses.link) as shared:
        return await adopt(shared, EvidenceBook(shared.pool), settings.node.party)


async def resume_mirror(settings: Settings) -> str:
    """Resume the mirror and return the fault that had stopped it, empty if running.

    Raises:
        Unavailable: As `engines`.
    """
    async with engines(settings) as addresses, open_shared(addresses.link) as shared:
        return await resume(shared, EvidenceBook(shared.pool), peer_of(settings.node.party))
