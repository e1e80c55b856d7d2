"""The page of the link, while entries of the other side wait for one that did not come whole."""

from __future__ import annotations

from special_channel.core.bytes.ids import Party, Position, peer_of
from special_channel.core.log.merkle import Frontier
from special_channel.ports import Head
from special_channel.stores.waiting import WaitingLine
from special_channel.web.node.pages import link_page
from special_channel.web.node.views import Status
from special_channel.web.shell.frame import ViewPage
from tests.web.samples.directory import times
from tests.web.samples.people import at, hexes

GAP = 877
"""Index of the entry that is lacking."""

BEHIND = 7


THREAD = hexes(88)


def unchecked(party: Party) -> tuple[WaitingLine, ...]:
    kinds = ("batch.answered", "note.posted", "note.acknowledged", "application.asserted")
    return tuple(
        WaitingLine(
            Position(peer_of(party), GAP + place),
            kind,
            THREAD if kind.startswith("note") else None,
            f"2026-11-24T08:4{place}:00Z",
            lacking=not place,
        )
        for place, kind in enumerate(kinds)
    )


def waits_for(party: Party) -> str:
    return f"{peer_of(party).upper()}-{GAP}"


def status(**facts: object) -> Status:
    """State of a node that nothing is wrong with, except these facts."""
    sound = Status(
        party="eu", ready=True, reason="", link_stopped="", queued=0, waiting=0, behind=0,
        alarms=(), eu=902, cn=GAP, undelivered=0, state=hexes(3),
    )  # fmt: skip
    return sound.model_copy(update=facts)


def link(party: Party) -> ViewPage:
    view = status(
        last_heard=at(24, 9, 3),
        waits_for=waits_for(party),
        queued=4,
        waiting=3,
        behind=7,
        times=times(peer_of(party)).model_copy(update={"total": 2}),
    )
    return link_page(view, heads(party), unchecked(party), {THREAD: "EU-142"})


def heads(party: Party) -> dict[Party, Head]:
    sizes: dict[Party, int] = {party: 902, peer_of(party): GAP}
    return {
        log: Head(log, Frontier(size, (bytes(32),) * size.bit_count()), cosigned=size)
        for log, size in sizes.items()
    }
