"""The page about losses after a restore, in each state of our logs."""

from __future__ import annotations

from special_channel.core.bytes.ids import Party
from special_channel.web.people.pages import recovery_page
from special_channel.web.people.views import FirstSignature, LostLog, RecoveryView
from special_channel.web.shell.frame import ViewPage
from tests.web.samples.people import at, hexes, ilona

URL = "https://channel.example"


def lost(log: str, held: int, signed: int, last: str = "") -> LostLog:
    return LostLog(log=log, held=held, signed=signed, root="0" * 64, last_accepted=last)


def recovery(
    reason: str = "",
    shared: LostLog | None = None,
    private: LostLog | None = None,
    *,
    tail_lost: bool = False,
) -> RecoveryView:
    return RecoveryView(
        reason=reason, shared=shared, tail_lost=tail_lost, private=private, pending=None,
        log="eu.channel.example/log", private_log="eu.channel.example/private",
    )  # fmt: skip


def healing_page(_party: Party) -> ViewPage:
    view = recovery(
        "log-rolled-back",
        lost("log", 871, 902, "2026-11-24T07:41:00Z"),
        lost("private", 397, 412, "2026-11-24T07:42:00Z"),
    )
    return recovery_page(view, roles={"registrar"}, url=URL)


def tail_page(party: Party) -> ViewPage:
    view = recovery(
        "log-rolled-back",
        lost("log", 901, 902, "2026-11-24T07:41:00Z"),
        lost("private", 0, 412),
        tail_lost=True,
    )
    first = FirstSignature(
        entry_id=hexes(9),
        author=ilona(party),
        at=at(24, 9, 2),
        payload='{"kind":"private.restored"}',
    )
    return recovery_page(view, roles={"head"}, first=first, url=URL)


def waiting_page() -> ViewPage:
    return recovery_page(recovery("database-changed"), roles={"head"}, url=URL)


def whole_page() -> ViewPage:
    return recovery_page(recovery(), roles={"head"}, url=URL)
