"""Occurrences of undelivered entries and their letters to our officials: `work.occurrences`.

Does not decide when an occurrence begins or ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from special_channel.ports import Transaction
from special_channel.stores.outbox import COLUMNS, Outgoing, outgoing
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One period with undelivered entries.

    Attributes:
        code: Code of the alarm: the direction of delivery.
        id: Unique id; letters about the occurrence use the id in place of a due time.
        since: When the oldest entry was accepted, as of the first alert.
    """

    code: str
    id: str
    since: datetime


class Occurrences(Store):
    """Table of alerted occurrences. `begin` and `end` run in the caller's transaction."""

    async def standing(self) -> Mapping[str, Occurrence]:
        """Return current occurrences by code."""
        read = "SELECT code, id, since FROM work.occurrences"
        return {each.code: each for each in await self._objects(Occurrence, read)}

    async def begin(self, transaction: Transaction, occurrence: Occurrence) -> bool:
        """Store the beginning of an occurrence; False if another worker was first."""
        inserted = await transaction.execute(
            "INSERT INTO work.occurrences (code, id, since) VALUES ($1, $2, $3)"
            " ON CONFLICT (code) DO NOTHING RETURNING code",
            *(occurrence.code, occurrence.id, occurrence.since),
        )
        return bool(inserted)

    async def end(self, transaction: Transaction, occurrence: Occurrence) -> bool:
        """Delete an ended occurrence; False if another worker was first."""
        deleted = await transaction.execute(
            "DELETE FROM work.occurrences WHERE (code, id) = ($1, $2) RETURNING code",
            *(occurrence.code, occurrence.id),
        )
        return bool(deleted)

    async def told(self, id_: str) -> Sequence[Outgoing]:
        """Return the letters about an occurrence's beginning, without repeats by other channels."""
        rows = await self._pool.fetch(
            f"SELECT {COLUMNS} FROM work.outbox"  # noqa: S608 - a constant
            " WHERE kind = 'notice' AND note = '' AND q = '' AND due = $1 AND step = 0"
            " AND id = base ORDER BY id",
            id_,
        )
        return [outgoing(row) for row in rows]

    async def was_sent(self, base: str) -> bool:
        """Return whether a letter was sent, on any channel."""
        row = await self._pool.fetchrow(
            "SELECT id FROM work.outbox WHERE kind = 'notice' AND base = $1 AND state = 'sent'"
            " LIMIT 1",
            base,
        )
        return row is not None
