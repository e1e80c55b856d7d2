"""A commit in one round trip, on what this process remembers of heads and rows.

Nothing is locked while entries are judged. The statement that writes (`record.append`, migration
0240) locks both heads and compares them with what is remembered; each changed row is compared as
well. Where anything differs, nothing is written. Whoever changes a view row also writes a head's
digest (a trigger holds that), so rows are as remembered for as long as both heads are.

Does not answer: what is remembered may be stale, so a refusal here means nothing. The caller
repeats it in a transaction that locks first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from special_channel.core.rules.state import Row, RowKey, Rows
from special_channel.ports import Commit, Head, LogName
from special_channel.stores.database_errors import commit_errors, database_errors
from special_channel.stores.record import reading, writing
from special_channel.stores.record.transaction import COMPARED_TABLES, SharedOnly
from special_channel.stores.row_statements import PUT_TABLES, put_name, put_one_name
from special_channel.stores.sessions import Connection

MAX_ROWS: Final = 4096
"""Rows remembered before all are forgotten: a group of notes needs a dozen."""

_APPEND_PARAMETERS: Final = 13
"""Parameters of `record.append`; those of the changed rows come after them."""


@dataclass(slots=True)
class Memory:
    """Both heads, and view rows as they are at those heads.

    Attributes:
        heads: By log; empty until they are read.
        digests: The heads' shares of the state digest.
        rows: View rows by key; `entry` rows never, since entries are looked up by index.
        charters: All charter rows; empty until they are read.
        read: Digests of rows, as in the database.
    """

    heads: dict[LogName, Head] = field(default_factory=dict)
    digests: dict[LogName, bytes] = field(default_factory=dict)
    rows: dict[RowKey, Row] = field(default_factory=dict)
    charters: dict[RowKey, Row] = field(default_factory=dict)
    read: dict[tuple[str, str], bytes] = field(default_factory=dict)


class AtOnce(SharedOnly):
    """Port `SharedTransaction` without a transaction: reads what is missing, writes once."""

    def __init__(self, connection: Connection, memory: Memory) -> None:
        super().__init__(connection)
        self._memory = memory
        self._digests = memory.digests
        self._read = memory.read

    async def lock_shared(self) -> tuple[Head, Head]:
        """Return both shared heads as remembered; read them if they are not. Locks nothing."""
        if not self._memory.heads:
            with database_errors():
                found = await reading.shared_head_records(self._connection, lock=False)
            self._memory.heads = {row["log"]: reading.head_of(row) for row in found}
            self._digests |= {row["log"]: row["digest"] for row in found}
        return self._memory.heads["eu"], self._memory.heads["cn"]

    async def rows(self, keys: frozenset[RowKey], *, lock: bool = False) -> Rows:
        """Return those of the rows that exist, and all charter rows; read what is missing."""
        assert not lock  # noqa: S101 - own bug: nothing is locked here
        memory = self._memory
        if len(self._read) > MAX_ROWS:
            memory.rows.clear()
            self._read.clear()
        known = {key: memory.rows[key] for key in keys if key in memory.rows}
        missing = keys - known.keys()
        if missing or not memory.charters:
            found = await super().rows(missing)
            memory.charters = {key: row for key, row in found.items() if key[0] == "charter"}
            memory.rows.update(
                (key, row) for key, row in found.items() if key[0] in COMPARED_TABLES
            )
            known |= found
        return known | memory.charters

    async def write(self, commit: Commit) -> bytes:
        """Commit, and return the root, which the statement compared with that of stored nodes.

        Raises:
            Unavailable: Nothing was written: a head or a row is not as remembered, an id stands
                in the log already, the stored tree has another root, or the server said no.
            OutcomeUnknown: `commit-unknown`: the reply was lost (rule 22).
        """
        changes = self._changes(COMPARED_TABLES, commit.rows.items())
        if not PUT_TABLES.issuperset(each.name for each in changes):
            raise writing.lost()
        eu, cn = await self.lock_shared()
        digest, root = self._digests[commit.log], commit.frontier.root()
        for change in changes:
            digest = change.added(digest)
        with commit_errors():
            await self._connection.fetchval(
                _statement(tuple((each.name, _one(each)) for each in changes)),
                commit.log,
                writing.entry_rows(commit),
                writing.part_rows(commit.entries),
                # One value, not an array: the driver looks at every element of an array.
                b"".join(hash_ for _, _, hash_ in sorted(commit.nodes)),
                *(root, commit.note, digest),
                *(eu.size, self._digests["eu"], eu.stamp),
                *(cn.size, self._digests["cn"], cn.stamp),
                *(value for each in changes for value in _given(each)),
            )
        self._advance(commit, digest, changes)
        return root

    def _advance(self, commit: Commit, digest: bytes, changes: list[writing.Changes]) -> None:
        """Remember what was written."""
        memory, accepted = self._memory, commit.entries[-1].accepted
        memory.heads[commit.log] = replace(
            memory.heads[commit.log], frontier=commit.frontier, accepted=accepted
        )
        self._digests[commit.log] = digest
        self._remember(changes)
        memory.rows.update((key, row) for key, row in commit.rows.items() if key[0] != "entry")


def _one(change: writing.Changes) -> bool:
    """Tell whether one row is changed: `put_one_function` writes it for less than arrays take."""
    return len(change.rows) == 1


def _given(change: writing.Changes) -> tuple[object, object]:
    """Return a changed row and its digest as read; arrays of them if it is not one."""
    return (change.rows[0], change.previous[0]) if _one(change) else (change.rows, change.previous)


@lru_cache(maxsize=32)
def _statement(puts: tuple[tuple[str, bool], ...]) -> str:
    """Return the statement of a commit that changes rows of these tables: (table, only one row).

    `record.append` stands in FROM, so that it locks the heads before any row is written.
    """
    given = ", ".join(f"${place + 1}" for place in range(_APPEND_PARAMETERS))
    places = range(_APPEND_PARAMETERS + 1, _APPEND_PARAMETERS + 1 + 2 * len(puts), 2)
    calls = [
        f"{put_one_name(name) if one else put_name(name)}(${place}, ${place + 1})"
        for (name, one), place in zip(puts, places, strict=True)
    ]
    return f"SELECT {', '.join(calls) or 'true'} FROM record.append({given})"  # noqa: S608 - names of functions
