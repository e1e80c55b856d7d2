"""What pages read of the views: without the rows that the check of the record found damaged.

The one place where such rows are left out, for lists, counts, figures and single rows alike. Does
not look for damage: `broker/view_check.py` does. Writers and the check read the tables themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import asyncpg
from asyncpg.pool import PoolAcquireContext

from special_channel.core.errors import Unavailable
from special_channel.ports.damage import CheckState
from special_channel.stores.rows import PRIVATE_TABLES, TABLES
from special_channel.stores.sessions import Pool

_NAMES: Final = {known.relation: name for name, known in {**TABLES, **PRIVATE_TABLES}.items()}

_RELATION: Final = re.compile(
    r"\b(FROM|JOIN) (" + "|".join(re.escape(each) for each in _NAMES) + r")\b( AS \w+)?"
)

_INTACT: Final = (
    "{join} (SELECT r.* FROM {relation} AS r WHERE NOT EXISTS (SELECT FROM {schema}.damaged AS d"
    " WHERE d.what = 'row' AND d.mended IS NULL AND d.place = '{name} ' || r.key)){alias}"
)


class ShownRows:
    """Reads views for people. While no row is known to be damaged, a statement runs as it is.

    Attributes:
        pool: Reads the tables as they are.
    """

    def __init__(self, pool: Pool, check: Callable[[], CheckState]) -> None:
        """Read from `pool`; `check` tells what this process knows of damage."""
        self.pool = pool
        self._check = check

    def hidden(self) -> tuple[str, ...]:
        """Return the rows that are left out, as `table key`."""
        return tuple(one.place for one in self._check().damaged if one.what == "row")

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Return the rows of a statement."""
        found: list[asyncpg.Record] = await self.pool.fetch(self._intact(statement), *values)
        return found

    async def fetchrow(self, statement: str, *values: object) -> asyncpg.Record | None:
        """Return the first row of a statement."""
        return await self.pool.fetchrow(self._intact(statement), *values)

    async def fetchval(self, statement: str, *values: object) -> Any:  # noqa: ANN401 - any column
        """Return the first column of the first row."""
        return await self.pool.fetchval(self._intact(statement), *values)

    async def one(
        self, statement: str, *values: object, name: Callable[[asyncpg.Record], str]
    ) -> asyncpg.Record | None:
        """Return one row that somebody asks for by its name.

        Args:
            statement: Reads the row.
            values: Its arguments.
            name: Says what people call the row.

        Raises:
            Unavailable: `record-damaged` if the row is there and damaged.
        """
        found = await self.fetchrow(statement, *values)
        if found is None and self.hidden():
            damaged = await self.pool.fetchrow(statement, *values)
            if damaged is not None:
                raise Unavailable(
                    "record-damaged", "This is damaged in our database.", place=name(damaged)
                )
        return found

    def acquire(self) -> PoolAcquireContext[asyncpg.Record]:
        """Return a session, for what is no view."""
        return self.pool.acquire()

    def _intact(self, statement: str) -> str:
        return intact_statement(statement) if self.hidden() else statement


@lru_cache(maxsize=256)
def intact_statement(statement: str) -> str:
    """Return a statement that reads the same views without damaged rows."""
    return _RELATION.sub(_without_damaged, statement)


def _without_damaged(found: re.Match[str]) -> str:
    join, relation, alias = found.groups()
    schema, _, table = relation.partition(".")
    return _INTACT.format(
        join=join,
        relation=relation,
        schema=schema,
        name=_NAMES[relation],
        alias=alias or f" AS {table}",
    )


def numbered(row: asyncpg.Record) -> str:
    """Return the number of what a row is about: EU-5, by its columns `party` and `idx`."""
    return f"{row['party'].upper()}-{row['idx']}"


def shown(pool: Pool | ShownRows) -> ShownRows:
    """Return what reads a pool's views; of a bare pool nothing is known to be damaged."""
    return pool if isinstance(pool, ShownRows) else ShownRows(pool, CheckState)
