"""Clock, randomness and alarm board of a process.

The only code in the program that reads a clock or draws random bytes.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from special_channel.config import Settings
from special_channel.core.bytes.errors import Malformed
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


_BEHIND: Final = struct.Struct("<q")
"""Microseconds between the demonstration's time and the present: negative, or zero."""

_LOOK_SECONDS: Final = 0.02
_PRESENT_SECONDS: Final = 0.2
_LOOPBACK: Final = "127.0.0.1"
_LOCAL_URL: Final = "http://localhost:"


class DemoClock:
    """Port `Clock` of a demonstration that loads its past: a file says how far it is set back.

    Every process of the demonstration maps the same file. The clock runs at its normal speed, is
    only set forward, never beyond the present, and shows the present for good after `hand_over`.
    """

    def __init__(self, file: Path) -> None:
        """Map a file made by `start`.

        Raises:
            Malformed: `settings-malformed`, naming `demo.clock`.
        """
        try:
            with file.open("r+b") as stream:
                self._map = mmap.mmap(stream.fileno(), _BEHIND.size)
        except (OSError, ValueError):
            raise _malformed() from None

    @classmethod
    def start(cls, file: Path, at: datetime) -> DemoClock:
        """Make a clock that shows an instant of the past; an existing file is kept."""
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(_BEHIND.pack(0))
            clock = cls(file)
            clock._set(at - datetime.now(UTC))
            return clock
        return cls(file)

    @property
    def behind(self) -> timedelta:
        """How far the clock is set back; negative, zero after the hand-over."""
        (micros,) = _BEHIND.unpack(self._map[:])
        return timedelta(microseconds=min(micros, 0))

    def now(self) -> datetime:
        """Return the demonstration's time, aware, in UTC."""
        return datetime.now(UTC) + self.behind

    def monotonic(self) -> float:
        """Return monotonic seconds, which the file does not change."""
        return time.monotonic()

    def advance(self, to: datetime) -> None:
        """Set the clock forward to an instant; an earlier instant changes nothing."""
        behind = min(to - datetime.now(UTC), timedelta(0))
        if behind > self.behind:
            self._set(behind)

    def hand_over(self) -> None:
        """Show the present from now on."""
        self._set(timedelta(0))

    def _set(self, behind: timedelta) -> None:
        # Eight aligned bytes: no reader of the mapping sees half of a time.
        self._map[:] = _BEHIND.pack(behind // timedelta(microseconds=1))


def clock_of(settings: Settings) -> Clock:
    """Return the clock of a node: the system's, except while a demonstration loads its past.

    Raises:
        Malformed: `settings-malformed`, naming `demo.clock`, at a node that is no demonstration
            on this machine, or without the file.
    """
    node, demo = settings.node, settings.demo
    if demo.clock is None:
        return SystemClock()
    # The charter lets a demonstration alone sign at an address without TLS (core/rows/charter.py),
    # so that no record of a real channel is ever written by such a clock.
    local = node.host == _LOOPBACK and node.url.startswith(_LOCAL_URL)
    if not (demo.mailbox and demo.confirm_codes and local):
        raise _malformed()
    return DemoClock(demo.clock)


def _malformed() -> Malformed:
    return Malformed("settings-malformed", "A setting is missing or wrong.", setting="demo.clock")


def set_back(clock: Clock) -> timedelta:
    """Return how far a clock is set back: zero, except while a demonstration loads its past."""
    return clock.behind if isinstance(clock, DemoClock) else timedelta(0)


async def until_present(
    clock: Clock, sleep: Callable[[float], Awaitable[None]], then: float = 0.0
) -> None:
    """Wait until a clock shows the present; returns at once outside a demonstration's past.

    `then`: seconds to wait after the hand-over.
    """
    if not set_back(clock):
        return
    while set_back(clock):
        await sleep(_PRESENT_SECONDS)
    await sleep(then)


async def notify_of_jumps(
    clock: Clock, notify: Callable[[], None], sleep: Callable[[float], Awaitable[None]]
) -> None:
    """Notify the process whenever a demonstration's clock was set forward, until the hand-over."""
    behind = set_back(clock)
    while behind:
        await sleep(_LOOK_SECONDS)
        if (now := set_back(clock)) != behind:
            behind = now
            notify()


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
