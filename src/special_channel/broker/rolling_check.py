"""Continuous check of the record in a running node, at low rate and priority.

Sounds `record-damaged` while any damage is known, from any process, and clears the alarm after.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, NoReturn

import structlog

from special_channel.broker.record_check import RecordCheck
from special_channel.broker.turns import repeat
from special_channel.core.bytes.errors import ChannelError
from special_channel.ports import Alarms, Sleep
from special_channel.ports.damage import CheckState
from special_channel.stores.damage import DamageBook

log = structlog.get_logger(__name__)

ALARM: Final = "record-damaged"

LONGEST_SECONDS: Final = 20 * 3600.0
"""Longest duration of a pass, whatever the rate: a pass a day is promised."""

_LOOKS: Final = 4
"""Approximate reads of an entry in a pass: block, replay, rows."""

_BETWEEN_SECONDS: Final = 60.0
_RETRY_SECONDS: Final = 60.0
_WATCH_SECONDS: Final = 5.0

_YIELD_SECONDS: Final = 0.05
_YIELDS: Final = 100
"""Most waits in a row for other work, so that a node that is always busy is checked, too."""


class Pacer:
    """Limits the rate of a pass, and lets other work go first."""

    def __init__(self, per_second: float, busy: Callable[[], bool], sleep: Sleep) -> None:
        """Check about `per_second` entries a second; wait while `busy` is true."""
        self._per_second = per_second
        self._rate = per_second
        self._busy = busy
        self._sleep = sleep

    def plan(self, entries: int) -> float:
        """Set and return the rate of a pass over `entries`, in reads a second."""
        self._rate = max(self._per_second, entries * _LOOKS / LONGEST_SECONDS)
        return self._rate

    async def pause(self, looked_at: int) -> None:
        """Sleep in proportion to `looked_at` entries, then while the node is busy."""
        await self._sleep(looked_at / self._rate)
        for _ in range(_YIELDS):
            if not self._busy():
                return
            await self._sleep(_YIELD_SECONDS)


@dataclass(eq=False)
class RollingCheck:
    """Makes passes over the record until cancelled."""

    check: RecordCheck
    pacer: Pacer
    size: Callable[[], Awaitable[int]]
    watch: DamageWatch
    sleep: Sleep

    async def run(self) -> NoReturn:
        """Make passes until cancelled; retry after a failure."""
        while True:
            await self.sleep(await self.step())

    async def step(self) -> float:
        """Make one pass; return the seconds to sleep until the next."""
        try:
            rate = self.pacer.plan(await self.size())
            checked = await self.check.run(self.pacer.pause)
            log.info("record.checked", entries=checked.entries, damaged=len(checked.damaged))
        except ChannelError as error:
            log.warning("record.unchecked", problem=error.code)
            return _RETRY_SECONDS
        except Exception:
            # An error in the check must not stop the node: it is logged, and status shows that
            # passes no longer end.
            log.exception("record.unchecked")
            return _RETRY_SECONDS
        log.debug("record.rate", per_second=rate)
        await self.watch.look()
        return _BETWEEN_SECONDS


class DamageWatch:
    """This process's view of the damage, and its alarm.

    Attributes:
        state: Result of the last lookup.
    """

    def __init__(self, book: DamageBook, alarms: Alarms) -> None:
        self._book = book
        self._alarms = alarms
        self.state = CheckState()

    async def run(self, sleep: Sleep) -> None:
        """Look up damage every few seconds until cancelled: another process may find or mend it."""
        await repeat(self.look, sleep, _WATCH_SECONDS, "damage.unknown")

    async def look(self) -> None:
        """Look up the damage, and sound or clear the alarm.

        Raises:
            Unavailable: `database-unavailable`.
        """
        self.state = await self._book.state()
        damaged = self.state.damaged
        if damaged:
            first = damaged[0]
            facts: dict[str, str | int] = {"place": first.name, "what": first.what}
            self._alarms.sound(ALARM, **facts, many=len(damaged))
        else:
            self._alarms.quiet(ALARM)
