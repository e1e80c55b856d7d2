"""The record on PostgreSQL: `PostgresShared` for the link, `PostgresRecord` for all else.

Does not judge or fold. A transaction is durable when its block has ended, and not before;
its end is the one place where the outcome can be unknown (rule 22).
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from special_channel.core.bytes.errors import Corrupt, Unavailable
from special_channel.core.bytes.ids import Party
from special_channel.core.log.merkle import EMPTY_ROOT, Node
from special_channel.core.rules.state import Row, RowKey, Rows
from special_channel.ports import Head, LogName, Stored
from special_channel.stores.database_errors import LOST, commit_errors, database_errors
from special_channel.stores.migrations import check_migrated
from special_channel.stores.published import NoteGate
from special_channel.stores.record import reading, writing
from special_channel.stores.record.at_once import AtOnce, Memory
from special_channel.stores.record.transaction import SharedOnly
from special_channel.stores.record.whole import Whole
from special_channel.stores.sessions import (
    DEFAULT_RULES,
    Connection,
    Lane,
    Pool,
    SessionRules,
    cut,
    open_lane,
    open_pool,
    session,
)

# Statements in a transaction look rows up by their keys, and their planning costs more than
# their work: PostgreSQL would plan anew each time, since an array of unknown length looks dear.
# A plan that is kept must not rest on how small a table was: indexes always, and no join that
# reads a whole table to look a few rows up.
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
    """Ports `SharedRecord`, `LogReading` and `RowReading`, on the schema `record` alone."""

    def __init__(self, pool: Pool, leaving: NoteGate | None = None) -> None:
        """Use this pool; `pool` hands it to the other stores of the same role.

        With `leaving`, no note of an own log is read before the rollback guard knows it.
        """
        self.pool = pool
        self._leaving = leaving

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[SharedOnly]:
        """Open a transaction; it commits when the block ends without an error.

        Raises:
            Unavailable: `database-unavailable`; nothing was written.
            OutcomeUnknown: `commit-unknown`; the reply to COMMIT was lost (rule 22).
        """
        async with _transaction(self.pool) as connection:
            yield SharedOnly(connection)

    async def head(self, log: LogName) -> Head:
        """Read a log's head row."""
        async with self._session() as connection:
            return reading.head_of(await reading.head_record(connection, log, lock=False))

    async def heads(self) -> Mapping[Party, Head]:
        """Read the head rows of both shared logs, as of one moment."""
        async with self._session() as connection:
            found = await reading.shared_head_records(connection, lock=False)
        return {row["log"]: reading.head_of(row) for row in found}

    async def entries(self, log: LogName, first: int, limit: int) -> Sequence[Stored]:
        """Return entries from an index on, in order."""
        async with self._session() as connection:
            return await reading.entries(connection, log, first, limit)

    async def checkpoint(self, log: LogName, size: int) -> str | None:
        """Return the note of the commit that ended at exactly this size."""
        return (await self.checkpoints(log, size - 1, size)).get(size)

    async def checkpoints(self, log: LogName, above: int, upto: int) -> Mapping[int, str]:
        """Return the notes of the commits that ended above one size and up to another."""
        async with self._session() as connection:
            found = await connection.fetch(
                f"SELECT size, note FROM {reading.relation(log, 'checkpoints')}"  # noqa: S608
                " WHERE log = $1 AND size > $2 AND size <= $3 ORDER BY size",
                log,
                above,
                upto,
            )
        if found:
            await self._let(log, found[-1]["note"])
        return {row["size"]: row["note"] for row in found}

    async def checkpoint_covering(self, log: LogName, index: int) -> tuple[int, str] | None:
        """Return (size, note) of the commit that brought this index: the smallest size above it."""
        found = await self._smallest(reading.relation(log, "checkpoints"), log, index)
        if found is not None:
            await self._let(log, found[1])
        return found

    async def find(self, ids: Sequence[str]) -> Mapping[str, Stored]:
        """Return the entries with these ids; a valid one before an invalid one."""
        async with self._session() as connection:
            return await reading.entries_by_id(connection, "eu", ids)

    async def thread(self, thread: str) -> Sequence[Stored]:
        """Return a thread's entries in the shared logs, in display order (rule 5)."""
        async with self._session() as connection:
            return await reading.entries_of_thread(connection, "eu", thread)

    async def rows(self, keys: frozenset[RowKey]) -> Rows:
        """Return those of the rows that exist, and all charter rows, as they are now."""
        async with self._session() as connection:
            return await SharedOnly(connection).rows(keys)

    async def roots(self, trees: frozenset[tuple[Party, int]]) -> Mapping[tuple[Party, int], bytes]:
        """Return the root of each tree that is not larger than its log."""
        async with self._session() as connection:
            return await reading.roots(connection, trees)

    async def tree_nodes(self, log: LogName, nodes: Sequence[Node]) -> Mapping[Node, bytes]:
        """Return stored tree nodes by (level, index)."""
        async with self._session() as connection:
            return await reading.nodes(connection, log, nodes)

    async def cosigned(self, log: LogName, covering: int) -> str | None:
        """Return the smallest kept cosigned note whose size is above `covering`."""
        found = await self._smallest(reading.relation(log, "cosigned"), log, covering)
        return found[1] if found else None

    async def cosigned_above(self, log: LogName, indexes: Sequence[int]) -> Mapping[int, str]:
        """Return by index what `cosigned` returns, where there is one."""
        statement = f"""
            SELECT idx, note FROM unnest($2::bigint[]) AS asked (idx) CROSS JOIN LATERAL (
                SELECT note FROM {reading.relation(log, "cosigned")} WHERE log = $1 AND size > idx
                ORDER BY size LIMIT 1) AS first
        """  # noqa: S608
        async with self._session() as connection:
            found = await connection.fetch(statement, log, indexes)
        return {row["idx"]: row["note"] for row in found}

    async def stamped(self, log: LogName) -> str | None:
        """Return the newest stamped head kept of this log."""
        async with self._session() as connection:
            found: str | None = await connection.fetchval(
                f"SELECT stamped FROM {reading.relation(log, 'heads')} WHERE log = $1",  # noqa: S608
                log,
            )
        if found is not None:
            await self._let(log, found)
        return found

    async def state(self) -> tuple[int, int, str]:
        """Return (eu size, cn size, state digest) of one moment (rule 6)."""
        async with self._session() as connection:
            found = await connection.fetch(_STATE)
        sizes = {row["log"]: row["size"] for row in found}
        total = sum(int.from_bytes(row["digest"]) for row in found) % writing.MODULUS
        return sizes["eu"], sizes["cn"], f"{total:064x}"

    async def query(self, statement: str, *args: object) -> Sequence[Mapping[str, object]]:
        """Run one reading statement, for pages. What it writes is rolled back."""
        async with self._session() as connection, connection.transaction(readonly=True):
            return [dict(row) for row in await connection.fetch(statement, *args)]

    async def _let(self, log: LogName, note: str) -> None:
        if self._leaving is not None:
            await self._leaving.let(log, note)

    async def _smallest(self, relation: str, log: LogName, above: int) -> tuple[int, str] | None:
        async with self._session() as connection:
            found = await connection.fetchrow(
                f"SELECT size, note FROM {relation} WHERE log = $1 AND size > $2"  # noqa: S608
                " ORDER BY size LIMIT 1",
                log,
                above,
            )
        return (found["size"], found["note"]) if found else None

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[Connection]:
        async with session(self.pool) as connection:
            with database_errors():
                yield connection


