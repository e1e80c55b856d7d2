"""Transactions on the record: locks, reads under them, one commit, notes.

Does not end itself: `PostgresRecord.begin` does. A row that another transaction changed since
it was read here makes `write` fail with `append-lost`, so a fold never works on stale rows,
locked or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import asyncpg

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import Party
from special_channel.core.rules.private import PrivateRow
from special_channel.core.rules.state import COMPARED, Row, RowKey, Rows
from special_channel.ports import Commit, Head, LogName, Stored
from special_channel.stores.database_errors import database_errors
from special_channel.stores.record import reading, writing
from special_channel.stores.row_statements import reading_statement
from special_channel.stores.rows import (
    PRIVATE_TABLES,
    TABLES,
    RowTable,
    decode,
)
from special_channel.stores.sessions import Connection

_SHARED_NAMES: Final = (*(name for name in TABLES if name != "charter"), "entry")
COMPARED_TABLES: Final[Mapping[str, RowTable]] = {name: TABLES[name] for name in COMPARED}

_AnyKey = tuple[str, str]


class SharedOnly:
    """Port `SharedTransaction`: all that the link gets."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._digests: dict[LogName, bytes] = {}
        self._sizes: dict[LogName, int] = {}
        self._read: dict[_AnyKey, bytes] = {}

    async def lock(self, log: LogName) -> Head:
        """Lock a log's head row until the end, and read it. Order: eu, cn, private."""
        with database_errors():
            found = await reading.head_record(self._connection, log, lock=True)
        self._digests[log] = found["digest"]
        self._sizes[log] = found["size"]
        return reading.head_of(found)

    async def lock_shared(self) -> tuple[Head, Head]:
        """Lock both shared heads, `eu` before `cn`, in one round trip."""
        with database_errors():
            eu, cn = await reading.shared_head_records(self._connection, lock=True)
        self._digests |= {"eu": eu["digest"], "cn": cn["digest"]}
        self._sizes |= {"eu": eu["size"], "cn": cn["size"]}
        return reading.head_of(eu), reading.head_of(cn)

    async def rows(self, keys: frozenset[RowKey], *, lock: bool = False) -> Rows:
        """Return those of the rows that exist, and all charter rows; `lock` takes row locks."""
        with database_errors():
            found = await self._fetch(_SHARED_NAMES, keys, charters=True, lock=lock)
        return {(table, key): decode(table, doc) for table, key, doc, _ in found}

    async def roots(self, trees: frozenset[tuple[Party, int]]) -> Mapping[tuple[Party, int], bytes]:
        """Return the root of each tree that is not larger than its log.

        Raises:
            Corrupt: `tree-node-missing`.
        """
        if not trees:
            return {}
        with database_errors():
            return await reading.roots(self._connection, trees)

    async def write(self, commit: Commit) -> bytes:
        """Write a commit and return the root computed again from the stored nodes.

        Raises:
            Unavailable: `append-lost` if the head is no longer at `commit.old`, or a row
                that was read in this transaction has changed since.
            RuleBroken: `entry-duplicate` if an id already stands in this log.
            Corrupt: `tree-node-missing`.
        """
        if commit.log not in self._sizes:
            await self.lock(commit.log)
        if self._sizes[commit.log] != commit.old:
            raise writing.lost()
        with database_errors():
            try:
                return await self._write(commit)
            except asyncpg.UniqueViolationError as error:
                if error.table_name == "entries" and error.constraint_name != "entries_pkey":
                    raise RuleBroken(
                        "entry-duplicate", "An entry with this id stands in the log already."
                    ) from error
                raise writing.lost() from error

    async def note(
        self, log: LogName, note: str, *, size: int, stamp: int = 0, cosigned: bool = False
    ) -> None:
        """Keep a cosigned or stamped note; raise the head's `cosigned` or `stamp` to it.

        Of stamped heads the newest is kept, of cosigned notes the first of each size.
        """
        heads = reading.relation(log, "heads")
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
                f"INSERT INTO {reading.relation(log, 'cosigned')} (log, size, note)"  # noqa: S608
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
        """Take in a disclosure that was still to come; False if it is here or erased.

        Raises:
            RuleBroken: `part-digest` if it is not the one committed to.
        """
        file, length = writing.file_of(disclosure)
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
                await writing.want_files(self._connection, {file: length})
        return bool(filled)

    async def fill_envelope(self, entry: Stored, roles: str) -> bool:
        """Take in an envelope, with author, code and parts, that was still to come.

        Raises:
            RuleBroken: `envelope-digest` if it is not the one that the leaf commits to.
        """
        with database_errors():
            try:
                filled = await self._connection.fetchval(
                    "SELECT record.fill_envelope($1, $2, $3, $4, $5, $6)",
                    *(entry.log, entry.index, entry.envelope, entry.by, roles, entry.code),
                )
            except asyncpg.InsufficientPrivilegeError as error:
                raise RuleBroken(
                    "envelope-digest", "The envelope is not the one that the leaf commits to."
                ) from error
            if filled:
                await writing.write_parts(self._connection, entry)
        return bool(filled)

    async def change_rows(self, log: Party, rows: Mapping[RowKey, Row]) -> None:
        """Write view rows apart from a commit: what an entry that came late changes.

        Raises:
            Unavailable: `append-lost`.
        """
        if log not in self._digests:
            await self.lock(log)
        with database_errors():
            try:
                await self._write_shared_rows(log, rows)
            except asyncpg.UniqueViolationError as error:
                raise writing.lost() from error

    async def _write(self, commit: Commit) -> bytes:
        """Write all of a commit in one statement: one round trip, not one a table."""
        changes = [
            *self._changes(PRIVATE_TABLES, commit.private_rows.items()),
            *self._changes(COMPARED_TABLES, commit.rows.items()),
        ]
        digest = self._digests[commit.log]
        for change in changes:
            if change.name in TABLES:
                digest = change.added(digest)
        root = await writing.write_commit(self._connection, commit, digest, changes)
        self._remember(changes)
        self._digests[commit.log] = digest
        self._sizes[commit.log] = commit.frontier.size
        return root

    async def _write_shared_rows(self, log: Party, rows: Mapping[RowKey, Row]) -> None:
        """Write the head's digest, then the rows: a trigger on the views asks for that order."""
        changes, digest = self._changes(COMPARED_TABLES, rows.items()), self._digests[log]
        for change in changes:
            digest = change.added(digest)
        await self._connection.execute(
            "UPDATE record.heads SET digest = $2 WHERE log = $1", log, digest
        )
        for change in changes:
            await writing.write_rows(self._connection, change)
        self._remember(changes)
        self._digests[log] = digest

    def _changes(
        self,
        tables: Mapping[str, RowTable],
        rows: Iterable[tuple[_AnyKey, Row | PrivateRow]],
    ) -> list[writing.Changes]:
        found: dict[str, list[tuple[str, Row | PrivateRow]]] = {name: [] for name in tables}
        for (name, key), row in rows:
            if name in found:
                found[name].append((key, row))
        return [
            writing.Changes.of(
                name, tables[name], keyed, [self._read.get((name, key), b"") for key, _ in keyed]
            )
            for name, keyed in found.items()
            if keyed
        ]

    def _remember(self, changes: Iterable[writing.Changes]) -> None:
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
        """Read the rows with these keys from these tables, and all charters where wanted."""
        wanted: dict[str, list[str]] = {table: [] for table in tables}
        for table, key in keys:
            if table in wanted:
                wanted[table].append(key)
        asked = {name: held for name, held in wanted.items() if held}
        if not asked and not charters:
            return []
        statement = reading_statement(tuple(asked), charters=charters, lock=lock)
        found: list[asyncpg.Record] = await self._connection.fetch(statement, *asked.values())
        self._read.update({(table, key): digest for table, key, _, digest in found})
        return found
