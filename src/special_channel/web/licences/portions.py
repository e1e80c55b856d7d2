"""The long tables of a licence's page, in portions."""

from __future__ import annotations

from dataclasses import dataclass

from special_channel.web.licences.views import DrawItem, LicenceDetail, StatedItem
from special_channel.web.shared.portions import Portion, PortionQuery, Portions


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


def portions_of(view: LicenceDetail, asked: PortionQuery) -> LicencePortions:
    """Cut the draw-downs and the issues of a licence."""
    portions = Portions(view.url, asked)
    return LicencePortions(
        portions.of("draws", view.draws, main=True), portions.of("history", view.history)
    )
