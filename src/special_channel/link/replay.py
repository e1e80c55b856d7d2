"""Refuses requests that are old or were seen before.

Does not survive a restart and is not shared between processes: every request of the link is
a reading, or states again what was stated before, so a replay within the window costs the
peer nothing but an answer that only the peer's own data proves.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from special_channel.core.errors import BadSignature, Unavailable
from special_channel.ports import Clock

WINDOW_SECONDS: Final = 300
"""How far `created` may lie from our clock, either way. The peer's client reads our clock
from the refusal and signs by it, so that two clocks that differ don't stop the link."""

_MAX_NONCES: Final = 100_000
"""About 330 requests a second for the window, far above what one peer sends."""


class ReplayWindow:
    """Remembers the nonces of verified requests for as long as they could be repeated."""

    def __init__(self, clock: Clock, *, seconds: int = WINDOW_SECONDS) -> None:
        self._clock = clock
        self._seconds = seconds
        self._seen: OrderedDict[tuple[str, str], int] = OrderedDict()

    def check_time(self, created: int) -> None:
        """Refuse a request signed too long ago, or in the future; before verifying it.

        Raises:
            BadSignature: `link-request-stale`, with `now` in POSIX seconds.
        """
        now = self._now()
        if abs(now - created) > self._seconds:
            raise BadSignature(
                "link-request-stale", "The request was not signed just now.", now=now
            )

    def admit(self, key: str, nonce: str, created: int) -> None:
        """Remember a verified request, once.

        Raises:
            BadSignature: `link-request-replayed`.
            Unavailable: `busy`: more requests than one peer sends.
        """
        self._forget()
        if (key, nonce) in self._seen:
            raise BadSignature("link-request-replayed", "The request came before.")
        if len(self._seen) >= _MAX_NONCES:
            raise Unavailable("busy", "Too many requests within the replay window.")
        self._seen[key, nonce] = max(created, self._now()) + self._seconds

    def _forget(self) -> None:
        now = self._now()
        while self._seen and next(iter(self._seen.values())) < now:
            self._seen.popitem(last=False)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())
