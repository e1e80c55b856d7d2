"""Port of the queue of private entries to be written later, while the private log is blocked.

Contains the node's own entries only: people get an error, and sign again later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from special_channel.core.bytes.canonical import Value
from special_channel.core.rules.private import PrivateKey, PrivateRows


@dataclass(frozen=True, slots=True)
class OwedEntry:
    """A private entry that the node has to write later.

    Attributes:
        kind: The entry's kind.
        body: The entry's body.
        at: The claimed time of the entry, `YYYY-MM-DDThh:mm:ssZ`.
        number: The entry's number in the queue; 0 before queueing.
    """

    kind: str
    body: Mapping[str, Value]
    at: str
    number: int = 0


class OwedEntries(Protocol):
    """The queue of owed entries, inside a transaction."""

    async def owe(self, entries: Sequence[OwedEntry]) -> None:
        """Append entries to the queue."""
        ...

    async def owed(self, limit: int) -> Sequence[OwedEntry]:
        """Return the first entries of the queue. The caller must hold the lock on the heads."""
        ...

    async def owed_steps(self, keys: frozenset[PrivateKey]) -> PrivateRows:
        """Return the ladder steps of queued entries with these keys."""
        ...

    async def settle(self, numbers: Sequence[int]) -> None:
        """Delete written entries from the queue."""
        ...
