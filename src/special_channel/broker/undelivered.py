"""Sounds an alarm when a side's oldest undelivered entry is too old.

A link that works one way still answers requests, so the alarm is about delivered entries. The
peer's cosignatures show the delivery of our entries; the peer's heartbeat states the delivery of
its entries. Does not deliver anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NoReturn

from special_channel.core.bytes.times import timestamp
from special_channel.ports import Alarms, Clock, Sleep

OWN: Final = "undelivered"
PEER: Final = "peer-undelivered"


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Late deliveries of both sides, for pages; None: no entry is known to be late.

    Attributes:
        own: When our oldest undelivered entry was accepted.
        peer: When the peer's oldest undelivered entry was accepted, as the peer states.
        entries: Number of our undelivered entries.
        over: Codes of sides that are known to have no late entry; silence does not count.
    """

    own: datetime | None = None
    peer: datetime | None = None
    entries: int = 0
    over: frozenset[str] = frozenset()


@dataclass(eq=False, kw_only=True)
class DeliveryWatch:
    """Sounds an alarm when a side's oldest undelivered entry is older than the limit.

    Attributes:
        oldest: Returns when our oldest undelivered entry was accepted.
        peer_oldest: Returns the same for the peer, as the peer states; None also after silence.
        in_office: Tells whether either side's office is open at an instant.
        limit: How long an entry may be undelivered.
        every: Seconds between two checks.
        entries: Returns the number of our undelivered entries.
        known: Returns the codes of sides whose deliveries are known at an instant.
        alarms: Sounds the alarms and clears them.
        clock: Tells the time.
        state: Result of the last check.
    """

    oldest: Callable[[], datetime | None]
    peer_oldest: Callable[[], datetime | None]
    in_office: Callable[[datetime], bool]
    limit: timedelta
    every: float
    entries: Callable[[], int]
    known: Callable[[datetime], frozenset[str]]
    alarms: Alarms
    clock: Clock
    state: Undelivered = field(default_factory=Undelivered, init=False)

    async def run(self, sleep: Sleep) -> NoReturn:
        """Check at intervals until cancelled."""
        while True:
            self.look()
            await sleep(self.every)

    def look(self) -> None:
        """Check once. An alarm begins in office hours, and lasts until no entry is late."""
        now = self.clock.now()
        oldest = {OWN: self.oldest(), PEER: self.peer_oldest()}
        known = self.known(now)
        self.state = Undelivered(
            self._late(OWN, oldest[OWN], self.state.own, now),
            self._late(PEER, oldest[PEER], self.state.peer, now),
            self.entries(),
            frozenset(code for code in known if not self._is_late(oldest[code], now)),
        )

    def _late(
        self, code: str, oldest: datetime | None, before: datetime | None, now: datetime
    ) -> datetime | None:
        late = self._is_late(oldest, now)
        if oldest is None or not late or (before is None and not self.in_office(now)):
            self.alarms.quiet(code)
            return None
        self.alarms.sound(code, since=timestamp(oldest))
        return oldest

    def _is_late(self, oldest: datetime | None, now: datetime) -> bool:
        return oldest is not None and now - oldest > self.limit

    def age(self) -> int:
        """Return the age of our oldest undelivered entry in seconds, at least 1; 0 without one."""
        oldest = self.oldest()
        return 0 if oldest is None else max(int((self.clock.now() - oldest).total_seconds()), 1)