class PostgresRecord(PostgresShared):
    """Port `Record` as well: the private log and the work tables too."""

    def __init__(self, pool: Pool, leaving: NoteGate | None, lane: Lane) -> None:
        """Use this pool as `PostgresShared`, and `lane` for commits in one round trip."""
        super().__init__(pool, leaving)
        self._lane = lane
        self._memory = Memory()

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[Whole]:
        """Open a transaction, as `PostgresShared.begin`."""
        async with _transaction(self.pool) as connection:
            yield Whole(connection)

    @contextlib.asynccontextmanager
    async def at_once(self) -> AsyncIterator[AtOnce]:
        """Lend what is remembered, for one commit in one round trip; one block at a time.

        All is forgotten if the block ends by an error.

        Raises:
            Unavailable: `database-unavailable`.
        """
        memory, self._memory = self._memory, Memory()
        yield AtOnce(await self._lane.connection(), memory)
        self._memory = memory

    def forget(self) -> None:
        """Forget heads and rows: somebody else of this process is about to change them."""
        self._memory = Memory()

    async def replace_rows(self, rows: AsyncIterator[Row], state: tuple[int, int, str]) -> None:
        """Replace all rows of the shared views in one transaction.

        Raises:
            Unavailable: `append-lost` if a log has grown beyond `state`.
            Corrupt: `views-diverged` if the rows do not add up to its digest.
        """
        eu, cn, expected = state
        async with self.begin() as transaction:
            digest = await transaction.replace_rows(rows, eu=eu, cn=cn)
            if digest != expected:
                raise Corrupt("views-diverged", "The views made again are not the ones folded.")

    async def find_private(self, ids: Sequence[str]) -> Mapping[str, Stored]:
        """Return the entries of the private log with these ids."""
        async with self._session() as connection:
            return await reading.entries_by_id(connection, "private", ids)

    async def private_thread(self, thread: str) -> Sequence[Stored]:
        """Return a thread's entries in the private log."""
        async with self._session() as connection:
            return await reading.entries_of_thread(connection, "private", thread)


