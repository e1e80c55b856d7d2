"""Port of what waits behind a gap in the peer's log: stored, shown, and not judged (rule 18).

Nothing here is an entry of the record. Does not judge, fold or cosign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from special_channel.core.bytes.ids import Party, Position, ThreadId


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """One entry that came and waits; `WaitingCommit` holds it.

    Attributes:
        leaf: The leaf line.
        envelope: The bytes that the leaf commits to, empty if they did not come.
        parts: Disclosures that fit their commitments; None for what did not come.
        lacking: The envelope or a `data` part did not come: it can't be judged.
    """

    leaf: bytes
    envelope: bytes
    parts: tuple[bytes | None, ...]
    lacking: bool = False

    @property
    def weight(self) -> int:
        """Bytes that it takes."""
        return len(self.leaf) + len(self.envelope) + sum(len(part or b"") for part in self.parts)


@dataclass(frozen=True, slots=True)
class WaitingCommit:
    """One commit that waits: its first index, its entries, and the checkpoint that ends it."""

    first: int
    entries: tuple[WaitingEntry, ...]
    note: str

    @property
    def size(self) -> int:
        """The log's size after it."""
        return self.first + len(self.entries)


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """What is shown of an entry that waits: what its leaf says, and no more."""

    position: Position
    kind: str
    thread: ThreadId | None
    accepted: str
    lacking: bool


@dataclass(frozen=True, slots=True)
class Waits:
    """How much of a log waits.

    Attributes:
        entries: How many entries came, those that lack something among them.
        bytes: Their size.
        gap: The first one that lacks its envelope or a `data` part, for which the others wait;
            None if nothing is lacking any more.
        lacking: How many lack one of these.
    """

    entries: int = 0
    bytes: int = 0
    gap: Position | None = None
    lacking: int = 0


class WaitingRoom(Protocol):
    """Keeps what came behind a gap until it can be judged.

    Entries below the log's size are judged already: they are never returned.
    """

    async def keep(self, log: Party, commits: Sequence[WaitingCommit]) -> None:
        """Keep commits, durably and at once; those that are kept already stay as they are."""
        ...

    async def commits(self, log: Party, first: int, entries: int) -> Sequence[WaitingCommit]:
        """Return whole commits from an index on that follow each other, about so many entries."""
        ...

    async def leaves(self, log: Party) -> Sequence[bytes]:
        """Return the leaves that wait, in order."""
        ...

    async def waits(self, log: Party) -> Waits:
        """Return how much waits."""
        ...

    async def many(self, log: Party) -> int:
        """Return how many entries wait, without reading them."""
        ...

    async def lines(
        self, log: Party, limit: int, *, thread: ThreadId | None = None
    ) -> Sequence[WaitingLine]:
        """Return what can be shown, in order; of one thread if it is named."""
        ...

    async def of_kind(self, log: Party, kind: str) -> Sequence[WaitingEntry]:
        """Return the entries of a kind whose envelope came, in order."""
        ...

    async def drop(self, log: Party, *, everything: bool = False) -> None:
        """Forget what is judged; `everything`: whatever waits."""
        ...
