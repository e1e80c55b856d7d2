"""Assemble a node's link, on the link's database role.

Does not open database connections: the node passes them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

import aiohttp

from special_channel.broker.commit import stamp_head
from special_channel.broker.identity import Identity
from special_channel.broker.recovering import carry_out
from special_channel.broker.undelivered import Undelivered
from special_channel.config import Settings
from special_channel.link.client import PeerAddress, PeerClient
from special_channel.link.deps import Exchange, LinkDeps, LinkNode, OwnLog, Peer, SharedStores
from special_channel.link.link import Link
from special_channel.link.status import LinkStatus
from special_channel.ports import Clock
from special_channel.stores.files import Files
from special_channel.stores.mirror import EvidenceBook, MirrorBook, SharedFiles
from special_channel.stores.waiting import WaitingRoom
from special_channel.web.http.states import LinkState
from special_channel.wiring import files
from special_channel.wiring.sources import SystemRandomness

if TYPE_CHECKING:
    from special_channel.wiring.node import Core

WAKE_TOPIC: Final = "record"


def state_of(now: LinkStatus, late: Callable[[], Undelivered]) -> LinkState:
    """Return the link's state for pages and status."""
    since = late()
    return LinkState(
        down_since=now.down_since,
        last_heard=now.heard,
        stopped=now.stopped,
        gap=now.gap,
        behind=now.waiting,
        undelivered_since=since.own,
        peer_undelivered_since=since.peer,
    )


def peer_client(
    settings: Settings, identity: Identity, session: aiohttp.ClientSession, clock: Clock
) -> PeerClient:
    """Make the client of the peer's node."""
    origin = identity.pins[identity.peer].origin
    return PeerClient(
        session,
        PeerAddress(settings.link.peer or "http://127.0.0.1:9", origin, files.peer_tls(settings)),
        files.key_file(settings, "link").signer,
        clock,
        SystemRandomness(),
    )


def make_link(core: Core, session: aiohttp.ClientSession) -> Link:
    """Make the link, on the link's database role."""
    settings, peer = core.settings, core.identity.peer
    pin = settings.pins[peer]
    client = peer_client(settings, core.identity, session, core.clock)

    def ran() -> int | None:
        return core.ran()  # looked up late, since the watch is made after the link

    def undelivered() -> int | None:
        return core.undelivered()  # likewise

    async def stamp() -> str:
        return await stamp_head(core.record, core.committer, core.identity, core.clock)

    pool = core.shared.pool
    return Link(
        LinkDeps(
            node=LinkNode(
                identity=core.identity,
                changes=core.changes,
                alarms=core.alarms,
                clock=core.clock,
                sleep=asyncio.sleep,
                hint=lambda: core.wakeups.hint(WAKE_TOPIC),
                unreadable=partial(core.metrics.unreadable, "peer"),
            ),
            stores=SharedStores(
                record=core.shared,
                book=MirrorBook(pool),
                room=WaitingRoom(pool),
                evidence=EvidenceBook(pool),
                files=SharedFiles(pool, Files(pool), core.identity.party),
            ),
            own_log=OwnLog(
                append=core.appender.act,
                stamp=stamp,
                erase=partial(carry_out, core.record, core.identity.party),
                gate=core.committer,
                published=core.published,
                start=core.guards.start,
            ),
            peer=Peer(client, files.pinned_link_key(peer, pin), partial(files.link_keys, settings)),
            exchange=Exchange(
                ran=ran,
                undelivered=undelivered,
                heartbeat_seconds=settings.link.heartbeat_seconds,
            ),
        )
    )
