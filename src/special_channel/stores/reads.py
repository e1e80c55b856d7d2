"""Read marks by reader and thread, and readings, in PostgreSQL, schema `desk`. Never sent.

Does not decide what a reading is (`web/http/readings.py`), and does not seal (`desk/readings.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from special_channel.core.bytes.ids import EntryId, KeyId, Party, PersonId, ThreadId
from special_channel.ports import Transaction
from special_channel.stores.store import Store

Way = Literal["page", "api", "feed"]
"""How something was read: as a page or its file, over the API, or by a calendar program."""


Reader = PersonId | KeyId
"""Whose marks: a person's pseudonym, or the key of a machine, which is nobody's."""


@dataclass(frozen=True, slots=True)
class ReadMark:
    """How much of a thread was shown to a reader: entries of each log below these indexes."""

    # Indexes, since a display order would miss an entry that arrives late and is displayed before
    # others (rule 5).
    eu: int = 0
    cn: int = 0
    at: datetime | None = None

    def of(self, log: Party) -> int:
        """Return the index of a log's first new entry."""
        return self.eu if log == "eu" else self.cn


@dataclass(frozen=True, slots=True)
class News:
    """Threads with entries that are new to a reader.

    Attributes:
        threads: Threads in which a log's newest entry was written by someone else, and was not
            shown to the reader; and those that the reader marked unread.
        last: When one of the threads was last shown to the reader; None if never.
    """

    threads: frozenset[ThreadId] = frozenset()
    last: datetime | None = None


OWN_KEYS: Final = (
    "SELECT array_append(ARRAY(SELECT key FROM record.keys WHERE person = {reader}"
    " AND person <> ''), {reader}) AS keys"
)
"""The keys of a person, or of a machine, as `author` of what they signed."""

NEWER: Final = """
{e}.author <> ALL (own.keys)
AND {e}.idx >= coalesce(CASE {e}.log WHEN 'eu' THEN r.eu ELSE r.cn END, 0)
"""
"""Whether somebody else signed an entry `e` beyond the sizes of a row `r`; `own.keys`: own keys."""

NEWEST: Final = """
SELECT log, idx, author FROM (
    (SELECT log, idx, author, ord FROM record.entries AS x WHERE x.thread = w.thread{where}
        ORDER BY x.ord DESC, x.log DESC LIMIT 1)
    UNION ALL
    (SELECT log, idx, author, ord FROM record.mentions AS x WHERE x.thread = w.thread{where}
        ORDER BY x.ord DESC, x.log DESC LIMIT 1)
) AS x ORDER BY ord DESC, log DESC LIMIT 1
"""
"""The newest entry of a thread or without a thread that names its notes."""

_OTHER_LOG: Final = " AND x.log = CASE e.log WHEN 'eu' THEN 'cn' ELSE 'eu' END"

# Usually the newest entry of both logs decides; otherwise the other log's newest is looked up.
# Within one log the display order rises with the index (rule 5). What a person signed by any key is
# no news to the person.
_NEWS: Final = f"""
SELECT max(r.at) AS last, coalesce(array_agg(w.thread) FILTER (WHERE CASE
    WHEN r.unread OR {NEWER.format(e="e")} THEN true
    ELSE (SELECT {NEWER.format(e="x")} FROM ({NEWEST.format(where=_OTHER_LOG)}) AS x)
    END), '{{}}') AS threads
FROM ({OWN_KEYS.format(reader="$1")}) AS own
CROSS JOIN unnest($2::text[]) AS w (thread)
LEFT JOIN desk.read_marks AS r ON r.reader = $1 AND r.thread = w.thread
LEFT JOIN LATERAL ({NEWEST.format(where="")}) AS e ON true
"""  # noqa: S608 - constants


