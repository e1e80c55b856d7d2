"""Statements that write a commit.

Does not lock the head, judge entries or map errors.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import orjson

from special_channel.core.bytes.errors import Unavailable
from special_channel.core.log import merkle
from special_channel.core.rows.private import PrivateRow
from special_channel.core.rules.doubt import further_signers
from special_channel.core.rules.state import EntryRow, Row, RowKey
from special_channel.ports import Commit, LogName, Stored
from special_channel.stores.record.queries import relation, schema_of
from special_channel.stores.row_statements import change_count, change_steps
from special_channel.stores.rows import ALL_TABLES, RowTable, written
from special_channel.stores.sessions import Connection

MODULUS: Final = 2**256
"""Modulus of the state digest, a sum (`core.rules.state.state_digest`)."""


def lost() -> Unavailable:
    """Build the error after a concurrent append."""
    return Unavailable("append-lost", "Another process appended first; try again.")


async def write_commit(
    connection: Connection, commit: Commit, digest: bytes, changes: Sequence[Changes]
) -> bytes:
    """Write entries, parts, tree nodes, checkpoints, rows and the head in a single statement.

    Returns:
        The root, computed from tree nodes that the statement read or wrote.

    Raises:
        Unavailable: `append-lost` if the head or a row changed after its read.
        Corrupt: `tree-node-missing`.
    """
    notes = {**commit.checkpoints, commit.frontier.size: commit.note}
    parts = part_rows(commit.entries)
    statement = _commit_statement(schema_of(commit.log), tuple(each.name for each in changes))
    record = await connection.fetchrow(
        statement,
        commit.log,
        entry_rows(commit),
        parts,
        [(commit.log, *node) for node in commit.nodes],
        [(commit.log, size, note) for size, note in notes.items()],
        *(commit.old, commit.frontier.size, list(commit.frontier.hashes)),
        *(commit.entries[-1].accepted, digest, commit.entries[-1].directory),
        [(commit.log, *node, b"") for node in merkle.root_nodes(commit.frontier.size)],
        *(values for each in changes for values in (each.rows, each.previous)),
    )
    *counts, peaks = record or ((),)
    if counts != [1, *(len(each.keys) for each in changes)]:
        raise lost()
    await _want(connection, commit.log, parts)
    hashes = {(level, index): hash_ for level, index, hash_ in peaks or ()}
    return merkle.root(commit.frontier.size, hashes)


@lru_cache(maxsize=64)
def _commit_statement(schema: str, tables: tuple[str, ...]) -> str:
    """Return the statement of a commit that changes rows of these tables."""
    place = _COMMIT_PARAMETERS + 1
    counts, steps = ["(SELECT count(*) FROM moved)"], [_WRITE_LOG.format(schema=schema)]
    for name in tables:
        table = ALL_TABLES[name]
        steps.append(change_steps(name, table, place))
        counts.append(change_count(name))
        place += len(("rows", "previous"))
    counts.append("(SELECT array_agg((level, idx, hash)) FROM standing)")
    return f"WITH {', '.join(steps)} SELECT {', '.join(counts)}"


async def write_parts(connection: Connection, entry: Stored) -> None:
    """Write the parts of an entry that is stored already."""
    parts = part_rows([entry])
    await connection.execute(
        f"INSERT INTO {relation(entry.log, 'parts')} ({_PARTS})"  # noqa: S608
        f" SELECT {_PARTS} FROM unnest($1::{relation(entry.log, 'parts')}[])",
        parts,
    )
    await _want(connection, entry.log, parts)


_COMMIT_PARAMETERS: Final = 12
"""Parameters of `_WRITE_LOG`, before the parameters of changed rows."""

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "entries": (
        *("log", "idx", "id", "leaf", "envelope", "kind", "thread", "author", "roles", "accepted"),
        *("frontier", "ord", "code", "ordinal", "directory", "others"),
    ),
    "parts": ("log", "idx", "ordinal", "disclosure", "file", "file_length"),
    "nodes": ("log", "level", "idx", "hash"),
    "checkpoints": ("log", "size", "note"),
}
"""All columns of each table, in the order of the table's row type."""

_ENTRIES: Final = ", ".join(COLUMNS["entries"])
_PARTS: Final = ", ".join(COLUMNS["parts"])

