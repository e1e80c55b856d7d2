"""Assemble one node's link: the service for the peer and the background tasks.

Does not open connections, read the clock or draw randomness: `wiring/` passes the dependencies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiohttp import web

from special_channel.broker.live import Changes
from special_channel.core.bytes.errors import ChannelError, Malformed
from special_channel.core.bytes.ids import KeyId
from special_channel.core.bytes.times import timestamp
from special_channel.link.automatic import Acknowledger, RefusalWriter
from special_channel.link.checking import MirrorStopped
from special_channel.link.client import Heartbeat, PeerRefusedRequest
from special_channel.link.cosigning import OwnCosignatures, PeerCosignatures
from special_channel.link.delivery import Delivery, GapFiller
from special_channel.link.deps import LinkDeps
from special_channel.link.files import FileFetcher
from special_channel.link.follower import Follower
from special_channel.link.heads import PeerHeads
from special_channel.link.heal import Healer
from special_channel.link.mirror import Mirror
from special_channel.link.serve import LinkService
from special_channel.link.status import LinkStatus
from special_channel.link.trust import own_link_key

log = structlog.get_logger(__name__)

FIRST_RETRY_SECONDS: Final = 0.2
LAST_RETRY_SECONDS: Final = 5.0
"""Longest back-off: a recovered peer is reached again within seconds."""

DOWN_SECONDS: Final = 60.0
"""Length of an outage that sounds an alarm; pages show shorter outages, too."""

_LOOK_SECONDS: Final = 5.0
_REST_SECONDS: Final = 0.2
"""Time from a change to the step for files and gaps: a busy log changes hundreds of times in it,
and a cosignature goes first."""

_POLL_SECONDS: Final = 0.5
"""Time in which a poll of the peer can fetch a cosignature before it is posted: polls wait for it,
and a cosignature that comes twice costs both nodes a request."""

_KEYS_SECONDS: Final = 1.0
"""Time after which the files of our link keys are looked at again: few keys ever come."""

_IDLE_SECONDS: Final = 30.0


class Link:
    """One node's link.

    Attributes:
        heads: `fresh_head` serves the checks of passing due times.
        mirror: Follows the peer's log; an operator resumes it (`mirror.resume`).
        status: Current state of the link, for pages.
    """

    def __init__(self, deps: LinkDeps) -> None:
        self._deps = deps
        self._node = deps.node
        self._exchange = deps.exchange
        self._ahead = False
        self._settled: tuple[int, frozenset[KeyId]] | None = None  # what a key was chosen from
        self._chosen_at = float("-inf")
        self._owed = Changes()  # notified when the peer may be owed a cosignature
        self.status = LinkStatus()
        node, stores, client = deps.node, deps.stores, deps.peer.client
        identity, record, book = node.identity, stores.record, stores.book
        append = deps.own_log.append
        cosigning = OwnCosignatures(record, book, identity, deps.own_log.published, node.clock)
        self._delivered = PeerCosignatures(record, identity)
        self._cosigning = cosigning
        own = Follower(record, identity, identity.party)
        peer = Follower(record, identity, identity.peer, cosigning.on_page)
        self.healer = Healer(deps, own, peer, node.wake)
        cosignatures = cosigning, self._delivered
        self.mirror = Mirror(deps, self.status, peer, cosignatures, self.healer.rolled_back)
        self.heads = PeerHeads(
            record, identity, client, node.changes, node.alarms, self.mirror.fault
        )
        self.delivery = Delivery(record, cosigning, client, node.alarms, self.status)
        self.gaps = GapFiller(record, book, identity, client, cosigning, node.wake)
        self.files = FileFetcher(stores.files, client, node.clock, node.alarms)
        self.refusals = RefusalWriter(book, identity, append)
        self.acknowledging = Acknowledger(record, book, identity, append, node.clock)

    def make_app(self) -> web.Application:
        """Return the service for the peer, to be mounted at `pages.PREFIX`."""
        return LinkService(
            self._deps, self.status, self._receive, self._look_again, self._cosigning.newest
        ).app()

    async def _receive(self, note: str) -> None:
        if await self._delivered.receive(note):
            self._node.wake()

    def _look_again(self) -> None:
        self._ahead = True

    async def run(self) -> None:
        """Follow the peer until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for name, step in (
                ("mirror", self._mirroring),
                ("delivery", self._delivering),
                ("files", self._fetching),
                ("gaps", self._filling),
                ("heads", self._exchanging),
                ("acknowledging", self._acknowledging),
                ("healing", self._healing),
            ):
                tasks.create_task(self._repeat(name, step), name=f"link-{name}")

    async def run_healing(self) -> None:
        """Run the healing task alone until cancelled, in a process without the link."""
        await self._repeat("healing", self._healing)

    async def _repeat(self, name: str, step: Callable[[], Awaitable[None]]) -> None:
        delay = FIRST_RETRY_SECONDS
        while True:
            try:
                await step()
            except MirrorStopped:
                continue  # evidence and alarm are done; later steps wait while stopped
            except ChannelError as error:
                self._failed(name, error)
            except Exception:
                # No response of the peer may end this node: sound an alarm and retry.
                log.exception("link.failed", task=name)
                self._node.unreadable()
                self._node.alarms.sound("link-failed", task=name)
            else:
                if delay > FIRST_RETRY_SECONDS:
                    self._node.alarms.quiet("link-failed")
                delay = FIRST_RETRY_SECONDS
                continue
            await self._node.sleep(delay)
            delay = min(delay * 2, LAST_RETRY_SECONDS)

    def _failed(self, name: str, error: ChannelError) -> None:
        """Sound alarms for bad responses and an unreachable peer; other errors have their own."""
        bad_response = isinstance(error, Malformed | PeerRefusedRequest)
        if bad_response:
            answer = error.facts.get("answer", "")
            log.warning("link.refused", task=name, code=error.code, answer=answer)
            self._node.unreadable()
            self._node.alarms.sound("link-failed", task=name, reason=answer or error.code)
        if name == "mirror" and (bad_response or error.code == "peer-unreachable"):
            self._down()

    def _down(self) -> None:
        now = self._node.clock.now()
        if self.status.failed(now):
            log.warning("link.down")
        since = self.status.since
        if since is not None and (now - since).total_seconds() >= DOWN_SECONDS:
            self._node.alarms.sound("link-down", since=timestamp(since))

    async def _mirroring(self) -> None:
        version = self._node.changes.version
        if self.mirror.refusals_owed:
            await self.refusals.step()
            self.mirror.refusals_owed = False
        if await self.mirror.stopped():
            await self._node.changes.after(version, _IDLE_SECONDS)
            return
        if await self.mirror.follow():
            # Rows that the page changed: an append from the older ones would only be repeated.
            self._deps.own_log.gate.record.forget()
            self._owed.notify()

    async def _delivering(self) -> None:
        version = self._owed.version
        await self._choose_key()
        if not await self.delivery.step():
            await self._owed.after(version, _LOOK_SECONDS)
            await self._node.sleep(_POLL_SECONDS)

    async def _choose_key(self) -> None:
        """Sign requests by the newest of our link keys that the peer knows (K19)."""
        peer, record, now = self._deps.peer, self._deps.stores.record, self._node.clock.monotonic()
        head, settled = await record.head(self._node.identity.party), self._settled
        if settled and settled[0] == head.directory and now - self._chosen_at < _KEYS_SECONDS:
            return
        held, self._chosen_at = peer.held(), now
        asked = head.directory, frozenset(signer.key for signer in held)
        if asked == self._settled:
            return
        chosen = await own_link_key(record, head, held)
        if chosen.settled:
            self._settled = asked
        if chosen.signer is not None and chosen.signer.key != peer.client.signer.key:
            log.info("link.key", key=chosen.signer.key)
            peer.client.signer = chosen.signer

    async def _fetching(self) -> None:
        version = self._node.changes.version
        if not await self.files.step():
            await self._node.changes.after(version, _LOOK_SECONDS)
            await self._node.sleep(_REST_SECONDS)

    async def _filling(self) -> None:
        version = self._node.changes.version
        if await self.gaps.step():
            await self._node.sleep(_IDLE_SECONDS)
        else:
            self._node.alarms.quiet("parts-missing")
            await self._node.changes.after(version, _IDLE_SECONDS)
            await self._node.sleep(_REST_SECONDS)

    async def _exchanging(self) -> None:
        try:
            await self.heads.exchange(
                heartbeat=Heartbeat(self._exchange.ran(), self._exchange.undelivered())
            )
        except MirrorStopped:
            log.warning("heads.fault")  # evidence and alarm are done; go on comparing heads
        await self._node.sleep(self._exchange.heartbeat_seconds)

    async def _acknowledging(self) -> None:
        await self.acknowledging.step()
        await self._node.sleep(_LOOK_SECONDS)

    async def _healing(self) -> None:
        if self._ahead or self.healer.pending:
            self._ahead = False
            await self.healer.check()
        await self._node.sleep(_LOOK_SECONDS)
