"""Transactions over everything: the shared logs, the private log and the work tables.

The link never holds one: its role has no right on these schemas, and it is handed
`SharedOnly` alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final, TypeVar, cast

import asyncpg

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.rules.private import (
    PartsRow,
    PrivateKey,
    PrivateRow,
    PrivateRows,
    PrivateTable,
    private_key_of,
)
from special_channel.core.rules.state import Row, key_of
from special_channel.ports.owed import Owed
from special_channel.stores.database_errors import database_errors
from special_channel.stores.owed import OwedQueue
from special_channel.stores.record import writing
from special_channel.stores.record.transaction import SharedOnly
from special_channel.stores.rows import PRIVATE_TABLES, TABLES, RowTable, columns_of, written

_R = TypeVar("_R", bound=Row | PrivateRow)

_BATCH: Final = 1000
"""Rows a statement when views are made again."""

_NO_ERASURE: Final = "SC001"
"""SQLSTATE of `record.erase` and `private.erase` where no order to erase stands."""

_ROLES: Final = "SELECT id, roles FROM private.entries WHERE code = '' AND id = ANY ($1::text[])"


_DESK_COPIES: Final = (
    """
    DELETE FROM desk.clearances AS c USING record.entries AS d
    WHERE (d.log, d.idx) = ($1, $2) AND c.id = record.payload(d.envelope) ->> 'ref'
    """,
    # A draft goes once its note is sent; one that is as old was left by a browser that stopped. A
    # thread is typed together with its first note.
    """
    DELETE FROM desk.drafts AS f USING record.entries AS d
        JOIN record.entries AS e ON e.id = record.payload(d.envelope) ->> 'ref'
        CROSS JOIN LATERAL (SELECT record.payload(nullif(e.envelope, '')) ->> 'ref' AS ref) AS said
    WHERE (d.log, d.idx) = ($1, $2) AND f.key = e.author
        AND f.at < e.accepted::timestamptz + interval '1 second'
        AND (f.place IN (e.thread, 'answer-' || said.ref)
            OR (f.place LIKE 'new%' OR f.place LIKE 'promise-%') AND EXISTS (
                SELECT FROM record.entries AS o
                WHERE (o.log, o.thread, o.author, o.kind)
                    = (e.log, e.thread, e.author, 'thread.opened') AND o.idx >= e.idx - 1)
            OR e.kind IN ('meeting.held', 'point.noted')
                AND f.place IN ('meeting', 'words-' || coalesce(said.ref, e.id))
            OR e.kind = 'point.differed' AND f.place IN (
                SELECT 'words-' || p.meeting FROM record.points AS p WHERE p.key = said.ref))
    """,
)
"""Copies of an entry's text in the desk's work tables, by the place of the order ($1, $2)."""

_PRIVATE_DESK_COPIES: Final = (
    """
    DELETE FROM desk.drafts AS f USING private.entries AS d
        JOIN private.entries AS e ON e.id = record.payload(d.envelope) ->> 'ref'
    WHERE d.idx = $1 AND f.key = e.author AND f.place = e.thread
        AND f.at < e.accepted::timestamptz + interval '1 second'
    """,
    # The author's draft of the same place is what they took up again, whenever they typed it.
    """
    WITH sent_back AS (
        DELETE FROM desk.clearances AS c USING private.entries AS d
            JOIN private.entries AS e ON e.id = record.payload(d.envelope) ->> 'ref'
        WHERE d.idx = $1 AND e.kind = 'draft.returned'
            AND c.id = record.payload(e.envelope) #>> '{body,id}'
        RETURNING c.by, record.payload(c.envelope) AS payload)
    DELETE FROM desk.drafts AS f USING sent_back AS s
    WHERE f.key = s.by AND f.place IN (s.payload ->> 'thread', 'answer-' || (s.payload ->> 'ref'))
    """,
)
"""The same of an entry of the private log, by the index of the order ($1)."""

_OWED: Final = """
SELECT DISTINCT d.idx
FROM record.entries AS d
CROSS JOIN LATERAL record.payload(nullif(d.envelope, '')) AS o (payload)
JOIN record.entries AS e ON e.id = o.payload ->> 'ref'
JOIN record.parts AS p ON (p.log, p.idx) = (e.log, e.idx)
WHERE d.log = $1 AND d.kind = 'part.erased' AND d.code = '' AND p.disclosure IS NOT NULL
    AND substr(e.roles, p.ordinal + 1, 1) IN ('s', 't', 'f')
    AND o.payload #> '{body,parts}' @> to_jsonb(p.ordinal::integer)
