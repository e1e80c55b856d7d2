"""View models of adopted charters, for the pages `/rules` and `/rules/charters`.

Does not compare charters: `web/charter` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from special_channel.core.bytes.ids import PARTIES, Party, Position
from special_channel.core.bytes.times import instant
from special_channel.core.rows.charter import CharterRow
from special_channel.core.rules.charter_changes import highest
from special_channel.ports import Stored
from special_channel.web.shared.view import View
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.people import People, people


class AdoptionView(View):
    """Adoption of a charter: party, entry, time of acceptance and signing official."""

    party: Party
    position: str
    at: datetime | None
    by: Author | None


class CharterView(View):
    """A charter document.

    Attributes:
        adoptions: Adoptions of this document, our side first.
        in_force: Whether this charter is in force.
        adoptable: Whether our registrar may adopt this charter next.
    """

    number: int
    digest: str
    adoptions: tuple[AdoptionView, ...]
    in_force: bool
    adoptable: bool = False

    @property
    def url(self) -> str:
        """Address of the comparison with the charter before it."""
        return f"/rules/charters/{self.digest}"


async def charters(context: PageContext) -> tuple[CharterView, ...]:
    """Read the charters adopted by a side, highest number first."""
    entries = {
        Position(party, entry.index): entry
        for party in PARTIES
        for entry in await context.own.stores.views.directory_entries(party)
        if entry.kind == "charter.adopted"
    }
    authors = await people(context, [entry.by for entry in entries.values()])
    # Two documents under one number are two views: nobody should overlook that.
    return tuple(
        _charter(context, row, digest, entries, authors)
        for row in sorted(context.charters, key=lambda row: -row.number)
        for digest in sorted({fact.digest for fact in row.adoptions})
    )


def _charter(
    context: PageContext,
    row: CharterRow,
    digest: str,
    entries: Mapping[Position, Stored],
    authors: People,
) -> CharterView:
    force = context.charter
    facts = [fact for fact in row.adoptions if fact.digest == digest]
    facts.sort(key=lambda fact: (fact.party != context.party, fact.index))
    adoptions = []
    for position in (Position(fact.party, fact.index) for fact in facts):
        entry = entries.get(position)
        adoptions.append(
            AdoptionView(
                party=position.party,
                position=str(position),
                at=instant(entry.accepted) if entry else None,
                by=authors.writer(entry) if entry else None,
            )
        )
    return CharterView(
        number=row.number,
        digest=digest,
        adoptions=tuple(adoptions),
        in_force=force is not None and (force.number, force.digest) == (row.number, digest),
        adoptable=row.number > highest(context.charters, context.party),
    )
