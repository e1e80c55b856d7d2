"""The queue of private entries that are owed, in PostgreSQL: table `work.owed`.

Does not write them into the private log: `broker/owing.py` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import asyncpg

from special_channel.core import canonical
from special_channel.core.canonical import Value
from special_channel.core.private import (
    EscalationRow,
    PrivateKey,
    PrivateRow,
    PrivateRows,
    escalation_key,
    private_key_of,
)
from special_channel.ports.owed import Owed
from special_channel.stores.database_errors import database_errors
from special_channel.stores.sessions import Connection

NOT_YET: Final = -1
"""Index of a step whose entry is not in the log yet."""

RAISED: Final = "escalation.raised"


class OwedQueue:
    """Port `Owing`, on the connection of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def owe(self, entries: Sequence[Owed]) -> None:
        """Put entries at the end of the queue."""
        with database_errors():
            await self._connection.executemany(
                "INSERT INTO work.owed (kind, body, at, key) VALUES ($1, $2, $3, $4)",
                [
                    (one.kind, canonical.dumps(dict(one.body)).decode(), one.at, _key(one))
                    for one in entries
                ],
            )

    async def owed(self, limit: int) -> Sequence[Owed]:
        """Return the first entries of the queue; whoever asks holds the lock on the heads."""
        with database_errors():
            rows = await self._connection.fetch(
                "SELECT number, kind, body, at FROM work.owed ORDER BY number LIMIT $1", limit
            )
        return [_owed(row) for row in rows]

    async def owed_steps(self, keys: frozenset[PrivateKey]) -> PrivateRows:
        """Return the steps of the ladder, among these, that owed entries have taken."""
        with database_errors():
            rows = await self._connection.fetch(
                "SELECT number, kind, body, at FROM work.owed WHERE key = ANY ($1::text[])",
                [key for table, key in keys if table == "escalation"],
            )
        made: list[PrivateRow] = [step_of(_owed(row)) for row in rows]
        return {private_key_of(row): row for row in made}

    async def settle(self, numbers: Sequence[int]) -> None:
        """Take entries out of the queue: they are written."""
        with database_errors():
            await self._connection.execute(
                "DELETE FROM work.owed WHERE number = ANY ($1::bigint[])", list(numbers)
            )


def step_of(owed: Owed) -> EscalationRow:
    """Return the step that an owed `escalation.raised` has taken."""
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
    """Return the steps that rows of the queue have taken."""
    return [step_of(_owed(row)) for row in rows]


def _key(owed: Owed) -> str:
    if owed.kind != RAISED:
        return ""
    row = step_of(owed)
    return escalation_key(row.note, row.q, row.due, row.step)[1]


def _owed(row: asyncpg.Record) -> Owed:
    body: Value = canonical.loads(row["body"].encode())
    assert isinstance(body, dict)  # noqa: S101 - own bug: `owe` wrote an object
    return Owed(row["kind"], body, row["at"], row["number"])
