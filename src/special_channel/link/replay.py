"""Refuse stale and replayed requests.

Nonces are neither persisted nor shared between processes. A replay within the window is harmless:
every request of the link reads, or repeats an earlier statement.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from special_channel.core.bytes.errors import BadSignature, Unavailable
from special_channel.ports import Clock

WINDOW_SECONDS: Final = 300
"""Largest difference between `created` and our clock, in both directions. The peer's client
reads our clock from the refusal and signs by it: clocks that differ don't stop the link."""

_MAX_NONCES: Final = 100_000
"""About 330 requests a second for the window, far above what one peer sends."""


class ReplayWindow:
    """Stores the nonces of verified requests for the length of the window."""

    def __init__(self, clock: Clock, *, seconds: int = WINDOW_SECONDS) -> None:
        self._clock = clock
        self._seconds = seconds
        self._seen: OrderedDict[tuple[str, str], int] = OrderedDict()

    def check_time(self, created: int) -> None:
        """Refuse a request signed too long ago or in the future; called before verification.

        Raises:
            BadSignature: `link-request-stale`, with `now` in POSIX seconds.
        """
        now = self._now()
        if abs(now - created) > self._seconds:
            raise BadSignature(
                "link-request-stale", "The request was not signed just now.", now=now
            )

    def admit(self, key: str, nonce: str, created: int) -> None:
        """Store the nonce of a verified request.

        Raises:
            BadSignature: `link-request-replayed`.
            Unavailable: `busy`: more requests in the window than one peer sends.
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
