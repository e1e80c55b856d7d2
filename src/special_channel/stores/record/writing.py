"""Writing a commit: one statement a table.

Does not lock the head, does not judge what it writes, does not map errors.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from special_channel.core.errors import Unavailable
from special_channel.core.private import PrivateRow
from special_channel.core.state import EntryRow, Row, RowKey
from special_channel.ports import Commit, LogName, Stored
from special_channel.stores.record.reading import relation
from special_channel.stores.rows import RowTable, arrays, change_statement
from special_channel.stores.sessions import Connection

MODULUS: Final = 2**256
"""The state digest is a sum modulo this (`core.state.state_digest`)."""


def lost() -> Unavailable:
    """Say that another transaction was faster."""
    return Unavailable("append-lost", "Another process appended first; try again.")


async def write_log(connection: Connection, commit: Commit, roles: Sequence[str]) -> None:
    """Write entries, parts, tree nodes and checkpoints."""
    await _insert_entries(connection, commit, roles)
    await insert_parts(connection, commit.log, commit.entries)
    await connection.execute(
        f"INSERT INTO {relation(commit.log, 'nodes')} (log, level, idx, hash)"  # noqa: S608
        " SELECT $1, * FROM unnest($2::smallint[], $3::bigint[], $4::bytea[])",
        commit.log,
        [level for level, _, _ in commit.nodes],
        [index for _, index, _ in commit.nodes],
        [hash_ for _, _, hash_ in commit.nodes],
    )
    notes = {**commit.checkpoints, commit.frontier.size: commit.note}
    await connection.execute(
        f"INSERT INTO {relation(commit.log, 'checkpoints')} (log, size, note)"  # noqa: S608
        " SELECT $1, * FROM unnest($2::bigint[], $3::text[])",
        commit.log,
        list(notes),
        list(notes.values()),
    )


async def _insert_entries(connection: Connection, commit: Commit, roles: Sequence[str]) -> None:
    entries = commit.entries
    await connection.execute(
        f"INSERT INTO {relation(commit.log, 'entries')}"  # noqa: S608
        " (log, idx, id, leaf, envelope, kind, thread, author, roles, accepted, frontier, ord,"
        " code)"
        " SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::bytea[], $5::bytea[], $6::text[],"
        " $7::text[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[],"
        " $13::text[])",
        commit.log,
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
    )


async def insert_parts(connection: Connection, log: LogName, entries: Sequence[Stored]) -> None:
    """Write the parts of entries, absent ones too, and note down files that are not here."""
    parts = [
        (entry.index, ordinal, disclosure, *file_of(disclosure))
        for entry in entries
        for ordinal, disclosure in enumerate(entry.parts)
    ]
    if not parts:
        return
    await connection.execute(
        f"INSERT INTO {relation(log, 'parts')}"  # noqa: S608
        " (log, idx, ordinal, disclosure, file, file_length)"
        " SELECT $1, * FROM unnest($2::bigint[], $3::smallint[], $4::bytea[], $5::text[],"
        " $6::bigint[])",
        log,
        *(list(column) for column in zip(*parts, strict=True)),
    )
    files = {file: length for *_, file, length in parts if file is not None}
    if files and log != "private":
        await want_files(connection, files)


async def want_files(connection: Connection, files: Mapping[str, int | None]) -> None:
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
class Change:
    """One row to write: its key, its digest as read (empty: it was not there), the row."""

    key: str
    previous: bytes
    row: Row | PrivateRow


async def write_rows(
    connection: Connection, table: RowTable, changes: Sequence[Change]
) -> list[bytes]:
    """Write rows over exactly those that were read, and return their digests.

    Raises:
        Unavailable: `append-lost` if one has changed since.
    """
    values = arrays(table, [(change.key, change.row) for change in changes])
    statement = change_statement(table.relation, table.columns)
    written = await connection.fetchval(statement, *values, [change.previous for change in changes])
    if written != len(changes):
        raise lost()
    digests = values[2]
    return [digest for digest in digests if isinstance(digest, bytes)]


def added(digest: bytes, changes: Sequence[Change], digests: Sequence[bytes]) -> bytes:
    """Move a log's share of the state digest on by what these changes add and take away."""
    total = int.from_bytes(digest)
    for change, now in zip(changes, digests, strict=True):
        total += int.from_bytes(now) - int.from_bytes(change.previous)
    return (total % MODULUS).to_bytes(32)
