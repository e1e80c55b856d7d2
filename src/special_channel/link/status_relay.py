"""Share the link's status between the processes of one node, through the database.

Pages show whether the link is up, and alerts explain unconfirmed dates; processes without the
link read its status from the database. Unused in a node of one process.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from special_channel.link.status import LinkStatus
from special_channel.ports import Clock
from special_channel.stores.link_state import LinkBoard, LinkReport

SILENT: Final = timedelta(seconds=60)
"""After this time without a report the process of the link, and so the link, counts as down."""


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
        status = self._status
        await self._board.tell(
            LinkReport(
                told=self._clock.now(),
                down_since=status.down_since,
                heard=status.heard,
                stopped=status.stopped,
                waiting=status.waiting,
                gap=status.gap,
                reminders_since=status.reminders_since,
                peer_undelivered=status.peer_undelivered,
                peer_told=status.peer_told,
            )
        )

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
        status.since, status.heard = down or report.heard, report.heard
        status.stopped, status.waiting, status.gap = report.stopped, report.waiting, report.gap
        status.reminders_since = report.reminders_since
        status.peer_undelivered = report.peer_undelivered
        status.peer_told = report.peer_told

    def _down_since(self, report: LinkReport) -> datetime | None:
        if report.down_since is None and self._clock.now() - report.told > SILENT:
            return report.told
        return report.down_since


__all__ = ["SILENT", "StatusRelay"]
