"""Share alarms between the processes of a node through the database.

The process that serves pages shows the node's health, but alarms of the link or of due times are
raised in other processes. Not used if all parts run in a single process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from special_channel.ports import Clock
from special_channel.stores.alarms_told import SharedAlarms

OVER: Final = timedelta(seconds=15)
"""Age at which a reported alarm expires: three turns, so that a slow turn clears no alarm."""


class AlarmRelay:
    """Publishes the alarms of this process and reads those of all processes."""

    def __init__(
        self,
        table: SharedAlarms,
        own: Callable[[], Sequence[str]],
        take: Callable[[Sequence[str]], None],
        clock: Clock,
    ) -> None:
        """Create a relay.

        Args:
            table: Alarm table in the database.
            own: Returns the alarm codes of this process.
            take: Called with the alarm codes of all processes.
            clock: Clock of the node.
        """
        self._table = table
        self._own = own
        self._take = take
        self._clock = clock

    async def step(self) -> None:
        """Publish and read alarms once.

        Raises:
            Unavailable: `database-unavailable`.
        """
        now = self._clock.now()
        await self._table.tell(self._own(), now)
        self._take(await self._table.told(now - OVER))
