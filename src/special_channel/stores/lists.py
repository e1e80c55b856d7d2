"""Query weekly lists in PostgreSQL: counts of a list, and earlier listings of applications.

Does not write; one statement a query.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from special_channel.core.bytes.ids import Position
from special_channel.core.rows.application_facts import NumberLink
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class EarlierListings:
    """An application's earlier appearances on lists.

    Attributes:
        times: The highest `times_listed` in any list.
        first: The earliest `first_listed`, as a date.
        list: Name of the application's last list.
        position: Number of the last list's batch (`EU-120`).
        eu_state: The application's current state as stated by the EU, or empty.
        cn_state: The application's current state as stated by CN, or empty.
    """

    times: int
    first: str
    list: str
    position: str
    eu_state: str = ""
    cn_state: str = ""


@dataclass(frozen=True, slots=True)
class Predecessor:
    """An earlier number of an application, stated by one side, with its earlier lists.

    Pages show it next to the current number, with the side that stated the link; its listings are
    never added to the current number's. `earlier`: None if the number was on no list.
    """

    link: NumberLink
    earlier: EarlierListings | None = None

    @property
    def times(self) -> int:
        """How often the number was listed."""
        return self.earlier.times if self.earlier else 0

    @property
    def position(self) -> str:
        """Number of the entry that states the link."""
        return str(Position(self.link.party, self.link.index))


@dataclass(frozen=True, slots=True)
class UrgencyCounts:
    """A list and its batch's number, empty for a file, with numbers of rows by urgency."""

    list: str
    urgency: Mapping[str, int]
    position: str = ""


class Lists(Store):
    """Queries of signed lists and their application numbers."""

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
        return UrgencyCounts(rows[0]["list"], counts, str(Position("eu", rows[0]["idx"])))

    async def earlier(self, numbers: Sequence[str]) -> Mapping[str, EarlierListings]:
        """Return earlier listings by application number; numbers never listed are omitted."""
        rows = await self._pool.fetch(
            "SELECT l.number, max(l.times_listed) AS times, min(l.doc ->> 'first_listed') AS first,"
            " (array_agg(b.list ORDER BY b.idx DESC))[1] AS list, 'EU-' || max(b.idx) AS position,"
            " coalesce(max(a.eu_state), '') AS eu_state, coalesce(max(a.cn_state), '') AS cn_state"
            " FROM record.listings AS l JOIN record.batches AS b ON b.key = l.batch"
            " LEFT JOIN record.applications AS a ON a.key = l.number"
            " WHERE l.number = ANY ($1::text[]) GROUP BY l.number",
            list(numbers),
        )
        return {number: EarlierListings(*listings) for number, *listings in rows}

    async def count_numbers(self) -> int:
        """Return how many applications the record has."""
        return int(await self._pool.fetchval("SELECT count(*) FROM record.applications"))

    async def numbers(self) -> Sequence[str]:
        """Return the numbers of every application in the record."""
        rows = await self._pool.fetch("SELECT key FROM record.applications")
        return [str(row["key"]) for row in rows]
