"""What all queries have in common: a pool, a cache of counts, rows of one class.

Does not know a table. Driver errors are mapped, and damaged rows hidden, by `ShownRows`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import asyncpg

from special_channel.core.rows.private import PrivateRow
from special_channel.core.rules.state import Row
from special_channel.stores.rows import relation_of, row_of, rows_of
from special_channel.stores.sessions import Pool
from special_channel.stores.shown import ShownRows, numbered, shown
from special_channel.stores.size_cache import SizeCache

_T = TypeVar("_T")
_R = TypeVar("_R", bound=Row | PrivateRow)


class Store:
    """Queries of one subject.

    All methods raise `Unavailable` (`database-unavailable`) while the database does not answer.
    """

    def __init__(self, pool: Pool | ShownRows) -> None:
        self._pool = shown(pool)
        self._cache = SizeCache(self._pool)

    async def _rows(self, kind: type[_R], statement: str, *values: object) -> list[_R]:
        """Return the rows of a class, from a statement's column `doc`."""
        return rows_of(kind, await self._pool.fetch(statement, *values))

    async def _select(self, kind: type[_R], rest: str, *values: object) -> list[_R]:
        """Return rows of a class; `rest` follows the name of the table."""
        return await self._rows(kind, f"SELECT doc FROM {relation_of(kind)} {rest}", *values)  # noqa: S608

    async def _by_key(self, kind: type[_R], keys: Iterable[str]) -> dict[str, _R]:
        """Look up rows of a class by key; unknown keys are omitted."""
        wanted = list(keys)
        if not wanted:
            return {}
        statement = f"SELECT key, doc FROM {relation_of(kind)} WHERE key = ANY ($1::text[])"  # noqa: S608
        rows = await self._pool.fetch(statement, wanted)
        return {row["key"]: row_of(kind, row["doc"]) for row in rows}

    async def _insert(self, table: str, *, rest: str = "", **columns: object) -> None:
        """Insert a row of `columns`; `rest` follows the values."""
        await self._pool.execute(insertion(table, columns, rest), *columns.values())

    async def _page(self, kind: type[_R], statement: str, *values: object) -> tuple[list[_R], int]:
        """Return the rows of a class, and their number without the limit (`total`)."""
        rows = await self._pool.fetch(statement, *values)
        return rows_of(kind, rows), rows[0]["total"] if rows else 0

    async def _objects(self, kind: type[_T], statement: str, *values: object) -> list[_T]:
        """Return records as objects of a class with a field for each column."""
        return [kind(**row) for row in await self._pool.fetch(statement, *values)]

    async def _object(self, kind: type[_T], statement: str, *values: object) -> _T | None:
        """Return the first record as an object, or None."""
        return next(iter(await self._objects(kind, statement, *values)), None)

    async def _count(self, statement: str, *values: object) -> int:
        """Return the number that a statement returns."""
        count: int = await self._pool.fetchval(statement, *values)
        return count

    async def _one(
        self,
        kind: type[_R],
        statement: str,
        *values: object,
        name: Callable[[asyncpg.Record], str] = numbered,
    ) -> _R | None:
        """Return a single row; `name` returns its name for the error.

        Raises:
            Unavailable: `record-damaged`.
        """
        row = await self._pool.one(statement, *values, name=name)
        return row_of(kind, row["doc"]) if row else None


def insertion(table: str, columns: Iterable[str], rest: str = "") -> str:
    """Return the statement that inserts a row of these columns; `rest` follows the values."""
    names = list(columns)
    values = ", ".join(f"${place}" for place, _ in enumerate(names, 1))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values}) {rest}"  # noqa: S608
