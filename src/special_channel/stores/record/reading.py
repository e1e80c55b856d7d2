"""Reading logs: statements, and values made of what they return.

Does not open transactions, does not map errors: its callers do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import asyncpg

from special_channel.core.bytes.ids import Party
from special_channel.core.log import merkle
from special_channel.core.log.merkle import Frontier, Node
from special_channel.ports import Head, LogName, Stored
from special_channel.stores.record.intact import intact
from special_channel.stores.sessions import Connection

_SCHEMAS: Final[Mapping[LogName, str]] = {"eu": "record", "cn": "record", "private": "private"}

_HEAD: Final = "log, size, frontier, accepted, stamp, cosigned, digest"
_ENTRY: Final = (
    "e.log, e.idx, e.id, e.leaf, e.envelope, e.kind, e.thread, e.author, e.accepted, e.frontier,"
    " e.ord, e.code, ARRAY(SELECT p.disclosure FROM {schema}.parts AS p"
    " WHERE p.log = e.log AND p.idx = e.idx ORDER BY p.ordinal) AS parts,"
    " (SELECT n.hash FROM {schema}.nodes AS n"
    " WHERE n.log = e.log AND n.level = 0 AND n.idx = e.idx) AS hash,"
    " EXISTS (SELECT FROM {schema}.damaged AS d WHERE d.area = e.log AND d.idx = e.idx"
    " AND d.what IN ('entry', 'leaf', 'hash', 'envelope', 'columns') AND d.mended IS NULL)"
    " AS known"
)


def schema_of(log: LogName) -> str:
    """Return the schema that this log lies in."""
    return _SCHEMAS[log]


def relation(log: LogName, table: str) -> str:
    """Return the table of this log, with its schema."""
    return f"{_SCHEMAS[log]}.{table}"


def entry_columns(log: LogName) -> str:
    """Return what `stored` reads of an entry `e` of this log, or of the other shared one."""
    return _ENTRY.format(schema=_SCHEMAS[log])


async def head_record(connection: Connection, log: LogName, *, lock: bool) -> asyncpg.Record:
    """Read a head row; `lock` holds it until the transaction ends."""
    statement = f"SELECT {_HEAD} FROM {relation(log, 'heads')} WHERE log = $1"  # noqa: S608
    found = await connection.fetchrow(statement + (" FOR UPDATE" if lock else ""), log)
    assert found is not None  # noqa: S101 - migrations make the rows and triggers keep them
    return found


async def shared_head_records(connection: Connection, *, lock: bool) -> list[asyncpg.Record]:
    """Read both shared head rows, in the order of all writers: eu, cn; `lock` as above."""
    statement = f"SELECT {_HEAD} FROM record.heads ORDER BY log DESC"  # noqa: S608
    found: list[asyncpg.Record] = await connection.fetch(
        statement + (" FOR UPDATE" if lock else "")
    )
    return found


def head_of(found: asyncpg.Record) -> Head:
    """Make a head of its row.

    Raises:
        Corrupt: `tree-frontier`.
    """
    return Head(
        log=found["log"],
        frontier=Frontier(found["size"], tuple(found["frontier"])),
        accepted=found["accepted"],
        stamp=found["stamp"],
        cosigned=found["cosigned"],
    )


async def entries(connection: Connection, log: LogName, first: int, limit: int) -> list[Stored]:
    """Return entries from an index on, with their parts."""
    found = await connection.fetch(
        f"SELECT {entry_columns(log)} FROM {relation(log, 'entries')} AS e"  # noqa: S608
        " WHERE e.log = $1 AND e.idx >= $2 AND e.idx < $2 + $3 ORDER BY e.idx",
        log,
        first,
        limit,
    )
    return [stored(row) for row in found]


def by_id(entries: str, place: int = 1) -> str:
    """Return the entries whose ids stand in parameter `place`, as a relation.

    Two indexes hold the ids, one of valid entries and one of the others: asked for at once,
    neither would be used.
    """
    valid = f"SELECT * FROM {entries} WHERE code = '' AND id = ANY (${place}::text[])"  # noqa: S608
    other = f"SELECT * FROM {entries} WHERE code <> '' AND id = ANY (${place}::text[])"  # noqa: S608
    return f"({valid} UNION ALL {other})"


async def entries_by_id(
    connection: Connection, like: LogName, ids: Sequence[str]
) -> dict[str, Stored]:
    """Return entries by id: the valid one, else the first invalid one."""
    found = await connection.fetch(
        f"SELECT DISTINCT ON (e.id) {entry_columns(like)}"  # noqa: S608
        f" FROM {by_id(relation(like, 'entries'))} AS e"
        " ORDER BY e.id, e.code <> '', e.idx, e.log",
        ids,
    )
    return {row["id"]: stored(row) for row in found}


async def entries_of_thread(
    connection: Connection, like: LogName, thread: str, kinds: Sequence[str] | None = None
) -> list[Stored]:
    """Return the entries of a thread in display order (rule 5), of some kinds or all."""
    found = await connection.fetch(
        f"SELECT {entry_columns(like)} FROM {relation(like, 'entries')} AS e"  # noqa: S608
        " WHERE e.thread = $1 AND ($2::text[] IS NULL OR e.kind = ANY ($2))"
        " ORDER BY e.ord, e.log, e.idx",
        thread,
        kinds,
    )
    return [stored(row) for row in found]


def stored(row: asyncpg.Record) -> Stored:
    """Make an entry of a row of `entry_columns`, without what is damaged of it."""
    found = Stored(
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
    )
    return intact(found, row["hash"], known=row["known"])


async def nodes(connection: Connection, log: LogName, wanted: Sequence[Node]) -> dict[Node, bytes]:
    """Return those of the tree's nodes that are stored."""
    found = await connection.fetch(
        # OFFSET 0: node by node through the index, however many the planner expects.
        "SELECT wanted.level, wanted.idx, n.hash"  # noqa: S608
        " FROM unnest($2::smallint[], $3::bigint[]) AS wanted (level, idx)"
        f" CROSS JOIN LATERAL (SELECT hash FROM {relation(log, 'nodes')} AS n WHERE n.log = $1"
        " AND n.level = wanted.level AND n.idx = wanted.idx OFFSET 0) AS n",
        log,
        [level for level, _ in wanted],
        [index for _, index in wanted],
    )
    return {(level, index): hash_ for level, index, hash_ in found}


