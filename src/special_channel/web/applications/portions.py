"""Statements and acts on an application's page, in portions, the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.web.applications.views import ApplicationDetail, MarkItem, StatementItem
from special_channel.web.shared.portions import EntryPortionQuery, OfEntry, Portion, Portions

Place = tuple[str, int]
"""Number of an entry and row of its sheet; row 0 without a sheet."""


@dataclass(frozen=True, slots=True)
class StatedPortions:
    """The statements and the acts that a page shows, by side."""

    history: Mapping[Party, Portion[StatementItem]]
    marks: Mapping[Party, Portion[MarkItem]]

    def places(self, party: Party) -> frozenset[Place]:
        """Return the places of a side's statements and acts shown."""
        stated = {(each.position, each.row) for each in self.history[party].items}
        return frozenset(stated | {(each.position, 0) for each in self.marks[party].items})


def portions_of(view: ApplicationDetail, asked: EntryPortionQuery) -> StatedPortions:
    """Cut both sides' statements and acts; the name of a table is `h-` or `m-` and the side."""
    history = {party: view.side(party).history[::-1] for party in PARTIES}
    marks = {party: view.side(party).marks[::-1] for party in PARTIES}
    tables: dict[str, Sequence[OfEntry]] = {f"h-{party}": history[party] for party in PARTIES}
    tables |= {f"m-{party}": marks[party] for party in PARTIES}
    portions = Portions(view.url, asked.within(tables))
    return StatedPortions(
        {party: portions.of(f"h-{party}", history[party]) for party in PARTIES},
        {party: portions.of(f"m-{party}", marks[party]) for party in PARTIES},
    )
