"""Port of erasure by order, inside a transaction. Does not check authority: the judge does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from special_channel.core.bytes.ids import Party, Position


class Erasures(Protocol):
    """Carry out valid erasure orders, in the transaction that appends the order."""

    async def erase(self, order: Position) -> int:
        """Erase the parts listed in the `part.erased` at a position; idempotent.

        Deletes texts, subjects and descriptions, file bytes without other references, and copies at
        our side's desk: the draft, and the draft that waited for release. Returns the number of
        disclosures deleted by this call.

        Raises:
            RuleBroken: `erase-authority` if there is no valid `part.erased` at the position.
        """
        ...

    async def erase_privately(self, order: int) -> int:
        """Erase the parts listed in the `private.erased` at an index of the private log.

        As `erase`; also deletes `data` parts, and the draft that a remark sent back.

        Raises:
            RuleBroken: `erase-authority` if there is no `private.erased` at the index.
        """
        ...

    async def orders_owed(self, party: Party) -> Sequence[Position]:
        """Return erasure orders in a party's log whose parts are not all deleted yet."""
        ...
