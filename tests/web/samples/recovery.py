"""The page about what a restore has cost, in each state that our logs can be in."""

from __future__ import annotations

from special_channel.core.bytes.ids import Party
from special_channel.web.pages.recovery import FirstSignature, LostEnd, RecoveryPage
from tests.web.samples.people import at, hexes, ilona

BODY = '{"root":"' + "0" * 64 + '","signed":412,"size":397}'


def healing_page(_party: Party) -> RecoveryPage:
    return RecoveryPage(
        state="healing",
        reason="log-rolled-back",
        shared=LostEnd(871, 902, at(24, 7, 41)),
        private=LostEnd(397, 412, at(24, 7, 42)),
        body=BODY,
        may_begin=True,
        url="https://channel.example",
    )


def tail_page(party: Party) -> RecoveryPage:
    return RecoveryPage(
        state="tail-lost",
        reason="log-rolled-back",
        shared=LostEnd(901, 902, at(24, 7, 41)),
        private=LostEnd(0, 412),
        body=BODY,
        signed=FirstSignature(hexes(9), ilona(party), at(24, 9, 2), '{"kind":"private.restored"}'),
        may_finish=True,
        url="https://channel.example",
    )


def waiting_page() -> RecoveryPage:
    return RecoveryPage(state="waits", reason="database-changed", url="https://channel.example")


def whole_page() -> RecoveryPage:
    return RecoveryPage(state="whole", url="https://channel.example")
