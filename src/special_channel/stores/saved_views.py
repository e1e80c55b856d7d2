"""Saved filters in PostgreSQL. Does not parse their queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A named filter of an official; `query` is the query string of the page's URL."""

    id: int
    name: str
    query: str


class Filters(Store):
    """Saved filters of the applications page, by official."""

    async def of_official(self, official: int) -> Sequence[SavedFilter]:
        """Return an official's filters, by name."""
        return await self._objects(
            SavedFilter,
            "SELECT id, name, query FROM desk.filters WHERE official = $1 ORDER BY name",
            official,
        )

    async def save(self, official: int, name: str, query: str, at: datetime) -> None:
        """Store a filter; replaces the official's filter of the same name."""
        await self._pool.execute(
            "INSERT INTO desk.filters (official, name, query, at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (official, name) DO UPDATE SET query = $3, at = $4",
            *(official, name, query, at),
        )

    async def remove(self, official: int, id_: int) -> None:
        """Delete an official's filter; do nothing if no filter of the official has this id."""
        await self._pool.execute(
            "DELETE FROM desk.filters WHERE official = $1 AND id = $2", official, id_
        )
