"""Where a node's parts run apart, each tells the others which alarms are on in it.

An operator asks the process with the pages how the node is; what went wrong in the link's or in
that of the due times is known only there. Not used where all parts are one process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from special_channel.ports import Clock
from special_channel.ports.mirror import AlarmsTold

OVER: Final = timedelta(seconds=15)
"""An alarm that nobody told for so long is over: three turns, so that a slow one ends none."""


class AlarmRelay:
    """One process's end: it tells its own alarms and takes those of the others."""

    def __init__(
        self,
        told: AlarmsTold,
        own: Callable[[], Sequence[str]],
        take: Callable[[Sequence[str]], None],
        clock: Clock,
    ) -> None:
        """Relay; `own` gives this process's codes, `take` is given those of all."""
        self._told = told
        self._own = own
        self._take = take
        self._clock = clock

    async def step(self) -> None:
        """Tell and take once.

        Raises:
            Unavailable: `database-unavailable`.
        """
        now = self._clock.now()
        await self._told.tell(self._own(), now)
        self._take(await self._told.told(now - OVER))
