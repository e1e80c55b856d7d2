"""Port of acknowledgements: who acknowledged a step of our side's ladder.

Reads the private log. Alerts are in `ports/work.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from special_channel.core.bytes.ids import EntryId, KeyId


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A person's acknowledgement of a step: their key, and when the entry was accepted."""

    by: KeyId
    accepted: str


class Acknowledgements(Protocol):
    """Query entries of kind `escalation.acknowledged`."""

    async def of(self, raised: Sequence[EntryId]) -> Mapping[EntryId, Sequence[Acknowledgement]]:
        """Return acknowledgements by id of their `escalation.raised`, in the log's order.

        Raises:
            Unavailable: `database-unavailable`.
        """
        ...
