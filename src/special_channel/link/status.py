"""How the link stands, for pages and metrics: up since, heard of last, what waits.

Does not decide anything. Of this process alone; nothing in it is a fact of the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from special_channel.core.ids import Party, Position

REMINDERS_STOPPED: Final = timedelta(seconds=60)
"""Older than this, a peer's word of when its reminders last ran means that they don't."""

WORD_LASTS: Final = timedelta(minutes=15)
"""A peer's word of what is undelivered counts no longer than this: longer than any heartbeat."""


@dataclass(slots=True)
class LinkStatus:
    """The link as this node sees it.

    Attributes:
        up: Whether the peer answered the last request.
        since: When `up` last changed, None before the first answer or failure.
        heard: When the peer last answered, None if never in this process.
        stopped: The code for which the mirror stands still, empty if it goes on.
        waiting: Entries that the peer says it has and that are not judged here.
        gap: Index of the entry that did not come whole and for which others wait, if any.
        reminders_since: Since when the peer's own reminders have not run, by its own word;
            None if they run, or if it says nothing of them.
        peer_undelivered: When the peer's oldest undelivered entry was accepted, by its own
            word; None if there is none.
        peer_told: When it last said so.
    """

    up: bool = False
    since: datetime | None = None
    heard: datetime | None = None
    stopped: str = ""
    waiting: int = 0
    gap: int | None = None
    reminders_since: datetime | None = None
    peer_undelivered: datetime | None = None
    peer_told: datetime | None = None

    @property
    def down_since(self) -> datetime | None:
        """Since when the peer does not answer; None while it does, and before it was tried."""
        return None if self.up else self.since

    def gap_of(self, peer: Party) -> Position | None:
        """Return the peer's entry for which others wait."""
        return None if self.gap is None else Position(peer, self.gap)

    def reminders(self, seconds_ago: int, now: datetime) -> None:
        """Note how long ago the peer's own reminders ran, by its own word and clock."""
        ran = timedelta(seconds=seconds_ago)
        self.reminders_since = now - ran if ran > REMINDERS_STOPPED else None

    def undelivered(self, age: int, now: datetime) -> None:
        """Note the age in seconds of the peer's oldest undelivered entry, by its own word."""
        self.peer_undelivered = now - timedelta(seconds=age) if age else None
        self.peer_told = now

    def peer_oldest(self, now: datetime) -> datetime | None:
        """Return when the peer's oldest undelivered entry was accepted, by its word of late."""
        return self.peer_undelivered if self.peer_spoke(now) else None

    def peer_spoke(self, now: datetime) -> bool:
        """Tell whether the peer said of late what is undelivered, or that nothing is."""
        return self.peer_told is not None and now - self.peer_told <= WORD_LASTS

    def answered(self, now: datetime) -> bool:
        """Note that the peer answered; tell whether the link was down."""
        was_down = not self.up
        if was_down:
            self.up, self.since = True, now
        self.heard = now
        return was_down

    def failed(self, now: datetime) -> bool:
        """Note that the peer did not answer; tell whether the link was up, or never tried."""
        was_up = self.up or self.since is None
        if was_up:
            self.up, self.since = False, now
        return was_up
