"""Port of who acknowledged a step of the own ladder.

Reads the private log; does not know alerts (`ports/work.py` does).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from special_channel.core.bytes.ids import EntryId, KeyId


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """One person said that they have a step: by which key, and when the entry was accepted."""

    by: KeyId
    accepted: str


class Acknowledgements(Protocol):
    """Reads `escalation.acknowledged`."""

    async def of(self, raised: Sequence[EntryId]) -> Mapping[EntryId, Sequence[Acknowledged]]:
        """Return who acknowledged these `escalation.raised`, in the order of the log.

        Raises:
            Unavailable: `database-unavailable`.
        """
        ...
