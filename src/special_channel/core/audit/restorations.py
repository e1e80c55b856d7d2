"""Orders by which a log's root declared void what had been signed beyond a size (rule 21, K30).

Does not decide whether what a reader holds contradicts the log: `logs.py` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from special_channel.core.bytes.ids import Party, Position
from special_channel.core.entries import LogRestored, SharedEntry


@dataclass(frozen=True, slots=True)
class Restoration:
    """A valid `log.restored`: what had been signed beyond `size` before it is void.

    `position` is the entry's.
    """

    size: int
    position: Position


Restorations = Sequence[Restoration]
"""Those of one log, in the order of the log."""


def restorations_of(valid: Mapping[Position, SharedEntry], party: Party) -> Restorations:
    """Return the restorations of a party's log among valid entries."""
    found = [
        Restoration(entry.body.size, position)
        for position, entry in valid.items()
        if isinstance(entry, LogRestored) and position.party == party
    ]
    return sorted(found, key=lambda one: one.position.index)


def find_void(restorations: Restorations, size: int, find: Callable[..., None]) -> None:
    """Name the last restoration that calls void what a reader holds of a size, if one does.

    `find` adds the finding.
    """
    orders = [one for one in restorations if one.size < size]
    if orders:
        find("receipt-void", size=orders[-1].size, entry=str(orders[-1].position))
