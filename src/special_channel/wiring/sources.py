"""Clock, randomness and alarm board of a process.

The only code in the program that reads a clock or draws random bytes.
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
        """Return the present time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()


class SystemRandomness:
    """Port `Randomness`, from the operating system."""

    def bytes(self, length: int) -> bytes:
        """Return `length` random bytes."""
        return os.urandom(length)


class AlarmBoard:
    """Port `Alarms`, and the list of conditions for `/readyz`, `status`, metrics and pages.

    New alarms are also logged.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._on: dict[str, Condition] = {}
        self._elsewhere: tuple[str, ...] = ()

    def sound(self, code: str, /, **facts: str | int) -> None:
        """Raise an alarm; a repeated alarm is not logged again."""
        known = self._on.get(code)
        if known is None:
            log.error("alarm", code=code, **facts)
        self._on[code] = Condition(code, known.since if known else self._clock.now(), facts)

    def quiet(self, code: str, /) -> None:
        """Clear an alarm."""
        if self._on.pop(code, None) is not None:
            log.info("alarm.over", code=code)

    def conditions(self) -> tuple[Condition, ...]:
        """Return the active conditions of every process of the node, in order of code."""
        elsewhere = {code: Condition(code) for code in self._elsewhere}
        conditions = (elsewhere | self._on).values()
        return tuple(sorted(conditions, key=lambda condition: condition.code))

    def codes(self) -> tuple[str, ...]:
        """Return the codes of the active conditions of every process of the node."""
        return tuple(condition.code for condition in self.conditions())

    def own(self) -> tuple[str, ...]:
        """Return the codes of this process's active alarms."""
        return tuple(sorted(self._on))

    def take(self, elsewhere: Sequence[str]) -> None:
        """Replace the alarms reported by the node's processes."""
        self._elsewhere = tuple(elsewhere)
