"""Queries on logs, and conversion of their rows to values.

Does not open transactions or map errors: callers do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import asyncpg

from special_channel.core.bytes.ids import Party
from special_channel.core.log import merkle
from special_channel.core.log.merkle import Frontier, Node
from special_channel.ports import Head, LogName, Stored
from special_channel.stores.record.integrity import without_damage
from special_channel.stores.sessions import Connection

_SCHEMAS: Final[Mapping[LogName, str]] = {"eu": "record", "cn": "record", "private": "private"}

_HEAD: Final = "log, size, frontier, accepted, stamp, cosigned, digest, directory"
_ENTRY: Final = (
    "e.log, e.idx, e.id, e.leaf, e.envelope, e.kind, e.thread, e.author, e.accepted, e.frontier,"
    " e.ord, e.code, e.ordinal, e.directory, ARRAY(SELECT p.disclosure FROM {schema}.parts AS p"
    " WHERE p.log = e.log AND p.idx = e.idx ORDER BY p.ordinal) AS parts,"
    " (SELECT n.hash FROM {schema}.nodes AS n"
    " WHERE n.log = e.log AND n.level = 0 AND n.idx = e.idx) AS hash,"
    " EXISTS (SELECT FROM {schema}.damaged AS d WHERE d.area = e.log AND d.idx = e.idx"
    " AND d.what IN ('entry', 'leaf', 'hash', 'envelope', 'columns') AND d.mended IS NULL)"
    " AS known"
)

_MENTIONED: Final = (
    " UNION ALL SELECT x.* FROM record.mentions AS m JOIN record.entries AS x USING (log, idx)"
    " WHERE m.thread = $1"
)
"""Entries without a thread that name notes of thread `$1`."""


def schema_of(log: LogName) -> str:
    """Return the schema of a log."""
    return _SCHEMAS[log]


def relation(log: LogName, table: str) -> str:
    """Return a log's table with its schema."""
    return f"{_SCHEMAS[log]}.{table}"


def entry_columns(log: LogName) -> str:
    """Return the columns that `stored` needs, of an entry `e` in the log's schema."""
    return _ENTRY.format(schema=_SCHEMAS[log])


async def head_record(connection: Connection, log: LogName, *, lock: bool) -> asyncpg.Record:
    """Read a head row; `lock` locks the row until the transaction ends."""
    statement = f"SELECT {_HEAD} FROM {relation(log, 'heads')} WHERE log = $1"  # noqa: S608
    record = await connection.fetchrow(statement + (" FOR UPDATE" if lock else ""), log)
    assert record is not None  # noqa: S101 - migrations insert the rows, triggers forbid deletion
    return record


async def shared_head_records(connection: Connection, *, lock: bool) -> list[asyncpg.Record]:
    """Read both shared head rows in every writer's lock order: eu, cn; `lock` as above."""
    statement = f"SELECT {_HEAD} FROM record.heads ORDER BY log DESC"  # noqa: S608
    records: list[asyncpg.Record] = await connection.fetch(
        statement + (" FOR UPDATE" if lock else "")
    )
    return records


def head_of(record: asyncpg.Record) -> Head:
    """Convert a head row to a `Head`.

    Raises:
        Corrupt: `tree-frontier`.
    """
    return Head(
        log=record["log"],
        frontier=Frontier(record["size"], tuple(record["frontier"])),
        accepted=record["accepted"],
        stamp=record["stamp"],
        cosigned=record["cosigned"],
        directory=record["directory"],
    )


async def entries(connection: Connection, log: LogName, first: int, limit: int) -> list[Stored]:
    """Return up to `limit` entries from index `first`, with their parts."""
    rows = await connection.fetch(
        f"SELECT {entry_columns(log)} FROM {relation(log, 'entries')} AS e"  # noqa: S608
        " WHERE e.log = $1 AND e.idx >= $2 AND e.idx < $2 + $3 ORDER BY e.idx",
        log,
        first,
        limit,
    )
    return [stored(row) for row in rows]


def by_id(entries: str) -> str:
    """Return a subquery for entries by id; parameter 1 is the array of ids."""
    # Valid and invalid entries have separate partial indexes; without UNION, PostgreSQL would use
    # neither.
    valid = f"SELECT * FROM {entries} WHERE code = '' AND id = ANY ($1::text[])"  # noqa: S608
    other = f"SELECT * FROM {entries} WHERE code <> '' AND id = ANY ($1::text[])"  # noqa: S608
    return f"({valid} UNION ALL {other})"


async def entries_by_id(
    connection: Connection, like: LogName, ids: Sequence[str]
) -> dict[str, Stored]:
    """Look up entries by id; without a valid entry, the first invalid one."""
    rows = await connection.fetch(
        f"SELECT DISTINCT ON (e.id) {entry_columns(like)}"  # noqa: S608
        f" FROM {by_id(relation(like, 'entries'))} AS e"
        " ORDER BY e.id, e.code <> '', e.idx, e.log",
        ids,
    )
    return {row["id"]: stored(row) for row in rows}