class SessionCheck:
    """What the rollback guard sees of each new database session (rule 20)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def head(self, log: LogName) -> Head:
        """Read a log's head row."""
        return reading.head_of(await reading.head_record(self._connection, log, lock=False))

    async def root(self, log: LogName, size: int) -> bytes | None:
        """Return the root at this size, None if the log is smaller.

        Raises:
            Corrupt: `tree-node-missing`.
        """
        if size > (await self.head(log)).size:
            return None
        return await reading.root(self._connection, log, size) if size else EMPTY_ROOT


Guard: TypeAlias = Callable[[SessionCheck], Awaitable[None]]
"""Looks at a new session; what it raises keeps the session from being used."""


@contextlib.asynccontextmanager
async def open_record(
    dsn: str,
    rules: SessionRules = DEFAULT_RULES,
    *,
    guard: Guard | None = None,
    leaving: NoteGate | None = None,
) -> AsyncIterator[PostgresRecord]:
    """Open the whole record with the node's role.

    `guard` looks at each new session; `leaving` lets own notes out.

    Raises:
        Unavailable: `database-unavailable`, `database-not-migrated`.
        Refused: `database-not-durable`, `migration-unknown`.
        Corrupt: `migration-changed`, what `guard` raises.
    """
    rules = _guarded(rules, guard)
    async with _open(dsn, rules) as pool, open_lane(dsn, rules, _PLANNER) as lane:
        yield PostgresRecord(pool, leaving, lane)


@contextlib.asynccontextmanager
async def open_shared(
    dsn: str,
    rules: SessionRules = DEFAULT_RULES,
    *,
    guard: Guard | None = None,
    leaving: NoteGate | None = None,
) -> AsyncIterator[PostgresShared]:
    """Open the shared logs alone, with the link's role. Errors as `open_record`."""
    async with _open(dsn, _guarded(rules, guard)) as pool:
        yield PostgresShared(pool, leaving)


def _guarded(rules: SessionRules, guard: Guard | None) -> SessionRules:
    """Let the guard look at each new session."""
    if guard is None:
        return rules

    async def looked_at(connection: Connection) -> None:
        with database_errors():
            await guard(SessionCheck(connection))

    return replace(rules, on_session=looked_at)


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
        done = await connection.execute("COMMIT")
    # PostgreSQL answers ROLLBACK, and no error, when an error inside was swallowed.
    if done != "COMMIT":
        raise Unavailable("database-unavailable", "The transaction was given up.")


async def _roll_back(connection: Connection) -> None:
    try:
        await connection.execute("ROLLBACK")
    except LOST:
        cut(connection)  # a server that can't be told forgets it by itself


__all__ = [
    "Guard",
    "PostgresRecord",
    "PostgresShared",
    "SessionCheck",
    "SessionRules",
    "SharedOnly",
    "Whole",
    "open_record",
    "open_shared",
]
