"""Query the entries that a key signed, in the shared log of its side and in our private log.

Does not decide which of them are in doubt: pages do by the key's row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes.ids import EntryId, KeyId, Party, ThreadId
from special_channel.stores.store import Store

# A private entry stands before the shared entry of the index that its leaf states as the size of
# our shared log.
_SIGNED: Final = (
    " FROM (SELECT log, idx, id, kind, thread, accepted, envelope, idx AS at, 2 * idx + 1 AS place"
    " FROM record.entries WHERE author = $2 AND log = $1 AND code = ''"
    " UNION ALL SELECT log, idx, id, kind, thread, accepted, envelope, frontier, 2 * frontier"
    " FROM private.entries WHERE author = $2 AND $3::boolean) AS e"
)

_PAGE: Final = (
    "SELECT log = 'private' AS private, idx AS index, id, kind, thread, accepted, envelope, at"
    f"{_SIGNED} WHERE at >= $4 AND ($5::bigint IS NULL OR at < $5)"
    " ORDER BY place DESC, log DESC, idx DESC OFFSET $6 LIMIT $7"
)

_COUNTS: Final = (
    "SELECT width_bucket(at, $4::bigint[]) AS span, log = 'private' AS private, count(*) AS entries"
    f"{_SIGNED} GROUP BY 1, 2"
)


@dataclass(frozen=True, slots=True)
class Signed:
    """Entries signed with a key, at `at` from `first` to before `end`; None: to the last.

    `party`: side of the key. `private`: with entries of our private log.
    """

    party: Party
    key: KeyId
    private: bool
    first: int = 0
    end: int | None = None


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """An entry signed with a key.

    Attributes:
        private: Whether it stands in our private log; `index` is then of that log.
        at: Index in the key's shared log; of a private entry the size of our shared log in its
            past.
    """

    private: bool
    index: int
    id: EntryId
    kind: str
    thread: ThreadId | None
    accepted: str
    envelope: bytes
    at: int


@dataclass(frozen=True, slots=True)
class SignedCount:
    """Number of entries signed in a span, of one log."""

    span: int
    private: bool
    entries: int


class KeyViews(Store):
    """Queries of entries by their author's key."""

    async def signed(self, which: Signed, offset: int, limit: int) -> Sequence[SignedEntry]:
        """Return a page of the entries signed with a key, newest first."""
        values = (which.party, which.key, which.private, which.first, which.end, offset, limit)
        return await self._objects(SignedEntry, _PAGE, *values)

    async def signed_counts(self, which: Signed, firsts: Sequence[int]) -> Sequence[SignedCount]:
        """Count all entries signed with a key by spans, which begin at `firsts`, ascending.

        A span's number is its place from 1; 0 is before the first.
        """
        values = (which.party, which.key, which.private, list(firsts))
        return await self._objects(SignedCount, _COUNTS, *values)
