"""What is erased by order, inside a transaction. Does not decide who may: the judge does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from special_channel.core.bytes.ids import Party, Position


class Erasing(Protocol):
    """Erasure is an effect of a valid `part.erased`, in the transaction that brings it."""

    async def erase(self, order: Position) -> int:
        """Erase what the `part.erased` at this place names; again changes nothing.

        Texts, subjects and descriptors go, file bytes that nothing else names, and what the
        own side's desk kept of them: the draft and what was laid before a second official.
        Returns how many disclosures went now.

        Raises:
            RuleBroken: `erase-authority`: no valid `part.erased` stands there.
        """
        ...

    async def erase_privately(self, order: int) -> int:
        """Erase what the `private.erased` at this index of the private log names, as `erase`.

        `data` parts go as well, and the draft that a remark sent back.

        Raises:
            RuleBroken: `erase-authority`: no `private.erased` stands there.
        """
        ...

    async def orders_owed(self, party: Party) -> Sequence[Position]:
        """Return the orders in a party's own log of which something is still here."""
        ...