class Reads(Store):
    """Read marks by reader and thread. A reader is a person, by pseudonym, or a machine's key."""

    async def mark(self, reader: Reader, thread: ThreadId, mark: ReadMark, at: datetime) -> bool:
        """Store how far and when a thread was shown to a reader; never lower a mark.

        Returns whether this call raised the mark: the reader read a new entry.
        """
        moved: bool = await self._pool.fetchval(
            "WITH moved AS (INSERT INTO desk.read_marks AS r (reader, thread, eu, cn, at)"
            " VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (reader, thread) DO UPDATE SET eu = greatest(r.eu, excluded.eu),"
            " cn = greatest(r.cn, excluded.cn), at = excluded.at, unread = false"
            " WHERE r.eu < excluded.eu OR r.cn < excluded.cn RETURNING true),"
            " seen AS (UPDATE desk.read_marks SET at = $5, unread = false"
            " WHERE reader = $1 AND thread = $2 AND NOT EXISTS (SELECT FROM moved))"
            " SELECT EXISTS (SELECT FROM moved)",
            *(reader, thread, mark.eu, mark.cn, at),
        )
        return moved

    async def mark_unread(
        self, reader: Reader, thread: ThreadId, mark: ReadMark, at: datetime
    ) -> None:
        """Lower a reader's mark to `mark`, so that the thread is unread from there on."""
        await self._pool.execute(
            "INSERT INTO desk.read_marks AS r (reader, thread, eu, cn, at, unread)"
            " VALUES ($1, $2, $3, $4, $5, true)"
            " ON CONFLICT (reader, thread) DO UPDATE SET eu = least(r.eu, excluded.eu),"
            " cn = least(r.cn, excluded.cn), unread = true",
            *(reader, thread, mark.eu, mark.cn, at),
        )

    async def marked_unread(self, reader: Reader, limit: int) -> Sequence[ThreadId]:
        """Return the threads that a reader marked unread, the last visited first."""
        rows = await self._pool.fetch(
            "SELECT thread FROM desk.read_marks WHERE reader = $1 AND unread"
            " ORDER BY at DESC, thread LIMIT $2",
            *(reader, limit),
        )
        return [row["thread"] for row in rows]

    async def marks(
        self, reader: Reader, threads: Sequence[ThreadId] | None = None
    ) -> dict[ThreadId, ReadMark]:
        """Return a reader's marks of some threads, or of all."""
        rows = await self._pool.fetch(
            "SELECT thread, eu, cn, at FROM desk.read_marks"
            " WHERE reader = $1 AND ($2::text[] IS NULL OR thread = ANY ($2))",
            reader,
            None if threads is None else list(threads),
        )
        return {thread: ReadMark(eu, cn, at) for thread, eu, cn, at in rows}

    async def news(self, reader: Reader, threads: Sequence[ThreadId]) -> News:
        """Return the threads with entries that are new to a reader."""
        [row] = await self._pool.fetch(_NEWS, reader, list(threads))
        return News(frozenset(row["threads"]), row["last"])


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading by a person of our side.

    Attributes:
        session: SHA-256 of the session's token, or of the feed's.
        what: Kind of page, file or list, a coded term.
        subject: Number, digest or scope; empty for a list.
    """

    person: PersonId
    key: KeyId
    session: bytes
    way: Way
    what: str
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """What a person opened, with the first and last time and the number of readings."""

    what: str
    subject: str
    first: datetime
    last: datetime
    times: int


@dataclass(frozen=True, slots=True)
class OpenedCount:
    """Number of pages, files or lists of a kind that a person opened, and of readings of them."""

    what: str
    subjects: int
    times: int


@dataclass(frozen=True, slots=True)
class UnsealedReading:
    """A reading that no private entry holds yet, with the thread that it was of."""

    id: int
    person: PersonId
    what: str
    thread: ThreadId | None
    eu: int
    cn: int
    at: datetime


# The sizes are those at the answer, so that they cover everything that it shows.
_ADD: Final = """
INSERT INTO desk.reads (person, key, session, way, what, subject, at, eu, cn)
SELECT r.*, h.eu, h.cn
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[],
    $7::timestamptz[]) AS r (person, key, session, way, what, subject, at),
    (SELECT max(size) FILTER (WHERE log = 'eu') AS eu, max(size) FILTER (WHERE log = 'cn') AS cn
        FROM record.heads) AS h
