"""Transactions over everything: the shared logs, the private log and the work tables.

The link never holds one: its role has no right on these schemas, and it is handed
`SharedOnly` alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final, TypeVar, cast

import asyncpg

from special_channel.core.errors import RuleBroken
from special_channel.core.ids import Position
from special_channel.core.private import (
    PrivateKey,
    PrivateRow,
    PrivateRows,
    PrivateTable,
    private_key_of,
)
from special_channel.core.state import Row, key_of
from special_channel.stores.database_errors import database_errors
from special_channel.stores.record import writing
from special_channel.stores.record.transaction import SharedOnly
from special_channel.stores.rows import PRIVATE_TABLES, TABLES, RowTable, columns_of, written

_R = TypeVar("_R", bound=Row | PrivateRow)

_BATCH: Final = 1000
"""Rows a statement when views are made again."""

_NO_ERASURE: Final = "SC001"
"""SQLSTATE of `record.erase` where no `part.erased` stands."""


class Whole(SharedOnly):
    """Port `Transaction`."""

    async def private_rows(self, keys: frozenset[PrivateKey]) -> PrivateRows:
        """Return those of the private rows that exist.

        An escalation may also be asked for by the id of the entry that raised it.
        """
        found: dict[PrivateKey, PrivateRow] = {}
        if not keys:
            return found
        with database_errors():
            for table, key, doc, _ in await self._fetch(PRIVATE_TABLES, keys):
                place = cast(PrivateTable, table)
                found[place, key] = cast(PrivateRow, PRIVATE_TABLES[place].decode(doc))
        return found

    async def execute(self, statement: str, *args: object) -> Sequence[Mapping[str, object]]:
        """Run a statement of the work tables in this transaction."""
        with database_errors():
            return [dict(row) for row in await self._connection.fetch(statement, *args)]

    async def erase(self, order: Position) -> int:
        """Erase what the `part.erased` at this place names, file bytes included.

        Returns how many disclosures went now. The database itself reads the order.

        Raises:
            RuleBroken: `erase-authority`: no valid `part.erased` stands there.
        """
        with database_errors():
            try:
                gone = await self._connection.fetchval(
                    "SELECT record.erase($1, $2)", order.party, order.index
                )
            except asyncpg.PostgresError as error:
                if error.sqlstate != _NO_ERASURE:
                    raise
                raise RuleBroken(
                    "erase-authority", "No order to erase stands there.", position=str(order)
                ) from error
        return int(gone)

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
