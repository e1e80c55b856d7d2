"""Where a node's parts run apart, tells the others how the link stands, and hears it there.

Pages say whether the link is up, and alerts why nothing confirms a date: a process without the
link has no other way to know. Not used where all parts are one process.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from special_channel.link.status import LinkStatus
from special_channel.ports import Clock
from special_channel.ports.mirror import LinkBoard, LinkTold

SILENT: Final = timedelta(seconds=60)
"""Without a word for so long the process that keeps the link is away, and so is the link."""


class Telling:
    """One process's end of the board: `tell` where the link runs, `hear` elsewhere."""

    def __init__(self, status: LinkStatus, board: LinkBoard, clock: Clock) -> None:
        self._status = status
        self._board = board
        self._clock = clock

    async def tell(self) -> None:
        """Tell how the link stands.

        Raises:
            Unavailable: `database-unavailable`.
        """
        now = self._status
        await self._board.tell(
            LinkTold(
                told=self._clock.now(),
                down_since=now.down_since,
                heard=now.heard,
                stopped=now.stopped,
                waiting=now.waiting,
                gap=now.gap,
                reminders_since=now.reminders_since,
                peer_undelivered=now.peer_undelivered,
                peer_told=now.peer_told,
            )
        )

    async def hear(self) -> None:
        """Take what was told last for this process's own; silence means that the link is down.

        Raises:
            Unavailable: `database-unavailable`.
        """
        told = await self._board.told()
        if told is None:
            return
        status, down = self._status, self._down_since(told)
        status.up = down is None and told.heard is not None
        status.since, status.heard = down or told.heard, told.heard
        status.stopped, status.waiting, status.gap = told.stopped, told.waiting, told.gap
        status.reminders_since = told.reminders_since
        status.peer_undelivered = told.peer_undelivered
        status.peer_told = told.peer_told

    def _down_since(self, told: LinkTold) -> datetime | None:
        if told.down_since is None and self._clock.now() - told.told > SILENT:
            return told.told
        return told.down_since


__all__ = ["SILENT", "Telling"]
