"""What an entry may look back on, and an entry with its place.

Does not hold rows: `state.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from special_channel.core.bytes.ids import Party, Position
from special_channel.core.entries import PrivateEntry, SharedEntry


class Fact(Protocol):
    """A place in a log, or a fact that states its own."""

    @property
    def party(self) -> Party:
        """Whose log."""
        ...

    @property
    def index(self) -> int:
        """Where in that log, counted from 0."""
        ...


@dataclass(frozen=True, slots=True)
class Past:
    """The past of entry `party[index]`: its own log before it, the peer's before `frontier`.

    Rule 2. Rows may hold more than an entry's past, so every rule asks
    `holds` before it counts a fact.
    """

    party: Party
    index: int
    frontier: int

    def holds(self, fact: Fact) -> bool:
        """Tell whether a fact lies in this past."""
        return fact.index < (self.index if fact.party == self.party else self.frontier)

    def size(self, party: Party) -> int:
        """Return how many entries of a party's log lie in this past."""
        return self.index if party == self.party else self.frontier


@dataclass(frozen=True, slots=True)
class Placed:
    """A valid entry of a shared log, where it stands.

    Attributes:
        position: Log and index.
        frontier: Size of the other log that counts as its past.
        accepted: The log owner's claim of time, `YYYY-MM-DDThh:mm:ssZ`.
        id: Entry id.
        entry: The parsed payload.
        data: The canonical bytes of its `data` part's `data`, where it has one.
    """

    position: Position
    frontier: int
    accepted: str
    id: str
    entry: SharedEntry
    data: bytes | None = None

    @property
    def past(self) -> Past:
        """The past of this entry."""
        return Past(self.position.party, self.position.index, self.frontier)

    @property
    def order(self) -> int:
        """First half of the display order (rule 5); the party breaks ties."""
        return self.position.index + self.frontier


@dataclass(frozen=True, slots=True)
class PlacedPrivately:
    """A valid entry of the private log; `own` and `peer` are its shared frontiers."""

    index: int
    own: int
    peer: int
    accepted: str
    id: str
    entry: PrivateEntry
    data: bytes | None = None
