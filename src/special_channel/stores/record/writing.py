"""Writing a commit: one statement a table.

Does not lock the head, does not judge what it writes, does not map errors.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import orjson

from special_channel.core.errors import Unavailable
from special_channel.core.private import PrivateRow
from special_channel.core.state import EntryRow, Row, RowKey
from special_channel.ports import Commit, LogName, Stored
from special_channel.stores.record.reading import relation, schema_of
from special_channel.stores.rows import (
    PRIVATE_TABLES,
    TABLES,
    RowTable,
    arrays,
    change_count,
    change_steps,
)
from special_channel.stores.sessions import Connection

MODULUS: Final = 2**256
"""The state digest is a sum modulo this (`core.state.state_digest`)."""


def lost() -> Unavailable:
    """Say that another transaction was faster."""
    return Unavailable("append-lost", "Another process appended first; try again.")


async def write_commit(
    connection: Connection, commit: Commit, digest: bytes, changes: Sequence[Changes]
) -> None:
    """Write entries, parts, tree nodes, checkpoints, rows and the head, in one statement.

    Raises:
        Unavailable: `append-lost` if the head or a row has changed since it was read.
    """
    notes = {**commit.checkpoints, commit.frontier.size: commit.note}
    parts = _parts(commit.entries)
    statement = _commit_statement(schema_of(commit.log), tuple(each.name for each in changes))
    written = await connection.fetchrow(
        statement,
        commit.log,
        *_entry_columns(commit.entries, [roles_of(entry, commit.rows) for entry in commit.entries]),
        *parts,
        [level for level, _, _ in commit.nodes],
        [index for _, index, _ in commit.nodes],
        [hash_ for _, _, hash_ in commit.nodes],
        list(notes),
        list(notes.values()),
        *(commit.old, commit.frontier.size, list(commit.frontier.hashes)),
        *(commit.entries[-1].accepted, digest),
        *(column for each in changes for column in (*each.values, each.previous)),
    )
    if written is None or tuple(written) != (1, *(len(each.keys) for each in changes)):
        raise lost()
    await _want(connection, commit.log, parts)


@lru_cache(maxsize=64)
def _commit_statement(schema: str, tables: tuple[str, ...]) -> str:
    """Return the statement that writes a commit which changes rows of these tables."""
    place = _COMMIT_PARAMETERS + 1
    counts, steps = ["(SELECT count(*) FROM moved)"], [_WRITE_LOG.format(schema=schema)]
    for name in tables:
        table = TABLES[name] if name in TABLES else PRIVATE_TABLES[name]
        steps.append(change_steps(name, table, place))
        counts.append(change_count(name))
        place += len(table.columns) + len(("key", "doc", "digest", "previous"))
    return f"WITH {', '.join(steps)} SELECT {', '.join(counts)}"


async def write_parts(connection: Connection, entry: Stored) -> None:
    """Write the parts of an entry whose envelope came late."""
    parts = _parts([entry])
    await connection.execute(
        f"INSERT INTO {relation(entry.log, 'parts')}"  # noqa: S608
        " (log, idx, ordinal, disclosure, file, file_length)"
        " SELECT $1, * FROM unnest($2::bigint[], $3::smallint[], $4::bytea[], $5::text[],"
        " $6::bigint[])",
        entry.log,
        *parts,
    )
    await _want(connection, entry.log, parts)


_COMMIT_PARAMETERS: Final = 28
"""Parameters of `_WRITE_LOG`; those of the changed rows come after them."""

_WRITE_LOG: Final = """
    new_entries AS (
        INSERT INTO {schema}.entries (log, idx, id, leaf, envelope, kind, thread, author, roles,
            accepted, frontier, ord, code)
        SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::bytea[], $5::bytea[], $6::text[],
            $7::text[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[],
            $13::text[])),
    new_parts AS (
        INSERT INTO {schema}.parts (log, idx, ordinal, disclosure, file, file_length)
        SELECT $1, * FROM unnest($14::bigint[], $15::smallint[], $16::bytea[], $17::text[],
            $18::bigint[])),
    new_nodes AS (
        INSERT INTO {schema}.nodes (log, level, idx, hash)
        SELECT $1, * FROM unnest($19::smallint[], $20::bigint[], $21::bytea[])),
    new_checkpoints AS (
        INSERT INTO {schema}.checkpoints (log, size, note)
        SELECT $1, * FROM unnest($22::bigint[], $23::text[])),
    moved AS (
        UPDATE {schema}.heads
        SET size = $25::bigint, frontier = $26::bytea[], accepted = $27::text, digest = $28::bytea
        WHERE log = $1 AND size = $24::bigint RETURNING 1)
