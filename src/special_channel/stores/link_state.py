"""The link's status, shared between the processes of one node: table `work.link_state`.

Not accessible to the link's database role; not part of the record.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import Final

from special_channel.ports.mirror import LinkReport
from special_channel.stores.database_errors import mapped
from special_channel.stores.sessions import Pool

_COLUMNS: Final = (
    "told, down_since, heard, stopped, waiting, gap, reminders_since, peer_undelivered, peer_told"
)

_TELL: Final = f"""
INSERT INTO work.link_state ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (one) DO UPDATE SET ({_COLUMNS}) = ROW ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""  # noqa: S608 - constants


class PostgresLinkBoard:
    """Port `LinkBoard`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @mapped
    async def tell(self, state: LinkReport) -> None:
        """Store the link's status."""
        await self._pool.execute(_TELL, *astuple(state))

    @mapped
    async def told(self) -> LinkReport | None:
        """Return the last stored status; None if never stored."""
        row = await self._pool.fetchrow(f"SELECT {_COLUMNS} FROM work.link_state")  # noqa: S608 - constants
        return LinkReport(**dict(row)) if row else None
