"""Acts that wait for a second person's signature, in PostgreSQL, schema `desk`.

Acts on people, and grants of access in a table of their own: no query of acts on people reaches
what heads and registrars must not see. Work of this side: the true reasons in it are never sent.
Does not judge an act or append it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal

import asyncpg

from special_channel.core.bytes.ids import EntryId, KeyId, Party, PersonId
from special_channel.ports import Transaction
from special_channel.stores.store import Store

ActState = Literal["waiting", "done", "refused", "withdrawn", "lapsed"]


@dataclass(frozen=True, slots=True)
class ActRow:
    """An act on people or a grant of access: its entry with the signatures so far, and its state.

    Attributes:
        id: Id of the entry that the act becomes.
        person: Pseudonym of the person acted on, or of the reader; empty for a machine.
        key: Key acted on; empty if the act names no key.
        reason: True reason, a word of our side's own list; empty for a kind without one.
        by: Key that signed first.
        closed_by: Key of the last signer, or of the person who refused or took back.
        sent_by: Key of who sent the act, if a machine's key signed it first; else empty.
    """

    id: EntryId
    kind: str
    person: PersonId
    key: KeyId
    envelope: bytes
    parts: tuple[bytes, ...]
    reason: str
    by: KeyId
    at: datetime
    expires: datetime
    state: ActState = "waiting"
    closed: datetime | None = None
    closed_by: KeyId = ""
    sent_by: KeyId = ""

    @property
    def begun_by(self) -> KeyId:
        """Key of who began the act, and may take it back."""
        return self.sent_by or self.by

    def state_at(self, now: datetime) -> ActState:
        """Return the state at a time: an act that nobody signed in time has lapsed."""
        late = self.state == "waiting" and self.expires <= now
        return "lapsed" if late else self.state


_COLUMNS: Final = (
    "id, kind, person, key, envelope, parts, reason, by, at, expires, state, closed,"
    " closed_by, sent_by"
)

ON_PEOPLE: Final = "desk.acts"
ON_ACCESS: Final = "desk.access_acts"

ACCESS: Final = "access.granted"


def _table(kind: str) -> str:
    return ON_ACCESS if kind == ACCESS else ON_PEOPLE


_PUT: Final = f"""
INSERT INTO %s ({_COLUMNS})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (id) DO UPDATE SET
    envelope = excluded.envelope, state = excluded.state,
    closed = excluded.closed, closed_by = excluded.closed_by
"""  # noqa: S608 - constants

_READ: Final = f"SELECT {_COLUMNS} FROM %s"  # noqa: S608 - constants


class Acts(Store):
    """Acts on people: those that wait, and what became of the others."""

    _read = _READ % ON_PEOPLE

    async def waiting(self, now: datetime) -> Sequence[ActRow]:
        """Return the acts that wait for a signature, oldest first."""
        rows = await self._pool.fetch(
            f"{self._read} WHERE state = 'waiting' AND expires > $1 ORDER BY at, id", now
        )
        return [_row(row) for row in rows]

    async def get(self, id_: EntryId) -> ActRow | None:
        """Look up an act by the id of its entry."""
        rows = await self._pool.fetch(f"{self._read} WHERE id = $1", id_)
        return _row(rows[0]) if rows else None

    async def of_entries(self, ids: Sequence[EntryId]) -> Mapping[EntryId, ActRow]:
        """Look up acts by the ids of their entries; entries without an act are omitted."""
        rows = await self._pool.fetch(f"{self._read} WHERE id = ANY ($1::text[])", list(ids))
        return {row["id"]: _row(row) for row in rows}


class AccessActRows(Acts):
    """Grants of access: those that wait for a second overseer, and what became of the others."""

    _read = _READ % ON_ACCESS

    async def not_granted(self, now: datetime, limit: int) -> Sequence[ActRow]:
        """Return the grants that were refused, taken back or lapsed, newest first."""
        # No entry and no process closes a grant that lapses: its time alone does.
        rows = await self._pool.fetch(
            f"{self._read} WHERE state IN ('refused', 'withdrawn')"
            " OR (state = 'waiting' AND expires <= $1)"
            " ORDER BY coalesce(closed, expires) DESC, id LIMIT $2",
            now,
            limit,
        )
        return [_row(row) for row in rows]


async def hold(transaction: Transaction, id_: EntryId, kind: str) -> ActRow | None:
    """Read an act of a kind and lock it until the transaction ends."""
    rows = await transaction.execute(f"{_READ % _table(kind)} WHERE id = $1 FOR UPDATE", id_)
    return _row(rows[0]) if rows else None


async def waiting_of(transaction: Transaction, kind: str, now: datetime) -> Sequence[ActRow]:
    """Return the acts of a kind that wait for a signature, oldest first, within a transaction."""
    rows = await transaction.execute(
        f"{_READ % _table(kind)} WHERE kind = $1 AND state = 'waiting' AND expires > $2"
        " ORDER BY at, id",
        kind,
        now,
    )
    return [_row(row) for row in rows]


async def put(transaction: Transaction, act: ActRow) -> None:
    """Store an act, or its new signatures and state."""
    values = asdict(act) | {"parts": list(act.parts)}
    await transaction.execute(_PUT % _table(act.kind), *values.values())


async def count_since(transaction: Transaction, since: datetime) -> int:
    """Count the acts begun after a time, apart from stops of keys and reviews of own entries."""
    # Of two leaders who review, the second one closes the act; the own review closes itself.
    rows = await transaction.execute(
        "SELECT count(*) AS acts FROM desk.acts WHERE at > $1 AND kind <> 'key.suspended'"
        " AND NOT (kind = 'entry.reviewed' AND state = 'done' AND closed_by = by)",
        since,
    )
    return int(str(rows[0]["acts"]))


async def accepted_at(
    transaction: Transaction, party: Party, indexes: Collection[int]
) -> dict[int, str]:
    """Return when entries of a log were accepted, by index."""
    rows = await transaction.execute(
        "SELECT idx, accepted FROM record.entries WHERE log = $1 AND idx = ANY ($2::bigint[])",
        party,
        list(indexes),
    )
    return {int(str(row["idx"])): str(row["accepted"]) for row in rows}


def _row(row: asyncpg.Record | Mapping[str, Any]) -> ActRow:
    values = dict(row.items())
    return ActRow(**values | {"parts": tuple(values["parts"])})
