"""Monitor escalation on this node and on the other node.

Runs in every process of a node, separate from the worker. Each task of the worker writes a
heartbeat after a successful step. A heartbeat older than a minute or a lost canary raises an alarm
and a banner on every page, changes the metrics and is reported to the other node. Does not restart
tasks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.times import timestamp
from special_channel.escalation.canary import Canaries
from special_channel.ports import Alarms, Clock, Sleep
from special_channel.stores.pulse import EscalationStatus, Pulse

log = structlog.get_logger(__name__)

TASKS: Final = ("looking", "sweeping", "sending")
"""Tasks of the worker that must keep running, as named in `worker.py`."""

STOPPED: Final = timedelta(seconds=60)
"""Time without a successful step after which a task counts as stopped."""

GRACE: Final = timedelta(minutes=5)
"""Longest time from a canary's planned time to its delivery."""

BEAT_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 10.0


class Heartbeats:
    """Time of the last successful step of each task in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at: dict[str, datetime] = {}

    def __call__(self, task: str) -> None:
        """Record a successful step of a task."""
        self._at[task] = self._clock.now()

    def taken(self) -> dict[str, datetime]:
        """Return the heartbeats since the last call, by task, and clear them."""
        beats, self._at = self._at, {}
        return beats


class HeartbeatWriter:
    """Stores the worker's heartbeats in the database for all processes, and plans canaries."""

    def __init__(self, beats: Heartbeats, pulse: Pulse, canaries: Canaries, sleep: Sleep) -> None:
        self._beats = beats
        self._pulse = pulse
        self._canaries = canaries
        self._sleep = sleep

    async def run(self) -> None:
        """Run steps until cancelled. Run this in the worker's process."""
        await keep_doing("keeping", self.step, self._sleep, BEAT_SECONDS)

    async def step(self) -> None:
        """Store new heartbeats, and plan a canary if none is planned.

        Raises:
            Unavailable: `database-unavailable`.
        """
        if beats := self._beats.taken():
            await self._pulse.beat(beats)
        await self._canaries.plant()


@dataclass(frozen=True, slots=True)
class WatchState:
    """State of escalation at the last look.

    Attributes:
        stopped_since: Time since when our escalation is stopped; None: running.
        peer_stopped_since: Time since when the other node reports stopped escalation, or None.
        canary_at: Time of the last delivered canary.
        canary_lost: Whether a canary is overdue.
    """

    stopped_since: datetime | None = None
    peer_stopped_since: datetime | None = None
    canary_at: datetime | None = None
    canary_lost: bool = False


class Watch:
    """Monitor of one node's escalation.

    Attributes:
        state: State at the last look.
    """

    def __init__(
        self,
        pulse: Pulse,
        clock: Clock,
        alarms: Alarms,
        every: timedelta,
        measure: Callable[[EscalationStatus, datetime], None],
        peer: Callable[[], datetime | None],
    ) -> None:
        """Create a monitor.

        Args:
            pulse: Query of heartbeats and canaries.
            clock: Clock of the node.
            alarms: Alarms for the operator.
            every: Interval between two canaries; zero: no canaries.
            measure: Called with each state of the database and its time, for metrics.
            peer: Returns since when the other node's escalation is stopped, or None.
        """
        self._pulse = pulse
        self._clock = clock
        self._alarms = alarms
        self._every = every
        self._measure = measure
        self._peer = peer
        self._started = clock.now()
        self._standing: EscalationStatus | None = None
        self.state = WatchState()

    async def run(self, sleep: Sleep) -> None:
        """Look until cancelled, every `LOOK_SECONDS`."""
        self._started = self._clock.now()  # a demonstration's past ends before
        await keep_doing("watching", self.look, sleep, LOOK_SECONDS)

    def ran(self) -> int | None:
        """Return the age in seconds of the oldest heartbeat; None if a task never ran."""
        pulse: Mapping[str, datetime] = self._standing.pulse if self._standing else {}
        if not pulse.keys() >= {*TASKS}:
            return None
        last = min(pulse[task] for task in TASKS)
        return max(int((self._clock.now() - last).total_seconds()), 0)

    async def look(self) -> None:
        """Check heartbeats and canaries once; update alarms and metrics."""
        now = self._clock.now()
        try:
            self._standing = await self._pulse.standing(now)
        except ChannelError as error:
            # Without the database the last state remains, and its age raises the alarm.
            log.warning("watch.blind", problem=error.code)
        standing = self._standing
        if standing is not None:
            self._measure(standing, now)
        self.state = WatchState(
            stopped_since=self._stopped(standing, now),
            peer_stopped_since=self._peer(),
            canary_at=standing.canary_closed if standing else None,
            canary_lost=self._lost(standing, now),
        )
        self._tell()

    def _stopped(self, standing: EscalationStatus | None, now: datetime) -> datetime | None:
        pulse: Mapping[str, datetime] = standing.pulse if standing else {}
        last = min(pulse.get(task, self._started) for task in TASKS)
        # A node that restarts after hours has time for its first step.
        return last if now - max(last, self._started) > STOPPED else None

    def _lost(self, standing: EscalationStatus | None, now: datetime) -> bool:
        if standing is None or not self._every:
            return False
        closed = max(standing.canary_closed or self._started, self._started)
        if now - closed > self._every + GRACE:
            return True
        due = standing.canary_due
        return due is not None and due > closed and now - due > GRACE

    def _tell(self) -> None:
        state = self.state
        for code, since in (
            ("escalation-stopped", state.stopped_since),
            ("peer-escalation-stopped", state.peer_stopped_since),
        ):
            if since is None:
                self._alarms.quiet(code)
            else:
                self._alarms.sound(code, since=timestamp(since))
        if state.canary_lost:
            last = timestamp(state.canary_at) if state.canary_at else ""
            self._alarms.sound("canary-lost", since=last)
        else:
            self._alarms.quiet("canary-lost")


async def keep_doing(
    what: str, step: Callable[[], Awaitable[None]], sleep: Sleep, seconds: float
) -> None:
    """Run a step at intervals until cancelled; log failures and go on. `what` names the task."""
    while True:
        try:
            await step()
        except ChannelError as error:
            log.warning("watch.delayed", task=what, problem=error.code)
        except Exception:
            log.exception("watch.failed", task=what)
        await sleep(seconds)
