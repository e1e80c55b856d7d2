"""Share the link's status between the processes of one node, through the database.

Pages show whether the link is up, and alerts explain unconfirmed dates; processes without the
link read its status from the database. Unused in a node of one process.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Final

from special_channel.link.status import LinkStatus
from special_channel.ports import Clock
from special_channel.stores.link_state import LinkBoard, LinkReport

SILENT: Final = timedelta(seconds=60)
"""After this time without a report the process of the link, and so the link, counts as down."""


SHARED: Final = [
    field.name for field in fields(LinkReport) if field.name in LinkStatus.__dataclass_fields__
]
"""Fields of `LinkStatus` that are shared as they are."""


class StatusRelay:
    """Writes the status (`tell`) in the process of the link, reads it (`hear`) in the others."""

    def __init__(self, status: LinkStatus, board: LinkBoard, clock: Clock) -> None:
        self._status = status
        self._board = board
        self._clock = clock

    async def tell(self) -> None:
        """Write this process's status of the link.

        Raises:
            Unavailable: `database-unavailable`.
        """
        shared = {name: getattr(self._status, name) for name in SHARED}
        report = LinkReport(self._clock.now(), self._status.down_since, **shared)
        await self._board.tell(report)

    async def hear(self) -> None:
        """Copy the last report into this process's status; an old report means link down.

        Raises:
            Unavailable: `database-unavailable`.
        """
        report = await self._board.told()
        if report is None:
            return
        status, down = self._status, self._down_since(report)
        status.up = down is None and report.heard is not None
        status.since = down or report.heard
        for name in SHARED:
            setattr(status, name, getattr(report, name))

    def _down_since(self, report: LinkReport) -> datetime | None:
        if report.down_since is None and self._clock.now() - report.told > SILENT:
            return report.told
        return report.down_since
