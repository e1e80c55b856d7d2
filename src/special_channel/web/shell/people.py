"""Look up authors of entries: desk, role and number of a key, and the names of our officials.

Never shows a name of our directory next to a key of the other side: names are looked up for our
side's keys only (P8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from special_channel.core.bytes.ids import KeyId, Position, party_of
from special_channel.core.rows.directory import Grant, KeyRow
from special_channel.ports import Stored
from special_channel.stores.people import Official
from special_channel.web.shared.viewpoint import Author, desk_of
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.content import entry_of
from special_channel.web.shell.context import PageContext


@dataclass(frozen=True, slots=True)
class People:
    """Authors by key. Names of our side's officials only.

    Attributes:
        authors: Authors in their function in force now.
        functions: Authors by key and grant, of persons with several functions so far.
    """

    authors: Mapping[KeyId, Author]
    functions: Mapping[tuple[KeyId, int], Author] = field(default_factory=dict)

    def author(self, key: KeyId, grant: int | None = None) -> Author:
        """Return the author with a key; without a directory entry, the key's beginning.

        `grant`: number of the function in which the author signed; None for the one in force now.
        """
        known = self.functions.get((key, grant)) if grant is not None else None
        known = known or self.authors.get(key)
        if known is None:
            return Author(party_of(key), "–", "", Pair(Words(key[3:11], "en")), None, key)
        return known

    def writer(self, stored: Stored) -> Author:
        """Return the author of an entry in the function that the entry states (K6)."""
        entry = entry_of(stored)
        return self.author(stored.by, None if entry is None else entry.grant or 1)


async def people(context: PageContext, keys: Iterable[KeyId]) -> People:
    """Look up authors with two queries."""
    wanted = sorted({key for key in keys if key})
    own = [key for key in wanted if party_of(key) == context.party]
    rows = await context.own.stores.views.keys(wanted) if wanted else {}
    names = await context.own.desk.officials.of_keys(own) if own else {}
    return People(
        {key: author_of(context, row, names.get(key)) for key, row in rows.items()},
        {
            (key, grant.number): author_of(context, row, names.get(key), grant)
            for key, row in rows.items()
            if len(row.grants) > 1
            for grant in row.grants
        },
    )


def author_of(
    context: PageContext,
    row: KeyRow,
    official: Official | None = None,
    grant: Grant | None = None,
) -> Author:
    """Return the author of a key's row, in a function or in the one in force now."""
    role, desk = (grant.role, grant.desk) if grant else (row.role, row.desk)
    return Author(
        party=row.party,
        number=str(Position(row.party, row.enrolled)),
        role=role,
        desk=desk_of(context, row.party, desk),
        name=official.name if official is not None and row.party == context.party else None,
        key=row.key,
        person=row.person,
        place=row.number if row.person else 0,
        stands_in=grant is not None and bool(grant.absent),
    )
