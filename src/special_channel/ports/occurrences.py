"""Port of occurrences of undelivered entries that our side's people were alerted to.

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
    """One period with undelivered entries.

    Attributes:
        code: Code of the alarm: the direction of delivery.
        id: Unique id; letters about the occurrence use the id in place of a due time.
        since: When the oldest entry was accepted, as of the first alert.
    """

    code: str
    id: str
    since: datetime


class Occurrences(Protocol):
    """Table of alerted occurrences. `begin` and `end` run in the caller's transaction."""

    async def standing(self) -> Mapping[str, Occurrence]:
        """Return current occurrences by code."""
        ...

    async def begin(self, transaction: PrivateTransaction, occurrence: Occurrence) -> bool:
        """Store a new occurrence; return False if another worker was first."""
        ...

    async def end(self, transaction: PrivateTransaction, occurrence: Occurrence) -> bool:
        """End an occurrence; return False if another worker was first."""
        ...

    async def told(self, id_: str) -> Sequence[Outgoing]:
        """Return the letters about an occurrence's begin, each on its first channel."""
        ...

    async def was_sent(self, base: str) -> bool:
        """Return whether a letter was sent, on any channel."""
        ...