ORDER BY d.idx
"""


class Whole(SharedOnly):
    """Port `Transaction`."""

    async def private_rows(self, keys: frozenset[PrivateKey]) -> PrivateRows:
        """Return those of the private rows that exist.

        Escalations and columns may also be asked for by the id of the entry that made them.
        """
        found: dict[PrivateKey, PrivateRow] = {}
        if not keys:
            return found
        with database_errors():
            for table, key, doc, _ in await self._fetch(PRIVATE_TABLES, keys):
                place = cast(PrivateTable, table)
                found[place, key] = cast(PrivateRow, PRIVATE_TABLES[place].decode(doc))
            named = [key for table, key in keys if table == "entry"]
            for id_, roles in await self._connection.fetch(_ROLES, named) if named else ():
                found["entry", id_] = PartsRow(id_, roles)
        return found

    async def file_lengths(self, digests: Sequence[str]) -> Mapping[str, int]:
        """Return the length in bytes of each of these files that is stored, by digest."""
        with database_errors():
            found = await self._connection.fetch(
                "SELECT sha256, length FROM record.files WHERE sha256 = ANY ($1::text[])",
                list(digests),
            )
        return {row["sha256"]: row["length"] for row in found}

    async def owe(self, entries: Sequence[Owed]) -> None:
        """Put private entries into the queue of those that are owed."""
        await OwedQueue(self._connection).owe(entries)

    async def owed(self, limit: int) -> Sequence[Owed]:
        """Return the first of those that are owed."""
        return await OwedQueue(self._connection).owed(limit)

    async def owed_steps(self, keys: frozenset[PrivateKey]) -> PrivateRows:
        """Return the steps of the ladder, among these, that owed entries have taken."""
        return await OwedQueue(self._connection).owed_steps(keys)

    async def settle(self, numbers: Sequence[int]) -> None:
        """Take those out of the queue that are written."""
        await OwedQueue(self._connection).settle(numbers)

    async def execute(self, statement: str, *args: object) -> Sequence[Mapping[str, object]]:
        """Run a statement of the work tables in this transaction."""
        with database_errors():
            return [dict(row) for row in await self._connection.fetch(statement, *args)]

    async def erase(self, order: Position) -> int:
        """Erase what the `part.erased` at this place names, file bytes included.

        The database itself reads the order. What the desk keeps of the entry goes as well: the
        copy that was laid before a second official, and the author's draft if it was left.
        Returns how many disclosures went now.

        Raises:
            RuleBroken: `erase-authority`: no valid `part.erased` stands there.
        """
        return await self._erase("record.erase($1, $2)", _DESK_COPIES, order.party, order.index)

    async def erase_privately(self, order: int) -> int:
        """Erase what the `private.erased` at this index names, as `erase` does.

        With a remark goes the draft that it sent back, and what its author took up of it.

        Raises:
            RuleBroken: `erase-authority`: no `private.erased` stands there.
        """
        return await self._erase("private.erase($1)", _PRIVATE_DESK_COPIES, order)

    async def _erase(self, function: str, copies: Sequence[str], *order: object) -> int:
        with database_errors():
            try:
                gone = await self._connection.fetchval(f"SELECT {function}", *order)
            except asyncpg.PostgresError as error:
                if error.sqlstate != _NO_ERASURE:
                    raise
                place = "-".join(str(each) for each in order).upper()
                raise RuleBroken(
                    "erase-authority", "No order to erase stands there.", position=place
                ) from error
            for statement in copies:
                await self._connection.execute(statement, *order)
        return int(gone)

    async def orders_owed(self, party: Party) -> Sequence[Position]:
        """Return the orders in a party's own log of which something is still here.

        Looks at every order of the log: they are few, and this is asked at start and after a
        loss alone.
        """
        with database_errors():
            rows = await self._connection.fetch(_OWED, party)
        return [Position(party, row["idx"]) for row in rows]

    async def replace_rows(self, rows: AsyncIterator[Row], *, eu: int, cn: int) -> str:
        """Throw the shared views away and write these in their place; return their digest.

        They are the fold of both logs up to these sizes. `entry` rows are passed over: the log
        is their table. Both heads are locked until the end.

        Raises:
            Unavailable: `append-lost` if a log has another size.
        """
        heads = [await self.lock("eu"), await self.lock("cn")]
        if [head.size for head in heads] != [eu, cn]:
            raise writing.lost()
        with database_errors():  # before the rows: a trigger on the views asks for that
            await self._connection.execute("UPDATE record.heads SET digest = digest")
        digest = await self._replace(TABLES, rows, key_of)
        with database_errors():
            await self._connection.execute(
                "UPDATE record.heads SET digest = CASE log WHEN 'eu' THEN $1::bytea ELSE $2 END",
                digest,
                bytes(32),
            )
        self._digests |= {"eu": digest, "cn": bytes(32)}
        return digest.hex()

    async def replace_private_rows(self, rows: AsyncIterator[PrivateRow], *, size: int) -> None:
        """Throw the private views away and write these: the fold of the log up to this size.

        Raises:
            Unavailable: `append-lost` if the private log has another size.
        """
        if (await self.lock("private")).size != size:
            raise writing.lost()
        await self._replace(PRIVATE_TABLES, rows, private_key_of)

    async def _replace(
        self,
        tables: Mapping[str, RowTable],
        rows: AsyncIterator[_R],
        key_of_row: Callable[[_R], tuple[str, str]],
    ) -> bytes:
        """Replace all rows of these tables, and return the sum of their digests."""
        total = 0
        with database_errors():
            # The rows may be long in coming, while nothing is asked of this session.
            await self._connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            for table in tables.values():
                await self._connection.execute(f"DELETE FROM {table.relation}")  # noqa: S608
            async for batch in _batches(rows):
                keyed: dict[str, list[tuple[str, _R]]] = {}
                for row in batch:
                    name, key = key_of_row(row)
                    keyed.setdefault(name, []).append((key, row))
                for name, held in keyed.items():
                    if name in tables:
                        total += await self._copy(name, tables[name], held)
        return (total % writing.MODULUS).to_bytes(32)

    async def _copy(
        self, name: str, table: RowTable, keyed: Sequence[tuple[str, Row | PrivateRow]]
    ) -> int:
        records = [written(name, table, key, row) for key, row in keyed]
        schema, relation = table.relation.split(".")
        await self._connection.copy_records_to_table(
            relation, schema_name=schema, columns=columns_of(table), records=records
        )
        return sum(int.from_bytes(record[2]) for record in records)


async def _batches(rows: AsyncIterator[_R]) -> AsyncIterator[list[_R]]:
    batch: list[_R] = []
    async for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
