"""The check of the record in a running node: pass after pass, slowly, after other work.

Sounds `record-damaged` while damage is known, whoever found it, and quiets it once all is mended.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, NoReturn

import structlog

from special_channel.broker.record_check import RecordCheck
from special_channel.core.bytes.errors import ChannelError
from special_channel.ports.damage import CheckState, DamageBook
from special_channel.ports.mirror import Alarms, Sleep

log = structlog.get_logger(__name__)

ALARM: Final = "record-damaged"

LONGEST_SECONDS: Final = 20 * 3600.0
"""A pass takes no longer, whatever the rate: one a day is promised."""

_LOOKS: Final = 4
"""Times that an entry is looked at in a pass, about: its block, its replay, its rows."""

_BETWEEN_SECONDS: Final = 60.0
_RETRY_SECONDS: Final = 60.0
_WATCH_SECONDS: Final = 5.0

_YIELD_SECONDS: Final = 0.05
_YIELDS: Final = 100
"""So often in a row a slice waits for other work: a node that is always busy is checked, too."""


class Pacer:
    """Spreads a pass over time, and lets other work go first."""

    def __init__(self, per_second: float, busy: Callable[[], bool], sleep: Sleep) -> None:
        """Look at about so many entries a second; wait while `busy` says so."""
        self._per_second = per_second
        self._rate = per_second
        self._busy = busy
        self._sleep = sleep

    def plan(self, entries: int) -> float:
        """Choose the rate of a pass over so many entries, and return it."""
        self._rate = max(self._per_second, entries * _LOOKS / LONGEST_SECONDS)
        return self._rate

    async def pause(self, looked_at: int) -> None:
        """Rest after so many entries, and until nobody waits for the node."""
        await self._sleep(looked_at / self._rate)
        for _ in range(_YIELDS):
            if not self._busy():
                return
            await self._sleep(_YIELD_SECONDS)


class RollingCheck:
    """Checks the record for ever."""

    def __init__(
        self,
        check: RecordCheck,
        pacer: Pacer,
        size: Callable[[], Awaitable[int]],
        watch: DamageWatch,
        sleep: Sleep,
    ) -> None:
        self._check = check
        self._pacer = pacer
        self._size = size
        self._watch = watch
        self._sleep = sleep

    async def run(self) -> NoReturn:
        """Make pass after pass until cancelled; one that fails is begun again."""
        while True:
            await self._sleep(await self.step())

    async def step(self) -> float:
        """Make one pass, and return how long to rest after it, in seconds."""
        try:
            rate = self._pacer.plan(await self._size())
            checked = await self._check.run(self._pacer.pause)
            log.info("record.checked", entries=checked.entries, damaged=len(checked.damaged))
        except ChannelError as error:
            log.warning("record.unchecked", problem=error.code)
            return _RETRY_SECONDS
        except Exception:
            # A fault of the check must not end the node; it is in the log, and status shows that
            # no pass ends any more.
            log.exception("record.unchecked")
            return _RETRY_SECONDS
        log.debug("record.rate", per_second=rate)
        await self._watch.look()
        return _BETWEEN_SECONDS


class DamageWatch:
    """What is damaged, as this process knows it, and the alarm about it.

    Attributes:
        state: How the check stands, as last looked up.
    """

    def __init__(self, book: DamageBook, alarms: Alarms) -> None:
        self._book = book
        self._alarms = alarms
        self.state = CheckState()

    async def run(self, sleep: Sleep) -> NoReturn:
        """Look every few seconds until cancelled: another process may find or mend damage."""
        while True:
            try:
                await self.look()
            except ChannelError as error:
                log.warning("damage.unknown", problem=error.code)
            await sleep(_WATCH_SECONDS)

    async def look(self) -> None:
        """Look up what is damaged, and sound or quiet the alarm.

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
