"""Port of saved filters: an official's stored queries of applications, local to the node.

Does not parse a filter's query: the applications page does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A named filter of an official; `query` is the query string of the page's URL."""

    id: int
    name: str
    query: str


class Filters(Protocol):
    """Saved filters of the applications page, by official."""

    async def of_official(self, official: int) -> Sequence[SavedFilter]:
        """Return an official's filters, by name."""
        ...

    async def save(self, official: int, name: str, query: str, at: datetime) -> None:
        """Store a filter; replace the official's filter of the same name."""
        ...

    async def remove(self, official: int, id_: int) -> None:
        """Delete an official's filter; do nothing if no filter of the official has this id."""
        ...
