"""Query a part of a thread's entries in PostgreSQL, and where the parts meet.

The rows read by a statement do not grow with the thread: bisection finds the bounds, from the
thread's end on (migration 0750). Does not choose the part: `web/thread/windows.py` does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, Literal, NamedTuple

from special_channel.core.bytes.ids import PARTIES, EntryId, Party, Position, ThreadId
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import NoteRow
from special_channel.ports import Stored
from special_channel.stores.reads import OWN_KEYS, Reader, ReadMark
from special_channel.stores.record import queries
from special_channel.stores.store import Store

MOST_PRIVATE: Final = 100
"""Private entries of our side that one part of a thread shows."""

MOST_NOTES: Final = 2_000
"""Rows of notes of one part of a thread. Only a fault has more: the limit saves the memory."""

OWN_IN_A_ROW: Final = 500
"""Entries after a read mark among which the first one of somebody else is searched."""


class Place(NamedTuple):
    """Place of an entry in the display order of a thread (rule 5)."""

    # A log has at most one entry of an order.
    order: int
    log: str


FIRST: Final = Place(-1, "")
"""Place before every entry."""

END: Final = Place(2**62, "")
"""Place after every entry."""

ALWAYS: Final = "9999-12-31T23:59:59Z"
"""Time after every acceptance."""


def after(place: Place) -> Place:
    """Return the place right after an entry's."""
    # "eu~" follows "eu", and no log has the name.
    return Place(place.order, f"{place.log}~")


@dataclass(frozen=True, slots=True)
class Edge:
    """A cut through a thread, between two entries in display order.

    Attributes:
        entries: Number of the thread's entries before the cut.
        last: Index of the last entry by log; -1 without entries.
        accepted: Latest time of acceptance before the cut; empty at the start.
    """

    entries: int
    last: Mapping[Party, int]
    accepted: str


_AT: Final = """
SELECT e.ord FROM record.entries AS e WHERE e.log = $2 AND e.idx = $3 AND (e.thread = $1
    OR EXISTS (SELECT FROM record.mentions AS m WHERE m.thread = $1 AND m.log = $2 AND m.idx = $3))
"""

# An internal note is drawn before the first entry that was accepted after it, else at the end.
_BESIDE: Final = """
SELECT n.ord, n.log FROM private.entries AS p CROSS JOIN LATERAL (
    (SELECT e.ord, e.log, 0 AS rank FROM record.entries AS e
        WHERE e.thread = $1 AND e.ordinal > 0 AND e.accepted > p.accepted
        ORDER BY e.ord, e.log LIMIT 1)
    UNION ALL
    (SELECT e.ord, e.log, 1 FROM record.entries AS e
        WHERE e.thread = $1 AND e.ordinal > 0 ORDER BY e.ord DESC, e.log DESC LIMIT 1)
    ORDER BY rank LIMIT 1
) AS n WHERE p.idx = $2 AND p.thread = $1
"""

# Both bounds are always there: a condition on whether one is absent would keep a prepared statement
# from the index.
_SLICE: Final = """
SELECT {columns} FROM (
    (SELECT * FROM record.entries AS x WHERE x.thread = $1
        AND (x.ord, x.log) >= ($2::bigint, $3::text)
        AND (x.ord, x.log) < ($4::bigint, $5::text)
        ORDER BY x.ord {order}, x.log {order} LIMIT $6)
    UNION ALL
    (SELECT x.* FROM (SELECT m.log, m.idx FROM record.mentions AS m WHERE m.thread = $1
        AND (m.ord, m.log) >= ($2::bigint, $3::text) AND (m.ord, m.log) < ($4::bigint, $5::text)
        ORDER BY m.ord {order}, m.log {order} LIMIT $6) AS w
        JOIN record.entries AS x USING (log, idx))
) AS e ORDER BY e.ord {order}, e.log {order} LIMIT $6
"""

