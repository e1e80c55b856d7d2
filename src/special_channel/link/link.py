"""The link of one node, put together: what it serves, and the tasks that follow the peer.

Does not open connections, read the clock or draw randomness: `wiring/` hands all in.
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
from special_channel.broker.receipts import Readable
from special_channel.core.errors import ChannelError, Malformed
from special_channel.core.times import timestamp
from special_channel.link.automatic import Acknowledging, Append, Refusals
from special_channel.link.checking import MirrorStopped
from special_channel.link.client import Heartbeat, PeerAnswered, PeerClient
from special_channel.link.cosigning import OwnCosignatures, PeerCosignatures
from special_channel.link.delivery import Delivery, GapFiller
from special_channel.link.files import FileFetcher
from special_channel.link.follower import Follower
from special_channel.link.guard import LeavingGuard
from special_channel.link.heads import PeerHeads
from special_channel.link.heal import Healer, Healing, SigningGate, Start, SureStart
from special_channel.link.mirror import Mirror, Mirroring
from special_channel.link.replay import ReplayWindow
from special_channel.link.serve import HOLD_SECONDS, Serving, make_app
from special_channel.link.status import LinkStatus
from special_channel.link.trust import LinkKeys, PinnedLinkKey
from special_channel.link.waiting import Waiting
from special_channel.ports import Clock, Published
from special_channel.ports.mirror import (
    Alarms,
    EvidenceBook,
    MirrorBook,
    SharedFiles,
    Sleep,
    Stamp,
)
from special_channel.ports.waiting import WaitingRoom

log = structlog.get_logger(__name__)

FIRST_RETRY_SECONDS: Final = 0.2
LAST_RETRY_SECONDS: Final = 5.0
"""Longest wait before the peer is tried again: it rejoins by itself within seconds."""

HEADS_SECONDS: Final = 60.0
"""Nodes exchange stamped heads each minute (rule 9)."""

DOWN_SECONDS: Final = 60.0
"""An outage as long as this is an alarm; pages show a shorter one, too."""

_LOOK_SECONDS: Final = 5.0
_REST_SECONDS: Final = 0.25
"""Least time between two looks for what follows later, files and gaps: a busy log changes
hundreds of times in it."""

_IDLE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class House:
    """What wiring hands to the link.

    Attributes:
        identity: Whose node this is.
        record: The shared logs alone.
        book: Gaps, bounds and kinds of mirrored logs.
        room: What waits behind a gap.
        evidence: Faults of the peer's log.
        files: Attachments that the peer may have, and those that it has.
        published: The rollback guard, outside the database.
        client: Asks the peer's node.
        pinned: The peer's first link key.
        append: Appends to the own log under the lock.
        stamp: Makes a fresh stamped head of the own log.
        gate: The committer, which signs nothing while it names a reason.
        erase: Carries out the own log's orders to erase (`broker.erasing`).
        changes: Wakes whoever waits here for the shared logs to change.
        hint: Tells other processes of this party that they changed.
        alarms: Tells the operator.
        clock: Tells the time.
        sleep: Waits.
        unreadable: Counts answers and requests of the peer that could not be read.
        ran: Tells how many seconds ago this node's own reminders ran, None if unknown.
        undelivered: Tells the age in seconds of our oldest undelivered entry, None if unknown.
        heartbeat_seconds: How often stamped heads are exchanged.
        hold_seconds: How long a poll of the peer waits here.
        start: Whether this process has to see the peer before it signs.
    """

    identity: Identity
    record: Readable
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
    start: Start = field(default_factory=SureStart)


class Link:
    """One node's link.

    Attributes:
        heads: `fresh_head` for deadlines that pass.
        mirror: Follows the peer's log; `resume` is for its operator.
        status: How the link stands, for pages.
    """

    def __init__(self, house: House) -> None:
        self._to = house
        self._ahead = False
        self._owed = Changes()  # a cosignature may be owed: not after every own append
        self.status = LinkStatus()
        own, peer = house.identity.party, house.identity.peer
        cosigning = OwnCosignatures(
            house.record, house.book, house.identity, house.published, house.clock
        )
        delivered = PeerCosignatures(house.record, house.identity)
        followers = (
            Follower(house.record, house.identity, own),
            Follower(house.record, house.identity, peer, cosigning.on_page),
        )
        self.healer = Healer(
            Healing(
                record=house.record,
                identity=house.identity,
                client=house.client,
                own=followers[0],
                peer=followers[1],
                published=house.published,
                gate=house.gate,
                erase=house.erase,
                alarms=house.alarms,
                woken=self._woken,
                start=house.start,
            )
        )
        self.mirror = Mirror(
            Mirroring(
                identity=house.identity,
                record=house.record,
                client=house.client,
                follower=followers[1],
                cosignatures=delivered,
                evidence=house.evidence,
                alarms=house.alarms,
                woken=self._woken,
                close_gaps=cosigning.after_gap,
                gaps=lambda: house.book.gaps(peer),
                status=self.status,
                clock=house.clock,
                rolled_back=self.healer.rolled_back,
                waiting=Waiting(house.record, house.identity, house.room, followers[1]),
            )
        )
        self.heads = PeerHeads(
            house.record,
            house.identity,
            house.client,
            house.changes,
            house.alarms,
            self.mirror.fault,
        )
        self.delivery = Delivery(house.record, house.identity, house.client, house.alarms)
        self.gaps = GapFiller(
            house.record, house.book, house.identity, house.client, cosigning, self._woken
        )
        self.files = FileFetcher(house.files, house.client, house.clock, house.alarms)
        self.refusals = Refusals(house.book, house.identity, house.append)
        self.acknowledging = Acknowledging(
            house.record, house.book, house.identity, house.append, house.clock
        )
        self._delivered = delivered

    def make_app(self) -> web.Application:
        """Return the service for the peer; mount it at `serve.PREFIX`."""
        return make_app(
            Serving(
                identity=self._to.identity,
                record=self._to.record,
                files=self._to.files,
                keys=LinkKeys(self._to.record, self._to.pinned),
                window=ReplayWindow(self._to.clock),
                stamp=self._to.stamp,
                receive=self._receive,
                guard=LeavingGuard(self._to.published),
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
        """Prove the own log before anything is signed; tell whether this node may sign.

        Call it once the peer's address is known and before the appender runs. Without the
        peer it takes no longer than the client's time-out to connect.

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
        """Only look, until cancelled, whether this process may sign again: no link runs in it."""
        await self._repeat("healing", self._healing)

    async def _repeat(self, name: str, step: Callable[[], Awaitable[None]]) -> None:
        delay = FIRST_RETRY_SECONDS
        while True:
            try:
                await step()
            except MirrorStopped:
                continue  # told and kept by whoever raised it; the step waits from now on
            except ChannelError as error:
                self._failed(name, error)
            except Exception:
                # What the peer sends must not bring this node down: an alarm, and again.
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
        """Tell what kept a task from its work; others than these were told by who raised."""
        nonsense = isinstance(error, Malformed | PeerAnswered)
        if nonsense:
            answer = error.facts.get("answer", "")
            log.warning("link.refused", task=name, code=error.code, answer=answer)
            self._to.unreadable()
            self._to.alarms.sound("link-failed", task=name, reason=answer or error.code)
        if name == "mirror" and (nonsense or error.code == "peer-unreachable"):
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
            log.warning("heads.fault")  # kept and told already; heads go on being compared
        await self._to.sleep(self._to.heartbeat_seconds)

    async def _acknowledging(self) -> None:
        await self.acknowledging.step()
        await self._to.sleep(_LOOK_SECONDS)

    async def _healing(self) -> None:
        if self._ahead or self.healer.pending:
            self._ahead = False
            await self.healer.check()
        await self._to.sleep(_LOOK_SECONDS)
