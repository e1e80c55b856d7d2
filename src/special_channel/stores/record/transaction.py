"""Transactions on the shared logs: lock, read under lock, commit entries, store notes.

Does not commit or roll back: `PostgresRecord.begin` does. `write` fails with `append-lost` if
another transaction changed a row after its read here, so a fold never uses stale rows, with or
without locks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import asyncpg

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.private import PrivateRow
from special_channel.core.rules.state import COMPARED, Row, RowKey, Rows
from special_channel.core.rules.timing import TimeNotice
from special_channel.ports import Commit, Head, LogName
from special_channel.stores.database_errors import database_errors
from special_channel.stores.record import queries, writes
from special_channel.stores.row_statements import reading_statement
from special_channel.stores.rows import (
    PRIVATE_TABLES,
    TABLES,
    RowTable,
    decode,
)
from special_channel.stores.sessions import Connection

_SHARED_NAMES: Final = (*(name for name in TABLES if name != "charter"), "entry", "ordinal")
COMPARED_TABLES: Final[Mapping[str, RowTable]] = {name: TABLES[name] for name in COMPARED}

_PLACES: Final = frozenset({"entries_pkey", "entries_ordinal"})
"""Unique indexes that only another writer's entry in the same place can violate."""

_AnyKey = tuple[str, str]