"""


def _entry_columns(entries: Sequence[Stored], roles: Sequence[str]) -> list[Sequence[object]]:
    return [
        [entry.index for entry in entries],
        [entry.id for entry in entries],
        [entry.leaf for entry in entries],
        [entry.envelope for entry in entries],
        [entry.kind for entry in entries],
        [entry.thread for entry in entries],
        [entry.by for entry in entries],
        roles,
        [entry.accepted for entry in entries],
        [entry.frontier for entry in entries],
        [entry.order for entry in entries],
        [entry.code for entry in entries],
    ]


def _parts(entries: Sequence[Stored]) -> list[list[object]]:
    """Return the columns of all parts, absent ones too."""
    parts = [
        (entry.index, ordinal, disclosure, *file_of(disclosure))
        for entry in entries
        for ordinal, disclosure in enumerate(entry.parts)
    ]
    return [list(column) for column in zip(*parts, strict=True)] if parts else [[], [], [], [], []]


async def _want(connection: Connection, log: LogName, parts: Sequence[Sequence[object]]) -> None:
    named = {file: length for file, length in zip(*parts[3:], strict=True) if file is not None}
    if named and log != "private":
        await want_files(connection, named)


async def want_files(connection: Connection, files: Mapping[object, object]) -> None:
    """Note down those files that are not here."""
    await connection.execute(
        "INSERT INTO record.files_wanted (sha256, length)"
        " SELECT * FROM unnest($1::text[], $2::bigint[]) AS named (sha256, length)"
        " WHERE NOT EXISTS (SELECT FROM record.files AS f WHERE f.sha256 = named.sha256)"
        " ON CONFLICT DO NOTHING",
        list(files),
        list(files.values()),
    )


def file_of(disclosure: bytes | None) -> tuple[str | None, int | None]:
    """Return digest and length of the file that a disclosure describes, if it describes one."""
    # Canonical JSON sorts keys: `len`, `name`, `role`; the others need no parsing.
    if disclosure is None or not disclosure.startswith(b'{"len":'):
        return None, None
    try:
        value = orjson.loads(disclosure)
        return str(value["sha256"]), int(value["len"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None, None  # a mirrored entry that the judge refused


def roles_of(entry: Stored, rows: Mapping[RowKey, Row]) -> str:
    """Return the first letters of an entry's parts' roles: from its row, else its payload."""
    row = rows.get(("entry", entry.id))
    if isinstance(row, EntryRow) and (row.party, row.index) == (entry.log, entry.index):
        return row.roles
    try:
        payload = base64.b64decode(orjson.loads(entry.envelope)["payload"])
        return "".join(part["k"][0] for part in orjson.loads(payload)["parts"])
    except (orjson.JSONDecodeError, binascii.Error, KeyError, TypeError, IndexError):
        return ""  # an entry without parts, or one that the judge refused


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows of one table to write, as columns.

    Attributes:
        name: The table's name in `TABLES` or `PRIVATE_TABLES`.
        keys: Keys of the rows.
        digests: Their digests.
        values: All columns, keys and digests among them.
        previous: Their digests as read; empty for a row that was not there.
    """

    name: str
    keys: Sequence[str]
    digests: Sequence[bytes]
    values: Sequence[Sequence[object]]
    previous: Sequence[bytes]

    @classmethod
    def of(
        cls,
        name: str,
        table: RowTable,
        rows: Sequence[tuple[str, Row | PrivateRow]],
        previous: Sequence[bytes],
    ) -> Changes:
        """Make the columns of rows."""
        values = arrays(table, rows)
        digests = [digest for digest in values[2] if isinstance(digest, bytes)]
        return cls(name, [key for key, _ in rows], digests, values, previous)

    def added(self, digest: bytes) -> bytes:
        """Move a log's share of the state digest on by what this adds and takes away."""
        total = int.from_bytes(digest)
        for now, before in zip(self.digests, self.previous, strict=True):
            total += int.from_bytes(now) - int.from_bytes(before)
        return (total % MODULUS).to_bytes(32)


async def write_rows(connection: Connection, changes: Changes) -> None:
    """Write rows over exactly those that were read.

    Raises:
        Unavailable: `append-lost` if one has changed since.
    """
    written = await connection.fetchval(
        _rows_statement(changes.name), *changes.values, changes.previous
    )
    if written != len(changes.keys):
        raise lost()


@lru_cache(maxsize=16)
def _rows_statement(name: str) -> str:
    return f"WITH {change_steps(name, TABLES[name], 1)} SELECT {change_count(name)}"
