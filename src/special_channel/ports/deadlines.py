"""Ports of the deadlines page and the calendar feeds: past questions, and feed tokens.

Of a feed's token only the SHA-256 is stored. Does not know the content of a feed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from special_channel.core.bytes.ids import EntryId, KeyId
from special_channel.core.rows.questions import QuestionRow

FeedScope = Literal["desk", "side"]


class PastQuestions(Protocol):
    """Queries of answered and ended questions."""

    async def decided(self, since: str, limit: int) -> Sequence[QuestionRow]:
        """Return answered or ended questions due at `since` or later, latest first."""
        ...

    async def tallies(self, notes: Sequence[EntryId]) -> Mapping[EntryId, tuple[int, int]]:
        """Return by note (answered questions, all questions)."""
        ...


@dataclass(frozen=True, slots=True)
class Feed:
    """A person's calendar link. The address itself is not stored.

    Attributes:
        id: Local number, used to revoke the feed.
        official: Number of the person.
        key: The key the person was signed in with; the feed ends when the key does.
        scope: Questions of the person's desk, or all of our side.
        made: When the feed was created.
        used: When a calendar last read the feed.
    """

    id: int
    official: int
    key: KeyId
    scope: FeedScope
    made: datetime
    used: datetime | None = None


class Feeds(Protocol):
    """Calendar feeds by the SHA-256 of their token."""

    async def make(self, token: bytes, feed: Feed) -> None:
        """Store a feed; `feed.id` is ignored."""
        ...

    async def of_official(self, official: int) -> Sequence[Feed]:
        """Return a person's feeds that are not revoked, newest first."""
        ...

    async def find(self, token: bytes) -> Feed | None:
        """Look up a feed by its token; None if unknown or revoked."""
        ...

    async def used(self, feed: int, at: datetime) -> None:
        """Store when a calendar read a feed."""
        ...

    async def revoke(self, feed: int, official: int) -> bool:
        """Revoke a person's feed at once; return False if the person has no feed of this id."""
        ...
