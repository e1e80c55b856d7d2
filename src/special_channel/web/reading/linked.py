"""Numbers that took another's place: what those were listed, beside what they are themselves.

A link is one side's word (`application.linked`). So no count runs on from one number to the next:
`times_listed` and `first_listed` are of the number that is listed, and the lists of the one before
stand beside it, by whose statement.
"""

from __future__ import annotations

from collections.abc import Mapping

from special_channel.core.rows.applications import ApplicationRow
from special_channel.stores.lists import EarlierListings, Predecessor
from special_channel.web.http.services import Services


async def predecessors(
    own: Services, held: Mapping[str, ApplicationRow]
) -> Mapping[str, tuple[Predecessor, ...]]:
    """Return, by number, those in whose place it stands; numbers without one are absent."""
    links = {
        number: [link for link in row.links if link.number == number]
        for number, row in held.items()
    }
    formers = sorted({link.former for each in links.values() for link in each})
    earlier: Mapping[str, EarlierListings] = await own.lists.earlier(formers) if formers else {}
    return {
        number: tuple(Predecessor(link, earlier.get(link.former)) for link in each)
        for number, each in links.items()
        if each
    }
