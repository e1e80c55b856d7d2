"""Assemble one node's link: the service for the peer and the background tasks.

Does not open connections, read the clock or draw randomness: `wiring/` passes the dependencies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import structlog
from aiohttp import web

from special_channel.broker.identity import Identity
from special_channel.broker.live import Changes
from special_channel.core.bytes.errors import ChannelError, Malformed
from special_channel.core.bytes.times import timestamp
from special_channel.link.automatic import Acknowledger, Append, RefusalWriter
from special_channel.link.checking import MirrorStopped
from special_channel.link.client import Heartbeat, PeerClient, PeerRefusedRequest
from special_channel.link.cosigning import OwnCosignatures, PeerCosignatures
from special_channel.link.delivery import Delivery, GapFiller
from special_channel.link.files import FileFetcher
from special_channel.link.follower import Follower
from special_channel.link.guard import SendingGuard
from special_channel.link.heads import PeerHeads
from special_channel.link.heal import Healer, HealerDeps, NoStartCheck, SigningGate, Start
from special_channel.link.mirror import Mirror, MirrorDeps
from special_channel.link.replay import ReplayWindow
from special_channel.link.serve import HOLD_SECONDS, ServiceDeps, Stamp, make_app
from special_channel.link.status import LinkStatus
from special_channel.link.trust import LinkKeys, PinnedLinkKey
from special_channel.link.waiting import WaitingQueue
from special_channel.ports import Alarms, Clock, Published, SharedRecord, Sleep
from special_channel.stores.mirror import EvidenceBook, MirrorBook, SharedFiles
from special_channel.stores.waiting import WaitingRoom

log = structlog.get_logger(__name__)

FIRST_RETRY_SECONDS: Final = 0.2
LAST_RETRY_SECONDS: Final = 5.0
"""Longest back-off: a recovered peer is reached again within seconds."""

HEADS_SECONDS: Final = 60.0
"""Nodes exchange stamped heads each minute (rule 9)."""

DOWN_SECONDS: Final = 60.0
"""Length of an outage that sounds an alarm; pages show shorter outages, too."""

_LOOK_SECONDS: Final = 5.0
_REST_SECONDS: Final = 0.25
"""Least time between two steps for files and gaps: a busy log changes hundreds of times in it."""

_IDLE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class LinkDeps:
    """Dependencies of `Link`, passed by `wiring/`.

    Attributes:
        identity: The node's party and keys.
        record: The shared logs, without the private log.
        book: Gaps, commit boundaries and entries by kind of mirrored logs.
        room: Storage for commits queued behind a gap.
        evidence: Storage for faults of the peer's log.
        files: Attachments of shared entries, stored and missing.
        published: The rollback guard, outside the database.
        client: Sends requests to the peer's node.
        pinned: The peer's first link key.
        append: Appends to our log under the lock.
        stamp: Makes a fresh stamped head of our log.
        gate: The committer; signs nothing while `read_only` names a reason.
        erase: Executes our log's erasure orders (`broker.erasing`).
        changes: Notifies tasks of this process when the shared logs change.
        hint: Notifies the party's other processes.
        alarms: Alerts the operator.
        clock: Current and monotonic time.
        sleep: Sleeps for a number of seconds.
        unreadable: Counts malformed requests and responses of the peer.
        ran: Returns the seconds since this node's reminders last ran, None if unknown.
        undelivered: Returns the age in seconds of our oldest undelivered entry, None if unknown.
        heartbeat_seconds: Interval between exchanges of stamped heads.
        hold_seconds: Longest time that a poll of the peer waits here.
        start: The start check of this process.
    """

    identity: Identity
    record: SharedRecord
    book: MirrorBook
    room: WaitingRoom
    evidence: EvidenceBook
    files: SharedFiles
    published: Published
    client: PeerClient
    pinned: PinnedLinkKey
    append: Append
    stamp: Stamp
    gate: SigningGate
    erase: Callable[[], Awaitable[int]]
    changes: Changes
    alarms: Alarms
    clock: Clock
    sleep: Sleep
    hint: Callable[[], None] = lambda: None
    unreadable: Callable[[], None] = lambda: None
    ran: Callable[[], int | None] = lambda: None
    undelivered: Callable[[], int | None] = lambda: None
    heartbeat_seconds: float = HEADS_SECONDS
    hold_seconds: float = HOLD_SECONDS
    start: Start = field(default_factory=NoStartCheck)


class Link:
    """One node's link.

    Attributes:
        heads: `fresh_head` serves the checks of passing due times.
        mirror: Follows the peer's log; `resume` is for the operator.
        status: Current state of the link, for pages.
    """

    def __init__(self, deps: LinkDeps) -> None:
        self._to = deps
        self._ahead = False
        self._owed = Changes()  # notified when the peer may be owed a cosignature
        self.status = LinkStatus()
        own, peer = deps.identity.party, deps.identity.peer
        cosigning = OwnCosignatures(
            deps.record, deps.book, deps.identity, deps.published, deps.clock
        )
        delivered = PeerCosignatures(deps.record, deps.identity)
        followers = (
            Follower(deps.record, deps.identity, own),
            Follower(deps.record, deps.identity, peer, cosigning.on_page),
        )
        self.healer = Healer(
            HealerDeps(
                record=deps.record,
                identity=deps.identity,
                client=deps.client,
                own=followers[0],
                peer=followers[1],
                published=deps.published,
                gate=deps.gate,
                erase=deps.erase,
                alarms=deps.alarms,
                woken=self._woken,
                start=deps.start,
            )
        )
        self.mirror = Mirror(
            MirrorDeps(
                identity=deps.identity,
                record=deps.record,
                client=deps.client,
                follower=followers[1],
                cosignatures=delivered,
                evidence=deps.evidence,
                alarms=deps.alarms,
                woken=self._woken,
                close_gaps=cosigning.after_gap,
                gaps=lambda: deps.book.gaps(peer),
                status=self.status,
                clock=deps.clock,
                rolled_back=self.healer.rolled_back,
                waiting=WaitingQueue(deps.record, deps.identity, deps.room, followers[1]),
            )
        )
        self.heads = PeerHeads(
            deps.record,
            deps.identity,
            deps.client,
            deps.changes,
            deps.alarms,
            self.mirror.fault,
        )
        self.delivery = Delivery(deps.record, deps.identity, deps.client, deps.alarms)
        self.gaps = GapFiller(
            deps.record, deps.book, deps.identity, deps.client, cosigning, self._woken
        )
        self.files = FileFetcher(deps.files, deps.client, deps.clock, deps.alarms)
        self.refusals = RefusalWriter(deps.book, deps.identity, deps.append)
        self.acknowledging = Acknowledger(
            deps.record, deps.book, deps.identity, deps.append, deps.clock
        )
        self._delivered = delivered

    def make_app(self) -> web.Application:
        """Return the service for the peer, to be mounted at `serve.PREFIX`."""
        return make_app(
            ServiceDeps(
                identity=self._to.identity,
                record=self._to.record,
                files=self._to.files,
                keys=LinkKeys(self._to.record, self._to.pinned),
                window=ReplayWindow(self._to.clock),
                stamp=self._to.stamp,
                receive=self._receive,
                guard=SendingGuard(self._to.published),
                changes=self._to.changes,
                clock=self._to.clock,
                ahead=self._look_again,
                unreadable=self._to.unreadable,
                reminders=self.status.reminders,
                undelivered=self.status.undelivered,
                hold_seconds=self._to.hold_seconds,
            )
        )

    async def _receive(self, note: str) -> None:
        if await self._delivered.receive(note):
            self._woken()

    def _woken(self) -> None:
        self._to.changes.notify()
        self._to.hint()

    def _look_again(self, _size: int) -> None:
        self._ahead = True

    async def prepare(self) -> bool:
        """Compare our log with guard and peer before signing; return whether this node may sign.

        Call once the peer's address is known and before the appender runs. With an unreachable
        peer the call takes at most the client's connection time-out.

        Raises:
            Unavailable: `database-unavailable`.
        """
        return await self.healer.check()

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
                self._to.unreadable()
                self._to.alarms.sound("link-failed", task=name)
            else:
                if delay > FIRST_RETRY_SECONDS:
                    self._to.alarms.quiet("link-failed")
                delay = FIRST_RETRY_SECONDS
                continue
            await self._to.sleep(delay)
            delay = min(delay * 2, LAST_RETRY_SECONDS)

    def _failed(self, name: str, error: ChannelError) -> None:
        """Sound alarms for bad responses and an unreachable peer; other errors have their own."""
        bad_response = isinstance(error, Malformed | PeerRefusedRequest)
        if bad_response:
            answer = error.facts.get("answer", "")
            log.warning("link.refused", task=name, code=error.code, answer=answer)
            self._to.unreadable()
            self._to.alarms.sound("link-failed", task=name, reason=answer or error.code)
        if name == "mirror" and (bad_response or error.code == "peer-unreachable"):
            self._down()

    def _down(self) -> None:
        now = self._to.clock.now()
        if self.status.failed(now):
            log.warning("link.down")
        since = self.status.since
        if since is not None and (now - since).total_seconds() >= DOWN_SECONDS:
            self._to.alarms.sound("link-down", since=timestamp(since))

    async def _mirroring(self) -> None:
        version = self._to.changes.version
        if self.mirror.refusals_owed:
            await self.refusals.step()
            self.mirror.refusals_owed = False
        if await self.mirror.stopped():
            await self._to.changes.after(version, _IDLE_SECONDS)
            return
        if await self.mirror.step():
            self._owed.notify()

    async def _delivering(self) -> None:
        version = self._owed.version
        if not await self.delivery.step():
            await self._owed.after(version, _LOOK_SECONDS)

    async def _fetching(self) -> None:
        version = self._to.changes.version
        if not await self.files.step():
            await self._to.sleep(_REST_SECONDS)
            await self._to.changes.after(version, _LOOK_SECONDS)

    async def _filling(self) -> None:
        version = self._to.changes.version
        if await self.gaps.step():
            await self._to.sleep(_IDLE_SECONDS)
        else:
            self._to.alarms.quiet("parts-missing")
            await self._to.sleep(_REST_SECONDS)
            await self._to.changes.after(version, _IDLE_SECONDS)

    async def _exchanging(self) -> None:
        try:
            await self.heads.exchange(heartbeat=Heartbeat(self._to.ran(), self._to.undelivered()))
        except MirrorStopped:
            log.warning("heads.fault")  # evidence and alarm are done; go on comparing heads
        await self._to.sleep(self._to.heartbeat_seconds)

    async def _acknowledging(self) -> None:
        await self.acknowledging.step()
        await self._to.sleep(_LOOK_SECONDS)

    async def _healing(self) -> None:
        if self._ahead or self.healer.pending:
            self._ahead = False
            await self.healer.check()
        await self._to.sleep(_LOOK_SECONDS)