"""

_BY_PERSON: Final = (
    "FROM desk.reads WHERE person = $1 AND at >= $2 AND ($3::text IS NULL OR key = $3)"
)

# Exports first: they take most out of the node, and many other pages must not push them out.
_OPENED: Final = f"""
SELECT what, subject, min(at) AS first, max(at) AS last, count(*) AS times {_BY_PERSON}
GROUP BY what, subject ORDER BY what <> 'export', first, what, subject LIMIT $4
"""

_OPENED_COUNTS: Final = f"""
SELECT what, count(DISTINCT subject) AS subjects, count(*) AS times {_BY_PERSON} GROUP BY what
"""

# The number in the address is the thread's opening, or an entry of the thread.
_UNSEALED: Final = """
WITH rows AS (
    SELECT *, CASE WHEN subject ~ '^(EU|CN)-[0-9]{1,15}$' THEN lower(left(subject, 2)) END AS log,
        CASE WHEN subject ~ '^(EU|CN)-[0-9]{1,15}$' THEN substr(subject, 4)::bigint END AS idx
    FROM desk.reads WHERE sealed IS NULL ORDER BY id LIMIT $1
)
SELECT r.id, r.person, r.what, r.eu, r.cn, r.at, CASE
    WHEN r.what = ANY ('{thread,export}') THEN
        (SELECT t.key FROM record.threads AS t WHERE t.party = r.log AND t.idx = r.idx)
    WHEN r.what = 'entry' THEN
        (SELECT e.thread FROM record.entries AS e WHERE (e.log = r.log AND e.idx = r.idx)
            OR (e.id = r.subject AND e.code = '') LIMIT 1)
    END AS thread
FROM rows AS r ORDER BY r.id
"""

_SEAL: Final = """
UPDATE desk.reads AS r SET sealed = s.entry
FROM unnest($1::bigint[], $2::text[]) AS s (id, entry) WHERE r.id = s.id
"""

_FORGET: Final = """
WITH gone AS (DELETE FROM desk.reads WHERE id IN (
    SELECT id FROM desk.reads WHERE at < $1 AND sealed IS NOT NULL ORDER BY at LIMIT $2)
    RETURNING 1)
SELECT count(*) FROM gone
"""

FORGOTTEN_AT_ONCE: Final = 5_000
"""Rows deleted by one statement, which takes some 50 ms."""


class Readings(Store):
    """Readings of the record by our side's people; the private log holds them sealed."""

    async def add(self, readings: Sequence[Reading]) -> None:
        """Store readings durably, in one statement."""
        columns = [
            [each.person for each in readings],
            [each.key for each in readings],
            [each.session for each in readings],
            [each.way for each in readings],
            [each.what for each in readings],
            [each.subject for each in readings],
            [each.at for each in readings],
        ]
        await self._pool.execute(_ADD, *columns)

    async def readings_of(
        self, person: PersonId, since: datetime, *, key: KeyId | None = None, limit: int = 500
    ) -> Sequence[Opened]:
        """Return what a person opened at `since` or later, with one key or with any.

        One row for each page, file or list, in order of the first time, but exports first. They
        are rows with `what` equal to `export`, and the scope as subject.
        """
        return await self._objects(Opened, _OPENED, person, since, key, limit)

    async def opened_counts(
        self, person: PersonId, since: datetime, *, key: KeyId | None = None
    ) -> Mapping[str, OpenedCount]:
        """Count what a person opened at `since` or later by kind, with one key or with any."""
        counts = await self._objects(OpenedCount, _OPENED_COUNTS, person, since, key)
        return {count.what: count for count in counts}

    async def forget(self, now: datetime, age: timedelta) -> int:
        """Delete sealed rows older than `age`, some at once; return their number."""
        return await self._count(_FORGET, now - age, FORGOTTEN_AT_ONCE)

    @staticmethod
    async def unsealed(transaction: Transaction, limit: int) -> Sequence[UnsealedReading]:
        """Return the oldest unsealed readings. The caller must hold the lock on the heads."""
        rows: Sequence[Mapping[str, Any]] = await transaction.execute(_UNSEALED, limit)
        return [UnsealedReading(**row) for row in rows]

    @staticmethod
    async def seal(transaction: Transaction, entries: Mapping[int, EntryId]) -> None:
        """Store the private entry that holds each reading, by the reading's number."""
        await transaction.execute(_SEAL, list(entries), list(entries.values()))
