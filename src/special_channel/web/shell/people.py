"""Who wrote: a desk, a role and a number for everybody, a name on one's own side alone.

Does not let a name of the own directory stand beside the other side's keys, nor the other
way round: names are asked for own keys only (P8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from special_channel.core.bytes.ids import KeyId, Party, Position, party_of
from special_channel.core.rows.directory import KeyRow
from special_channel.ports.people import Official
from special_channel.web.shared.people import Author
from special_channel.web.shared.words import Pair, Words, paired
from special_channel.web.shell.context import PageContext


@dataclass(frozen=True, slots=True)
class People:
    """The authors of a page, as the reader may know them."""

    authors: Mapping[KeyId, Author]

    def author(self, key: KeyId) -> Author:
        """Return whose key this is."""
        known = self.authors.get(key)
        if known is None:
            return Author(party_of(key), "–", "", Pair(Words(key[3:11], "en")), None, key)
        return known


async def people(context: PageContext, keys: Iterable[KeyId]) -> People:
    """Look up authors: two queries, however many they are."""
    wanted = sorted({key for key in keys if key})
    own = [key for key in wanted if party_of(key) == context.party]
    rows = await context.own.views.keys(wanted) if wanted else {}
    names = await context.own.officials.of_keys(own) if own else {}
    return People({key: author_of(context, row, names.get(key)) for key, row in rows.items()})


def author_of(context: PageContext, row: KeyRow, official: Official | None = None) -> Author:
    """Return the author that a key stands for."""
    return Author(
        party=row.party,
        number=str(Position(row.party, row.enrolled)),
        role=row.role,
        desk=desk_of(context, row.party, row.desk),
        name=official.name if official is not None and row.party == context.party else None,
        key=row.key,
    )


def desk_of(context: PageContext, party: Party, desk: str) -> Pair:
    """Return a desk's title, in its side's language first; its code where no charter names it."""
    found = context.document.desk(party, desk) if context.document else None
    if found is None:
        return Pair(Words(desk, "en"))
    return paired(party, found.title_en, found.title_zh)
