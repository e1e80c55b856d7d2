"""The past of an entry, and an entry with its position.

Does not hold rows: `state.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from special_channel.core.bytes.ids import KeyId, Party, Position
from special_channel.core.entries import PrivateEntry, SharedEntry


class Fact(Protocol):
    """A position in a log, or a fact with a position."""

    @property
    def party(self) -> Party:
        """Owner of the log."""
        ...

    @property
    def index(self) -> int:
        """Index in the log, from 0."""
        ...


@dataclass(frozen=True, slots=True)
class Past:
    """The past of entry `party[index]` (rule 2).

    Contains `index` entries of the entry's own log and `frontier` entries of the other log. Rows
    may hold later facts, so every rule checks `holds` before it uses a fact.
    """

    party: Party
    index: int
    frontier: int

    def holds(self, fact: Fact) -> bool:
        """Return whether a fact lies in the past."""
        return fact.index < (self.index if fact.party == self.party else self.frontier)

    def size(self, party: Party) -> int:
        """Return the number of a party's entries in the past."""
        return self.index if party == self.party else self.frontier


@dataclass(frozen=True, slots=True)
class Placed:
    """A shared entry with its position in a log.

    Attributes:
        position: Log and index.
        frontier: Number of entries of the other log in the entry's past.
        accepted: Time of acceptance, as claimed by the log's owner, `YYYY-MM-DDThh:mm:ssZ`.
        id: Entry id.
        entry: The parsed payload.
        data: Canonical bytes of the `data` part's `data`; None without the part.
        signed: Keys that signed; may be empty where the author alone did.
    """

    position: Position
    frontier: int
    accepted: str
    id: str
    entry: SharedEntry
    data: bytes | None = None
    signed: frozenset[KeyId] = frozenset()

    @property
    def past(self) -> Past:
        """The entry's past."""
        return Past(self.position.party, self.position.index, self.frontier)

    @property
    def order(self) -> int:
        """First half of the display order (rule 5); the party breaks ties."""
        return self.position.index + self.frontier


@dataclass(frozen=True, slots=True)
class PlacedPrivately:
    """A valid entry of the private log. `own`, `peer`: sizes of both shared logs in its past."""

    index: int
    own: int
    peer: int
    accepted: str
    id: str
    entry: PrivateEntry
    data: bytes | None = None
