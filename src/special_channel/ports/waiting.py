"""Port of the queue behind a gap in the peer's log: entries stored and shown, not judged (rule 18).

Queued entries are not part of the record. Does not judge, fold or cosign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from special_channel.core.bytes.ids import Party, Position, ThreadId


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """A queued entry of a `WaitingCommit`.

    Attributes:
        leaf: The leaf line.
        envelope: The envelope's bytes, empty if not received.
        parts: Disclosures that match their commitments; None if not received.
        lacking: Whether the envelope or a `data` part is missing; if so, the entry can't be judged.
    """

    leaf: bytes
    envelope: bytes
    parts: tuple[bytes | None, ...]
    lacking: bool = False

    @property
    def weight(self) -> int:
        """Size in bytes."""
        return len(self.leaf) + len(self.envelope) + sum(len(part or b"") for part in self.parts)


@dataclass(frozen=True, slots=True)
class WaitingCommit:
    """A queued commit: its first index, its entries, and its checkpoint."""

    first: int
    entries: tuple[WaitingEntry, ...]
    note: str

    @property
    def size(self) -> int:
        """The log's size after the commit."""
        return self.first + len(self.entries)


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A line about a queued entry for pages, from the entry's leaf alone."""

    position: Position
    kind: str
    thread: ThreadId | None
    accepted: str
    lacking: bool


@dataclass(frozen=True, slots=True)
class QueueSize:
    """Size of a log's queue.

    Attributes:
        entries: Number of entries, complete or not.
        bytes: Their size.
        gap: The first entry without its envelope or a `data` part, for which the others wait;
            None if all entries are complete.
        lacking: Number of entries without their envelope or a `data` part.
    """

    entries: int = 0
    bytes: int = 0
    gap: Position | None = None
    lacking: int = 0


class WaitingRoom(Protocol):
    """The queue of entries behind a gap, until they can be judged.

    Entries below the log's size are judged already and never returned.
    """

    async def keep(self, log: Party, commits: Sequence[WaitingCommit]) -> None:
        """Store commits durably and atomically; commits stored before are not changed."""
        ...

    async def commits(self, log: Party, first: int, entries: int) -> Sequence[WaitingCommit]:
        """Return consecutive whole commits from an index on, with about `entries` entries."""
        ...

    async def leaves(self, log: Party) -> Sequence[bytes]:
        """Return the leaves of queued entries, in order."""
        ...

    async def waits(self, log: Party) -> QueueSize:
        """Return the size of the queue and its first gap."""
        ...

    async def many(self, log: Party) -> int:
        """Count queued entries without reading them."""
        ...

    async def lines(
        self, log: Party, limit: int, *, thread: ThreadId | None = None
    ) -> Sequence[WaitingLine]:
        """Return lines about queued entries for pages, in order; optionally of one thread."""
        ...

    async def of_kind(self, log: Party, kind: str) -> Sequence[WaitingEntry]:
        """Return queued entries of a kind that have their envelope, in order."""
        ...

    async def drop(self, log: Party, *, everything: bool = False) -> None:
        """Delete judged entries from the queue; `everything`: empty the queue."""
        ...
