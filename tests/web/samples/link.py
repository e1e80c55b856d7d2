"""The page of the link, while entries of the other side wait for one that did not come whole."""

from __future__ import annotations

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.web.pages.link import LinkPage, Standing, Unchecked
from tests.web.samples.people import at

GAP = 877
"""Index of the entry that is lacking."""

BEHIND = 7


def unchecked(party: Party) -> tuple[Unchecked, ...]:
    peer = peer_of(party).upper()
    thread = "EU-142"
    return (
        Unchecked(f"{peer}-{GAP}", "batch.answered", at(24, 8, 12), lacking=True),
        Unchecked(f"{peer}-{GAP + 1}", "note.posted", at(24, 8, 40), thread=thread),
        Unchecked(f"{peer}-{GAP + 2}", "note.acknowledged", at(24, 8, 41), thread=thread),
        Unchecked(f"{peer}-{GAP + 3}", "application.asserted", at(24, 9, 2)),
    )


def waits_for(party: Party) -> str:
    return f"{peer_of(party).upper()}-{GAP}"


def link_page(party: Party) -> LinkPage:
    return LinkPage(
        logs=(
            Standing(own=True, size=902, cosigned=902),
            Standing(own=False, size=GAP, cosigned=GAP),
        ),
        last_heard=at(24, 9, 3),
        waits_for=waits_for(party),
        unchecked=unchecked(party),
        waiting=3,
        elsewhere=3,
    )
