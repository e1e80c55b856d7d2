"""The queue of private entries to be written later, in PostgreSQL: table `work.owed`.

Does not write the private log: `broker/owing.py` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import asyncpg

from special_channel.core.bytes import canonical
from special_channel.core.bytes.canonical import Value
from special_channel.core.rows.private import (
    EscalationRow,
    PrivateKey,
    PrivateRow,
    PrivateRows,
    escalation_key,
    private_key_of,
)
from special_channel.ports.owed import OwedEntry
from special_channel.stores.database_errors import database_errors
from special_channel.stores.sessions import Connection

NOT_YET: Final = -1
"""Index of a step with a queued entry, not written to the log yet."""

RAISED: Final = "escalation.raised"


class OwedQueue:
    """The queue, as a part of one transaction."""

    _connection: Connection

    async def owe(self, entries: Sequence[OwedEntry]) -> None:
        """Append entries to the queue."""
        with database_errors():
            await self._connection.executemany(
                "INSERT INTO work.owed (kind, body, at, key) VALUES ($1, $2, $3, $4)",
                [
                    (entry.kind, canonical.dumps(dict(entry.body)).decode(), entry.at, _key(entry))
                    for entry in entries
                ],
            )

    async def owed(self, limit: int) -> Sequence[OwedEntry]:
        """Return the first entries of the queue. The caller must hold the lock on the heads."""
        with database_errors():
            rows = await self._connection.fetch(
                "SELECT number, kind, body, at FROM work.owed ORDER BY number LIMIT $1", limit
            )
        return [_owed(row) for row in rows]

    async def owed_steps(self, keys: frozenset[PrivateKey]) -> PrivateRows:
        """Return the ladder steps of queued entries with these keys."""
        with database_errors():
            rows = await self._connection.fetch(
                "SELECT number, kind, body, at FROM work.owed WHERE key = ANY ($1::text[])",
                [key for table, key in keys if table == "escalation"],
            )
        steps: list[PrivateRow] = [step_of(_owed(row)) for row in rows]
        return {private_key_of(step): step for step in steps}

    async def settle(self, numbers: Sequence[int]) -> None:
        """Delete written entries from the queue."""
        with database_errors():
            await self._connection.execute(
                "DELETE FROM work.owed WHERE number = ANY ($1::bigint[])", list(numbers)
            )


def step_of(owed: OwedEntry) -> EscalationRow:
    """Return the ladder step of a queued `escalation.raised`."""
    body = owed.body
    return EscalationRow(
        note=str(body["id"]),
        q=str(body["q"]),
        due=str(body["due"]),
        step=int(str(body["step"])),
        role=str(body["role"]),
        fired=str(body["fired"]),
        known=str(body["known"]),
        index=NOT_YET,
        id="",
    )


def steps_owed(rows: Sequence[asyncpg.Record]) -> list[EscalationRow]:
    """Return the ladder steps of rows of the queue."""
    return [step_of(_owed(row)) for row in rows]


def _key(owed: OwedEntry) -> str:
    if owed.kind != RAISED:
        return ""
    row = step_of(owed)
    return escalation_key(row.note, row.q, row.due, row.step)[1]


def _owed(row: asyncpg.Record) -> OwedEntry:
    body: Value = canonical.loads(row["body"].encode())
    assert isinstance(body, dict)  # noqa: S101 - own bug: `owe` wrote an object
    return OwedEntry(row["kind"], body, row["at"], row["number"])
