"""Commits queued behind a gap, in PostgreSQL: table `record.waiting`.

Does not judge and does not write entries of the record. Works under the link's role.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from special_channel.core.bytes.ids import Party, Position, ThreadId
from special_channel.core.log.leaf import Leaf
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """A queued entry of a `WaitingCommit`.

    Attributes:
        leaf: The leaf line.
        envelope: The envelope's bytes, empty if not received.
        parts: Disclosures that match their commitments; None if not received.
        lacking: Whether the envelope or a `data` part is missing; if so, the entry can't be judged.
    """

    leaf: bytes
    envelope: bytes
    parts: tuple[bytes | None, ...]
    lacking: bool = False

    @property
    def weight(self) -> int:
        """Size in bytes."""
        return len(self.leaf) + len(self.envelope) + sum(len(part or b"") for part in self.parts)


@dataclass(frozen=True, slots=True)
class WaitingCommit:
    """A queued commit: its first index, its entries, and its checkpoint."""

    first: int
    entries: tuple[WaitingEntry, ...]
    note: str

    @property
    def size(self) -> int:
        """The log's size after the commit."""
        return self.first + len(self.entries)


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A line about a queued entry for pages, from the entry's leaf alone."""

    position: Position
    kind: str
    thread: ThreadId | None
    accepted: str
    lacking: bool


@dataclass(frozen=True, slots=True)
class QueueSize:
    """Size of a log's queue.

    Attributes:
        entries: Number of entries, complete or not.
        bytes: Their size.
        gap: The first entry without its envelope or a `data` part, for which the others wait;
            None if all entries are complete.
        lacking: Number of entries without their envelope or a `data` part.
    """

    entries: int = 0
    bytes: int = 0
    gap: Position | None = None
    lacking: int = 0


_KEEP: Final = """
INSERT INTO record.waiting
    (log, idx, leaf, envelope, parts, lacking, kind, thread, accepted, note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
"""

_OPEN: Final = "log = $1 AND idx >= (SELECT size FROM record.heads WHERE log = $1)"
"""Condition: not judged yet."""

_ENTRY: Final = "SELECT idx, leaf, envelope, parts, lacking, note FROM record.waiting"

_WAITS: Final = f"""
SELECT count(*) AS entries, min(idx) FILTER (WHERE lacking) AS gap,
    count(*) FILTER (WHERE lacking) AS lacking,
    coalesce(sum(length(leaf) + length(envelope)
        + (SELECT coalesce(sum(length(part)), 0) FROM unnest(parts) AS part)), 0)::bigint AS bytes
FROM record.waiting WHERE {_OPEN}
"""  # noqa: S608 - constants


class WaitingRoom(Store):
    """The queue of entries behind a gap, until they can be judged.

    Entries below the log's size are judged already and never returned.
    """

    async def keep(self, log: Party, commits: Sequence[WaitingCommit]) -> None:
        """Store commits durably and atomically; commits stored before are not changed."""
        rows = [row for commit in commits for row in _rows(log, commit)]
        async with self._pool.transaction() as connection:
            await connection.executemany(_KEEP, rows)

    async def commits(self, log: Party, first: int, entries: int) -> Sequence[WaitingCommit]:
        """Return consecutive whole commits from an index on, with about `entries` entries."""
        end = await self._pool.fetchval(
            "SELECT min(idx) FROM record.waiting WHERE log = $1 AND idx >= $2 AND note IS NOT NULL",
            *(log, first + entries - 1),
        )
        rows = await self._pool.fetch(
            f"{_ENTRY} WHERE {_OPEN} AND idx >= $2 AND idx <= coalesce($3, idx) ORDER BY idx",
            *(log, first, end),
        )
        whole: list[WaitingCommit] = []
        pending: list[WaitingEntry] = []
        for at, row in enumerate(rows, first):
            if row["idx"] != at:
                break  # entries between were judged, and the later ones not dropped yet
            pending.append(_entry(row))
            if row["note"] is not None:
                whole.append(WaitingCommit(at + 1 - len(pending), tuple(pending), row["note"]))
                pending = []
        return whole

    async def leaves(self, log: Party) -> Sequence[bytes]:
        """Return the leaves of queued entries, in order."""
        rows = await self._pool.fetch(
            f"SELECT leaf FROM record.waiting WHERE {_OPEN} ORDER BY idx",  # noqa: S608 - a constant
            log,
        )
        return [row["leaf"] for row in rows]

    async def waits(self, log: Party) -> QueueSize:
        """Return the size of the queue and its first gap."""
        [(entries, gap, lacking, length)] = await self._pool.fetch(_WAITS, log)
        return QueueSize(entries, length, None if gap is None else Position(log, gap), lacking)

    async def many(self, log: Party) -> int:
        """Count queued entries without reading them."""
        return await self._count(f"SELECT count(*) FROM record.waiting WHERE {_OPEN}", log)  # noqa: S608

    async def lines(
        self, log: Party, limit: int, *, thread: ThreadId | None = None
    ) -> Sequence[WaitingLine]:
        """Return lines about queued entries for pages, in order; optionally of one thread."""
        rows = await self._pool.fetch(
            "SELECT idx, kind, thread, accepted, lacking FROM record.waiting"  # noqa: S608 - a constant
            f" WHERE {_OPEN} AND ($2::text IS NULL OR thread = $2) ORDER BY idx LIMIT $3",
            *(log, thread, limit),
        )
        return [WaitingLine(Position(log, index), *line) for index, *line in rows]

    async def of_kind(self, log: Party, kind: str) -> Sequence[WaitingEntry]:
        """Return queued entries of a kind that have their envelope, in order."""
        rows = await self._pool.fetch(
            f"{_ENTRY} WHERE {_OPEN} AND kind = $2 AND envelope <> '' ORDER BY idx", log, kind
        )
        return [_entry(row) for row in rows]

    async def drop(self, log: Party, *, everything: bool = False) -> None:
        """Delete judged entries from the queue; `everything`: empty the queue."""
        await self._pool.execute(
            "DELETE FROM record.waiting WHERE log = $1"
            " AND ($2 OR idx < (SELECT size FROM record.heads WHERE log = $1))",
            log,
            everything,
        )


def _rows(log: Party, commit: WaitingCommit) -> Iterator[tuple[object, ...]]:
    last = commit.size - 1
    for index, entry in enumerate(commit.entries, commit.first):
        leaf = Leaf.parse(entry.leaf)
        yield (
            *(log, index, entry.leaf, entry.envelope, list(entry.parts), entry.lacking),
            *(leaf.kind, leaf.thread, leaf.accepted, commit.note if index == last else None),
        )


def _entry(row: asyncpg.Record) -> WaitingEntry:
    return WaitingEntry(row["leaf"], row["envelope"], tuple(row["parts"]), row["lacking"])
