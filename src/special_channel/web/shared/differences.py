"""Differences between the sides' latest statements about an application, in the reader's words.

Does not compare: `core/rows/applications.py` does. Does not say which side is right.
"""

from __future__ import annotations

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.rows.applications import ApplicationRow
from special_channel.messages.catalogue import Catalogue
from special_channel.messages.dates import full_date
from special_channel.web.shared.capitals import on_date
from special_channel.web.shared.view import View

NOT_STATED = "–"


class Difference(View):
    """A difference of a kind, with each side's statement."""

    kind: str
    own: str
    peer: str


def differences_of(t: Catalogue, row: ApplicationRow, own: Party) -> tuple[Difference, ...]:
    """Return the differences in an application, our statements first."""
    return tuple(
        Difference(
            kind=kind,
            own=_stated(t, row, own, kind),
            peer=_stated(t, row, peer_of(own), kind),
        )
        for kind in row.differences()
    )


def _stated(t: Catalogue, row: ApplicationRow, party: Party, kind: str) -> str:
    latest = row.latest(party)
    if latest is None:
        return NOT_STATED
    if kind == "state":
        return t.state(latest.state, latest.source)
    if kind == "decision":
        return t.label("decision", latest.decision)
    if kind == "link":
        links = [f"{link.former} → {link.number}" for link in row.live_links if link.party == party]
        return links[-1] if links else NOT_STATED
    on = on_date(row.dated(party, "accepted" if kind == "accepted" else "decided"))
    return full_date(on, t.lang) if on else NOT_STATED
