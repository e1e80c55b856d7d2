"""Common parts of the queries of views: rows of one type, one row, one number."""

from __future__ import annotations

from typing import TypeVar

from special_channel.core.rules.private import PrivateRow
from special_channel.core.rules.state import Row
from special_channel.stores.database_errors import database_errors
from special_channel.stores.rows import row_of, rows_of
from special_channel.stores.sessions import Pool
from special_channel.stores.shown import ShownRows, numbered, shown
from special_channel.stores.size_cache import SizeCache

_R = TypeVar("_R", bound=Row | PrivateRow)


class ViewReader:
    """Read rows of the views, one statement a query."""

    def __init__(self, pool: Pool | ShownRows) -> None:
        self._pool = shown(pool)
        self._cache = SizeCache(self._pool)

    async def _count(self, statement: str, *arguments: object) -> int:
        with database_errors():
            count: int = await self._pool.fetchval(statement, *arguments)
        return count

    async def _one(self, kind: type[_R], statement: str, *values: object) -> _R | None:
        """Return a single row.

        Raises:
            Unavailable: `record-damaged`.
        """
        with database_errors():
            row = await self._pool.one(statement, *values, name=numbered)
        return row_of(kind, row["doc"]) if row else None

    async def _rows(self, kind: type[_R], statement: str, *arguments: object) -> list[_R]:
        with database_errors():
            return rows_of(kind, await self._pool.fetch(statement, *arguments))
