"""Query meetings and points in PostgreSQL: one statement a page.

Does not write or fold: `doc` holds the row that core computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from special_channel.core.bytes.ids import PARTIES, EntryId, Party, Position, ThreadId
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.meetings import MeetingRow, PointRow
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of both logs at some time: entries with smaller indexes existed."""

    eu: int
    cn: int

    def of(self, party: Party) -> int:
        """Return the size of a side's log."""
        return self.eu if party == "eu" else self.cn


EVERYTHING: Final = Sizes(2**53, 2**53)
"""Larger than any logs."""


@dataclass(frozen=True, slots=True)
class ThreadGrowth:
    """A thread with the number of new notes of each side."""

    thread: ThreadId
    eu: int
    cn: int

    def of(self, party: Party) -> int:
        """Return the number of a side's notes."""
        return self.eu if party == "eu" else self.cn


@dataclass(frozen=True, slots=True)
class MeetingFilter:
    """Filter of meetings; an empty string matches all.

    Attributes:
        party: The side that drafted the points.
        mark: `unmarked`: with points that the other side has not marked; `differed`: with points
            that it last marked as understood differently.
        since: First day of meeting; `until`: the last.
    """

    level: str = ""
    party: str = ""
    mark: Literal["", "unmarked", "differed"] = ""
    since: str = ""
    until: str = ""


_FITS: Final = (
    " FROM record.meetings AS m WHERE ($1 = '' OR m.level = $1) AND ($2 = '' OR m.party = $2)"
    " AND ($3 = '' OR EXISTS (SELECT FROM record.points AS p WHERE p.meeting = m.key"
    " AND CASE $3 WHEN 'unmarked' THEN jsonb_array_length(p.doc -> 'marks') = 0"
    " ELSE p.doc #>> '{marks,-1,agreed}' = 'false' END))"
    " AND m.held >= $4 AND ($5 = '' OR m.held <= $5)"
)
_MEETING: Final = "SELECT doc::text AS doc, party, idx FROM record.meetings"
_ACCEPTED: Final = "SELECT accepted FROM record.entries WHERE log = $1 AND idx = $2"
_WRITTEN: Final = (
    "SELECT kind, count(*) AS written FROM record.entries"
    " WHERE code = '' AND kind <> 'point.marked'"
    " AND ((log = 'eu' AND idx >= $1 AND idx < $3) OR (log = 'cn' AND idx >= $2 AND idx < $4))"
    " GROUP BY kind"
    # One entry marks many points.
    " UNION ALL SELECT CASE m ->> 'agreed' WHEN 'true' THEN 'point.agreed' ELSE 'point.differed'"
    " END AS kind, count(*) FROM record.points AS p"
    " CROSS JOIN LATERAL jsonb_array_elements(p.doc -> 'marks') AS m"
    " WHERE (m ->> 'index')::bigint >= CASE m ->> 'party' WHEN 'eu' THEN $1 ELSE $2 END"
    " AND (m ->> 'index')::bigint < CASE m ->> 'party' WHEN 'eu' THEN $3 ELSE $4 END GROUP BY 1"
)

_TURNED: Final = (
    "SELECT a.doc::text AS doc, count(*) OVER () AS total FROM record.applications AS a"
    " LEFT JOIN record.listings AS l ON l.batch = a.last_batch AND l.row_number = a.last_row"
    " WHERE a.eu_turned >= $1 OR a.cn_turned >= $2"
    " ORDER BY coalesce(l.urgency = 'line_stop' AND NOT l.withdrawn, false) DESC,"
    " greatest(a.eu_as_of, a.cn_as_of) DESC, a.key LIMIT $3"
)
_MOVED: Final = (
    "SELECT thread, count(*) FILTER (WHERE kind = 'note.posted' AND log = 'eu') AS eu,"
    " count(*) FILTER (WHERE kind = 'note.posted' AND log = 'cn') AS cn, count(*) OVER () AS total"
    " FROM (SELECT thread, kind, code, log, idx, ord FROM record.entries UNION ALL"
    " SELECT thread, '', '', log, idx, ord FROM record.mentions) AS e"
    " WHERE code = '' AND thread IS NOT NULL"
    " AND ((log = 'eu' AND idx >= $1 AND idx < $4) OR (log = 'cn' AND idx >= $2 AND idx < $5))"
    " GROUP BY thread"
    # Sizes that somebody chose can have a note without the opening of its thread.
    " HAVING EXISTS (SELECT FROM record.threads AS t, jsonb_array_elements(t.doc -> 'opened') AS o"
    " WHERE t.key = e.thread AND (o ->> 'index')::bigint"
    " < CASE o ->> 'party' WHEN 'eu' THEN $4::bigint ELSE $5 END)"
    " ORDER BY max(ord) DESC, thread LIMIT $3"
)


