"""A draft in the form of a stored entry, for functions that read entries."""

from __future__ import annotations

from special_channel.ports import Stored
from special_channel.stores.clearances import Clearance


def as_stored(row: Clearance) -> Stored:
    """Return a draft in the form of a stored entry."""
    return Stored(
        log="private",
        index=-1,
        id=row.id,
        leaf=b"",
        envelope=row.envelope,
        parts=tuple(row.parts),
        kind="",
        thread=None,
        by=row.by,
        accepted="",
        frontier=0,
        order=0,
    )
