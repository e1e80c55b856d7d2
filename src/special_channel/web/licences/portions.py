"""The long tables of a licence's page, in portions."""

from __future__ import annotations

from dataclasses import dataclass

from special_channel.web.licences.views import DrawItem, LicenceDetail, StatedItem
from special_channel.web.shared.portions import EntryPortionQuery, Portion, Portions


@dataclass(frozen=True, slots=True)
class LicencePortions:
    """The draw-downs and the issues of a licence that a page shows."""

    draws: Portion[DrawItem]
    history: Portion[StatedItem]

    @property
    def positions(self) -> frozenset[str]:
        """Numbers of the entries shown."""
        drawn = {each.position for each in self.draws.items}
        return frozenset(drawn | {each.position for each in self.history.items})


def portions_of(view: LicenceDetail, asked: EntryPortionQuery) -> LicencePortions:
    """Cut the draw-downs and the issues of a licence."""
    found = asked.within({"draws": view.draws, "history": view.history})
    portions = Portions(view.url, found)
    return LicencePortions(
        portions.of("draws", view.draws, main=True), portions.of("history", view.history)
    )
