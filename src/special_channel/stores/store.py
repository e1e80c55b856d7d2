"""What all queries have in common: a pool, a cache of counts, rows of one class.

Does not know a table. Driver errors are mapped, and damaged rows hidden, by `ShownRows`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import asyncpg

from special_channel.core.rules.private import PrivateRow
from special_channel.core.rules.state import Row
from special_channel.stores.rows import row_of, rows_of
from special_channel.stores.sessions import Pool
from special_channel.stores.shown import ShownRows, numbered, shown
from special_channel.stores.size_cache import SizeCache

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

    async def _page(self, kind: type[_R], statement: str, *values: object) -> tuple[list[_R], int]:
        """Return the rows of a class, and their number without the limit (`total`)."""
        rows = await self._pool.fetch(statement, *values)
        return rows_of(kind, rows), rows[0]["total"] if rows else 0

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
