"""Query weekly lists in PostgreSQL: counts of a list, and earlier listings of applications.

Does not write; one statement a query.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from special_channel.core.bytes.ids import Position
from special_channel.ports.lists import EarlierListings, UrgencyCounts
from special_channel.stores.database_errors import mapped
from special_channel.stores.sessions import Pool
from special_channel.stores.shown import ShownRows, shown


class PostgresLists:
    """Port `Lists`."""

    def __init__(self, pool: Pool | ShownRows) -> None:
        self._pool = shown(pool)

    @mapped
    async def counted(self, list_: str | None = None) -> UrgencyCounts | None:
        """Return the newest list, or the newest with this name, with its rows by urgency."""
        rows = await self._pool.fetch(
            "SELECT b.list, b.idx, l.urgency, count(*) AS rows FROM ("
            " SELECT key, list, idx FROM record.batches WHERE $1::text IS NULL OR list = $1"
            " ORDER BY idx DESC LIMIT 1) AS b"
            " JOIN record.listings AS l ON l.batch = b.key GROUP BY b.list, b.idx, l.urgency",
            list_,
        )
        if not rows:
            return None
        counts = {str(row["urgency"]): int(row["rows"]) for row in rows}
        return UrgencyCounts(rows[0]["list"], str(Position("eu", rows[0]["idx"])), counts)

    @mapped
    async def earlier(self, numbers: Sequence[str]) -> Mapping[str, EarlierListings]:
        """Return earlier listings by application number; numbers never listed are omitted."""
        rows = await self._pool.fetch(
            "SELECT l.number, max(l.times_listed) AS times, min(l.doc ->> 'first_listed') AS first,"
            " (array_agg(b.list ORDER BY b.idx DESC))[1] AS list, max(b.idx) AS idx,"
            " max(a.eu_state) AS eu_state, max(a.cn_state) AS cn_state"
            " FROM record.listings AS l JOIN record.batches AS b ON b.key = l.batch"
            " LEFT JOIN record.applications AS a ON a.key = l.number"
            " WHERE l.number = ANY ($1::text[]) GROUP BY l.number",
            list(numbers),
        )
        return {
            row["number"]: EarlierListings(
                times=row["times"],
                first=row["first"],
                list=row["list"],
                position=str(Position("eu", row["idx"])),
                eu_state=row["eu_state"] or "",
                cn_state=row["cn_state"] or "",
            )
            for row in rows
        }

    @mapped
    async def numbers(self) -> Sequence[str]:
        """Return the numbers of every application in the record."""
        rows = await self._pool.fetch("SELECT key FROM record.applications")
        return [str(row["key"]) for row in rows]
