"""Port of weekly lists as the record holds them: what a new list is compared with.

Does not compare: `desk/intake.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from special_channel.core.bytes.ids import Position
from special_channel.core.rows.applications import NumberLink


@dataclass(frozen=True, slots=True)
class Earlier:
    """An application's earlier appearances on lists.

    Attributes:
        times: The highest `times_listed` that a list gave it.
        first: The earliest `first_listed`, as a date.
        list: The last list it stood on, and that batch's number (`EU-120`).
        eu_state: What the EU side holds to be its state now, or nothing.
        cn_state: What the CN side holds, or nothing.
    """

    times: int
    first: str
    list: str
    position: str
    eu_state: str = ""
    cn_state: str = ""


@dataclass(frozen=True, slots=True)
class Predecessor:
    """A number in whose place another stands, by one side's statement, and its own lists.

    Shown beside, by whose word; never added to what the other number counts. `earlier`: None
    if it stood on no list.
    """

    link: NumberLink
    earlier: Earlier | None = None

    @property
    def times(self) -> int:
        """How often it was listed."""
        return self.earlier.times if self.earlier else 0

    @property
    def position(self) -> str:
        """Where the link is stated."""
        return str(Position(self.link.party, self.link.index))


@dataclass(frozen=True, slots=True)
class Counted:
    """A list by its batch's number, with how many rows it has of each urgency."""

    list: str
    position: str
    urgency: Mapping[str, int]


class Lists(Protocol):
    """Lists that were signed, and the numbers on them."""

    async def counted(self, list_: str | None = None) -> Counted | None:
        """Return the newest list, or the newest of this name; None if there is none."""
        ...

    async def earlier(self, numbers: Sequence[str]) -> Mapping[str, Earlier]:
        """Return those of these numbers that stood on a list before."""
        ...

    async def numbers(self) -> Sequence[str]:
        """Return the number of every application that the record knows."""
        ...
