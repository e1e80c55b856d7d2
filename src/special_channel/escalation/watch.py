"""Who watches the alerter: whether escalation goes on, here and on the other node.

Runs in every process of a node, apart from what it watches. Each task of the worker beats
when its step succeeded; a beat that is a minute old, or a canary that did not come through,
is an alarm, a banner on every page, a figure for the metrics, and what the other node is
told. Does not restart anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NoReturn

import structlog

from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.times import timestamp
from special_channel.escalation.canary import Canaries
from special_channel.ports import Clock
from special_channel.ports.mirror import Alarms, Sleep
from special_channel.ports.work import Pulse, Standing

log = structlog.get_logger(__name__)

TASKS: Final = ("looking", "sweeping", "sending")
"""What must go on: `worker.py` names them."""

STOPPED: Final = timedelta(seconds=60)
"""Without a successful step for longer than this, a task has stopped."""

GRACE: Final = timedelta(minutes=5)
"""How long a canary may take from its time to its delivery."""

BEAT_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 10.0


class Beats:
    """Notes when each task last did its work, in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at: dict[str, datetime] = {}

    def __call__(self, task: str) -> None:
        """Note that a task's step succeeded."""
        self._at[task] = self._clock.now()

    def taken(self) -> dict[str, datetime]:
        """Return what was noted since the last call."""
        found, self._at = self._at, {}
        return found


class Keeper:
    """Keeps the worker's beats where every process of the node sees them, and a canary armed."""

    def __init__(self, beats: Beats, pulse: Pulse, canaries: Canaries, sleep: Sleep) -> None:
        self._beats = beats
        self._pulse = pulse
        self._canaries = canaries
        self._sleep = sleep

    async def run(self) -> NoReturn:
        """Keep until cancelled; run it where the worker runs."""
        while True:
            await guarded("keeping", self.step)
            await self._sleep(BEAT_SECONDS)

    async def step(self) -> None:
        """Keep what was noted, and see that a canary is armed.

        Raises:
            Unavailable: `database-unavailable`.
        """
        if beats := self._beats.taken():
            await self._pulse.beat(beats)
        await self._canaries.plant()


@dataclass(frozen=True, slots=True)
class WatchState:
    """What the watcher saw last.

    Attributes:
        stopped_since: Since when own escalation does not go on; None: it goes on.
        peer_stopped_since: The same of the other node, by its own word.
        canary_at: When a canary last came through.
        canary_lost: Whether one did not come through by its time.
    """

    stopped_since: datetime | None = None
    peer_stopped_since: datetime | None = None
    canary_at: datetime | None = None
    canary_lost: bool = False


class Watch:
    """Watches one node's escalation.

    Attributes:
        state: What was seen last.
    """

    def __init__(
        self,
        pulse: Pulse,
        clock: Clock,
        alarms: Alarms,
        every: timedelta,
        measure: Callable[[Standing, datetime], None],
        peer: Callable[[], datetime | None],
    ) -> None:
        """Watch; `every` is between two canaries, `peer` tells since when the other stands."""
        self._pulse = pulse
        self._clock = clock
        self._alarms = alarms
        self._every = every
        self._measure = measure
        self._peer = peer
        self._started = clock.now()
        self._standing: Standing | None = None
        self.state = WatchState()

    async def run(self, sleep: Sleep) -> NoReturn:
        """Watch until cancelled."""
        while True:
            await guarded("watching", self.look)
            await sleep(LOOK_SECONDS)

    def ran(self) -> int | None:
        """Return how many seconds ago all of escalation did its work; None: it never did."""
        pulse: Mapping[str, datetime] = self._standing.pulse if self._standing else {}
        if not pulse.keys() >= {*TASKS}:
            return None
        last = min(pulse[task] for task in TASKS)
        return max(int((self._clock.now() - last).total_seconds()), 0)

    async def look(self) -> None:
        """Look once, alarm and measure. The database away, what was seen last grows old."""
        now = self._clock.now()
        try:
            self._standing = await self._pulse.standing(now)
        except ChannelError as error:
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

    def _stopped(self, standing: Standing | None, now: datetime) -> datetime | None:
        pulse: Mapping[str, datetime] = standing.pulse if standing else {}
        last = min(pulse.get(task, self._started) for task in TASKS)
        # A node that comes back after hours is given the time to take its first step.
        return last if now - max(last, self._started) > STOPPED else None

    def _lost(self, standing: Standing | None, now: datetime) -> bool:
        if standing is None or not self._every:
            return False
        closed = max(standing.canary_closed or self._started, self._started)
        if now - closed > self._every + GRACE:
            return True
        made = standing.canary_due
        return made is not None and made > closed and now - made > GRACE

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


async def guarded(what: str, step: Callable[[], Awaitable[None]]) -> None:
    """Take a step; whatever fails, the watcher goes on."""
    try:
        await step()
    except ChannelError as error:
        log.warning("watch.delayed", task=what, problem=error.code)
    except Exception:
        log.exception("watch.failed", task=what)
