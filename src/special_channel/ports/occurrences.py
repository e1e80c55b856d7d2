"""Port of what own people were told about undelivered entries, and not yet that it is over.

Work, not facts. Does not decide when an occurrence begins or ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from special_channel.ports import PrivateTransaction
from special_channel.ports.work import Outgoing


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time during which entries are undelivered.

    Attributes:
        code: Of the alarm: which way.
        id: Unique; its letters have it where others have a due time.
        since: When the oldest entry was accepted, as it was when people were told.
    """

    code: str
    id: str
    since: datetime


class Occurrences(Protocol):
    """What people were told of. `begin` and `end` happen in the caller's transaction."""

    async def standing(self) -> Mapping[str, Occurrence]:
        """Return by code what has begun and is not over."""
        ...

    async def begin(self, transaction: PrivateTransaction, occurrence: Occurrence) -> bool:
        """Note that it has begun; False if another worker was first."""
        ...

    async def end(self, transaction: PrivateTransaction, occurrence: Occurrence) -> bool:
        """Note that it is over; False if another worker was first."""
        ...

    async def told(self, id_: str) -> Sequence[Outgoing]:
        """Return the letters that say that it began, each on its first way."""
        ...

    async def was_sent(self, base: str) -> bool:
        """Tell whether a letter has left, on whichever way."""
        ...