async def entries_of_thread(connection: Connection, thread: str) -> list[Stored]:
    """Return a thread's entries in both logs, in display order (rule 5)."""
    entries = f"SELECT * FROM record.entries WHERE thread = $1{_MENTIONED}"  # noqa: S608
    rows = await connection.fetch(
        f"SELECT {entry_columns('eu')} FROM ({entries}) AS e ORDER BY e.ord, e.log, e.idx",  # noqa: S608
        thread,
    )
    return [stored(row) for row in rows]


def stored(row: asyncpg.Record) -> Stored:
    """Convert a row of `entry_columns` to an entry without damaged content."""
    entry = Stored(
        log=row["log"],
        index=row["idx"],
        id=row["id"],
        leaf=row["leaf"],
        envelope=row["envelope"],
        parts=tuple(row["parts"]),
        kind=row["kind"],
        thread=row["thread"],
        by=row["author"],
        accepted=row["accepted"],
        frontier=row["frontier"],
        order=row["ord"],
        code=row["code"],
        ordinal=row["ordinal"],
        directory=row["directory"],
    )
    return without_damage(entry, row["hash"], known=row["known"])


async def ordinals(
    connection: Connection, log: LogName, threads: frozenset[str], size: int
) -> dict[str, int]:
    """Look up the last ordinal of each thread among the log's first `size` entries."""
    rows = await connection.fetch(
        # `ordinal > 0` is the condition of the partial index.
        "SELECT wanted.thread, e.ordinal FROM unnest($2::text[]) AS wanted (thread)"  # noqa: S608
        f" CROSS JOIN LATERAL (SELECT ordinal FROM {relation(log, 'entries')} AS e"
        " WHERE e.log = $1 AND e.thread = wanted.thread AND e.ordinal > 0 AND e.idx < $3"
        " ORDER BY e.ordinal DESC LIMIT 1) AS e",
        log,
        sorted(threads),
        size,
    )
    return {thread: ordinal for thread, ordinal in rows}  # noqa: C416 - rows are records


async def frontiers(connection: Connection, log: Party, indices: frozenset[int]) -> dict[int, int]:
    """Look up the frontiers that leaves of a shared log state, by index."""
    rows = await connection.fetch(
        "SELECT idx, frontier FROM record.entries WHERE log = $1 AND idx = ANY ($2::bigint[])",
        log,
        sorted(indices),
    )
    return {index: frontier for index, frontier in rows}  # noqa: C416 - rows are records


async def accepted(connection: Connection, log: Party, indices: frozenset[int]) -> dict[int, str]:
    """Look up when entries of a shared log were accepted, by index."""
    rows = await connection.fetch(
        "SELECT idx, accepted FROM record.entries WHERE log = $1 AND idx = ANY ($2::bigint[])",
        log,
        sorted(indices),
    )
    return {index: time for index, time in rows}  # noqa: C416 - rows are records


async def nodes(connection: Connection, log: LogName, wanted: Sequence[Node]) -> dict[Node, bytes]:
    """Look up tree nodes by (level, index); absent nodes are omitted."""
    rows = await connection.fetch(
        # OFFSET 0 forces an index lookup per node, whatever number the planner expects.
        "SELECT wanted.level, wanted.idx, n.hash"  # noqa: S608
        " FROM unnest($2::smallint[], $3::bigint[]) AS wanted (level, idx)"
        f" CROSS JOIN LATERAL (SELECT hash FROM {relation(log, 'nodes')} AS n WHERE n.log = $1"
        " AND n.level = wanted.level AND n.idx = wanted.idx OFFSET 0) AS n",
        log,
        [level for level, _ in wanted],
        [index for _, index in wanted],
    )
    return {(level, index): hash_ for level, index, hash_ in rows}


async def root(connection: Connection, log: LogName, size: int) -> bytes:
    """Compute a root from stored hashes.

    Raises:
        Corrupt: `tree-node-missing`.
    """
    return merkle.root(size, await nodes(connection, log, merkle.root_nodes(size)))


async def roots(
    connection: Connection, trees: frozenset[tuple[Party, int]]
) -> dict[tuple[Party, int], bytes]:
    """Compute roots by (log, size); trees larger than their log are omitted.

    Raises:
        Corrupt: `tree-node-missing`.
    """
    needed = sorted({(log, *node) for log, size in trees for node in merkle.root_nodes(size)})
    rows = await connection.fetch(
        "SELECT wanted.log, wanted.level, wanted.idx, n.hash"
        " FROM unnest($1::text[], $2::smallint[], $3::bigint[]) AS wanted (log, level, idx)"
        " CROSS JOIN LATERAL (SELECT hash FROM record.nodes AS n WHERE n.log = wanted.log"
        " AND n.level = wanted.level AND n.idx = wanted.idx OFFSET 0) AS n"
        " UNION ALL SELECT log, -1, size, '' FROM record.heads",
        [log for log, _, _ in needed],
        [level for _, level, _ in needed],
        [index for _, _, index in needed],
    )
    hashes: dict[str, dict[Node, bytes]] = {"eu": {}, "cn": {}}
    sizes: dict[str, int] = {}
    for log, level, index, hash_ in rows:
        if level < 0:
            sizes[log] = index
        else:
            hashes[log][level, index] = hash_
    return {
        (log, size): merkle.root(size, hashes[log]) for log, size in trees if size <= sizes[log]
    }
