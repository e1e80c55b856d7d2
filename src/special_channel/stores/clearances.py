"""Signed drafts that wait for release by a second official, in PostgreSQL, schema `desk`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from special_channel.core.bytes.ids import EntryId, KeyId
from special_channel.ports import Transaction
from special_channel.stores.drafts import DraftQuota
from special_channel.stores.sessions import Connection, Pool
from special_channel.stores.store import Store
from special_channel.stores.uploads import KEYS_OF_SAME_PERSON


@dataclass(frozen=True, slots=True)
class Clearance:
    """A signed draft that waits for release: a second official's signature on the same bytes.

    `remark`: to the author of a returned draft. `shown`: what the second official of a released
    draft was shown, as JSON. `act`: id of the first of the drafts sent together, empty for a
    single draft; `place`: the draft's place among those. `form`: of the first, the author's typed
    words with the form's name, as JSON; empty after the release of the last.
    """

    id: EntryId
    envelope: bytes
    parts: tuple[bytes, ...]
    by: KeyId
    at: datetime
    state: Literal["waiting", "cleared", "returned"]
    remark: str = ""
    shown: str = ""
    act: EntryId = ""
    place: int = 0
    form: str = ""


WAITING_QUOTA: Final = DraftQuota(count=1000, length=64 * 1024 * 1024)
"""Limits of one person's signed drafts that wait for release: number and total bytes."""

KEPT_RETURNED: Final = 20
"""Returned drafts stored and shown for each author; older ones are deleted."""

_PUT_LOCK: Final = 0x5C_C1EA
"""Advisory lock for storing signed drafts: an arbitrary, unique number."""

# The waiting drafts of a person under all keys, except drafts that are stored again.
_WAITING: Final = f"""
SELECT count(*), coalesce(sum(
    length(c.envelope) + (SELECT coalesce(sum(length(part)), 0) FROM unnest(c.parts) AS part)
), 0)::bigint FROM desk.clearances AS c
WHERE c.by IN ({KEYS_OF_SAME_PERSON}) AND c.state = 'waiting' AND NOT c.id = ANY ($2::text[])
"""  # noqa: S608 - constants

# Drafts that are not shown any longer; otherwise taking drafts back would evade the quota.
_DROP_RETURNED: Final = """
DELETE FROM desk.clearances WHERE id IN (
    SELECT id FROM (
        SELECT id, dense_rank() OVER (
            PARTITION BY by ORDER BY at DESC, coalesce(nullif(act, ''), id)) AS place
        FROM desk.clearances WHERE state = 'returned') AS c
    WHERE place > $1)
"""


# What was typed is kept while some of its act may go back to the author.
_DROP_FORM: Final = """
UPDATE desk.clearances SET form = ''
WHERE form <> '' AND act = (SELECT act FROM desk.clearances WHERE id = $1) AND NOT EXISTS (
    SELECT FROM desk.clearances AS c WHERE c.act = clearances.act AND c.state <> 'cleared')
"""


_READ: Final = (
    "SELECT id, envelope, parts, by, at, state, remark, shown, act, place, form"
    " FROM desk.clearances"
)


async def replace_draft(transaction: Transaction, before: EntryId, after: Clearance) -> None:
    """Put a changed draft in the place of a waiting one, in a transaction of the record."""
    await transaction.execute(
        "WITH gone AS (DELETE FROM desk.clearances WHERE id = $1 RETURNING act, place)"
        " INSERT INTO desk.clearances (id, envelope, parts, by, at, act, place)"
        " SELECT $2, $3, $4, $5, $6, act, place FROM gone",
        *(before, after.id, after.envelope, list(after.parts), after.by, after.at),
    )


class Clearances(Store):
    """Signed drafts that wait for release by a second official."""

    def __init__(
        self,
        pool: Pool,
        changed: Callable[[], None] = lambda: None,
        most: DraftQuota = WAITING_QUOTA,
    ) -> None:
        super().__init__(pool)
        self._changed = changed
        self._most = most

    async def put(self, drafts: Sequence[Clearance]) -> None:
        """Store the drafts of one act atomically; drafts with a stored id are skipped.

        Raises:
            RuleBroken: `release-limit` if the author's waiting drafts would be too many or too
                long in total.
        """
        async with self._pool.transaction() as connection:
            # Otherwise two concurrent acts of one person could both use the last room.
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _PUT_LOCK)
            for by in {draft.by for draft in drafts}:
                await self._check(connection, by, [draft for draft in drafts if draft.by == by])
            await connection.executemany(
                "INSERT INTO desk.clearances (id, envelope, parts, by, at, act, place, form)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
                [
                    (*(each.id, each.envelope, list(each.parts), each.by, each.at), *_place(each))
                    for each in drafts
                ],
            )
            await connection.execute(_DROP_RETURNED, KEPT_RETURNED)
        self._changed()

    async def _check(self, connection: Connection, by: KeyId, drafts: Sequence[Clearance]) -> None:
        [(count, total)] = await connection.fetch(_WAITING, by, [draft.id for draft in drafts])
        length = sum(len(draft.envelope) + sum(map(len, draft.parts)) for draft in drafts)
        if count + len(drafts) > self._most.count or total + length > self._most.length:
            raise self._most.exceeded("release-limit", "Too many drafts wait.")

    async def waiting(self) -> Sequence[Clearance]:
        """Return the drafts waiting for release, oldest first; of an act in order."""
        return await self._drafts("state = 'waiting' ORDER BY at, act, place, id")

    async def get(self, id_: EntryId) -> Clearance | None:
        """Look up a draft by id."""
        return next(iter(await self._drafts("id = $1", id_)), None)

    async def returned(self, by: KeyId) -> Sequence[Clearance]:
        """Return the returned drafts of a key's owner, under any key, newest first.

        Of drafts of an act that went back with the same remark, the first.
        """
        which = f"state = 'returned' AND by IN ({KEYS_OF_SAME_PERSON})"
        rows = await self._drafts(f"{which} ORDER BY at DESC, act, place, id", by)
        first = {(row.act or row.id, row.remark): row for row in reversed(rows)}
        return [*first.values()][::-1][:KEPT_RETURNED]

    async def of_act(self, act: EntryId) -> Sequence[Clearance]:
        """Return the drafts of an act, in order."""
        return await self._drafts("act = $1 ORDER BY place", act) if act else []

    async def of_person(self, id_: EntryId, key: KeyId) -> Clearance | None:
        """Look up a draft by id that the owner of a key signed with any key; None otherwise."""
        found = await self._drafts(f"id = $2 AND by IN ({KEYS_OF_SAME_PERSON})", key, id_)
        return next(iter(found), None)

    async def _drafts(self, where: str, *values: object) -> list[Clearance]:
        rows = await self._pool.fetch(f"{_READ} WHERE {where}", *values)
        return [Clearance(**{**row, "parts": tuple(row["parts"])}) for row in rows]

    async def close(
        self,
        id_: EntryId,
        state: Literal["cleared", "returned"],
        remark: str = "",
        shown: str = "",
    ) -> None:
        """Close a draft as released or returned.

        Args:
            id_: The draft.
            state: What became of it.
            remark: Remark to the author, if returned.
            shown: What the second official was shown, as JSON, if released.
        """
        await self._pool.execute(
            "UPDATE desk.clearances SET state = $2, remark = $3, shown = $4 WHERE id = $1",
            id_,
            state,
            remark,
            shown,
        )
        await self._pool.execute(_DROP_FORM, id_)
        self._changed()


def _place(draft: Clearance) -> tuple[EntryId, int, str]:
    return draft.act, draft.place, draft.form
