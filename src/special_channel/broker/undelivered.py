"""Watches how long the oldest entry has been undelivered, on either side, and alarms.

A link that works one way looks healthy to a node that asks whether the peer answers. What
counts is whether entries arrive: our own by the peer's cosignatures, the peer's by its own
word in the heartbeat. Does not deliver anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NoReturn

from special_channel.core.bytes.times import timestamp
from special_channel.ports import Clock
from special_channel.ports.mirror import Alarms, Sleep

OWN: Final = "undelivered"
PEER: Final = "peer-undelivered"


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Since when nothing arrives, for pages; None: all arrives, or it is too early to say.

    Attributes:
        own: When the oldest of our undelivered entries was accepted.
        peer: The same of the peer's, by its own word.
        entries: How many of ours are undelivered.
        over: Codes of which it is known that no entry is late. Silence is not knowledge.
    """

    own: datetime | None = None
    peer: datetime | None = None
    entries: int = 0
    over: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched.

    Attributes:
        oldest: When the oldest of our undelivered entries was accepted.
        peer_oldest: The same of the peer's, by its own word; None also if it said nothing of late.
        in_office: Whether the office of either side is open at an instant.
        limit: How long an entry may be undelivered.
        every: Seconds between two looks.
        entries: How many of ours are undelivered.
        known: Codes of the sides of which it is known at an instant what is undelivered.
    """

    oldest: Callable[[], datetime | None]
    peer_oldest: Callable[[], datetime | None]
    in_office: Callable[[datetime], bool]
    limit: timedelta
    every: float
    entries: Callable[[], int] = lambda: 0
    known: Callable[[datetime], frozenset[str]] = lambda _now: frozenset({OWN, PEER})


class DeliveryWatch:
    """Alarms when the oldest undelivered entry of a side is older than the limit.

    Attributes:
        state: What was seen last.
    """

    def __init__(self, watched: Watched, alarms: Alarms, clock: Clock) -> None:
        self._to = watched
        self._alarms = alarms
        self._clock = clock
        self.state = Undelivered()

    async def run(self, sleep: Sleep) -> NoReturn:
        """Look until cancelled."""
        while True:
            self.look()
            await sleep(self._to.every)

    def look(self) -> None:
        """Look once. An alarm begins in office hours, and goes on until all is delivered."""
        now = self._clock.now()
        oldest = {OWN: self._to.oldest(), PEER: self._to.peer_oldest()}
        known = self._to.known(now)
        self.state = Undelivered(
            self._late(OWN, oldest[OWN], self.state.own, now),
            self._late(PEER, oldest[PEER], self.state.peer, now),
            self._to.entries(),
            frozenset(code for code in known if not self._is_late(oldest[code], now)),
        )

    def _late(
        self, code: str, oldest: datetime | None, before: datetime | None, now: datetime
    ) -> datetime | None:
        late = self._is_late(oldest, now)
        if oldest is None or not late or (before is None and not self._to.in_office(now)):
            self._alarms.quiet(code)
            return None
        self._alarms.sound(code, since=timestamp(oldest))
        return oldest

    def _is_late(self, oldest: datetime | None, now: datetime) -> bool:
        return oldest is not None and now - oldest > self._to.limit

    def age(self) -> int:
        """Return the age in seconds of our oldest undelivered entry, at least 1; 0: none is."""
        oldest = self._to.oldest()
        return 0 if oldest is None else max(int((self._clock.now() - oldest).total_seconds()), 1)
