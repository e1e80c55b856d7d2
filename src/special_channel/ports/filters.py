"""Port of saved filters: what an official looks for again and again, on the own node alone.

Does not read what a filter says: the page that made it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A filter by the name that its official gave it; `query` as an address has it."""

    id: int
    name: str
    query: str


class Filters(Protocol):
    """Filters of the applications page, by official."""

    async def of_official(self, official: int) -> Sequence[SavedFilter]:
        """Return an official's filters, by name."""
        ...

    async def save(self, official: int, name: str, query: str, at: datetime) -> None:
        """Keep a filter, in place of the one of that name."""
        ...

    async def remove(self, official: int, id_: int) -> None:
        """Forget an official's filter; nothing happens if it is gone, or another's."""
        ...
