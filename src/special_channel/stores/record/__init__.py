"""The record on PostgreSQL: `PostgresShared` for the link, `PostgresRecord` for other parts.

Does not judge or fold. A transaction is durable after its block has ended. Only the end of the
block can have an unknown outcome (rule 22).
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from special_channel.core.bytes.errors import Corrupt, Unavailable
from special_channel.core.bytes.ids import Party
from special_channel.core.log.merkle import Node
from special_channel.core.rules.state import Row, RowKey, Rows
from special_channel.ports import Head, LogName, Stored
from special_channel.stores.database_errors import LOST, commit_errors, database_errors
from special_channel.stores.migrations import check_migrated
from special_channel.stores.published import NoteGate
from special_channel.stores.record import queries, writes
from special_channel.stores.record.at_once import OneTripTransaction, RecordCache
from special_channel.stores.record.full_transaction import PostgresTransaction
from special_channel.stores.record.transaction import PostgresSharedTransaction
from special_channel.stores.sessions import (
    DEFAULT_RULES,
    Connection,
    Lane,
    Pool,
    SessionRules,
    cut,
    mapped_session,
    open_lane,
    open_pool,
    session,
)

# Statements in a transaction look up rows by key, and planning costs more than execution:
# PostgreSQL would plan each time, since it overestimates arrays of unknown length. A cached plan
# must not depend on how small a table was, so always use indexes, and no join that reads a whole
# table to look up a few rows.
_PLANNER: Final = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_mergejoin": "off",
    "enable_hashjoin": "off",
}
_BEGIN: Final = "; ".join(
    ("BEGIN", *(f"SET LOCAL {name} = {value}" for name, value in _PLANNER.items()))
)

_STATE: Final = "SELECT log, size, digest FROM record.heads"


class PostgresShared:
    """Port `SharedRecord`, and queries of rows, on the schema `record` alone."""

    def __init__(self, pool: Pool, gate: NoteGate | None = None) -> None:
        """Create a store on a pool; other stores of the same role share the attribute `pool`.

        With `gate`, notes of our own logs are returned only after the rollback guard recorded them.
        """
        self.pool = pool
        self._gate = gate

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresSharedTransaction]:
        """Open a transaction; commit when the block ends without an error, else roll back.

        Raises:
            Unavailable: `database-unavailable`; nothing was written.
            OutcomeUnknown: `commit-unknown`; the reply to COMMIT was lost (rule 22).
        """
        async with _transaction(self.pool) as connection:
            yield PostgresSharedTransaction(connection)

    async def head(self, log: LogName) -> Head:
        """Read a log's head row."""
        async with mapped_session(self.pool) as connection:
            return queries.head_of(await queries.head_record(connection, log, lock=False))

    async def heads(self) -> Mapping[Party, Head]:
        """Read the head rows of both shared logs in a single snapshot."""
        async with mapped_session(self.pool) as connection:
            records = await queries.shared_head_records(connection, lock=False)
        return {row["log"]: queries.head_of(row) for row in records}

    async def entries(self, log: LogName, first: int, limit: int) -> Sequence[Stored]:
        """Return up to `limit` entries from index `first`, in order."""
        async with mapped_session(self.pool) as connection:
            return await queries.entries(connection, log, first, limit)

    async def ordinals(self, log: LogName, threads: frozenset[str], size: int) -> Mapping[str, int]:
        """Return the last ordinal of each thread among the log's first `size` entries."""
        if not threads:
            return {}
        async with mapped_session(self.pool) as connection:
            return await queries.ordinals(connection, log, threads, size)

    async def checkpoint(self, log: LogName, size: int) -> str | None:
        """Return the note of the commit that ended at exactly this size, or None."""
        return (await self.checkpoints(log, size - 1, size)).get(size)

    async def checkpoints(self, log: LogName, above: int, upto: int) -> Mapping[int, str]:
        """Return notes by size, for commits with `above` < size <= `upto`."""
        async with mapped_session(self.pool) as connection:
            rows = await connection.fetch(
                f"SELECT size, note FROM {queries.relation(log, 'checkpoints')}"  # noqa: S608
                " WHERE log = $1 AND size > $2 AND size <= $3 ORDER BY size",
                log,
                above,
                upto,
            )
        if rows:
            await self._pass_gate(log, rows[-1]["note"])
        return {row["size"]: row["note"] for row in rows}

    async def checkpoint_covering(self, log: LogName, index: int) -> tuple[int, str] | None:
        """Return (size, note) of the commit that added this index: the smallest size above it."""
        checkpoint = await self._smallest(queries.relation(log, "checkpoints"), log, index)
        if checkpoint is not None:
            await self._pass_gate(log, checkpoint[1])
        return checkpoint

    async def find(self, ids: Sequence[str]) -> Mapping[str, Stored]:
        """Look up entries by id; a valid entry wins over an invalid one."""
        async with mapped_session(self.pool) as connection:
            return await queries.entries_by_id(connection, "eu", ids)

    async def rows(self, keys: frozenset[RowKey]) -> Rows:
        """Look up view rows by key, plus all charter rows; absent rows are omitted."""
        async with mapped_session(self.pool) as connection:
            return await PostgresSharedTransaction(connection).rows(keys)

    async def tree_nodes(self, log: LogName, nodes: Sequence[Node]) -> Mapping[Node, bytes]:
        """Return stored tree nodes by (level, index); absent nodes are omitted."""
        async with mapped_session(self.pool) as connection:
            return await queries.nodes(connection, log, nodes)

    async def cosigned(self, log: LogName, covering: int) -> str | None:
        """Return the cosigned note of the smallest size above `covering`, or None."""
        cosigned = await self._smallest(queries.relation(log, "cosigned"), log, covering)
        return cosigned[1] if cosigned else None

    async def cosigned_above(self, log: LogName, indexes: Sequence[int]) -> Mapping[int, str]:
        """Return `cosigned` notes by index; indexes without a note are omitted."""
        statement = f"""
            SELECT idx, note FROM unnest($2::bigint[]) AS asked (idx) CROSS JOIN LATERAL (
                SELECT note FROM {queries.relation(log, "cosigned")} WHERE log = $1 AND size > idx
                ORDER BY size LIMIT 1) AS first
        """  # noqa: S608
        async with mapped_session(self.pool) as connection:
            rows = await connection.fetch(statement, log, indexes)
        return {row["idx"]: row["note"] for row in rows}

    async def stamped(self, log: LogName) -> str | None:
        """Return the newest stored stamped head of a log, or None."""
        async with mapped_session(self.pool) as connection:
            head: str | None = await connection.fetchval(
                f"SELECT stamped FROM {queries.relation(log, 'heads')} WHERE log = $1",  # noqa: S608
                log,
            )
        if head is not None:
            await self._pass_gate(log, head)
        return head

    async def state(self) -> tuple[int, int, str]:
        """Return (eu size, cn size, state digest) of a single snapshot (rule 6)."""
        async with mapped_session(self.pool) as connection:
            heads = await connection.fetch(_STATE)
        sizes = {row["log"]: row["size"] for row in heads}
        total = sum(int.from_bytes(row["digest"]) for row in heads) % writes.MODULUS
        return sizes["eu"], sizes["cn"], f"{total:064x}"

    async def _pass_gate(self, log: LogName, note: str) -> None:
        if self._gate is not None:
            await self._gate.let(log, note)

    async def _smallest(self, relation: str, log: LogName, above: int) -> tuple[int, str] | None:
        async with mapped_session(self.pool) as connection:
            row = await connection.fetchrow(
                f"SELECT size, note FROM {relation} WHERE log = $1 AND size > $2"  # noqa: S608
                " ORDER BY size LIMIT 1",
                log,
                above,
            )
        return (row["size"], row["note"]) if row else None


