"""Repair the logs in PostgreSQL with the owner's role: the node's role can't change the record.

Does not verify: the caller proves the data to write. The tables' triggers are disabled within
the transaction, which locks out other writers.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from typing import Final

from special_channel.core.bytes.ids import Party
from special_channel.core.log.merkle import Frontier, Node
from special_channel.core.rules.doubt import further_signers
from special_channel.ports import LogName, Stored
from special_channel.ports.damage import Damage
from special_channel.stores.owner import Connection, connect_owner, unfenced
from special_channel.stores.record import queries, writes

_FENCED: Final = ("heads", "entries", "parts", "nodes", "checkpoints")

_ERASED: Final = """
SELECT ordinal::integer, true AS here FROM record.erased WHERE (log, idx) = ($1, $2)
UNION SELECT ordinal, log = $4 FROM record.erasure_orders WHERE ref = $3
"""
"""Parts named by a valid erasure order of either log, executed here or not."""

_ATTEMPTED: Final = -1
"""Value of `recorded` until the private log has an entry about the repair."""


_UNRECORDED: Final = """
SELECT area, idx, what, place FROM record.damaged WHERE mended IS NOT NULL AND recorded = $1
UNION ALL
SELECT area, idx, what, place FROM private.damaged WHERE mended IS NOT NULL AND recorded = $1
ORDER BY area, idx, what, place
"""


class PostgresRepair:
    """A session with the database owner's role."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextlib.asynccontextmanager
    async def unfenced(self, log: LogName) -> AsyncIterator[None]:
        """Open a transaction with write access to a log's tables, exclusive of other writers.

        Raises:
            Unavailable: `database-unavailable`, also if another writer does not end in time.
        """
        async with unfenced(self._connection, queries.schema_of(log), _FENCED):
            yield

    async def leaves(self, log: LogName) -> dict[int, bytes]:
        """Return the stored leaf lines by index."""
        rows = await self._connection.fetch(
            f"SELECT idx, leaf FROM {queries.relation(log, 'entries')} WHERE log = $1",  # noqa: S608
            log,
        )
        return {row["idx"]: row["leaf"] for row in rows}

    async def notes(self, log: LogName) -> dict[int, str]:
        """Return the stored checkpoints by size."""
        rows = await self._connection.fetch(
            f"SELECT size, note FROM {queries.relation(log, 'checkpoints')}"  # noqa: S608
            " WHERE log = $1",
            log,
        )
        return {row["size"]: row["note"] for row in rows}

    async def code(self, log: Party, index: int) -> str | None:
        """Return the stored verdict of an entry; None if the entry is missing."""
        code: str | None = await self._connection.fetchval(
            "SELECT code FROM record.entries WHERE (log, idx) = ($1, $2)", log, index
        )
        return code

    async def refusals(self, own: Party) -> Sequence[bytes]:
        """Return the envelopes of our log's `peer.refused` entries."""
        rows = await self._connection.fetch(
            "SELECT envelope FROM record.entries"
            " WHERE log = $1 AND kind = 'peer.refused' AND code = ''",
            own,
        )
        return [row["envelope"] for row in rows]

    async def parts(self, log: Party, index: int) -> Mapping[int, bytes | None]:
        """Return an entry's stored disclosures by ordinal."""
        rows = await self._connection.fetch(
            "SELECT ordinal, disclosure FROM record.parts WHERE (log, idx) = ($1, $2)", log, index
        )
        return {row["ordinal"]: row["disclosure"] for row in rows}

    async def erased(self, entry: Stored, own: Party) -> tuple[frozenset[int], frozenset[int]]:
        """Return an entry's parts named by our side's erasure orders, and by any order."""
        rows = await self._connection.fetch(_ERASED, entry.log, entry.index, entry.id, own)
        anywhere = frozenset(row["ordinal"] for row in rows)
        return frozenset(row["ordinal"] for row in rows if row["here"]), anywhere

    async def replace(self, entry: Stored, roles: str) -> None:
        """Replace the stored entry at an index, with its parts."""
        where = entry.log, entry.index
        for table in ("entries", "parts"):
            await self._connection.execute(
                f"DELETE FROM record.{table} WHERE (log, idx) = ($1, $2)",  # noqa: S608
                *where,
            )
        columns = writes.COLUMNS["entries"]
        await self._connection.execute(
            f"INSERT INTO record.entries ({', '.join(columns)}) VALUES"  # noqa: S608
            f" ({', '.join(f'${place}' for place in range(1, len(columns) + 1))})",
            *(*where, entry.id, entry.leaf, entry.envelope, entry.kind, entry.thread, entry.by),
            *(roles, entry.accepted, entry.frontier, entry.order, entry.code),
            *(entry.ordinal, entry.directory, further_signers(entry.envelope, entry.by)),
        )
        await writes.write_parts(self._connection, entry)

    async def empty(self, log: LogName, index: int, ordinals: Collection[int]) -> None:
        """Erase restored parts again that an order had erased."""
        await self._connection.execute(
            f"UPDATE {queries.relation(log, 'parts')}"  # noqa: S608 - two schemas
            " SET disclosure = NULL, file = NULL, file_length = NULL"
            " WHERE log = $1 AND idx = $2 AND ordinal = ANY ($3::smallint[])",
            *(log, index, list(ordinals)),
        )

    async def write_tree(
        self, log: LogName, tree: Frontier, nodes: Iterable[tuple[int, int, bytes]]
    ) -> None:
        """Correct the stored hashes of a log up to a tree's size."""
        relation = queries.relation(log, "nodes")
        right: dict[Node, bytes] = {(level, index): hash_ for level, index, hash_ in nodes}
        rows = await self._connection.fetch(
            f"SELECT level, idx, hash FROM {relation} WHERE log = $1"  # noqa: S608
            " AND (idx + 1) << level <= $2",
            log,
            tree.size,
        )
        stored_hashes = {(row["level"], row["idx"]): row["hash"] for row in rows}
        wrong = [
            (log, *node, hash_) for node, hash_ in right.items() if stored_hashes.get(node) != hash_
        ]
        await self._connection.executemany(
            f"INSERT INTO {relation} (log, level, idx, hash) VALUES ($1, $2, $3, $4)"  # noqa: S608
            " ON CONFLICT (log, level, idx) DO UPDATE SET hash = excluded.hash",
            wrong,
        )
        await self._connection.execute(
            f"UPDATE {queries.relation(log, 'heads')} AS h"  # noqa: S608
            f" SET frontier = $3, directory = e.directory FROM {queries.relation(log, 'entries')}"
            " AS e WHERE h.log = $1 AND h.size = $2 AND e.log = $1 AND e.idx = $2 - 1"
            " AND (h.frontier <> $3 OR h.directory <> e.directory)",
            *(log, tree.size, list(tree.hashes)),
        )

    async def write_note(self, log: LogName, size: int, note: str) -> None:
        """Replace the stored checkpoint at a size."""
        await self._connection.execute(
            f"INSERT INTO {queries.relation(log, 'checkpoints')} (log, size, note)"  # noqa: S608
            " VALUES ($1, $2, $3) ON CONFLICT (log, size) DO UPDATE SET note = excluded.note",
            *(log, size, note),
        )

    async def attempted(self, damaged: Collection[Damage]) -> None:
        """Mark damage as under repair; `unrecorded` returns marked damage once repaired."""
        for schema in ("record", "private"):
            await self._connection.executemany(
                f"UPDATE {schema}.damaged SET recorded = {_ATTEMPTED}"  # noqa: S608
                " WHERE (area, idx, what, place) = ($1, $2, $3, $4) AND mended IS NULL",
                [
                    (damage.area, damage.index, damage.what, damage.place)
                    for damage in damaged
                    if damage.private == (schema == "private")
                ],
            )

    async def unrecorded(self) -> Sequence[Damage]:
        """Return repaired damage without an entry in the private log, in order."""
        rows = await self._connection.fetch(_UNRECORDED, _ATTEMPTED)
        return [Damage(row["area"], row["idx"], row["what"], row["place"]) for row in rows]

    async def recorded(self, index: int) -> None:
        """Store the index of the private entry about the repairs."""
        for schema in ("record", "private"):
            await self._connection.execute(
                f"UPDATE {schema}.damaged SET recorded = $1"  # noqa: S608 - two schemas
                f" WHERE mended IS NOT NULL AND recorded = {_ATTEMPTED}",
                index,
            )


@contextlib.asynccontextmanager
async def open_repair(owner_dsn: str) -> AsyncIterator[PostgresRepair]:
    """Connect as the database's owner.

    Raises:
        Unavailable: `database-unavailable`.
    """
    async with connect_owner(owner_dsn) as connection:
        yield PostgresRepair(connection)