class PostgresSharedTransaction:
    """Port `SharedTransaction`, the only transaction of the link."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._digests: dict[LogName, bytes] = {}
        self._sizes: dict[LogName, int] = {}
        self._read: dict[_AnyKey, bytes] = {}
        # Last ordinals by (log, thread), read with rows of threads; 0 without an entry.
        self._ordinals: dict[tuple[str, str], int] = {}

    async def lock(self, log: LogName) -> Head:
        """Lock a log's head row until the transaction ends. Lock order: eu, cn, private."""
        with database_errors():
            record = await queries.head_record(self._connection, log, lock=True)
        self._ordinals.clear()  # another writer may have appended since
        self._digests[log] = record["digest"]
        self._sizes[log] = record["size"]
        return queries.head_of(record)

    async def lock_shared(self) -> tuple[Head, Head]:
        """Lock both shared heads, `eu` before `cn`, in a single round trip."""
        with database_errors():
            eu, cn = await queries.shared_head_records(self._connection, lock=True)
        self._ordinals.clear()
        self._digests |= {"eu": eu["digest"], "cn": cn["digest"]}
        self._sizes |= {"eu": eu["size"], "cn": cn["size"]}
        return queries.head_of(eu), queries.head_of(cn)

    async def rows(self, keys: frozenset[RowKey], *, lock: bool = False) -> Rows:
        """Look up view rows by key, plus all charter rows; `lock` takes row locks."""
        threads = [key for table, key in keys if table == "thread"]
        wanted = (*keys, *(("ordinal", thread) for thread in threads))
        with database_errors():
            records = await self._fetch(_SHARED_NAMES, wanted, charters=True, lock=lock)
        self._ordinals |= {(log, thread): 0 for log in PARTIES for thread in threads}
        rows: dict[RowKey, Row] = {}
        for table, key, doc, _ in records:
            if table == "ordinal":
                log, thread = key.split()
                self._ordinals[log, thread] = int(doc)
            else:
                rows[table, key] = decode(table, doc)
        return rows

    async def roots(self, trees: frozenset[tuple[Party, int]]) -> Mapping[tuple[Party, int], bytes]:
        """Return roots by (log, size); trees larger than their log are omitted.

        Raises:
            Corrupt: `tree-node-missing`.
        """
        if not trees:
            return {}
        with database_errors():
            return await queries.roots(self._connection, trees)

    async def ordinals(self, log: LogName, threads: frozenset[str], size: int) -> Mapping[str, int]:
        """Return the last ordinal of each thread among the log's first `size` entries."""
        known = {
            thread: self._ordinals[log, thread]
            for thread in threads
            if (log, thread) in self._ordinals
        }
        missing = threads - known.keys()
        if missing:
            with database_errors():
                known |= await queries.ordinals(self._connection, log, missing, size)
        return {thread: ordinal for thread, ordinal in known.items() if ordinal}

    async def frontiers(self, log: Party, indices: frozenset[int]) -> Mapping[int, int]:
        """Return the frontiers that leaves of a shared log state, by index; omit unknown ones."""
        with database_errors():
            return await queries.frontiers(self._connection, log, indices)

    async def accepted(self, log: Party, indices: frozenset[int]) -> Mapping[int, str]:
        """Return when entries of a shared log were accepted, by index; omit unknown ones."""
        with database_errors():
            return await queries.accepted(self._connection, log, indices)

    async def note_times(self, log: Party, notices: Sequence[tuple[int, TimeNotice]]) -> None:
        """Store what the times of a commit's valid entries show, by index (K8, K28)."""
        with database_errors():
            await self._connection.executemany(
                "INSERT INTO record.time_notices (log, idx, code, key, until)"
                " VALUES ($1, $2, $3, $4, $5)",
                [(log, index, each.code, each.key, each.until) for index, each in notices],
            )

    async def write(self, commit: Commit) -> bytes:
        """Write a commit; return the root computed from the stored nodes.

        Raises:
            Unavailable: `append-lost` if the head is not at `commit.old`, or a row changed after
                its read in this transaction.
            RuleBroken: `entry-duplicate` if the log has an entry with the same id.
            Corrupt: `tree-node-missing`.
        """
        if commit.log not in self._sizes:
            await self.lock(commit.log)
        if self._sizes[commit.log] != commit.old:
            raise writes.lost()
        with database_errors():
            try:
                return await self._write(commit)
            except asyncpg.UniqueViolationError as error:
                if error.table_name == "entries" and error.constraint_name not in _PLACES:
                    raise RuleBroken(
                        "entry-duplicate", "An entry with this id stands in the log already."
                    ) from error
                raise writes.lost() from error

    async def note(
        self, log: LogName, note: str, *, size: int, stamp: int = 0, cosigned: bool = False
    ) -> None:
        """Store a cosigned or stamped note; advance the head's `cosigned` or `stamp`.

        Only the newest stamped head is stored, and the first cosigned note of each size.
        """
        heads = queries.relation(log, "heads")
        with database_errors():
            if not cosigned:
                await self._connection.execute(
                    f"UPDATE {heads} SET stamp = $2, stamped = $3"  # noqa: S608
                    " WHERE log = $1 AND (stamp < $2 OR stamped IS NULL)",
                    log,
                    stamp,
                    note,
                )
                return
            await self._connection.execute(
                f"INSERT INTO {queries.relation(log, 'cosigned')} (log, size, note)"  # noqa: S608
                " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                log,
                size,
                note,
            )
            await self._connection.execute(
                f"UPDATE {heads} SET cosigned = $2 WHERE log = $1 AND cosigned < $2",  # noqa: S608
                log,
                size,
            )

    async def fill_part(self, log: Party, index: int, ordinal: int, disclosure: bytes) -> bool:
        """Store a disclosure that arrived late; return False if present or erased.

        Raises:
            RuleBroken: `part-digest` if the disclosure does not match its commitment.
        """
        file, length = writes.file_of(disclosure)
        with database_errors():
            try:
                filled = await self._connection.fetchval(
                    "SELECT record.fill_part($1, $2, $3::smallint, $4, $5, $6)",
                    *(log, index, ordinal, disclosure, file, length),
                )
            except asyncpg.InsufficientPrivilegeError as error:
                raise RuleBroken(
                    "part-digest", "The part is not the one that was signed."
                ) from error
            if filled and file is not None:
                await writes.want_files(self._connection, {file: length})
        return bool(filled)

    async def _write(self, commit: Commit) -> bytes:
        """Write a commit in a single statement: one round trip instead of one per table."""
        changes = [
            *self._changes(PRIVATE_TABLES, commit.private_rows.items()),
            *self._changes(COMPARED_TABLES, commit.rows.items()),
        ]
        digest = self._digests[commit.log]
        for change in changes:
            if change.name in TABLES:
                digest = change.added(digest)
        root = await writes.write_commit(self._connection, commit, digest, changes)
        self._remember(changes)
        self._ordinals.clear()
        self._digests[commit.log] = digest
        self._sizes[commit.log] = commit.frontier.size
        return root

    def _changes(
        self,
        tables: Mapping[str, RowTable],
        rows: Iterable[tuple[_AnyKey, Row | PrivateRow]],
    ) -> list[writes.Changes]:
        by_table: dict[str, list[tuple[str, Row | PrivateRow]]] = {name: [] for name in tables}
        for (name, key), row in rows:
            if name in by_table:
                by_table[name].append((key, row))
        return [
            writes.Changes.of(
                name, tables[name], keyed, [self._read.get((name, key), b"") for key, _ in keyed]
            )
            for name, keyed in by_table.items()
            if keyed
        ]

    def _remember(self, changes: Iterable[writes.Changes]) -> None:
        for change in changes:
            for key, digest in zip(change.keys, change.digests, strict=True):
                self._read[change.name, key] = digest

    async def _fetch(
        self,
        tables: Iterable[str],
        keys: Iterable[_AnyKey],
        *,
        charters: bool = False,
        lock: bool = False,
    ) -> list[asyncpg.Record]:
        """Look up rows by key in tables, plus all charter rows with `charters`."""
        by_table: dict[str, list[str]] = {table: [] for table in tables}
        for table, key in keys:
            if table in by_table:
                by_table[table].append(key)
        query = {name: names for name, names in by_table.items() if names}
        if not query and not charters:
            return []
        statement = reading_statement(tuple(query), charters=charters, lock=lock)
        records: list[asyncpg.Record] = await self._connection.fetch(statement, *query.values())
        self._read.update(
            {(table, key): digest for table, key, _, digest in records if table != "ordinal"}
        )
        return records
