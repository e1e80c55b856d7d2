"""Compares a log's head with its rollback guard: the size and root last signed (rule 20).

Each log has a guard of its own: a private log behind its guard takes no entries, while the
shared log goes on. Does not restore entries: `link/heal.py` does for the shared log. The private
log has no copy elsewhere, so two officials have to accept its loss.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from special_channel.broker.turns import repeat
from special_channel.core.bytes.errors import Corrupt, Unavailable
from special_channel.core.log.merkle import EMPTY_ROOT
from special_channel.ports import Alarms, Head, LogName, Published, Sleep

PRIVATE_BEHIND: Final = "private-log-behind"
LOOK_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Behind:
    """A log that is shorter than its guard states, or has another root.

    Attributes:
        log: The log's name.
        held: The size in the database.
        signed: The size in the guard.
        root: The root in the guard.
    """

    log: LogName
    held: int
    signed: int
    root: bytes = EMPTY_ROOT

    def error(self) -> Unavailable:
        """Return the error for attempts to write into the private log."""
        return Unavailable(
            "private-log-behind",
            "The private log holds less than this node has signed.",
            held=self.held,
            signed=self.signed,
        )


def behind(published: Published, head: Head) -> Behind | None:
    """Compare a log's head with its guard; None if they agree or there is no guard.

    Raises:
        Corrupt: `published-damaged`.
    """
    guard = published.read(head.log)
    return None if guard is None else compared(head, *guard)


def compared(head: Head, size: int, root: bytes) -> Behind | None:
    """Compare a log's head with size and root in its guard; None if they agree."""
    if head.size < size or (head.size == size and head.frontier.root() != root):
        return Behind(head.log, head.size, size, root)
    return None


@dataclass(eq=False)
class PrivateGuard:
    """Compares the private log with its guard at intervals, and sounds an alarm.

    Attributes:
        head: Reads a log's head.
        published: The rollback guard.
        origin: Names the log in the alarm.
        alarms: Sounds the alarm and clears it.
        settle: Completes the acceptance of a loss after a crash.
        behind: Result of the last comparison, for status and pages.
    """

    head: Callable[[LogName], Awaitable[Head]]
    published: Published
    origin: str
    alarms: Alarms
    settle: Callable[[], Awaitable[None]] | None = None
    behind: Behind | None = field(default=None, init=False)

    async def look(self) -> Behind | None:
        """Compare once, and sound or clear the alarm.

        Raises:
            Unavailable: `database-unavailable`.
        """
        if self.settle is not None:
            await self.settle()
        try:
            self.behind = behind(self.published, await self.head("private"))
        except Corrupt as error:
            self.alarms.sound(error.code, log=self.origin)
            return self.behind
        if self.behind is None:
            self.alarms.quiet(PRIVATE_BEHIND)
        else:
            held, signed = self.behind.held, self.behind.signed
            self.alarms.sound(PRIVATE_BEHIND, log=self.origin, held=held, signed=signed)
        return self.behind

    async def run(self, sleep: Sleep) -> None:
        """Compare at intervals until cancelled."""
        await repeat(self.look, sleep, LOOK_SECONDS, "guard.unread")
