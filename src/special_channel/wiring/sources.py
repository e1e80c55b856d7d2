"""Time, randomness, alarms: what a process has of its own.

Nothing else in the program reads a clock or draws a byte.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from special_channel.ports import Clock
from special_channel.ports.conditions import Condition

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
    """Port `Alarms`, and the one list of conditions for `/readyz`, `status`, metrics and pages.

    Sounding also writes the line in the log.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._on: dict[str, Condition] = {}
        self._elsewhere: tuple[str, ...] = ()

    def sound(self, code: str, /, **facts: str | int) -> None:
        """Say that something is wrong; the same alarm again is one line."""
        known = self._on.get(code)
        if known is None:
            log.error("alarm", code=code, **facts)
        self._on[code] = Condition(code, known.since if known else self._clock.now(), facts)

    def quiet(self, code: str, /) -> None:
        """Say that it is right again."""
        if self._on.pop(code, None) is not None:
            log.info("alarm.over", code=code)

    def conditions(self) -> tuple[Condition, ...]:
        """Return all that is on, here or in another process of the node, in order of code."""
        elsewhere = {code: Condition(code) for code in self._elsewhere}
        return tuple(sorted((elsewhere | self._on).values(), key=lambda each: each.code))

    def codes(self) -> tuple[str, ...]:
        """Return the codes of all that is on, here or in another process of the node."""
        return tuple(each.code for each in self.conditions())

    def own(self) -> tuple[str, ...]:
        """Return the codes of those that are on in this process."""
        return tuple(sorted(self._on))

    def take(self, elsewhere: Sequence[str]) -> None:
        """Take which are on in any process of the node."""
        self._elsewhere = tuple(elsewhere)
