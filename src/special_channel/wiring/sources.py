"""Time, randomness, alarms: what a process has of its own.

Nothing else in the program reads a clock or draws a byte.
"""

from __future__ import annotations

import os
import time
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
        """Return the codes of all alarms that are on."""
        return tuple(sorted(self._on))
