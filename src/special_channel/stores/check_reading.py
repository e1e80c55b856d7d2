"""Read stored rows from PostgreSQL for the check of the record, without validation.

Does not compare. Each block and each snapshot is consistent (REPEATABLE READ).
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Final

import asyncpg

from special_channel.core.bytes.ids import Party
from special_channel.core.log.merkle import Node, root_nodes
from special_channel.ports import LogName, Stored
from special_channel.ports.damage import LogBlock, RawEntry, RawPart, RawRow
from special_channel.stores.database_errors import database_errors
from special_channel.stores.record import queries, writes
from special_channel.stores.rows import ALL_TABLES
from special_channel.stores.sessions import Connection, Pool

_ROWS: Final = 200
"""Rows of a view fetched at a time."""

# The columns are the fields of `RawEntry`, in order.
_ENTRIES: Final = """
SELECT idx, id, leaf, envelope, kind, thread, author, roles, accepted, frontier, ord, code,
    ordinal, directory, others
FROM {schema}.entries WHERE log = $1 AND idx >= $2 AND idx < $3
"""

_BEFORE: Final = """
SELECT idx, leaf FROM {schema}.entries WHERE log = $1 AND idx = $2 - 1
UNION SELECT p.idx, p.leaf FROM (
    SELECT DISTINCT thread FROM {schema}.entries
    WHERE log = $1 AND idx >= $2 AND idx < $3 AND ordinal > 0) AS t
CROSS JOIN LATERAL (
    SELECT idx, leaf FROM {schema}.entries AS e
    WHERE e.log = $1 AND e.thread = t.thread AND e.ordinal > 0 AND e.idx < $2
    ORDER BY e.ordinal DESC LIMIT 1) AS p
ORDER BY idx
"""

_PARTS: Final = """
SELECT idx, ordinal, disclosure, file, file_length
FROM {schema}.parts WHERE log = $1 AND idx >= $2 AND idx < $3 ORDER BY idx, ordinal
"""

# An erased part counts only if the entry named as its order really orders the erasure.
_ERASED: Final = """
SELECT x.idx, x.ordinal FROM record.erased AS x
JOIN record.erasure_orders AS d
    ON (d.log, d.idx, d.ordinal) = (x.erasure_log, x.erasure_idx, x.ordinal)
JOIN record.entries AS e ON (e.log, e.idx, e.id) = (x.log, x.idx, d.ref)
WHERE x.log = $1 AND x.idx >= $2 AND x.idx < $3
UNION SELECT e.idx, d.ordinal::smallint FROM record.erasure_orders AS d
JOIN record.entries AS e ON e.id = d.ref
WHERE d.log = $4 AND e.log = $1 AND e.idx >= $2 AND e.idx < $3
"""
"""Orders of our own log count as well: parts that orders declare lost are not in `erased`."""

_ERASED_PRIVATELY: Final = """
SELECT x.idx, x.ordinal FROM private.erased AS x
JOIN private.entries AS d ON d.idx = x.erasure_idx
JOIN private.entries AS e ON e.idx = x.idx
CROSS JOIN LATERAL record.payload(nullif(d.envelope, '')) AS o (payload)
WHERE $1 = 'private' AND $4 <> '' AND x.idx >= $2 AND x.idx < $3 AND d.kind = 'private.erased'
    AND o.payload ->> 'ref' = e.id
    AND o.payload #> '{body,parts}' @> to_jsonb(x.ordinal::integer)
