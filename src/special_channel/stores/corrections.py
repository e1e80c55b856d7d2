"""The other side's corrections and changes that a reader has not seen, in PostgreSQL.

Marks are in schema `desk`, and never sent. Does not decide replacements:
`core/rows/replacements.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, TypeVar

import asyncpg

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rows.licences import LicenceRow
from special_channel.stores.reads import Reader
from special_channel.stores.rows import row_of
from special_channel.stores.store import Store

_R = TypeVar("_R", BatchRow, LicenceRow)

NEW_FOR: Final = timedelta(days=30)
"""How long a correction is new to readers who have not seen it."""

# Never beyond the last correction: one that comes later is new.
_SEEN: Final[Mapping[Party, str]] = {
    party: (
        "INSERT INTO desk.corrections_seen AS s (reader, number, idx)"  # noqa: S608 - a side's name
        f" SELECT $1, a.key, least(max(g.idx), a.{party}_corrected)"
        " FROM unnest($2::text[], $3::bigint[]) AS g (number, idx)"
        " JOIN record.applications AS a ON a.key = g.number"
        f" WHERE a.{party}_corrected >= 0 GROUP BY a.key, a.{party}_corrected"
        " ON CONFLICT (reader, number) DO UPDATE SET idx = excluded.idx"
        " WHERE s.idx < excluded.idx"
    )
    for party in PARTIES
}

_NEW: Final[Mapping[Party, str]] = {
    party: (
        " FROM record.applications AS a"
        f" JOIN record.entries AS e ON e.log = '{party}' AND e.idx = a.{party}_corrected"
        " LEFT JOIN desk.corrections_seen AS s ON s.reader = $1 AND s.number = a.key"
        # The index has only applications with a correction, and only this names them.
        f" WHERE a.{party}_corrected >= 0"
        f" AND a.{party}_corrected >= coalesce(s.idx + 1, 0) AND e.accepted >= $2"
    )
    for party in PARTIES
}

_CORRECTED: Final[Mapping[Party, str]] = {
    party: (
        "SELECT a.doc::text AS doc, coalesce(s.idx + 1, 0) AS new, count(*) OVER () AS total"
        f"{new} ORDER BY a.{party}_corrected DESC, a.key LIMIT $3"
    )
    for party, new in _NEW.items()
}

_COUNTED: Final[Mapping[Party, str]] = {
    party: (
        f"SELECT count(*) AS number, array_agg(DISTINCT a.{party}_corrected) AS entries{new}"
        " AND e.accepted < $3"
    )
    for party, new in _NEW.items()
}


Corrected = Literal["application", "list", "licence"]
"""What the inbox lists as corrected or changed."""

Changed = Literal["list", "licence"]
"""What a later entry of its side changes: a list by amendments, a licence by new terms."""

_SOURCES: Final[Mapping[Changed, tuple[str, str, str, str]]] = {
    "list": ("record.batches", "c.idx::text", "amendments", ""),
    # The first terms change nothing.
    "licence": ("record.licences", "c.key", "issues", " AND c.doc -> 'issues' -> 1 IS NOT NULL"),
}
"""Table, key in marks, the field with the changes, and a further condition."""

_LAST: Final[Mapping[Changed, str]] = {
    kind: (
        f" {table} AS c CROSS JOIN LATERAL (SELECT {key} AS named,"
        f" (c.doc #>> '{{{field},-1,index}}')::bigint AS idx,"
        f" c.doc #>> '{{{field},-1,accepted}}' AS accepted) AS l"
    )
    for kind, (table, key, field, _) in _SOURCES.items()
}

# A blank is in no number of an application, so that a kind before it is in no application's mark.
_NEW_CHANGES: Final[Mapping[Changed, str]] = {
    kind: (
        f" FROM{last} LEFT JOIN desk.corrections_seen AS s"
        f" ON s.reader = $1 AND s.number = '{kind} ' || l.named"
        f" WHERE l.accepted >= $2 AND l.idx >= coalesce(s.idx + 1, 0){_SOURCES[kind][3]}"
    )
    for kind, last in _LAST.items()
}

_CHANGES: Final[Mapping[Changed, str]] = {
    kind: (
        "SELECT c.doc::text AS doc, coalesce(s.idx + 1, 0) AS new, count(*) OVER () AS total"
        f"{new} ORDER BY l.idx DESC, c.key LIMIT $3"
    )
    for kind, new in _NEW_CHANGES.items()
}

_CHANGES_COUNTED: Final[Mapping[Changed, str]] = {
    kind: (
        f"SELECT count(*) AS number, array_agg(DISTINCT l.idx) AS entries{new} AND l.accepted < $3"
    )
    for kind, new in _NEW_CHANGES.items()
}

_CHANGES_SEEN: Final[Mapping[Changed, str]] = {
    kind: (
        "INSERT INTO desk.corrections_seen AS s (reader, number, idx)"  # noqa: S608 - constants
        f" SELECT $1, '{kind} ' || l.named, least(max(g.idx), l.idx)"
        f" FROM unnest($2::text[], $3::bigint[]) AS g (named, idx) JOIN ({last})"
        f" ON l.named = g.named WHERE l.idx >= 0{_SOURCES[kind][3]} GROUP BY l.named, l.idx"
        " ON CONFLICT (reader, number) DO UPDATE SET idx = excluded.idx"
        " WHERE s.idx < excluded.idx"
    )
    for kind, last in _LAST.items()
}

_CHANGES_OF: Final[Mapping[Party, Changed]] = {"eu": "list", "cn": "licence"}
"""The EU amends lists, CN changes licences."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """Number of applications, lists or licences, and the indexes of the last entry of each."""

    number: int = 0
    entries: tuple[int, ...] = ()


class Corrections(Store):
    """The other side's corrections. A reader is a person, by pseudonym, or a machine's key."""

    async def applications(
        self, reader: Reader, party: Party, since: str, limit: int
    ) -> tuple[Sequence[tuple[ApplicationRow, int]], int]:
        """Return applications with corrections of a side not shown to a reader yet.

        Args:
            reader: The reader.
            party: The side that corrected its statements.
            since: Earliest acceptance of corrections (`…Z`).
            limit: Applications, the last corrected first.

        Returns:
            Applications, with the index of the first new entry; and their number.
        """
        rows = await self._pool.fetch(_CORRECTED[party], reader, since, limit)
        found = [(row_of(ApplicationRow, row["doc"]), row["new"]) for row in rows]
        return found, rows[0]["total"] if rows else 0

    async def lists(
        self, reader: Reader, since: str, limit: int
    ) -> tuple[Sequence[tuple[BatchRow, int]], int]:
        """Return lists with amendments not shown to a reader yet; see `applications`."""
        return await self._changes("list", BatchRow, reader, since, limit)

    async def licences(
        self, reader: Reader, since: str, limit: int
    ) -> tuple[Sequence[tuple[LicenceRow, int]], int]:
        """Return licences with later terms not shown to a reader yet; see `applications`."""
        return await self._changes("licence", LicenceRow, reader, since, limit)

    async def _changes(
        self, kind: Changed, of: type[_R], reader: Reader, since: str, limit: int
    ) -> tuple[Sequence[tuple[_R, int]], int]:
        rows = await self._pool.fetch(_CHANGES[kind], reader, since, limit)
        found = [(row_of(of, row["doc"]), row["new"]) for row in rows]
        return found, rows[0]["total"] if rows else 0

    async def unseen(
        self, reader: Reader, party: Party, since: str, until: str
    ) -> Mapping[Corrected, Unseen]:
        """Count what is new of a side, by kind; of entries accepted before `until`."""
        kind, values = _CHANGES_OF[party], (reader, since, until)
        [corrected] = await self._pool.fetch(_COUNTED[party], *values)
        [changed] = await self._pool.fetch(_CHANGES_COUNTED[kind], *values)
        rows: dict[Corrected, asyncpg.Record] = {"application": corrected, kind: changed}
        return {
            name: Unseen(row["number"], tuple(sorted(row["entries"])))
            for name, row in rows.items()
            if row["number"]
        }

    async def see_applications(self, reader: Reader, party: Party, seen: Mapping[str, int]) -> None:
        """Mark a side's corrections of applications as shown to a reader.

        `seen`: the entry up to which they were shown, by application.
        """
        await self._pool.execute(_SEEN[party], reader, [*seen], [*seen.values()])

    async def see(self, kind: Changed, reader: Reader, seen: Mapping[str, int]) -> None:
        """Mark changes of lists or licences as shown to a reader.

        `seen`: the entry up to which they were shown, by the index of the list's entry in the EU's
        log, or by the licence's number.
        """
        await self._pool.execute(_CHANGES_SEEN[kind], reader, [*seen], [*seen.values()])
