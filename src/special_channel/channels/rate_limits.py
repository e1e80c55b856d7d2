"""Limit the rate of messages to a service, on our side of the wire.

Counts only messages of this process: give each process its share if several use one robot. Does
not wait: callers queue a letter until the returned time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `count` messages in any `seconds`."""

    count: int
    seconds: float


class RateLimiter:
    """Sliding-window rate limiter."""

    # A token bucket would let twice the limit through within one window of the service.

    def __init__(self, rates: Sequence[RateLimit], monotonic: Callable[[], float]) -> None:
        self._rates = tuple(rates)
        self._monotonic = monotonic
        self._sent: deque[float] = deque(maxlen=max((rate.count for rate in rates), default=0))
        self._until = 0.0

    def take(self) -> int:
        """Take a slot and return 0, or return the seconds until a slot is free."""
        now = self._monotonic()
        free = max([self._until, *(self._free(rate) for rate in self._rates)])
        if free > now:
            return max(ceil(free - now), 1)
        self._sent.append(now)
        return 0

    def block(self, seconds: float) -> None:
        """Block all messages for some seconds, after the service reported a block."""
        self._until = max(self._until, self._monotonic() + seconds)

    def _free(self, rate: RateLimit) -> float:
        if len(self._sent) < rate.count:
            return 0.0
        return self._sent[-rate.count] + rate.seconds
