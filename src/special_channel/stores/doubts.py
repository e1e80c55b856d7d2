"""Doubtful keys and the entries that they put in doubt, from PostgreSQL (rules.md, K20 to K22).

Cached in memory: a page asks for many entries. Does not decide what is in doubt:
`core/rules/doubt.py` does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

import asyncpg

from special_channel.core.bytes.ids import PARTIES, KeyId, Party, Position, party_of
from special_channel.core.rows.directory import KeyRow, PartyRow, ReviewRow
from special_channel.core.rules.doubt import (
    NO_DOUBT,
    Doubts,
    KnownDoubts,
    SignedEntry,
)
from special_channel.ports import Head
from special_channel.stores.kept import KeptReading
from special_channel.stores.rows import row_of
from special_channel.stores.sessions import Pool
from special_channel.stores.shown import ShownRows
from special_channel.stores.store import Store

_KEYS: Final = "WHERE doubt IS NOT NULL"

_SIGNED: Final = """
SELECT log, idx, id, kind, author, others FROM record.entries
WHERE log = $1 AND idx >= $2 AND code = '' AND (author = ANY ($3::text[]) OR others && $3::text[])
"""

_REVIEWED: Final = """
SELECT e.log, e.idx, e.id, e.kind, e.author, e.others, r.doc::text AS doc
FROM record.reviews AS r JOIN record.entries AS e ON e.id = r.key AND e.code = ''
"""

_ACCEPTED: Final = """
SELECT e.log, e.idx, e.accepted
FROM unnest($1::text[], $2::bigint[]) AS w (log, idx) JOIN record.entries AS e USING (log, idx)
"""


class DoubtStore(Store):
    """The doubt of the record, read again once a log has a new directory entry."""

    def __init__(self, pool: Pool | ShownRows) -> None:
        super().__init__(pool)
        self._kept = KeptReading(self._pool, self._read)

    async def known(self, heads: Mapping[Party, Head]) -> KnownDoubts:
        """Return the doubt about keys, possibly newer than the heads of both logs, never older.

        Only directory entries state, lift or review doubt, and a doubtful key signs nothing more:
        doubt stays the same until the next directory entry.
        """
        return await self._kept.at(heads)

    async def _read(self) -> KnownDoubts:
        keys = await self._select(KeyRow, _KEYS)
        doubts = Doubts.of(keys, await self._select(PartyRow, ""))
        reviewed = await self._pool.fetch(_REVIEWED)
        if not doubts.spans and not reviewed:
            return NO_DOUBT
        signed = {_signed(row) for row in reviewed}
        for party in PARTIES:
            signed.update(await self._signed(party, doubts))
        reviews = {row["id"]: row_of(ReviewRow, row["doc"]) for row in reviewed}
        known = KnownDoubts.found(doubts, keys, signed, reviews)
        return replace(known, accepted=await self._accepted(doubts))

    async def _signed(self, party: Party, doubts: Doubts) -> list[SignedEntry]:
        """Return a party's entries with a doubtful key among the signers, and few others."""
        spans = {key: each for key, each in doubts.spans.items() if party_of(key) == party}
        if not spans:
            return []
        first = min(span.first for each in spans.values() for span in each)
        return await self.signed(party, first, spans)

    async def signed(self, party: Party, first: int, keys: Collection[KeyId]) -> list[SignedEntry]:
        """Return the entries of a party's log from an index on with one of these signers."""
        rows = await self._pool.fetch(_SIGNED, party, first, sorted(keys))
        return [_signed(row) for row in rows]

    async def _accepted(self, doubts: Doubts) -> dict[Position, str]:
        since = sorted(
            {(party_of(key), span.since) for key, each in doubts.spans.items() for span in each}
        )
        rows = await self._pool.fetch(
            _ACCEPTED, [party for party, _ in since], [index for _, index in since]
        )
        return {Position(row["log"], row["idx"]): row["accepted"] for row in rows}


def _signed(row: asyncpg.Record) -> SignedEntry:
    signers = (row["author"], *row["others"])
    return SignedEntry(row["id"], Position(row["log"], row["idx"]), signers, row["kind"])
