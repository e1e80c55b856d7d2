"""Mirror the peer's log: wait, check, store, cosign, report.

Trusts no statement of the peer: `follower.py` checks every page. Appends nothing to our log
(`automatic.py` does), and has no access to the desk, the private log or people.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet

import structlog

from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import Party
from special_channel.link.checking import EntryMissing, FrontierBeyond, MirrorStopped
from special_channel.link.cosigning import UNFOUNDED, OwnCosignatures, PeerCosignatures
from special_channel.link.deps import LinkDeps
from special_channel.link.follower import Follower, PageResult
from special_channel.link.heal import ADOPTED
from special_channel.link.judging import FORGED
from special_channel.link.pages import PAGE_ENTRIES, Page
from special_channel.link.status import LinkStatus
from special_channel.link.waiting import WaitingQueue
from special_channel.ports import SharedRecord
from special_channel.stores.mirror import RESUMED, Evidence, EvidenceBook

log = structlog.get_logger(__name__)


def stop_code(last: Evidence | None) -> str:
    """Return the code for which a mirror is stopped, empty if running."""
    return "" if last is None or last.code in {RESUMED, "accepted-order"} else last.code


async def resume(record: SharedRecord, evidence: EvidenceBook, peer: Party) -> str:
    """Resume the mirror of `peer`'s log and return the code for which it was stopped.

    Writes nothing and returns an empty string if the mirror was running. The next fault stops
    the mirror again.
    """
    code = stop_code(await evidence.last(peer))
    if code:
        size = (await record.head(peer)).size
        await evidence.keep(Evidence(peer, size, RESUMED, "", "", ""))
    return code


async def adopt(record: SharedRecord, evidence: EvidenceBook, own: Party) -> str:
    """Let the node take over a forged tail of our own log; return the code of what is adopted.

    The forged entries bear no signature that counts and have no effect. Writes nothing and returns
    an empty string if no forged tail was found (docs/rules.md, K30).
    """
    last = await evidence.last(own)
    if last is None or last.code != FORGED:
        return ""
    size = (await record.head(own)).size
    await evidence.keep(Evidence(own, size, ADOPTED, last.ours, last.theirs, last.detail))
    return last.code


class Mirror:
    """Follows the peer's log, one step a call.

    Attributes:
        refusals_owed: Whether invalid entries may be unreported; reset by the reporting task.
    """

    def __init__(
        self,
        deps: LinkDeps,
        status: LinkStatus,
        follower: Follower,
        cosignatures: tuple[OwnCosignatures, PeerCosignatures],
        rolled_back: Callable[[], Awaitable[bool]],
    ) -> None:
        """Follow the peer's log.

        Args:
            deps: Dependencies of the link.
            status: Current state of the link.
            follower: Checks, stores and cosigns pages of the peer's log.
            cosignatures: Makes ours, receives the peer's.
            rolled_back: Heals and returns True if the peer stores more of our log under our
                signature than our database.
        """
        self._node, self._stores, self._client = deps.node, deps.stores, deps.peer.client
        self._record, self._alarms = deps.stores.record, deps.node.alarms
        self._status = status
        self._follower = follower
        self._cosigning, self._delivered = cosignatures
        self._rolled_back = rolled_back
        identity = deps.node.identity
        self._peer, self._own = identity.peer, identity.party
        self._waiting = WaitingQueue(self._record, identity, deps.stores.room, follower)
        self.refusals_owed = True
        self._lacking = False
        self._waits = True
        """Whether commits may be queued behind a gap; assumed until the first look."""
        self._peer_size = 0

    async def stopped(self) -> str:
        """Return the code for which this mirror is stopped, empty if running."""
        last = await self._stores.evidence.last(self._peer)
        code = stop_code(last)
        if self._status.stopped and not code:
            self._alarms.quiet("mirror-stopped")  # resumed, perhaps by another process
        if last is not None and code and not self._status.stopped:
            # A fault outlives the process that found it; so does its alarm.
            self._alarms.sound("mirror-stopped", reason=code, size=last.size)
        self._status.stopped = code
        return code

    async def step(self) -> PageResult | None:
        """Wait for new commits of the peer and process them; None if stopped or without news.

        Raises:
            As `follow`.
        """
        return None if await self.stopped() else await self.follow()

    async def follow(self) -> PageResult | None:
        """Wait for new commits of the peer and process them; None without news.

        The caller has asked whether this mirror is `stopped`.

        Raises:
            Unavailable: `peer-unreachable`, or from the record.
            Malformed: `link-message-malformed`.
            EntryMissing: `entry-missing`; earlier commits are stored.
            MirrorStopped: The peer is at fault; evidence is stored.
        """
        heads = await self._record.heads()
        size = heads[self._peer].size
        if self._waits and await self._behind():
            return await self._fill(size)
        page = await self._client.wait(size, heads[self._own].cosigned)
        await self._note_page(page, size)
        return await self.take(page) if page.commits else None

    async def _covered(self) -> int:
        return (await self._record.head(self._own)).cosigned

    async def _note_page(self, page: Page, held: int) -> None:
        """Process a page's cosignature and size; update alarms and status."""
        self.heard()
        if page.cosigned:
            await self._receive(page.cosigned, behind=page.size > held)
        if page.size < held:
            # The peer lost its tail and will fetch the entries back from us.
            self._alarms.sound("peer-behind", size=page.size, held=held)
        else:
            self._alarms.quiet("peer-behind")
        self._peer_size = page.size
        self._status.waiting = max(page.size - held, 0)

    async def _behind(self) -> bool:
        """Return whether commits are queued behind a gap."""
        waits = await self._waiting.waits()
        self._waits = waits.entries > 0
        self._status.gap = waits.gap.index if waits.gap else None
        return self._waits

    async def _fill(self, size: int) -> PageResult | None:
        """Judge queued commits if possible by now; else fetch the missing entry and later ones.

        Raises:
            As `follow`.
        """
        waiting, client = self._waiting, self._client
        ready = await waiting.ready(size)
        if ready is not None:
            return await self.take(ready)
        page = await client.log(size, 1, cosigned=await self._covered())
        await self._note_page(page, size)
        try:
            return await self.take(page) if page.commits else None
        except EntryMissing:
            lost = await waiting.lost(size)
            if lost is not None:
                return await self.take(*lost)
            while not waiting.full:
                if not await self._keep(await client.log(await waiting.end(), PAGE_ENTRIES)):
                    break
            raise

    async def take(self, page: Page, lost: AbstractSet[int] = frozenset()) -> PageResult:
        """Process a page and report its faults; `lost` as in `Follower.take`.

        Raises:
            EntryMissing, MirrorStopped: As `follow`.
        """
        result = await self._follower.take(page, lost)
        if result.commits:
            if (await self._record.head(self._peer)).cosigned < result.size:
                # This page may declare parts that an earlier one lacks.
                await self._cosigning.after_gap()
            self._node.wake()
        self._peer_size = max(self._peer_size, page.size)  # a queued page's size may be smaller
        self._status.waiting = max(self._peer_size - result.size, 0)
        try:
            await self._report(result)
        except EntryMissing as gap:
            self._waits, self._status.gap = True, gap.index
            await self._keep(page)
            raise
        return result

    async def _keep(self, page: Page) -> bool:
        """Queue the commits of a page behind a gap; return whether any was new."""
        try:
            queued = await self._waiting.keep(page)
        except (MirrorStopped, FrontierBeyond) as fault:
            await self._at_fault(fault)
            return False
        if queued:
            self._node.wake()
        return queued

    async def fault(self, fault: MirrorStopped) -> None:
        """Stop for a fault found elsewhere, such as in a stamped head, unless stopped already."""
        if not await self.stopped():
            await self.stop(fault, fault.note)

    async def stop(self, fault: MirrorStopped | FrontierBeyond, theirs: str = "") -> None:
        """Store both notes as evidence, sound the alarm, and follow the log no further."""
        head = await self._record.head(self._peer)
        ours = await self._record.checkpoint(self._peer, head.size) or ""
        await self._stores.evidence.keep(
            Evidence(self._peer, head.size, fault.code, ours, theirs, fault.detail)
        )
        self._status.stopped = fault.code
        self._alarms.sound("mirror-stopped", reason=fault.code, size=head.size)
        log.error("mirror.stopped", code=fault.code, size=head.size)

    def heard(self) -> None:
        """Record that the peer answered."""
        if self._status.answered(self._node.clock.now()):
            log.info("link.up")
        self._alarms.quiet("link-down")

    async def _receive(self, note: str, *, behind: bool) -> None:
        """Receive a cosignature; `behind`: the peer's log has entries that we do not have yet."""
        try:
            if await self._delivered.receive(note):
                self._node.wake()
            self._alarms.quiet("cosignature-refused")
        except Refused as error:
            # The next page brings the cosignature again. Until then its key may be one that an
            # entry of this page names (K18).
            if error.code == UNFOUNDED or (behind and error.code == "cosignature-absent"):
                log.info("cosignature.waits")
                return
            # A bad cosignature proves nothing and must not hold up the peer's log.
            self._alarms.sound("cosignature-refused", reason=error.code)

    async def _report(self, result: PageResult) -> None:
        self.refusals_owed = self.refusals_owed or bool(result.invalid)
        for index, code in result.invalid:
            self._alarms.sound("peer-entry-refused", index=index, reason=code)
        for index, code in result.refused:
            # Rule 18: both sides are alerted. We signed an entry that the other side rejects.
            self._alarms.sound("own-entry-refused", index=index, reason=code)
        await self._report_gaps(result)
        for index in result.early:
            await self._early(index)
        if isinstance(result.fault, EntryMissing):
            self._alarms.sound("entry-missing", **result.fault.facts)
            raise result.fault
        if result.fault is not None:
            await self._at_fault(result.fault)
        self._alarms.quiet("entry-missing")

    async def _at_fault(self, fault: MirrorStopped | FrontierBeyond) -> None:
        """Stop for a page's fault, unless our own node lost entries.

        Raises:
            MirrorStopped: The peer is at fault; evidence is stored.
        """
        if isinstance(fault, MirrorStopped):
            await self.stop(fault, fault.note)
            raise fault
        if not await self._rolled_back() and not await self._covers(fault):
            await self.stop(fault)
            raise MirrorStopped(fault.code, fault.detail, "")

    async def _covers(self, fault: FrontierBeyond) -> bool:
        """Return whether our log has reached the frontier that a leaf claims."""
        # A healer, here or in another process, may have restored the entries since the page
        # was checked: then the peer is not at fault, and the page is processed again.
        held = (await self._record.head(self._own)).size
        return int(fault.facts["frontier"]) <= held

    async def _report_gaps(self, result: PageResult) -> None:
        """Alert on missing parts, unless an erasure on the same page declares them."""
        if not result.gaps and not self._lacking:
            return
        undeclared = {gap.index for gap in await self._stores.book.gaps(self._peer)}
        self._lacking = bool(undeclared)
        for gap in result.gaps:
            if gap.index in undeclared:
                self._alarms.sound("parts-missing", index=gap.index)
        if not undeclared:
            self._alarms.quiet("parts-missing")

    async def _early(self, index: int) -> None:
        """Store evidence and alert: the owner contradicts its clock. The entry stays valid."""
        covering = await self._record.checkpoint_covering(self._peer, index)
        stamped = await self._record.stamped(self._peer) or ""
        note = covering[1] if covering else ""
        detail = f"The leaf at {index} was accepted before a time stated earlier."
        await self._stores.evidence.keep(
            Evidence(self._peer, index, "accepted-order", stamped, note, detail)
        )
        self._alarms.sound("accepted-order", index=index)
