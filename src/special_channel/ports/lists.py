"""Port of signed weekly lists, to compare a new list with.

Does not compare: `desk/intake.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from special_channel.core.bytes.ids import Position
from special_channel.core.rows.applications import NumberLink


@dataclass(frozen=True, slots=True)
class EarlierListings:
    """An application's earlier appearances on lists.

    Attributes:
        times: The highest `times_listed` in any list.
        first: The earliest `first_listed`, as a date.
        list: Name of the application's last list.
        position: Number of the last list's batch (`EU-120`).
        eu_state: The application's current state as stated by the EU, or empty.
        cn_state: The application's current state as stated by CN, or empty.
    """

    times: int
    first: str
    list: str
    position: str
    eu_state: str = ""
    cn_state: str = ""


@dataclass(frozen=True, slots=True)
class Predecessor:
    """An earlier number of an application, stated by one side, with its earlier lists.

    Pages show it next to the current number, with the side that stated the link; its listings are
    never added to the current number's. `earlier`: None if the number was on no list.
    """

    link: NumberLink
    earlier: EarlierListings | None = None

    @property
    def times(self) -> int:
        """How often the number was listed."""
        return self.earlier.times if self.earlier else 0

    @property
    def position(self) -> str:
        """Number of the entry that states the link."""
        return str(Position(self.link.party, self.link.index))


@dataclass(frozen=True, slots=True)
class UrgencyCounts:
    """A list and its batch's number, with numbers of rows by urgency."""

    list: str
    position: str
    urgency: Mapping[str, int]


class Lists(Protocol):
    """Queries of signed lists and their application numbers."""

    async def counted(self, list_: str | None = None) -> UrgencyCounts | None:
        """Return the newest list, of a name if given; None if there is no such list."""
        ...

    async def earlier(self, numbers: Sequence[str]) -> Mapping[str, EarlierListings]:
        """Look up earlier appearances by application number; omit numbers never listed."""
        ...

    async def numbers(self) -> Sequence[str]:
        """Return the numbers of all applications in the record."""
        ...
