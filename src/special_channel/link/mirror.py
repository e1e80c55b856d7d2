"""Mirrors the peer's log: wait, check, store, cosign, report.

Does not trust anything that the peer says: `follower.py` checks it from nothing. Does not
append to the own log but what others here do for it (`automatic.py`), and does not know the
desk, the private log or people.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import structlog

from special_channel.broker.identity import Identity
from special_channel.broker.receipts import Readable
from special_channel.core.errors import Refused
from special_channel.core.ids import Party
from special_channel.link.checking import BeyondUs, MirrorStopped, NotHere
from special_channel.link.client import PeerClient
from special_channel.link.cosigning import UNFOUNDED, PeerCosignatures
from special_channel.link.follower import Follower, Taken
from special_channel.link.pages import PAGE_ENTRIES, Page
from special_channel.link.status import LinkStatus
from special_channel.link.waiting import Waiting
from special_channel.ports import Clock
from special_channel.ports.mirror import Alarms, Evidence, EvidenceBook, Gap

log = structlog.get_logger(__name__)

RESUMED = "resumed"
"""Code by which an operator lets a stopped mirror go on."""


def standing_for(last: Evidence | None) -> str:
    """Return the code for which a mirror stands still, empty if it goes on."""
    return "" if last is None or last.code in {RESUMED, "accepted-order"} else last.code


async def resume(record: Readable, evidence: EvidenceBook, peer: Party) -> str:
    """Let the mirror of `peer`'s log go on and return what it stood still for.

    Nothing is kept if it did not stand still. The next fault stops it again.
    """
    code = standing_for(await evidence.last(peer))
    if code:
        size = (await record.head(peer)).size
        await evidence.keep(Evidence(peer, size, RESUMED, "", "", ""))
    return code


@dataclass(frozen=True, slots=True)
class Mirroring:
    """What the mirror works with.

    Attributes:
        identity: Whose node this is.
        record: The shared logs.
        client: Asks the peer.
        follower: Follows the peer's log and cosigns it.
        cosignatures: Takes the peer's cosignatures.
        evidence: Keeps why a mirror stopped.
        alarms: Tells the operator.
        woken: Wakes readers, here and in other processes.
        close_gaps: Cosigns what a gap kept back, if it is filled or declared by now.
        gaps: What of the peer's log is missing and not declared.
        status: How the link stands.
        clock: Tells when the peer was heard.
        rolled_back: Asks the peer whether it holds more of the own log, signed by us, than
            we do; heals and returns True if so.
        waiting: Keeps what comes behind a gap.
    """

    identity: Identity
    record: Readable
    client: PeerClient
    follower: Follower
    cosignatures: PeerCosignatures
    evidence: EvidenceBook
    alarms: Alarms
    woken: Callable[[], None]
    close_gaps: Callable[[], Awaitable[bool]]
    gaps: Callable[[], Awaitable[Sequence[Gap]]]
    status: LinkStatus
    clock: Clock
    rolled_back: Callable[[], Awaitable[bool]]
    waiting: Waiting


class Mirror:
    """Follows the peer's log for as long as `step` is called.

    Attributes:
        refusals_owed: Whether invalid entries may stand unnamed; whoever names them unsets it.
    """

    def __init__(self, mirroring: Mirroring) -> None:
        self._to = mirroring
        self._peer = mirroring.identity.peer
        self._own = mirroring.identity.party
        self.refusals_owed = True
        self._lacking = False
        self._waits = True
        """Whether entries may wait behind a gap; at the start it is not known."""
        self._peer_size = 0

    async def stopped(self) -> str:
        """Return the code for which this mirror stands still, empty if it goes on."""
        last = await self._to.evidence.last(self._peer)
        code = standing_for(last)
        if self._to.status.stopped and not code:
            self._to.alarms.quiet("mirror-stopped")  # resumed, perhaps by another process
        if last is not None and code and not self._to.status.stopped:
            # The fault outlives the process that met it; so does its alarm.
            self._to.alarms.sound("mirror-stopped", reason=code, size=last.size)
        self._to.status.stopped = code
        return code

    async def resume(self) -> None:
        """Let a stopped mirror go on: an operator's decision, kept beside the evidence."""
        await resume(self._to.record, self._to.evidence, self._peer)
        await self.stopped()
        self._to.woken()

    async def step(self) -> Taken | None:
        """Wait for what is new at the peer, and take it; None if nothing came or it is stopped.

        Raises:
            Unavailable: `peer-unreachable`, or from the record.
            Malformed: `link-message-malformed`.
            NotHere: `entry-missing`, after what came before was stored.
            MirrorStopped: The peer is at fault; evidence is kept.
        """
        if await self.stopped():
            return None
        heads = await self._to.record.heads()
        held = heads[self._peer].size
        if self._waits and await self._behind():
            return await self._fill(held)
        page = await self._to.client.wait(held, heads[self._own].cosigned)
        await self._came(page, held)
        return await self.take(page) if page.commits else None

    async def _covered(self) -> int:
        return (await self._to.record.head(self._own)).cosigned

    async def _came(self, page: Page, held: int) -> None:
        """Note what a page says besides its commits."""
        self.heard()
        if page.cosigned:
            await self._delivered(page.cosigned)
        if page.size < held:
            # It lost its tail and will fetch it back from us; nothing here is undone.
            self._to.alarms.sound("peer-behind", size=page.size, held=held)
        else:
            self._to.alarms.quiet("peer-behind")
        self._peer_size = page.size
        self._to.status.waiting = max(page.size - held, 0)

    async def _behind(self) -> bool:
        """Tell whether entries wait behind a gap."""
        waits = await self._to.waiting.waits()
        self._waits = waits.entries > 0
        self._to.status.gap = waits.gap.index if waits.gap else None
        return self._waits

    async def _fill(self, held: int) -> Taken | None:
        """Judge what waits, if it can be by now; else ask for what is lacking and what follows.

        Raises:
            As `step`.
        """
        waiting, client = self._to.waiting, self._to.client
        ready = await waiting.ready(held)
        if ready is not None:
            return await self.take(ready)
        page = await client.log(held, 1, cosigned=await self._covered())
        await self._came(page, held)
        try:
            return await self.take(page) if page.commits else None
        except NotHere:
            lost = await waiting.lost(held)
            if lost is not None:
                return await self.take(*lost)
            while not waiting.full:
                if not await self._keep(await client.log(await waiting.end(), PAGE_ENTRIES)):
                    break
            raise

    async def take(self, page: Page, lost: AbstractSet[int] = frozenset()) -> Taken:
        """Take a page, and report what is wrong with it; `lost` as of `Follower.take`.

        Raises:
            NotHere, MirrorStopped: As `step`.
        """
        taken = await self._to.follower.take(page, lost)
        if taken.commits:
            if (await self._to.record.head(self._peer)).cosigned < taken.size:
                await self._to.close_gaps()  # this page may declare what an earlier one lacked
            self._to.woken()
        self._peer_size = max(self._peer_size, page.size)  # what waited here may be less
        self._to.status.waiting = max(self._peer_size - taken.size, 0)
        try:
            await self._report(taken)
        except NotHere as gap:
            self._waits, self._to.status.gap = True, gap.index
            await self._keep(page)
            raise
        return taken

    async def _keep(self, page: Page) -> bool:
        """Keep what came behind a gap; tell whether anything new did."""
        try:
            kept = await self._to.waiting.keep(page)
        except (MirrorStopped, BeyondUs) as fault:
            await self._at_fault(fault)
            return False
        if kept:
            self._to.woken()
        return kept

    async def fault(self, fault: MirrorStopped) -> None:
        """Stop for a fault found elsewhere, such as in a stamped head; once."""
        if not await self.stopped():
            await self.stop(fault, fault.note)

    async def stop(self, fault: MirrorStopped | BeyondUs, theirs: str = "") -> None:
        """Keep both notes as evidence, sound the alarm, and follow the log no further."""
        head = await self._to.record.head(self._peer)
        ours = await self._to.record.checkpoint(self._peer, head.size) or ""
        await self._to.evidence.keep(
            Evidence(self._peer, head.size, fault.code, ours, theirs, fault.detail)
        )
        self._to.status.stopped = fault.code
        self._to.alarms.sound("mirror-stopped", reason=fault.code, size=head.size)
        log.error("mirror.stopped", code=fault.code, size=head.size)

    def heard(self) -> None:
        """Note that the peer answered."""
        if self._to.status.answered(self._to.clock.now()):
            log.info("link.up")
        self._to.alarms.quiet("link-down")

    async def _delivered(self, note: str) -> None:
        try:
            if await self._to.cosignatures.receive(note):
                self._to.woken()
            self._to.alarms.quiet("cosignature-refused")
        except Refused as error:
            if error.code == UNFOUNDED:  # it comes again with the next page
                log.info("cosignature.waits")
                return
            # A bad cosignature proves nothing and must not hold up the peer's log.
            self._to.alarms.sound("cosignature-refused", reason=error.code)

    async def _report(self, taken: Taken) -> None:
        self.refusals_owed = self.refusals_owed or bool(taken.invalid)
        for index, code in taken.invalid:
            self._to.alarms.sound("peer-entry-refused", index=index, reason=code)
        for index, code in taken.refused:
            # Rule 18: both sides are told. Ours signed what the other side can't accept.
            self._to.alarms.sound("own-entry-refused", index=index, reason=code)
        await self._report_gaps(taken)
        for index in taken.early:
            await self._early(index)
        if (fault := taken.stopped or taken.beyond) is not None:
            await self._at_fault(fault)
        if taken.absent is not None:
            self._to.alarms.sound("entry-missing", **taken.absent.facts)
            raise taken.absent
        self._to.alarms.quiet("entry-missing")

    async def _at_fault(self, fault: MirrorStopped | BeyondUs) -> None:
        """Stop for what a page showed, unless it is this node that lost something.

        Raises:
            MirrorStopped: The peer is at fault; evidence is kept.
        """
        if isinstance(fault, MirrorStopped):
            await self.stop(fault, fault.note)
            raise fault
        if not await self._to.rolled_back() and not await self._held(fault):
            await self.stop(fault)
            raise MirrorStopped(fault.code, fault.detail, "")

    async def _held(self, fault: BeyondUs) -> bool:
        """Tell whether what a leaf claims of our log is here by now.

        The healer of this process, or of another, may have fetched it back since the page was
        checked: then the peer is not at fault, and the page is taken again.
        """
        held = (await self._to.record.head(self._own)).size
        return int(fault.facts["frontier"]) <= held

    async def _report_gaps(self, taken: Taken) -> None:
        """Tell of parts that did not come, unless an erasure on the same page declares them."""
        if not taken.gaps and not self._lacking:
            return
        undeclared = {gap.index for gap in await self._to.gaps()}
        self._lacking = bool(undeclared)
        for gap in taken.gaps:
            if gap.index in undeclared:
                self._to.alarms.sound("parts-missing", index=gap.index)
        if not undeclared:
            self._to.alarms.quiet("parts-missing")

    async def _early(self, index: int) -> None:
        """The owner contradicts its own clock: kept and told, but no entry is refused for it."""
        covering = await self._to.record.checkpoint_covering(self._peer, index)
        stamped = await self._to.record.stamped(self._peer) or ""
        note = covering[1] if covering else ""
        detail = f"The leaf at {index} was accepted before a time stated earlier."
        await self._to.evidence.keep(
            Evidence(self._peer, index, "accepted-order", stamped, note, detail)
        )
        self._to.alarms.sound("accepted-order", index=index)
