"""Read marks by official and thread, in PostgreSQL, schema `desk`. Never sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from special_channel.core.bytes.ids import KeyId, Party, ThreadId
from special_channel.stores.store import Store


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
            shown to the reader.
        last: When one of the threads was last shown to the reader; None if never.
    """

    threads: frozenset[ThreadId] = frozenset()
    last: datetime | None = None


_NEW: Final = (
    "{e}.author <> $1 AND {e}.idx >= coalesce(CASE {e}.log WHEN 'eu' THEN r.eu ELSE r.cn END, 0)"
)

_NEWEST: Final = """
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
# Within one log the display order rises with the index (rule 5).
_NEWS: Final = f"""
SELECT max(r.at) AS last, coalesce(array_agg(w.thread) FILTER (WHERE CASE
    WHEN {_NEW.format(e="e")} THEN true
    ELSE (SELECT {_NEW.format(e="x")} FROM ({_NEWEST.format(where=_OTHER_LOG)}) AS x)
    END), '{{}}') AS threads
FROM unnest($2::text[]) AS w (thread)
LEFT JOIN desk.reads AS r ON r.key = $1 AND r.thread = w.thread
LEFT JOIN LATERAL ({_NEWEST.format(where="")}) AS e ON true
"""  # noqa: S608 - constants


class Reads(Store):
    """Read marks by official and thread."""

    async def mark(self, key: KeyId, thread: ThreadId, mark: ReadMark, at: datetime) -> bool:
        """Store how far and when a thread was shown to an official; never lower a mark.

        Returns whether this call raised the mark: the official read a new entry.
        """
        moved: bool = await self._pool.fetchval(
            "WITH moved AS (INSERT INTO desk.reads AS r (key, thread, eu, cn, at)"
            " VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (key, thread) DO UPDATE SET eu = greatest(r.eu, excluded.eu),"
            " cn = greatest(r.cn, excluded.cn), at = excluded.at"
            " WHERE r.eu < excluded.eu OR r.cn < excluded.cn RETURNING true),"
            " seen AS (UPDATE desk.reads SET at = $5"
            " WHERE key = $1 AND thread = $2 AND NOT EXISTS (SELECT FROM moved))"
            " SELECT EXISTS (SELECT FROM moved)",
            *(key, thread, mark.eu, mark.cn, at),
        )
        return moved

    async def marks(
        self, key: KeyId, threads: Sequence[ThreadId] | None = None
    ) -> dict[ThreadId, ReadMark]:
        """Return an official's marks of some threads, or of all."""
        rows = await self._pool.fetch(
            "SELECT thread, eu, cn, at FROM desk.reads"
            " WHERE key = $1 AND ($2::text[] IS NULL OR thread = ANY ($2))",
            key,
            None if threads is None else list(threads),
        )
        return {thread: ReadMark(eu, cn, at) for thread, eu, cn, at in rows}

    async def news(self, key: KeyId, threads: Sequence[ThreadId]) -> News:
        """Return the threads with entries that are new to an official."""
        [row] = await self._pool.fetch(_NEWS, key, list(threads))
        return News(frozenset(row["threads"]), row["last"])
