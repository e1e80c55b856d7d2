"""Run the statements of stores: map driver errors, and hide rows that the check found damaged.

The only place that hides damaged rows, for lists, counts, figures and single rows. Does not
search for damage: `broker/view_check.py` does. Writers and the check read the tables directly.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import lru_cache
from typing import Any, Final

import asyncpg

from special_channel.core.bytes.errors import Unavailable
from special_channel.ports.damage import CheckState
from special_channel.stores.database_errors import database_errors
from special_channel.stores.rows import ALL_TABLES
from special_channel.stores.sessions import Connection, Pool, mapped_session

_NAMES: Final = {known.relation: name for name, known in ALL_TABLES.items()}

_RELATION: Final = re.compile(
    r"\b(FROM|JOIN) (" + "|".join(re.escape(each) for each in _NAMES) + r")\b( AS \w+)?"
)

_INTACT: Final = (
    "{join} (SELECT r.* FROM {relation} AS r WHERE NOT EXISTS (SELECT FROM {schema}.damaged AS d"
    " WHERE d.what = 'row' AND d.mended IS NULL AND d.place = '{name} ' || r.key)){alias}"
)


class ShownRows:
    """Runs statements, on views without damaged rows; unchanged while no row is damaged.

    Attributes:
        pool: Reads the tables with damaged rows.
    """

    def __init__(self, pool: Pool, check: Callable[[], CheckState]) -> None:
        """Read from `pool`; `check` returns the known damage."""
        self.pool = pool
        self._check = check

    def hidden(self) -> tuple[str, ...]:
        """Return the hidden rows, as `table key`."""
        return tuple(one.place for one in self._check().damaged if one.what == "row")

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Return the rows of a statement."""
        with database_errors():
            rows: list[asyncpg.Record] = await self.pool.fetch(self._intact(statement), *values)
        return rows

    async def fetchrow(self, statement: str, *values: object) -> asyncpg.Record | None:
        """Return the first row of a statement."""
        with database_errors():
            return await self.pool.fetchrow(self._intact(statement), *values)

    async def fetchval(self, statement: str, *values: object) -> Any:  # noqa: ANN401 - any column
        """Return the first column of the first row."""
        with database_errors():
            return await self.pool.fetchval(self._intact(statement), *values)

    async def execute(self, statement: str, *values: object) -> str:
        """Run a statement that writes, and return its status."""
        with database_errors():
            return await self.pool.execute(statement, *values)

    async def one(
        self, statement: str, *values: object, name: Callable[[asyncpg.Record], str]
    ) -> asyncpg.Record | None:
        """Return a single row; raise if the row is hidden.

        Args:
            statement: Reads the row.
            values: Arguments of the statement.
            name: Returns the row's name for the error.

        Raises:
            Unavailable: `record-damaged` if the row exists and is damaged.
        """
        row = await self.fetchrow(statement, *values)
        if row is None and self.hidden():
            with database_errors():
                damaged = await self.pool.fetchrow(statement, *values)
            if damaged is not None:
                raise Unavailable(
                    "record-damaged", "This is damaged in our database.", place=name(damaged)
                )
        return row

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Open a transaction for the block, for statements on other tables than views."""
        async with self.session() as connection, connection.transaction():
            yield connection

    def session(self) -> AbstractAsyncContextManager[Connection]:
        """Return a connection for the block, for statements on other tables than views."""
        return mapped_session(self.pool)

    def _intact(self, statement: str) -> str:
        return intact_statement(statement) if self.hidden() else statement


@lru_cache(maxsize=256)
def intact_statement(statement: str) -> str:
    """Return the statement with damaged rows filtered out of each view."""
    return _RELATION.sub(_without_damaged, statement)


def _without_damaged(match: re.Match[str]) -> str:
    join, relation, alias = match.groups()
    schema, _, table = relation.partition(".")
    return _INTACT.format(
        join=join,
        relation=relation,
        schema=schema,
        name=_NAMES[relation],
        alias=alias or f" AS {table}",
    )


def numbered(row: asyncpg.Record) -> str:
    """Return the position of a row's entry as text (EU-5), from the columns `party` and `idx`."""
    return f"{row['party'].upper()}-{row['idx']}"


def shown(pool: Pool | ShownRows) -> ShownRows:
    """Wrap a pool unless wrapped already; a bare pool has no known damage."""
    return pool if isinstance(pool, ShownRows) else ShownRows(pool, CheckState)