class PostgresRecord(PostgresShared):
    """Port `Record`: shared logs, private log and work tables."""

    def __init__(self, pool: Pool, gate: NoteGate | None, lane: Lane) -> None:
        """Create a store on a pool, with connection `lane` for commits in a single round trip."""
        super().__init__(pool, gate)
        self._lane = lane
        self._cache = RecordCache()

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresTransaction]:
        """Open a transaction, as `PostgresShared.begin`."""
        async with _transaction(self.pool) as connection:
            yield PostgresTransaction(connection)

    @contextlib.asynccontextmanager
    async def at_once(self) -> AsyncIterator[OneTripTransaction]:
        """Open a commit in a single round trip, on cached heads and rows.

        Open at most one block at a time. An error in the block clears the cache.

        Raises:
            Unavailable: `database-unavailable`.
        """
        cache, self._cache = self._cache, RecordCache()
        yield OneTripTransaction(await self._lane.connection(), cache)
        self._cache = cache

    def forget(self) -> None:
        """Clear the cache, before another writer in this process changes heads or rows."""
        self._cache = RecordCache()

    async def replace_rows(self, rows: AsyncIterator[Row], state: tuple[int, int, str]) -> None:
        """Replace all rows of the shared views in one transaction.

        Raises:
            Unavailable: `append-lost` if a log's size differs from `state`.
            Corrupt: `views-diverged` if the rows' digest differs from `state`.
        """
        eu, cn, expected = state
        async with self.begin() as transaction:
            digest = await transaction.replace_rows(rows, eu=eu, cn=cn)
            if digest != expected:
                raise Corrupt("views-diverged", "The views made again are not the ones folded.")