# The places one by one: of an array, PostgreSQL would guess a length, and plan every call anew.
_EDGES: Final = """
SELECT w.place, l.log, b.entries, coalesce(e.idx, -1) AS idx, coalesce(e.accepted, '') AS accepted,
    m.entries AS mentions, coalesce(m.idx, -1) AS mention
FROM (VALUES {places}) AS w (place, ord, log)
CROSS JOIN (VALUES ('eu'), ('cn')) AS l (log)
CROSS JOIN LATERAL (SELECT record.thread_entries_below(l.log, $1,
    w.ord + CASE WHEN l.log < w.log THEN 1 ELSE 0 END, NULL) AS entries) AS b
LEFT JOIN record.entries AS e ON e.log = l.log AND e.thread = $1 AND e.ordinal = b.entries
    AND e.ordinal > 0
CROSS JOIN LATERAL (SELECT count(*) AS entries, max(x.idx) AS idx FROM record.mentions AS x
    WHERE x.thread = $1 AND x.log = l.log AND (x.ord, x.log) < (w.ord, w.log)) AS m
"""

_FIRST_UNREAD: Final = f"""
SELECT e.ord, e.log FROM ({OWN_KEYS.format(reader="$2")}) AS own
CROSS JOIN (VALUES ('eu', $3::bigint), ('cn', $4::bigint)) AS l (log, mark)
CROSS JOIN LATERAL (
    (SELECT w.ord, w.log FROM (SELECT x.ord, x.log, x.author, x.ordinal FROM record.entries AS x
        WHERE x.log = l.log AND x.thread = $1 AND x.ordinal > 0
        AND x.ordinal > record.thread_entries_below(l.log, $1, NULL, l.mark)
        ORDER BY x.ordinal LIMIT {OWN_IN_A_ROW}) AS w
        WHERE w.author <> ALL (own.keys) ORDER BY w.ordinal LIMIT 1)
    UNION ALL
    (SELECT m.ord, m.log FROM record.mentions AS m WHERE m.thread = $1 AND m.log = l.log
        AND m.idx >= l.mark AND m.author <> ALL (own.keys) ORDER BY m.idx LIMIT 1)
) AS e ORDER BY e.ord, e.log LIMIT 1
"""  # noqa: S608 - constants

_PRIVATE: Final = f"""
SELECT {queries.entry_columns("private")} FROM private.entries AS e
WHERE e.log = 'private' AND e.thread = $1 AND e.ordinal > 0 AND e.kind = ANY ($2::text[])
    AND e.ordinal > private.thread_entries_before($1, $3)
    AND e.ordinal <= private.thread_entries_before($1, $4) AND e.idx < $5
ORDER BY e.ordinal DESC LIMIT $6
"""  # noqa: S608 - constants

_NOTES: Final = """
SELECT n.doc FROM (VALUES ('eu', $2::bigint, $3::bigint), ('cn', $4::bigint, $5::bigint))
    AS l (log, first, last)
CROSS JOIN LATERAL (SELECT x.doc FROM record.notes AS x WHERE x.thread = $1 AND x.party = l.log
    AND x.idx > l.first AND x.idx <= l.last ORDER BY x.idx LIMIT $6) AS n
"""

_NUMBERS: Final = f"""
SELECT e.id, e.log, e.idx FROM {queries.by_id("record.entries")} AS e
WHERE e.thread = $2 ORDER BY e.code = '', e.log, e.idx DESC
"""  # noqa: S608 - constants