# Arrays of the tables' row types, since the driver needs the same time for an array as for a row.
# Rows are tuples: for mappings, the driver would check the type of every row.
_WRITE_LOG: Final = f"""
    new_entries AS (
        INSERT INTO {{schema}}.entries ({_ENTRIES})
        SELECT {_ENTRIES} FROM unnest($2::{{schema}}.entries[])),
    new_parts AS (
        INSERT INTO {{schema}}.parts ({_PARTS})
        SELECT {_PARTS} FROM unnest($3::{{schema}}.parts[])),
    new_nodes AS (
        INSERT INTO {{schema}}.nodes (log, level, idx, hash)
        SELECT $1, level, idx, hash FROM unnest($4::{{schema}}.nodes[])
        RETURNING level, idx, hash),
    new_checkpoints AS (
        INSERT INTO {{schema}}.checkpoints (log, size, note)
        SELECT $1, size, note FROM unnest($5::{{schema}}.checkpoints[])),
    moved AS (
        UPDATE {{schema}}.heads
        SET size = $7::bigint, frontier = $8::bytea[], accepted = $9::text, digest = $10::bytea,
            directory = $11::bigint
        WHERE log = $1 AND size = $6::bigint RETURNING 1),
    peaks AS (SELECT level, idx FROM unnest($12::{{schema}}.nodes[])),
    standing AS (
        SELECT level, idx, n.hash FROM peaks CROSS JOIN LATERAL (
            SELECT hash FROM {{schema}}.nodes AS n WHERE n.log = $1 AND n.level = peaks.level
                AND n.idx = peaks.idx OFFSET 0) AS n
        UNION ALL SELECT level, idx, hash FROM peaks JOIN new_nodes USING (level, idx))
"""  # noqa: S608 - names of tables, no input


def entry_rows(commit: Commit) -> list[tuple[object, ...]]:
    """Return the table rows of a commit's entries."""
    return [_entry(entry, roles_of(entry, commit.rows)) for entry in commit.entries]


def _entry(entry: Stored, roles: str) -> tuple[object, ...]:
    return (
        *(entry.log, entry.index, entry.id, entry.leaf, entry.envelope, entry.kind, entry.thread),
        *(entry.by, roles, entry.accepted, entry.frontier, entry.order, entry.code),
        *(entry.ordinal, entry.directory, further_signers(entry.envelope, entry.by)),
    )


def part_rows(entries: Sequence[Stored]) -> list[tuple[object, ...]]:
    """Return the table rows of all parts, including absent parts."""
    return [
        (entry.log, entry.index, ordinal, disclosure, *file_of(disclosure))
        for entry in entries
        for ordinal, disclosure in enumerate(entry.parts)
    ]


async def _want(connection: Connection, log: LogName, parts: Sequence[tuple[object, ...]]) -> None:
    files = {file: length for *_, file, length in parts if file is not None}
    if files and log != "private":
        await want_files(connection, files)


async def want_files(connection: Connection, files: Mapping[object, object]) -> None:
    """Record files without stored bytes as wanted; `files` maps digest to length."""
    await connection.execute(
        "INSERT INTO record.files_wanted (sha256, length)"
        " SELECT * FROM unnest($1::text[], $2::bigint[]) AS named (sha256, length)"
        " WHERE NOT EXISTS (SELECT FROM record.files AS f WHERE f.sha256 = named.sha256)"
        " ON CONFLICT DO NOTHING",
        list(files),
        list(files.values()),
    )


def file_of(disclosure: bytes | None) -> tuple[str | None, int | None]:
    """Return digest and length of the file described by a disclosure, else (None, None)."""
    # Canonical JSON sorts keys, so file disclosures start with `len`; others need no parsing.
    if disclosure is None or not disclosure.startswith(b'{"len":'):
        return None, None
    try:
        value = orjson.loads(disclosure)
        return str(value["sha256"]), int(value["len"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None, None  # a mirrored entry that the judge refused


def roles_of(entry: Stored, rows: Mapping[RowKey, Row]) -> str:
    """Return the first letters of the roles of an entry's parts, from row or payload."""
    if entry.log == "private" and not entry.parts:
        return ""
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
    """Rows to write to a table.

    Attributes:
        name: The table's name in `TABLES` or `PRIVATE_TABLES`.
        keys: Keys of the rows.
        digests: New digests of the rows.
        rows: All columns, including keys and digests.
        previous: Digests as read; empty for a new row.
    """

    name: str
    keys: Sequence[str]
    digests: Sequence[bytes]
    rows: Sequence[Mapping[str, object]]
    previous: Sequence[bytes]

    @classmethod
    def of(
        cls,
        name: str,
        table: RowTable,
        rows: Sequence[tuple[str, Row | PrivateRow]],
        previous: Sequence[bytes],
    ) -> Changes:
        """Encode rows, given as (key, row), for the database."""
        records = [written(name, table, key, row) for key, row in rows]
        return cls(
            name,
            [record[0] for record in records],
            [record[2] for record in records],
            [dict(zip(table.columns, record, strict=True)) for record in records],
            previous,
        )

    def added(self, digest: bytes) -> bytes:
        """Return a log's share of the state digest after these changes.

        Adds the new digests and subtracts the previous digests.
        """
        total = int.from_bytes(digest)
        for now, before in zip(self.digests, self.previous, strict=True):
            total += int.from_bytes(now) - int.from_bytes(before)
        return (total % MODULUS).to_bytes(32)
