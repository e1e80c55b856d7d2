"""Time, randomness, alarms: what a process has of its own.

Nothing else in the program reads a clock or draws a byte.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

log = structlog.get_logger(__name__)


class SystemClock:
    """Port `Clock`."""

    def now(self) -> datetime:
        """Return the aware UTC instant."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()


class SystemRandomness:
    """Port `Randomness`, from the operating system."""

    def bytes(self, length: int) -> bytes:
        """Return that many random bytes."""
        return os.urandom(length)


class AlarmBoard:
    """Port `Alarms`: what is wrong now, for the status page, the metrics and the log."""

    def __init__(self) -> None:
        self._on: dict[str, dict[str, str | int]] = {}
        self._elsewhere: tuple[str, ...] = ()

    def sound(self, code: str, /, **facts: str | int) -> None:
        """Say that something is wrong; the same alarm again is one line."""
        if code not in self._on:
            log.error("alarm", code=code, **facts)
        self._on[code] = facts

    def quiet(self, code: str, /) -> None:
        """Say that it is right again."""
        if self._on.pop(code, None) is not None:
            log.info("alarm.over", code=code)

    def codes(self) -> tuple[str, ...]:
        """Return the codes of all alarms that are on, here or in another process of the node."""
        return tuple(sorted({*self._on, *self._elsewhere}))

    def own(self) -> tuple[str, ...]:
        """Return the codes of those that are on in this process."""
        return tuple(sorted(self._on))

    def take(self, elsewhere: Sequence[str]) -> None:
        """Take which are on in any process of the node."""
        self._elsewhere = tuple(elsewhere)
