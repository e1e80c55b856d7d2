"""Compares what a log holds with what its rollback guard says was signed (rule 20).

Each log is guarded by itself: a private log behind its guard takes no entries, and the shared
log goes on. Does not bring entries back: `link/heal.py` does for the shared log. Nobody else
holds the private log, so two officials have to accept what is lost of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from special_channel.core.bytes.errors import ChannelError, Corrupt, Unavailable
from special_channel.core.log.merkle import EMPTY_ROOT
from special_channel.ports import Head, LogName, Published
from special_channel.ports.mirror import Alarms, Sleep

log = structlog.get_logger(__name__)

PRIVATE_BEHIND: Final = "private-log-behind"
LOOK_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Behind:
    """A log that holds fewer entries than were signed, or others.

    Attributes:
        log: Which log.
        held: Its size in the database.
        signed: The size in the guard.
        root: The root in the guard.
    """

    log: LogName
    held: int
    signed: int
    root: bytes = EMPTY_ROOT

    def error(self) -> Unavailable:
        """Return what whoever wants to write into the private log is told."""
        return Unavailable(
            "private-log-behind",
            "The private log holds less than this node has signed.",
            held=self.held,
            signed=self.signed,
        )


def behind(published: Published, head: Head) -> Behind | None:
    """Compare a log's head with its guard; None if the log holds what was signed.

    Raises:
        Corrupt: `published-damaged`.
    """
    guard = published.read(head.log)
    if guard is None:
        return None
    size, root = guard
    if head.size < size or (head.size == size and head.frontier.root() != root):
        return Behind(head.log, head.size, size, root)
    return None


class PrivateGuard:
    """Says by an alarm, in status and on pages that the private log is behind its guard.

    Attributes:
        behind: What the last look found.
    """

    def __init__(
        self,
        head: Callable[[LogName], Awaitable[Head]],
        published: Published,
        origin: str,
        alarms: Alarms,
        settle: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Look at the head that `head` reads; `origin` names the log in the alarm.

        `settle` finishes the acceptance of a loss that a crash has cut off.
        """
        self._head = head
        self._settle = settle
        self._published = published
        self._origin = origin
        self._alarms = alarms
        self.behind: Behind | None = None

    async def look(self) -> Behind | None:
        """Compare once, and sound or end the alarm.

        Raises:
            Unavailable: `database-unavailable`.
        """
        if self._settle is not None:
            await self._settle()
        try:
            self.behind = behind(self._published, await self._head("private"))
        except Corrupt as error:
            self._alarms.sound(error.code, log=self._origin)
            return self.behind
        if self.behind is None:
            self._alarms.quiet(PRIVATE_BEHIND)
        else:
            held, signed = self.behind.held, self.behind.signed
            self._alarms.sound(PRIVATE_BEHIND, log=self._origin, held=held, signed=signed)
        return self.behind

    async def run(self, sleep: Sleep) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except ChannelError as error:
                log.warning("guard.unread", problem=error.code)
            await sleep(LOOK_SECONDS)
