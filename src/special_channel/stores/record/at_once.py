"""Commit in a single round trip, on cached heads and rows.

No lock is taken while entries are judged. The writing statement (`record.append`, migration 0370)
locks both heads and compares heads and changed rows with the cache; after any difference nothing is
written. A trigger requires every change of a view row to write a head's digest, so cached rows are
current as long as both cached heads are.

Does not refuse entries: the cache may be stale, so a refusal is not final. The caller repeats the
attempt in a transaction that locks first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from special_channel.core.rules.state import Row, RowKey, Rows
from special_channel.ports import Commit, Head, LogName
from special_channel.stores.database_errors import commit_errors, database_errors
from special_channel.stores.record import queries, writes
from special_channel.stores.record.transaction import COMPARED_TABLES, PostgresSharedTransaction
from special_channel.stores.row_statements import PUT_TABLES, put_name, put_one_name
from special_channel.stores.sessions import Connection

MAX_ROWS: Final = 4096
"""Cached rows before the cache is cleared: a group of notes needs a dozen."""

_APPEND_PARAMETERS: Final = 13
"""Parameters of `record.append`, before the parameters of changed rows."""


@dataclass(slots=True)
class RecordCache:
    """Cache of both heads, and of view rows at these heads.

    Attributes:
        heads: Heads by log; empty until first read.
        digests: Shares of the state digest, by log.
        rows: View rows by key, without `entry` rows, since entries are looked up by index.
        charters: All charter rows; empty until first read.
        ordinals: Last ordinal of each thread read, by (log, thread); 0 without an entry.
        read: Digests of rows by (table, key), as in the database.
    """

    heads: dict[LogName, Head] = field(default_factory=dict)
    digests: dict[LogName, bytes] = field(default_factory=dict)
    rows: dict[RowKey, Row] = field(default_factory=dict)
    charters: dict[RowKey, Row] = field(default_factory=dict)
    ordinals: dict[tuple[str, str], int] = field(default_factory=dict)
    read: dict[tuple[str, str], bytes] = field(default_factory=dict)


class OneTripTransaction(PostgresSharedTransaction):
    """Port `SharedTransaction` without a transaction: reads rows on a cache miss, writes once."""

    def __init__(self, connection: Connection, cache: RecordCache) -> None:
        super().__init__(connection)
        self._cache = cache
        self._digests = cache.digests
        self._read = cache.read
        self._ordinals = cache.ordinals

    async def lock_shared(self) -> tuple[Head, Head]:
        """Return both shared heads, cached or read. Takes no lock."""
        if not self._cache.heads:
            with database_errors():
                records = await queries.shared_head_records(self._connection, lock=False)
            self._cache.heads = {row["log"]: queries.head_of(row) for row in records}
            self._digests |= {row["log"]: row["digest"] for row in records}
        return self._cache.heads["eu"], self._cache.heads["cn"]

    async def rows(self, keys: frozenset[RowKey], *, lock: bool = False) -> Rows:
        """Look up view rows by key, plus all charter rows, and cache them."""
        assert not lock  # noqa: S101 - a caller's bug: this class takes no locks
        cache = self._cache
        if len(self._read) > MAX_ROWS:
            cache.rows.clear()
            cache.ordinals.clear()
            self._read.clear()
        known = {key: cache.rows[key] for key in keys if key in cache.rows}
        missing = keys - known.keys()
        if missing or not cache.charters:
            stored = await super().rows(missing)
            cache.charters = {key: row for key, row in stored.items() if key[0] == "charter"}
            cache.rows.update(
                (key, row) for key, row in stored.items() if key[0] in COMPARED_TABLES
            )
            known |= stored
        return known | cache.charters

    async def write(self, commit: Commit) -> bytes:
        """Commit and return the root, which the database compared with its stored nodes.

        Raises:
            Unavailable: Nothing was written: a head or a row differs from the cache, an id is a
                duplicate, the stored tree has another root, or the server refused.
            OutcomeUnknown: `commit-unknown`: the reply was lost (rule 22).
        """
        changes = self._changes(COMPARED_TABLES, commit.rows.items())
        if not PUT_TABLES.issuperset(each.name for each in changes):
            raise writes.lost()
        eu, cn = await self.lock_shared()
        digest, root = self._digests[commit.log], commit.frontier.root()
        for change in changes:
            digest = change.added(digest)
        with commit_errors():
            await self._connection.fetchval(
                _statement(tuple((each.name, _one(each)) for each in changes)),
                commit.log,
                writes.entry_rows(commit),
                writes.part_rows(commit.entries),
                # A single value, since the driver inspects every element of an array.
                b"".join(hash_ for _, _, hash_ in sorted(commit.nodes)),
                *(root, commit.note, digest),
                *(eu.size, self._digests["eu"], eu.stamp),
                *(cn.size, self._digests["cn"], cn.stamp),
                *(value for each in changes for value in _arguments(each)),
            )
        self._advance(commit, digest, changes)
        return root

    def _advance(self, commit: Commit, digest: bytes, changes: list[writes.Changes]) -> None:
        """Update the cache after a commit."""
        cache, last = self._cache, commit.entries[-1]
        cache.heads[commit.log] = replace(
            cache.heads[commit.log],
            frontier=commit.frontier,
            accepted=last.accepted,
            directory=last.directory,
        )
        cache.ordinals.update(
            {(commit.log, one.thread): one.ordinal for one in commit.entries if one.thread}
        )
        self._digests[commit.log] = digest
        self._remember(changes)
        cache.rows.update((key, row) for key, row in commit.rows.items() if key[0] != "entry")


def _one(change: writes.Changes) -> bool:
    """Return whether a change has a single row."""
    # `put_one_function` writes a single row at lower cost than arrays.
    return len(change.rows) == 1


def _arguments(change: writes.Changes) -> tuple[object, object]:
    """Return a changed row and its previous digest; arrays of both for several rows."""
    return (change.rows[0], change.previous[0]) if _one(change) else (change.rows, change.previous)


@lru_cache(maxsize=32)
def _statement(puts: tuple[tuple[str, bool], ...]) -> str:
    """Return the statement of a commit that changes rows of tables: (table, single row)."""
    # `record.append` is in FROM, so it locks the heads before any row is written.
    parameters = ", ".join(f"${place + 1}" for place in range(_APPEND_PARAMETERS))
    places = range(_APPEND_PARAMETERS + 1, _APPEND_PARAMETERS + 1 + 2 * len(puts), 2)
    calls = [
        f"{put_one_name(name) if one else put_name(name)}(${place}, ${place + 1})"
        for (name, one), place in zip(puts, places, strict=True)
    ]
    return f"SELECT {', '.join(calls) or 'true'} FROM record.append({parameters})"  # noqa: S608 - names of functions