"""


class StoredRows:
    """Raw rows of logs and views."""

    def __init__(self, pool: Pool, party: Party) -> None:
        self._pool = pool
        self._party = party

    async def block(self, log: LogName, first: int, length: int) -> LogBlock:
        """Read a block of a log in one snapshot."""
        async with self._transaction() as connection:
            head = queries.head_of(await queries.head_record(connection, log, lock=False))
            end = max(min(first + length, head.size), first)
            range_ = log, first, end
            schema = queries.schema_of(log)
            entries = await connection.fetch(_ENTRIES.format(schema=schema), *range_)
            before = await connection.fetch(_BEFORE.format(schema=schema), *range_)
            parts = await connection.fetch(_PARTS.format(schema=schema), *range_)
            notes = await connection.fetch(
                f"SELECT size, note FROM {schema}.checkpoints"  # noqa: S608 - two schemas
                " WHERE log = $1 AND size > $2 AND size <= $3",
                *range_,
            )
            erased = _ERASED_PRIVATELY if log == "private" else _ERASED
            erased_parts = await connection.fetch(erased, *range_, self._party)
            nodes = await queries.nodes(connection, log, sorted(_nodes(first, end)))
        parts_by_index: dict[int, list[RawPart]] = {}
        for row in parts:
            parts_by_index.setdefault(row["idx"], []).append(_part(row))
        return LogBlock(
            head=head,
            first=first,
            end=end,
            entries={
                row["idx"]: RawEntry(*(*row, tuple(parts_by_index.get(row["idx"], ()))))
                for row in entries
            },
            nodes=nodes,
            notes={row["size"]: row["note"] for row in notes},
            erased=frozenset((row["idx"], row["ordinal"]) for row in erased_parts),
            before=tuple(row["leaf"] for row in before),
        )

    async def refusals(self, log: Party) -> Sequence[bytes]:
        """Return the envelopes of a log's valid `peer.refused` entries."""
        async with self._transaction() as connection:
            rows = await connection.fetch(
                "SELECT envelope FROM record.entries"
                " WHERE log = $1 AND kind = 'peer.refused' AND code = ''",
                log,
            )
        return [row["envelope"] for row in rows]

    @contextlib.asynccontextmanager
    async def snapshot(self) -> AsyncIterator[ViewSnapshot]:
        """Open a snapshot of logs and views."""
        async with self._transaction() as connection:
            yield ViewSnapshot(connection)

    @contextlib.asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        with database_errors():
            async with (
                self._pool.acquire() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                yield connection


class ViewSnapshot:
    """Logs and views in one snapshot; keep it open for seconds only."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def size(self, log: LogName) -> int:
        """Return a log's size."""
        head = await queries.head_record(self._connection, log, lock=False)
        return int(head["size"])

    async def entries(self, log: LogName, first: int, limit: int) -> Sequence[Stored]:
        """Return entries from an index on."""
        return await queries.entries(self._connection, log, first, limit)

    async def digest(self) -> bytes:
        """Return the state digest stored with the heads."""
        rows = await self._connection.fetch("SELECT digest FROM record.heads")
        total = sum(int.from_bytes(row["digest"]) for row in rows)
        return (total % writes.MODULUS).to_bytes(32)

    async def rows(self, table: str) -> AsyncIterator[Sequence[RawRow]]:
        """Yield the rows of a view in batches."""
        known = ALL_TABLES[table]
        column_list = ", ".join(("key", "doc::text AS doc", *known.columns[2:]))
        cursor = await self._connection.cursor(f"SELECT {column_list} FROM {known.relation}")  # noqa: S608
        while batch := await cursor.fetch(_ROWS):
            yield [RawRow(key, doc, hash_, tuple(more)) for key, doc, hash_, *more in batch]


def _nodes(first: int, end: int) -> set[Node]:
    """Return the tree's root nodes before a block, and the complete subtrees that end in it."""
    nodes = set(root_nodes(first))
    for index in range(first, end):
        level, at = 0, index
        nodes.add((level, at))
        while at & 1:
            level, at = level + 1, at >> 1
            nodes.add((level, at))
    return nodes


def _part(row: asyncpg.Record) -> RawPart:
    described = writes.file_of(row["disclosure"]) == (row["file"], row["file_length"])
    return RawPart(row["ordinal"], row["disclosure"], described)
