"""The other side's corrections that a reader has not seen, in PostgreSQL; marks in schema `desk`.

The marks are never sent. Does not decide replacements: `core/rows/replacements.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.applications import ApplicationRow
from special_channel.stores.reads import Reader
from special_channel.stores.rows import row_of
from special_channel.stores.store import Store

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


@dataclass(frozen=True, slots=True)
class Unseen:
    """Number of applications with unseen corrections, and the indexes of the last entries."""

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

    async def unseen(self, reader: Reader, party: Party, since: str, until: str) -> Unseen:
        """Count what `applications` returns, of entries accepted before `until`."""
        [row] = await self._pool.fetch(_COUNTED[party], reader, since, until)
        return Unseen(row["number"], tuple(sorted(row["entries"] or ())))

    async def see_applications(self, reader: Reader, party: Party, seen: Mapping[str, int]) -> None:
        """Mark a side's corrections of applications as shown to a reader.

        `seen`: the entry up to which they were shown, by application.
        """
        await self._pool.execute(_SEEN[party], reader, [*seen], [*seen.values()])