async def root(connection: Connection, log: LogName, size: int) -> bytes:
    """Compute a root from stored hashes.

    Raises:
        Corrupt: `tree-node-missing`.
    """
    return merkle.root(size, await nodes(connection, log, merkle.root_nodes(size)))


async def roots(
    connection: Connection, trees: frozenset[tuple[Party, int]]
) -> dict[tuple[Party, int], bytes]:
    """Compute the roots of those trees that are not larger than their log.

    Raises:
        Corrupt: `tree-node-missing`.
    """
    needed = sorted({(log, *node) for log, size in trees for node in merkle.root_nodes(size)})
    found = await connection.fetch(
        "SELECT wanted.log, wanted.level, wanted.idx, n.hash"
        " FROM unnest($1::text[], $2::smallint[], $3::bigint[]) AS wanted (log, level, idx)"
        " CROSS JOIN LATERAL (SELECT hash FROM record.nodes AS n WHERE n.log = wanted.log"
        " AND n.level = wanted.level AND n.idx = wanted.idx OFFSET 0) AS n"
        " UNION ALL SELECT log, -1, size, '' FROM record.heads",
        [log for log, _, _ in needed],
        [level for _, level, _ in needed],
        [index for _, _, index in needed],
    )
    held: dict[str, dict[Node, bytes]] = {"eu": {}, "cn": {}}
    sizes: dict[str, int] = {}
    for log, level, index, hash_ in found:
        if level < 0:
            sizes[log] = index
        else:
            held[log][level, index] = hash_
    return {(log, size): merkle.root(size, held[log]) for log, size in trees if size <= sizes[log]}
