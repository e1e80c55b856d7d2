"""The link's status, shared between the processes of one node: table `work.link_state`.

Not accessible to the link's database role; not part of the record.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Final

from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class LinkReport:
    """Status of the link, as last stored by the process that runs the link.

    Attributes:
        told: When the status was stored.
        down_since: Since when the peer has not answered; None while the link is up.
        heard: When the peer last answered.
        stopped: Code of the fault that stopped the mirror, or empty.
        waiting: Number of the peer's entries not judged by this node yet.
        gap: Index of the entry that the others wait for, if any.
        reminders_since: Since when the peer's escalation has not run, as stated by the peer.
        peer_undelivered: When the peer's oldest undelivered entry was accepted, as stated by the
            peer.
        peer_told: When the peer last stated `peer_undelivered`, or that nothing is undelivered.
    """

    told: datetime
    down_since: datetime | None = None
    heard: datetime | None = None
    stopped: str = ""
    waiting: int = 0
    gap: int | None = None
    reminders_since: datetime | None = None
    peer_undelivered: datetime | None = None
    peer_told: datetime | None = None


_COLUMNS: Final = (
    "told, down_since, heard, stopped, waiting, gap, reminders_since, peer_undelivered, peer_told"
)

_TELL: Final = f"""
INSERT INTO work.link_state ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (one) DO UPDATE SET ({_COLUMNS}) = ROW ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""  # noqa: S608 - constants


class LinkBoard(Store):
    """One row per node: one process stores the link's status, the others read the last one."""

    async def tell(self, state: LinkReport) -> None:
        """Store the link's status."""
        await self._pool.execute(_TELL, *astuple(state))

    async def told(self) -> LinkReport | None:
        """Return the last stored status; None if there is none."""
        return await self._object(LinkReport, f"SELECT {_COLUMNS} FROM work.link_state")  # noqa: S608
