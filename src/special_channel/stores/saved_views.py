"""Saved views of lists in PostgreSQL, by person. Does not parse their queries; never sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

import asyncpg

from special_channel.core.bytes.errors import RuleBroken
from special_channel.stores.store import Store

ViewedList = Literal["threads", "applications", "search"]
"""Lists whose filters, order and columns are saved under a name."""

VIEWED_LISTS: Final[tuple[ViewedList, ...]] = get_args(ViewedList)


@dataclass(frozen=True, slots=True)
class SavedView:
    """A named view of a person; `query` is the query string of the list's address."""

    id: int
    list: ViewedList
    name: str
    query: str


class SavedViews(Store):
    """Saved views by pseudonym of the person, else by key."""

    async def of_person(self, person: str) -> Sequence[SavedView]:
        """Return a person's views, by list and name."""
        return await self._objects(
            SavedView,
            "SELECT id, list, name, query FROM desk.saved_views WHERE person = $1"
            " ORDER BY list, name",
            person,
        )

    async def save(
        self,
        person: str,
        list_: ViewedList,
        name: str,
        query: str,
        at: datetime,
        *,
        replace: bool = False,
    ) -> None:
        """Store a view; with `replace`, in place of the person's view of the list with its name.

        Raises:
            RuleBroken: `view-name-taken` without `replace`, if a view of the list has the name.
        """
        taken = "UPDATE SET query = $4, at = $5" if replace else "NOTHING"
        status = await self._pool.execute(
            "INSERT INTO desk.saved_views (person, list, name, query, at)"  # noqa: S608
            f" VALUES ($1, $2, $3, $4, $5) ON CONFLICT (person, list, name) DO {taken}",
            *(person, list_, name, query, at),
        )
        if status != "INSERT 0 1":
            raise _taken(name)

    async def rename(self, person: str, id_: int, name: str) -> bool:
        """Rename a view; return whether the person has a view with this id.

        Raises:
            RuleBroken: `view-name-taken` if another view of the list has the name.
        """
        try:
            status = await self._pool.execute(
                "UPDATE desk.saved_views SET name = $3 WHERE person = $1 AND id = $2",
                *(person, id_, name),
            )
        except asyncpg.UniqueViolationError:
            raise _taken(name) from None
        return status == "UPDATE 1"

    async def remove(self, person: str, id_: int) -> bool:
        """Delete a view; return whether the person had a view with this id."""
        status = await self._pool.execute(
            "DELETE FROM desk.saved_views WHERE person = $1 AND id = $2", person, id_
        )
        return status == "DELETE 1"


def _taken(name: str) -> RuleBroken:
    return RuleBroken("view-name-taken", "Another view has this name.", name=name)
