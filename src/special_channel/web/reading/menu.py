"""What waits on which page of the menu, counted alike for a page and for its stream later.

Does not say which pages there are: `frame.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from special_channel.core.bytes.ids import PARTIES
from special_channel.core.rows.charter import CharterRow
from special_channel.core.rules.charter_changes import highest
from special_channel.web.access import Visitor
from special_channel.web.reading.scene import OFFICIALS
from special_channel.web.services import Services

REGISTRAR: Final = "registrar"
"""The one role that may sign `charter.adopted` (core/rules/roles.py)."""


async def waiting(own: Services, who: Visitor, charters: Sequence[CharterRow]) -> Mapping[str, int]:
    """Count what waits for this reader, by page; absent are pages where nothing ever does."""
    counts = {"inbox": await own.views.threads_asked(own.identity.party)}
    if who.row.role in OFFICIALS:
        counts["clearance"] = await own.clearances.count()
    if who.row.role == REGISTRAR:
        counts["rules"] = to_adopt(own, charters)
    return counts


async def waiting_now(own: Services, who: Visitor) -> Mapping[str, int]:
    """Count as `waiting`, with the charters as the record has them."""
    if who.row.role != REGISTRAR:
        return await waiting(own, who, ())
    rows = await own.record.rows(frozenset(("party", party) for party in PARTIES))
    return await waiting(own, who, [row for row in rows.values() if isinstance(row, CharterRow)])


def to_adopt(own: Services, charters: Sequence[CharterRow]) -> int:
    """Count the charters that the other side adopted and our side may adopt next."""
    mine = highest(charters, own.identity.party)
    return sum(
        len({fact.digest for fact in row.adoptions}) for row in charters if row.number > mine
    )
