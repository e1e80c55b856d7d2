"""Entries of the private log that the node has to write later, while that log takes none.

Does not hold what people sign: they are told to wait, and sign again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from special_channel.core.bytes.canonical import Value
from special_channel.core.rules.private import PrivateKey, PrivateRows


@dataclass(frozen=True, slots=True)
class Owed:
    """What the node would have stated in the private log, and when.

    Attributes:
        kind: The entry's kind.
        body: Its body.
        at: The time that it would have claimed, `YYYY-MM-DDThh:mm:ssZ`.
        number: Its place in the queue; 0 for one that is not in it yet.
    """

    kind: str
    body: Mapping[str, Value]
    at: str
    number: int = 0


class Owing(Protocol):
    """The queue of owed entries, inside a transaction."""

    async def owe(self, entries: Sequence[Owed]) -> None:
        """Put entries at the end of the queue."""
        ...

    async def owed(self, limit: int) -> Sequence[Owed]:
        """Return the first entries of the queue; whoever asks holds the lock on the heads."""
        ...

    async def owed_steps(self, keys: frozenset[PrivateKey]) -> PrivateRows:
        """Return the steps of the ladder, among these, that owed entries have taken."""
        ...

    async def settle(self, numbers: Sequence[int]) -> None:
        """Take entries out of the queue: they are written."""
        ...