@contextlib.asynccontextmanager
async def open_record(
    dsn: str, rules: SessionRules = DEFAULT_RULES, *, gate: NoteGate | None = None
) -> AsyncIterator[PostgresRecord]:
    """Open the whole record with the node's database role.

    Args:
        dsn: Address of the database.
        rules: Rules of sessions.
        gate: Records notes of our own logs before they are returned.

    Raises:
        Unavailable: `database-unavailable`, `database-not-migrated`.
        Refused: `database-not-durable`, `migration-unknown`.
        Corrupt: `migration-changed`.
    """
    async with _open(dsn, rules) as pool, open_lane(dsn, rules, _PLANNER) as lane:
        yield PostgresRecord(pool, gate, lane)


@contextlib.asynccontextmanager
async def open_shared(
    dsn: str, rules: SessionRules = DEFAULT_RULES, *, gate: NoteGate | None = None
) -> AsyncIterator[PostgresShared]:
    """Open the shared logs alone, with the link's database role. Raises as `open_record`."""
    async with _open(dsn, rules) as pool:
        yield PostgresShared(pool, gate)


@contextlib.asynccontextmanager
async def _open(dsn: str, rules: SessionRules) -> AsyncIterator[Pool]:
    async with open_pool(dsn, rules) as pool:
        async with session(pool) as connection:
            await check_migrated(connection)
        yield pool


@contextlib.asynccontextmanager
async def _transaction(pool: Pool) -> AsyncIterator[Connection]:
    async with session(pool) as connection:
        with database_errors():
            await connection.execute(_BEGIN)
        try:
            yield connection
        except BaseException:
            await _roll_back(connection)
            raise
        await _commit(connection)


async def _commit(connection: Connection) -> None:
    with commit_errors():
        status = await connection.execute("COMMIT")
    # PostgreSQL answers ROLLBACK without an error if an error inside was swallowed.
    if status != "COMMIT":
        raise Unavailable("database-unavailable", "The transaction was given up.")


async def _roll_back(connection: Connection) -> None:
    try:
        await connection.execute("ROLLBACK")
    except LOST:
        cut(connection)  # an unreachable server rolls back by itself


__all__ = [
    "PostgresRecord",
    "PostgresShared",
    "PostgresSharedTransaction",
    "PostgresTransaction",
    "SessionRules",
    "open_record",
    "open_shared",
]
