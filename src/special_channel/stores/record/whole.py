"""Transactions over everything: the shared logs, the private log and the work tables.

The link never holds one: its role has no right on these schemas, and it is handed
`SharedOnly` alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final, cast

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
from special_channel.stores.rows import PRIVATE_TABLES, TABLES, RowTable, arrays, reading_statement

_READ_PRIVATE: Final = reading_statement(PRIVATE_TABLES, lock=False)

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
            for table, key, doc, _ in await self._fetch(_READ_PRIVATE, PRIVATE_TABLES, keys):
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

    async def replace_rows(self, rows: AsyncIterator[Row | PrivateRow], *, eu: int, cn: int) -> str:
        """Throw all views away and write these in their place; return their state digest.

        They are the fold of both shared logs up to these sizes, and of the private log. `entry`
        rows are passed over: the log is their table. Locks all heads until the end.

        Raises:
            Unavailable: `append-lost` if a log has another size.
        """
        heads = [await self.lock("eu"), await self.lock("cn"), await self.lock("private")]
        if [head.size for head in heads[:2]] != [eu, cn]:
            raise writing.lost()
        total = 0
        with database_errors():
            await self._connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            for table in (*TABLES.values(), *PRIVATE_TABLES.values()):
                await self._connection.execute(f"DELETE FROM {table.relation}")  # noqa: S608
            async for batch in _batches(rows):
                total += await self._insert(batch)
            digest = (total % writing.MODULUS).to_bytes(32)
            await self._connection.execute(
                "UPDATE record.heads SET digest = CASE log WHEN 'eu' THEN $1::bytea ELSE $2 END",
                digest,
                bytes(32),
            )
        self._digests |= {"eu": digest, "cn": bytes(32)}
        return digest.hex()

    async def _insert(self, batch: Sequence[Row | PrivateRow]) -> int:
        """Insert rows and return the sum of the digests of those that nodes compare."""
        sorted_: dict[str, list[tuple[str, Row | PrivateRow]]] = {}
        for row in batch:
            table, key = _key_of(row)
            sorted_.setdefault(table, []).append((key, row))
        total = 0
        for name, keyed in sorted_.items():
            if name == "entry":
                continue
            where = _ROW_TABLES[name]
            values = arrays(where, keyed)
            await self._connection.copy_records_to_table(
                where.relation.split(".")[1],
                schema_name=where.relation.split(".")[0],
                columns=["key", "doc", "digest", *(column for column, _ in where.columns)],
                records=zip(*values, strict=True),
            )
            if name in TABLES:
                total += sum(int.from_bytes(cast(bytes, digest)) for digest in values[2])
        return total


_ROW_TABLES: Final[Mapping[str, RowTable]] = {**TABLES, **PRIVATE_TABLES}


def _key_of(row: Row | PrivateRow) -> tuple[str, str]:
    return private_key_of(row) if isinstance(row, PrivateRow) else key_of(row)


async def _batches(
    rows: AsyncIterator[Row | PrivateRow],
) -> AsyncIterator[list[Row | PrivateRow]]:
    batch: list[Row | PrivateRow] = []
    async for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
