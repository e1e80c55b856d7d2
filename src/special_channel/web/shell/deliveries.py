"""Look up when entries reached the other side, by its cosignatures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from special_channel.core.bytes.ids import Position
from special_channel.web.shell.context import PageContext


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Cosigned notes by the entries that they are the first to cover."""

    context: PageContext
    notes: Mapping[Position, str]

    def at(self, position: Position) -> datetime | None:
        """Return the time of the cosignature that covers an entry; None before it."""
        note = self.notes.get(position)
        return None if note is None else self.context.cosigned(position.party, note)


async def delivered(context: PageContext, positions: Sequence[Position]) -> Deliveries:
    """Look up deliveries of entries, with one query."""
    covered = [one for one in {*positions} if one.index < context.delivered[one.party]]
    return Deliveries(
        context, await context.own.stores.views.deliveries(covered) if covered else {}
    )
