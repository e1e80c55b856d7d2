"""Look up authors of entries: desk, role and number of a key, and the names of our officials.

Never shows a name of our directory next to a key of the other side: names are looked up for our
side's keys only (P8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from special_channel.core.bytes.ids import KeyId, Position, party_of
from special_channel.core.rows.directory import KeyRow
from special_channel.stores.people import Official
from special_channel.web.shared.viewpoint import Author, desk_of
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.context import PageContext


@dataclass(frozen=True, slots=True)
class People:
    """Authors by key. Names of our side's officials only."""

    authors: Mapping[KeyId, Author]

    def author(self, key: KeyId) -> Author:
        """Return the author with a key; without a directory entry, the key's beginning."""
        known = self.authors.get(key)
        if known is None:
            return Author(party_of(key), "–", "", Pair(Words(key[3:11], "en")), None, key)
        return known


async def people(context: PageContext, keys: Iterable[KeyId]) -> People:
    """Look up authors with two queries."""
    wanted = sorted({key for key in keys if key})
    own = [key for key in wanted if party_of(key) == context.party]
    rows = await context.own.stores.views.keys(wanted) if wanted else {}
    names = await context.own.desk.officials.of_keys(own) if own else {}
    return People({key: author_of(context, row, names.get(key)) for key, row in rows.items()})


def author_of(context: PageContext, row: KeyRow, official: Official | None = None) -> Author:
    """Return the author of a key's row."""
    return Author(
        party=row.party,
        number=str(Position(row.party, row.enrolled)),
        role=row.role,
        desk=desk_of(context, row.party, row.desk),
        name=official.name if official is not None and row.party == context.party else None,
        key=row.key,
        person=row.person,
    )
