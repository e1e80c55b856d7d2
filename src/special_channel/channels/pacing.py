"""Keep a service's limit on messages on this side of the wire.

Knows only what this process sent: where several processes use one robot, give each its share.
Does not wait: whoever is told to come later keeps the letter meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` messages in any `seconds`."""

    count: int
    seconds: float


class Pace:
    """Counts what was sent in a window that slides.

    A bucket that fills up would let twice the limit through within one window of the service.
    """

    def __init__(self, rates: Sequence[Rate], monotonic: Callable[[], float]) -> None:
        self._rates = tuple(rates)
        self._monotonic = monotonic
        self._sent: deque[float] = deque(maxlen=max((rate.count for rate in rates), default=0))
        self._until = 0.0

    def take(self) -> int:
        """Take a place and return 0, or return after how many seconds there is one."""
        now = self._monotonic()
        free = max([self._until, *(self._free(rate) for rate in self._rates)])
        if free > now:
            return max(ceil(free - now), 1)
        self._sent.append(now)
        return 0

    def rest(self, seconds: float) -> None:
        """Let nothing pass for a while: the service said that it is blocked."""
        self._until = max(self._until, self._monotonic() + seconds)

    def _free(self, rate: Rate) -> float:
        if len(self._sent) < rate.count:
            return 0.0
        return self._sent[-rate.count] + rate.seconds
