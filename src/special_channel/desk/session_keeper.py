"""Delete expired sessions and sign-in challenges, including those never used again.

Runs in every web process of a node. Does not end live streams: each stream checks its own session
(`web/http/stream.py`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, NoReturn

import structlog

from special_channel.broker.live import Changes
from special_channel.core.bytes.errors import ChannelError
from special_channel.ports import Clock
from special_channel.stores.desk_sessions import Sessions

log = structlog.get_logger(__name__)

SWEEP_SECONDS: Final = 10.0
"""Longest time between two sweeps: a change may be committed without a wake-up (no Redis)."""

PACE_SECONDS: Final = 0.5
"""Shortest time between two sweeps: a busy record changes many times a second."""


class SessionKeeper:
    """Sweeps after each change of the record, and at least every `SWEEP_SECONDS`."""

    def __init__(
        self,
        sessions: Sessions,
        changes: Changes,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._sessions = sessions
        self._changes = changes
        self._clock = clock
        self._sleep = sleep

    async def run(self) -> NoReturn:
        """Sweep until cancelled; a failed sweep is retried with the next."""
        # Follow the record and not only the clock: suspending and restoring a key within a moment
        # must not revive its sessions.
        while True:
            version = self._changes.version
            try:
                await self._sessions.sweep(self._clock.now())
            except ChannelError as error:
                log.warning("sessions.unswept", problem=error.code)
            except Exception:
                log.exception("sessions.sweep_failed")
            await self._sleep(PACE_SECONDS)
            await self._changes.after(version, SWEEP_SECONDS)