class ThreadWindows(Store):
    """Queries of parts of a thread."""

    async def place(self, thread: ThreadId, position: Position) -> Place | None:
        """Return the place of an entry in a thread's display order; None outside the thread."""
        order = await self._pool.fetchval(_AT, thread, position.party, position.index)
        return None if order is None else Place(order, position.party)

    async def place_beside(self, thread: ThreadId, index: int) -> Place | None:
        """Return the place of the entry next to a private entry, by the time of acceptance.

        None if the private entry is of another thread.
        """
        row = await self._pool.fetchrow(_BESIDE, thread, index)
        return Place(row["ord"], row["log"]) if row else None

    async def entries_between(
        self,
        thread: ThreadId,
        first: Place,
        last: Place,
        limit: int,
        *,
        keep: Literal["first", "last"] = "last",
    ) -> list[Stored]:
        """Return a thread's entries from the place `first` to before `last`, in display order.

        `keep`: the end to return of more than `limit` entries.
        """
        statement = _SLICE.format(
            columns=queries.entry_columns("eu"), order="DESC" if keep == "last" else "ASC"
        )
        rows = await self._pool.fetch(statement, thread, *first, *last, limit)
        entries = [queries.stored(row) for row in rows]
        return entries[::-1] if keep == "last" else entries

    async def edges(self, thread: ThreadId, *places: Place) -> list[Edge]:
        """Return the cut before each place; `END`: the thread's end.

        Counts entries of no thread that mention notes of this one, one by one.
        """
        statement = _EDGES.format(
            places=", ".join(
                f"({at}, ${2 * at}::bigint, ${2 * at + 1}::text)"
                for at in range(1, len(places) + 1)
            )
        )
        rows = await self._pool.fetch(statement, thread, *chain.from_iterable(places))
        sides = [[row for row in rows if row["place"] == at] for at in range(1, len(places) + 1)]
        return [
            Edge(
                sum(row["entries"] + row["mentions"] for row in both),
                {row["log"]: max(row["idx"], row["mention"]) for row in both},
                max(row["accepted"] for row in both),
            )
            for both in sides
        ]

    async def first_unread(self, thread: ThreadId, reader: Reader, mark: ReadMark) -> Place | None:
        """Return the place of the first entry beyond a reader's mark that somebody else signed.

        None as well after `OWN_IN_A_ROW` entries of the reader in every log.
        """
        row = await self._pool.fetchrow(_FIRST_UNREAD, thread, reader, mark.eu, mark.cn)
        return Place(row["ord"], row["log"]) if row else None

    async def numbers_in(
        self, thread: ThreadId, ids: Collection[EntryId]
    ) -> Mapping[EntryId, Position]:
        """Return the positions of a thread's entries, by id; others are omitted."""
        rows = await self._pool.fetch(_NUMBERS, sorted(ids), thread) if ids else []
        return {row["id"]: Position(row["log"], row["idx"]) for row in rows}

    async def threads_at(self, positions: Collection[Position]) -> Mapping[Position, ThreadId]:
        """Return the threads of entries, by position; entries without one are omitted."""
        rows = await self._pool.fetch(
            "SELECT log, idx, thread FROM record.entries"
            " WHERE (log, idx) IN (SELECT * FROM unnest($1::text[], $2::bigint[]))"
            " AND thread IS NOT NULL",
            [each.party for each in positions],
            [each.index for each in positions],
        )
        return {Position(row["log"], row["idx"]): row["thread"] for row in rows}

    async def notes_between(self, thread: ThreadId, first: Edge, last: Edge) -> Sequence[NoteRow]:
        """Return the rows of a thread's notes between two cuts, lost notes included."""
        bounds = (edge.last[party] for party in PARTIES for edge in (first, last))
        return await self._rows(NoteRow, _NOTES, thread, *bounds, MOST_NOTES)

    async def notes_by_id(self, notes: Collection[EntryId]) -> Mapping[EntryId, NoteRow]:
        """Look up the rows of notes; unknown ids are omitted."""
        return await self._by_key(NoteRow, sorted(notes)) if notes else {}

    async def translated(self, notes: Collection[EntryId]) -> frozenset[EntryId]:
        """Return which of the notes have later translations."""
        rows = await self._pool.fetch(
            "SELECT key FROM record.notes WHERE key = ANY ($1::text[])"
            " AND doc -> 'translated' <> '[]'",
            sorted(notes),
        )
        return frozenset(row["key"] for row in rows)

    async def asks_of_notes(self, notes: Collection[EntryId]) -> Sequence[QuestionRow]:
        """Return the questions of notes, earliest due time first."""
        return await self._select(
            QuestionRow, "WHERE note = ANY ($1::text[]) ORDER BY due, key", sorted(notes)
        )

    async def private_between(
        self,
        thread: ThreadId,
        kinds: Sequence[str],
        times: tuple[str, str],
        before: int,
    ) -> Sequence[Stored]:
        """Return a thread's private entries of kinds, of which the last `MOST_PRIVATE` and one.

        Args:
            thread: The thread.
            kinds: Kinds of entries.
            times: Accepted at or after the first, and before the second.
            before: Below this index of the private log.
        """
        rows = await self._pool.fetch(
            _PRIVATE, thread, list(kinds), *times, before, MOST_PRIVATE + 1
        )
        return [queries.stored(row) for row in reversed(rows)]
