"""Transactions on the shared logs, the private log and the work tables.

Not for the link: its database role has no rights on the private schemas, and its code gets
`PostgresSharedTransaction` alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final, TypeVar, cast

import asyncpg

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.rows.private import (
    PartsRow,
    PrivateKey,
    PrivateRow,
    PrivateRows,
    PrivateTable,
    private_key_of,
)
from special_channel.core.rules.state import Row, key_of
from special_channel.stores.database_errors import database_errors
from special_channel.stores.owed import OwedQueue
from special_channel.stores.record import writes
from special_channel.stores.record.transaction import PostgresSharedTransaction
from special_channel.stores.rows import PRIVATE_TABLES, TABLES, RowTable, written

_R = TypeVar("_R", bound=Row | PrivateRow)

_BATCH: Final = 1000
"""Rows per statement when views are rebuilt."""

_NO_ERASURE: Final = "SC001"
"""SQLSTATE of `record.erase` and `private.erase` without an order to erase."""

_PARTS: Final = (
    "SELECT id, kind, roles FROM private.entries WHERE code = '' AND id = ANY ($1::text[])"
)


# A draft stays under the key that began it, and may be signed with another of the same person.
_PERSONS_KEYS: Final = """(SELECT {0} UNION SELECT theirs.key
            FROM desk.official_keys AS own JOIN desk.official_keys AS theirs USING (official)
            WHERE own.key = {0})"""
_OF_AUTHOR, _OF_SENDER = _PERSONS_KEYS.format("e.author"), _PERSONS_KEYS.format("s.by")

_DESK_COPIES: Final = (
    """
    DELETE FROM desk.clearances AS c USING record.entries AS d
    WHERE (d.log, d.idx) = ($1, $2) AND c.id = record.payload(d.envelope) ->> 'ref'
    """,
    # A draft is deleted when its note is sent; an equally old draft was left by a browser that
    # stopped. A new thread shares its draft with its first note. `sign …`: what was to be signed.
    f"""
    DELETE FROM desk.drafts AS f USING record.entries AS d
        JOIN record.entries AS e ON e.id = record.payload(d.envelope) ->> 'ref'
        CROSS JOIN LATERAL (SELECT record.payload(nullif(e.envelope, '')) ->> 'ref' AS ref) AS said
    WHERE (d.log, d.idx) = ($1, $2) AND f.key IN {_OF_AUTHOR}
        AND f.at < e.accepted::timestamptz + interval '1 second'
        AND (f.place IN (e.thread, 'answer-' || said.ref) OR f.place LIKE 'sign %'
            OR (f.place LIKE 'new%' OR f.place LIKE 'promise-%') AND EXISTS (
                SELECT FROM record.entries AS o
                WHERE (o.log, o.thread, o.author, o.kind)
                    = (e.log, e.thread, e.author, 'thread.opened') AND o.idx >= e.idx - 1)
            OR e.kind IN ('meeting.held', 'point.noted')
                AND f.place IN ('meeting', 'words-' || coalesce(said.ref, e.id))
            OR e.kind = 'point.marked' AND f.place IN (
                SELECT 'words-' || p.meeting FROM record.points AS p WHERE p.key IN (
                    SELECT m ->> 'id' FROM jsonb_array_elements(
                        record.payload(nullif(e.envelope, '')) #> '{{body,entries}}') AS m)))
    """,  # noqa: S608 - constants
)
"""Deletion of an entry's copies in the desk's work tables, by the order's position ($1, $2)."""

_PRIVATE_DESK_COPIES: Final = (
    f"""
    DELETE FROM desk.drafts AS f USING private.entries AS d
        JOIN private.entries AS e ON e.id = record.payload(d.envelope) ->> 'ref'
    WHERE d.idx = $1 AND f.key IN {_OF_AUTHOR}
        AND (f.place = e.thread OR f.place LIKE 'sign %')
        AND f.at < e.accepted::timestamptz + interval '1 second'
    """,  # noqa: S608 - constants
    # The author's draft for the same place is the reopened draft, whatever its age.
    f"""
    WITH sent_back AS (
        DELETE FROM desk.clearances AS c USING private.entries AS d
            JOIN private.entries AS e ON e.id = record.payload(d.envelope) ->> 'ref'
        WHERE d.idx = $1 AND e.kind IN ('draft.returned', 'draft.routed')
            AND c.id = record.payload(e.envelope) #>> '{{body,id}}'
        RETURNING c.by, record.payload(c.envelope) AS payload)
    DELETE FROM desk.drafts AS f USING sent_back AS s
    WHERE f.key IN {_OF_SENDER}
        AND f.place IN (s.payload ->> 'thread', 'answer-' || (s.payload ->> 'ref'))
    """,  # noqa: S608 - constants
)
"""Deletion of a private entry's copies, by the order's index ($1)."""

_OWED: Final = """
SELECT DISTINCT d.idx
FROM record.erasure_orders AS d
JOIN record.entries AS e ON e.id = d.ref
JOIN record.parts AS p ON (p.log, p.idx, p.ordinal) = (e.log, e.idx, d.ordinal)
WHERE d.log = $1 AND p.disclosure IS NOT NULL
    AND substr(e.roles, p.ordinal + 1, 1) IN ('s', 't', 'f')
ORDER BY d.idx
"""


class PostgresTransaction(PostgresSharedTransaction, OwedQueue):
    """Port `Transaction`."""

    async def private_rows(self, keys: frozenset[PrivateKey]) -> PrivateRows:
        """Look up private rows by key; absent rows are omitted.

        The id of the creating entry is also a key of escalations and columns.
        """
        rows: dict[PrivateKey, PrivateRow] = {}
        if not keys:
            return rows
        with database_errors():
            for table, key, doc, _ in await self._fetch(PRIVATE_TABLES, keys):
                place = cast(PrivateTable, table)
                rows[place, key] = cast(PrivateRow, PRIVATE_TABLES[place].decode(doc))
            ids = [key for table, key in keys if table == "entry"]
            for id_, kind, roles in await self._connection.fetch(_PARTS, ids) if ids else ():
                rows["entry", id_] = PartsRow(id_, kind, roles)
        return rows

    async def file_lengths(self, digests: Sequence[str]) -> Mapping[str, int]:
        """Return lengths in bytes by digest, for files with stored bytes."""
        with database_errors():
            files = await self._connection.fetch(
                "SELECT sha256, length FROM record.files WHERE sha256 = ANY ($1::text[])",
                list(digests),
            )
        return {row["sha256"]: row["length"] for row in files}

    async def execute(self, statement: str, *args: object) -> Sequence[Mapping[str, object]]:
        """Run a statement on the work tables in this transaction."""
        with database_errors():
            return [dict(row) for row in await self._connection.fetch(statement, *args)]

    async def erase(self, order: Position) -> int:
        """Erase the parts named by the `part.erased` at a position, with their file bytes.

        Also deletes the desk's copies: the copy for release by a second official, and a remaining
        draft of the author. Returns the number of disclosures erased now.

        Raises:
            RuleBroken: `erase-authority`: no valid `part.erased` at this position.
        """
        # The database reads the order itself.
        return await self._erase("record.erase($1, $2)", _DESK_COPIES, order.party, order.index)

    async def erase_privately(self, order: int) -> int:
        """Erase the parts named by the `private.erased` at an index, as `erase` does.

        For a remark, also deletes the returned draft and the author's reopened draft; for a draft
        on a sign-off route, the draft that waits.

        Raises:
            RuleBroken: `erase-authority`: no `private.erased` at this index.
        """
        return await self._erase("private.erase($1)", _PRIVATE_DESK_COPIES, order)

    async def _erase(self, function: str, copies: Sequence[str], *order: object) -> int:
        with database_errors():
            try:
                erased = await self._connection.fetchval(f"SELECT {function}", *order)
            except asyncpg.PostgresError as error:
                if error.sqlstate != _NO_ERASURE:
                    raise
                place = "-".join(str(each) for each in order).upper()
                raise RuleBroken(
                    "erase-authority", "No order to erase stands there.", position=place
                ) from error
            for statement in copies:
                await self._connection.execute(statement, *order)
        return int(erased)

    async def orders_owed(self, party: Party) -> Sequence[Position]:
        """Return the positions of erasure orders in a party's log that are not fully executed."""
        # Reads every order of the log: orders are few, and callers run this at start or after a
        # loss only.
        with database_errors():
            rows = await self._connection.fetch(_OWED, party)
        return [Position(party, row["idx"]) for row in rows]

    async def replace_rows(self, rows: AsyncIterator[Row], *, eu: int, cn: int) -> str:
        """Replace all rows of the shared views; return their digest.

        Locks both heads until the transaction ends.

        Args:
            rows: The fold of both logs. `entry` rows are ignored, since the log is their table.
            eu: Size of the EU log in the fold.
            cn: Size of the CN log in the fold.

        Raises:
            Unavailable: `append-lost` if a log has another size.
        """
        heads = [await self.lock("eu"), await self.lock("cn")]
        if [head.size for head in heads] != [eu, cn]:
            raise writes.lost()
        with database_errors():  # before the rows, as a trigger on the views requires
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
        """Replace all rows of the private views by the fold of the private log at `size`.

        Raises:
            Unavailable: `append-lost` if the private log has another size.
        """
        if (await self.lock("private")).size != size:
            raise writes.lost()
        await self._replace(PRIVATE_TABLES, rows, private_key_of)

    async def search_again(self) -> None:
        """Queue every text for the index of full-text search."""
        await self.execute("SELECT private.search_everything()")

    async def _replace(
        self,
        tables: Mapping[str, RowTable],
        rows: AsyncIterator[_R],
        key_of_row: Callable[[_R], tuple[str, str]],
    ) -> bytes:
        """Replace all rows of tables; return the sum of the rows' digests."""
        total = 0
        with database_errors():
            # The rows may take long to arrive, while this session is idle.
            await self._connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            for table in tables.values():
                await self._connection.execute(f"DELETE FROM {table.relation}")  # noqa: S608
            async for batch in _batches(rows):
                keyed: dict[str, list[tuple[str, _R]]] = {}
                for row in batch:
                    name, key = key_of_row(row)
                    keyed.setdefault(name, []).append((key, row))
                for name, table_rows in keyed.items():
                    if name in tables:
                        total += await self._copy(name, tables[name], table_rows)
        return (total % writes.MODULUS).to_bytes(32)

    async def _copy(
        self, name: str, table: RowTable, keyed: Sequence[tuple[str, Row | PrivateRow]]
    ) -> int:
        records = [written(name, table, key, row) for key, row in keyed]
        schema, relation = table.relation.split(".")
        await self._connection.copy_records_to_table(
            relation, schema_name=schema, columns=table.columns, records=records
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