class Meetings(Store):
    """Queries of meetings, latest first. Each call reads one snapshot of the record."""

    async def meetings(
        self, wanted: MeetingFilter, limit: int = 100, offset: int = 0, *, oldest: bool = False
    ) -> tuple[Sequence[MeetingRow], int]:
        """Return a page of matching meetings, and their total number."""
        values = wanted.level, wanted.party, wanted.mark, wanted.since, wanted.until
        order = "m.held, m.party, m.idx" if oldest else "m.held DESC, m.party, m.idx DESC"
        page = f"SELECT m.doc{_FITS} ORDER BY {order} LIMIT $6 OFFSET $7"
        rows = await self._rows(MeetingRow, page, *values, limit, offset)
        return rows, await self._count(f"SELECT count(*){_FITS}", *values)

    async def meeting(self, which: Position | EntryId) -> MeetingRow | None:
        """Look up a meeting by its number or its entry's id."""
        if isinstance(which, Position):
            by_number = f"{_MEETING} WHERE party = $1 AND idx = $2"
            return await self._one(MeetingRow, by_number, which.party, which.index)
        return await self._one(MeetingRow, f"{_MEETING} WHERE key = $1", which)

    async def points(self, meetings: Sequence[EntryId]) -> Sequence[PointRow]:
        """Return the points of meetings, in order within each meeting."""
        which = "WHERE meeting = ANY ($1::text[]) ORDER BY meeting, number"
        return await self._select(PointRow, which, list(meetings))

    async def point(self, point: EntryId) -> PointRow | None:
        """Look up a point by id."""
        return await self._one(
            PointRow,
            "SELECT p.doc::text AS doc, m.party, m.idx FROM record.points AS p"
            " LEFT JOIN record.meetings AS m ON m.key = p.meeting WHERE p.key = $1",
            point,
        )


class Growth(Store):
    """Queries of the logs' growth since some time. Each call reads one snapshot of the record."""

    async def sizes_at(self, at: str) -> Sizes:
        """Return the sizes of both logs at an instant (`…Z`), from times stated by their owners."""
        # Binary search: `accepted` rises with the index (rule 8). Some twenty look-ups by key;
        # the table has no index by time.
        return Sizes(*[await self._size_at(party, at) for party in PARTIES])

    async def _size_at(self, party: Party, at: str) -> int:
        first = 0
        last = int(await self._pool.fetchval("SELECT size FROM record.heads WHERE log = $1", party))
        while first < last:
            middle = (first + last) // 2
            accepted = await self._pool.fetchval(_ACCEPTED, party, middle)
            first, last = (middle + 1, last) if str(accepted) < at else (first, middle)
        return first

    async def written(self, since: Sizes, until: Sizes = EVERYTHING) -> Mapping[str, int]:
        """Return the number of valid entries by kind, written between the given sizes.

        Of `point.marked`, the number of marks: `point.agreed` and `point.differed`.
        """
        rows = await self._pool.fetch(_WRITTEN, since.eu, since.cn, until.eu, until.cn)
        return {row["kind"]: row["written"] for row in rows}

    async def turned(self, since: Sizes, limit: int) -> tuple[Sequence[ApplicationRow], int]:
        """Return up to `limit` applications with a state changed since, and their total number.

        Line stops come first, then the newest dates of statements.
        """
        return await self._page(ApplicationRow, _TURNED, since.eu, since.cn, limit)

    async def moved(
        self, since: Sizes, limit: int, until: Sizes = EVERYTHING
    ) -> tuple[Sequence[ThreadGrowth], int]:
        """Return up to `limit` threads with new entries, latest first, and their total number."""
        rows = await self._pool.fetch(_MOVED, since.eu, since.cn, limit, until.eu, until.cn)
        threads = [ThreadGrowth(row["thread"], row["eu"], row["cn"]) for row in rows]
        return threads, rows[0]["total"] if rows else 0
