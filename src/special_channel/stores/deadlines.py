"""Decided questions and calendar feeds in PostgreSQL.

Does not hash or draw tokens: callers pass digests. Revoked feeds are deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from special_channel.core.bytes.ids import EntryId, KeyId
from special_channel.core.rows.questions import QuestionRow
from special_channel.stores.store import Store

FeedScope = Literal["desk", "side"]

Topic = Literal["answer", "awaited", "meetings", "licences", "closed"]
"""What a feed holds: questions to our side, questions to the other side, meetings and promises,
ends of licences, days closed on either side."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A person's calendar link. The address itself is not stored.

    Attributes:
        id: Local number, used to revoke the feed.
        official: Number of the person.
        key: The key the person was signed in with; the feed ends when the key does.
        scope: Questions of the person's desk, or all of our side.
        topics: What the feed holds, at least one.
        made: When the feed was created.
        used: When a calendar last read the feed.
    """

    id: int
    official: int
    key: KeyId
    scope: FeedScope
    made: datetime
    topics: Sequence[Topic]
    used: datetime | None = None


_DECIDED: Final = """
SELECT doc FROM record.asks
WHERE outcome = ANY
    ('{in-time,late,crossed,answered,ended,unanswered-confirmed,unanswered-unconfirmed}')
    AND NOT open AND due >= $1
ORDER BY due DESC, key LIMIT $2
"""

_TALLIES: Final = """
SELECT note, count(answered) AS answered, count(*) AS asked FROM record.asks
WHERE note = ANY ($1::text[]) GROUP BY note
"""

_FEED: Final = "SELECT id, official, key, scope, made, topics, used FROM desk.feeds"


class PastQuestions(Store):
    """Queries of answered and ended questions."""

    async def decided(self, since: str, limit: int) -> Sequence[QuestionRow]:
        """Return answered or ended questions due at `since` or later, latest first."""
        return await self._rows(QuestionRow, _DECIDED, since, limit)

    async def tallies(self, notes: Sequence[EntryId]) -> Mapping[EntryId, tuple[int, int]]:
        """Return by note (answered questions, all questions)."""
        rows = await self._pool.fetch(_TALLIES, list(notes))
        return {row["note"]: (row["answered"], row["asked"]) for row in rows}


class Feeds(Store):
    """Calendar feeds by the SHA-256 of their token."""

    async def make(self, token: bytes, feed: Feed) -> None:
        """Store a feed under its token's digest."""
        await self._pool.execute(
            "INSERT INTO desk.feeds (token, official, key, scope, made, topics)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            *(token, feed.official, feed.key, feed.scope, feed.made, list(feed.topics)),
        )

    async def of_official(self, official: int) -> Sequence[Feed]:
        """Return a person's feeds that are not revoked, newest first."""
        which = "WHERE official = $1 ORDER BY id DESC"
        return await self._objects(Feed, f"{_FEED} {which}", official)

    async def find(self, token: bytes) -> Feed | None:
        """Look up a feed by its token; None if unknown or revoked."""
        return await self._object(Feed, f"{_FEED} WHERE token = $1", token)

    async def used(self, feed: int, at: datetime) -> None:
        """Record the time at which a calendar program last read a feed."""
        await self._pool.execute("UPDATE desk.feeds SET used = $2 WHERE id = $1", feed, at)

    async def revoke(self, feed: int, official: int) -> bool:
        """Revoke a person's feed at once; return False if the person has no feed of this id."""
        deleted = await self._pool.fetchval(
            "DELETE FROM desk.feeds WHERE id = $1 AND official = $2 RETURNING 1", feed, official
        )
        return deleted is not None
