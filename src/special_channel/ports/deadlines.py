"""What the deadlines page and the calendar feed ask beyond the views.

A feed's token is kept by its SHA-256 alone. Does not know what a feed holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from special_channel.core.bytes.ids import EntryId, KeyId
from special_channel.core.rows.questions import QuestionRow

FeedScope = Literal["desk", "side"]


class PastAsks(Protocol):
    """Asks that nobody waits for any more."""

    async def decided(self, since: str, limit: int) -> Sequence[QuestionRow]:
        """Return asks answered or ended whose due time is not before `since`, latest first."""
        ...

    async def tallies(self, notes: Sequence[EntryId]) -> Mapping[EntryId, tuple[int, int]]:
        """Return how many of the questions of each of these notes are answered, of how many."""
        ...


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar address that a person made. The address itself is not stored.

    Attributes:
        id: Local number, to revoke it by.
        key: The key they were signed in with; where it may no longer be used, the feed is over.
        scope: Their desk's questions, or all of the own side.
        used: When a calendar last read it.
    """

    id: int
    official: int
    key: KeyId
    scope: FeedScope
    made: datetime
    used: datetime | None = None


class Feeds(Protocol):
    """Calendar addresses by the SHA-256 of their token."""

    async def make(self, token: bytes, feed: Feed) -> None:
        """Keep a feed; `feed.id` is ignored."""
        ...

    async def of_official(self, official: int) -> Sequence[Feed]:
        """Return a person's feeds that are not revoked, the newest first."""
        ...

    async def find(self, token: bytes) -> Feed | None:
        """Return the feed of a token that is not revoked."""
        ...

    async def used(self, feed: int, at: datetime) -> None:
        """Remember that a calendar read a feed."""
        ...

    async def revoke(self, feed: int, official: int) -> bool:
        """End a person's feed at once; False if they have no such feed."""
        ...
