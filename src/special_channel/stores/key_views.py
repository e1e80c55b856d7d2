"""Query the entries that a key signed, as author or second, in shared and private logs.

Does not decide which of them are in doubt: pages do by the key's row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes.ids import EntryId, KeyId, Party, ThreadId
from special_channel.stores.store import Store

# A private entry stands before the shared entry of the index that its leaf states as the size of
# our shared log.
_COLUMNS: Final = "log, idx, id, kind, thread, author, accepted, envelope"
_SHARED: Final = (
    f"SELECT {_COLUMNS}, idx AS at, 2 * idx + 1 AS place FROM record.entries"  # noqa: S608
    " WHERE log = $1 AND code = '' AND "
)
_PRIVATE: Final = (
    f"SELECT {_COLUMNS}, frontier, 2 * frontier FROM private.entries"  # noqa: S608
    " WHERE $3::boolean AND "
)

# Each condition has an index of its own. An author is never among the further signers.
_AUTHOR: Final = "author = $2"
_SECOND: Final = "others <> '{}' AND others @> ARRAY[$2::text]"

_SIGNED: Final = (
    f" FROM ({_SHARED}{_AUTHOR} UNION ALL {_SHARED}{_SECOND}"
    f" UNION ALL {_PRIVATE}{_AUTHOR} UNION ALL {_PRIVATE}{_SECOND}) AS e"
)

_ENTRIES: Final = (
    "SELECT log = 'private' AS private, idx AS index, id, kind, thread, author AS by,"
    " accepted, envelope, at"
    f"{_SIGNED} WHERE at >= $4 AND ($5::bigint IS NULL OR at < $5) AND ($6 = '' OR kind = $6)"
)
_NEWEST: Final = f"{_ENTRIES} ORDER BY place DESC, log DESC, idx DESC OFFSET $7 LIMIT $8"
_OLDEST: Final = f"{_ENTRIES} ORDER BY place, log, idx OFFSET $7 LIMIT $8"

_COUNTS: Final = (
    "SELECT width_bucket(at, $4::bigint[]) AS span, log = 'private' AS private, count(*) AS entries"
    f"{_SIGNED} GROUP BY 1, 2"
)


_KINDS: Final = (
    f"SELECT kind, count(*) AS entries{_SIGNED}"
    " WHERE at >= $4 AND ($5::bigint IS NULL OR at < $5) GROUP BY kind ORDER BY kind"
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
    """An entry signed with a key, as its author or as a further signer.

    Attributes:
        by: Key of the author.
        private: Whether it stands in our private log; `index` is then of that log.
        at: Index in the key's shared log; of a private entry the size of our shared log in its
            past.
    """

    private: bool
    index: int
    id: EntryId
    kind: str
    thread: ThreadId | None
    by: KeyId
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
    """Queries of entries by the keys of their signers."""

    async def signed(
        self, which: Signed, offset: int, limit: int, *, kind: str = "", oldest: bool = False
    ) -> Sequence[SignedEntry]:
        """Return a page of the entries signed with a key, the newest or the oldest first.

        `kind`: of this kind alone; empty for all.
        """
        values = (which.party, which.key, which.private, which.first, which.end, kind)
        statement = _OLDEST if oldest else _NEWEST
        return await self._objects(SignedEntry, statement, *values, offset, limit)

    async def signed_kinds(self, which: Signed) -> Mapping[str, int]:
        """Count the entries that a key signed by kind."""
        values = (which.party, which.key, which.private, which.first, which.end)
        rows = await self._pool.fetch(_KINDS, *values)
        return {row["kind"]: row["entries"] for row in rows}

    async def signed_counts(self, which: Signed, firsts: Sequence[int]) -> Sequence[SignedCount]:
        """Count all entries signed with a key by spans, which begin at `firsts`, ascending.

        A span's number is its place from 1; 0 is before the first.
        """
        values = (which.party, which.key, which.private, list(firsts))
        return await self._objects(SignedCount, _COUNTS, *values)
