"""Share alarms between the processes of a node through the database.

The process that serves pages shows the node's health, but alarms of the link or of due times are
raised in other processes. Not used if all parts run in a single process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from special_channel.ports import Clock
from special_channel.stores.alarms_told import SharedAlarms

OVER: Final = timedelta(seconds=15)
"""Age at which a reported alarm expires: three turns, so that a slow turn clears no alarm."""


@dataclass(eq=False)
class AlarmRelay:
    """Publishes the alarms of this process and reads those of all processes.

    Attributes:
        table: Alarm table in the database.
        own: Returns the alarm codes of this process.
        take: Called with the alarm codes of all processes.
        clock: Clock of the node.
    """

    table: SharedAlarms
    own: Callable[[], Sequence[str]]
    take: Callable[[Sequence[str]], None]
    clock: Clock

    async def step(self) -> None:
        """Publish and read alarms once.

        Raises:
            Unavailable: `database-unavailable`.
        """
        now = self.clock.now()
        await self.table.tell(self.own(), now)
        self.take(await self.table.told(now - OVER))
