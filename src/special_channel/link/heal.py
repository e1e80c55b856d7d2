"""Restore a lost tail of our shared log from the peer's mirror (rules 20 and 21).

A database restored from an old backup must not sign other entries at indices already used. The
guard file, or a checkpoint with our signature at the peer, reveals the loss; the node then signs
nothing until the lost entries are restored. Both logs are fetched in turn, because entries of
either log may refer to lost entries of the other.

A node started with another database or guard than before also signs nothing until the peer's
head of our log was seen (`broker/starting.py`). Does not restore the private log, since no other
node stores a copy. Does not create a log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from special_channel.broker.recovering import settle_guard
from special_channel.broker.starting import DAMAGED, GUARD_MISSING, WAITS
from special_channel.core.bytes.errors import (
    ChannelError,
    Corrupt,
    Refused,
    RuleBroken,
    Unavailable,
)
from special_channel.core.bytes.ids import Party
from special_channel.core.log import checkpoint
from special_channel.core.log.checkpoint import Checkpoint, parse
from special_channel.core.log.note import Note
from special_channel.core.rows.log_keys import LogKey, cosigned_time, verify_checkpoint
from special_channel.link.checking import MirrorStopped
from special_channel.link.cosigning import known_party, party_row
from special_channel.link.deps import LinkDeps
from special_channel.link.follower import Follower
from special_channel.link.judging import FORGED
from special_channel.link.pages import PAGE_ENTRIES, Page
from special_channel.ports.conditions import FORKED, ROLLED_BACK
from special_channel.stores.mirror import RESUMED, Evidence

log = structlog.get_logger(__name__)

ADOPTED: Final = "adopted"
"""Code of the evidence by which an operator takes over a forged tail (`resume --adopt`)."""

REASONS: Final = WAITS | {ROLLED_BACK}
"""Reasons for being read-only that end once our log is complete and the peer was seen."""


class Healer:
    """Compares the stored log with the signed sizes, and fetches missing entries back.

    Attributes:
        tail_lost: Whether the peer lacks the end of our log, too.
    """

    def __init__(
        self, deps: LinkDeps, own: Follower, peer: Follower, woken: Callable[[], None]
    ) -> None:
        """Store pages of our log by `own` and of the peer's by `peer`; `woken` wakes readers."""
        self._record = deps.stores.record
        self._identity = deps.node.identity
        self._alarms = deps.node.alarms
        self._client = deps.peer.client
        self._followers = {self._identity.party: own, self._identity.peer: peer}
        self._published = deps.own_log.published
        self._gate = deps.own_log.gate
        self._erase = deps.own_log.erase
        self._evidence = deps.stores.evidence
        self._start = deps.own_log.start
        self._woken = woken
        self._turn = asyncio.Lock()
        self.tail_lost = False

    @property
    def pending(self) -> bool:
        """Whether a check is needed: the node is read-only, or the peer was not seen yet."""
        return self._gate.read_only in {*REASONS, FORGED, FORKED} or self._start.is_alone()

    async def check(self) -> bool:
        """Compare our log with guard and peer, and heal; return whether this node may sign.

        At start, call this once the peer's address is known and before the appender runs. With an
        unreachable peer the call takes at most the client's connection time-out.

        Raises:
            Unavailable: `database-unavailable`.
        """
        async with self._turn:
            await self._check()
            await self._erase()
        return not self._gate.read_only

    async def rolled_back(self) -> bool:
        """Heal if the peer stores more of our log under our signature; return whether so.

        Raises:
            Unavailable: `peer-unreachable`, `database-unavailable`.
        """
        async with self._turn:
            if not self._gate.read_only and await self._signed_beyond() is None:
                return False
            self._lock(ROLLED_BACK)
            await self._heal()
        return True

    async def _check(self) -> None:
        guard = await self._look_at_guard()
        await self._go_on_if_adopted()
        try:
            await self._go_on_if_fork_ended()
            ahead = None if self._gate.read_only else await self._signed_beyond()
            if ahead is not None:
                self._lock(ROLLED_BACK)
            if self._gate.read_only in REASONS:
                await self._heal()
            elif not self._gate.read_only:
                await self._start.seen()
        except Refused:
            log.warning("heal.peer-nonsense")
        except Unavailable as error:
            if error.code != "peer-unreachable":
                raise
            size = (await self._record.head(self._identity.party)).size
            if guard is None and size and not self._gate.read_only:
                # Neither peer nor guard tells the signed size: signing could fork the log.
                self._lock(GUARD_MISSING)

    async def _look_at_guard(self) -> tuple[int, bytes] | None:
        """Compare database and guard, without the peer; lock or unlock the gate accordingly."""
        await settle_guard(self._record, self._published, self._identity.party)
        waits = await self._start.waits()
        try:
            guard = await asyncio.to_thread(self._published.read, self._identity.party)
        except Corrupt:
            # Same as missing: the peer's mirror tells the signed size.
            self._lock(DAMAGED)
            return None
        if guard is not None and not await self._agrees(*guard):
            self._lock(ROLLED_BACK)
        elif waits and self._gate.read_only != ROLLED_BACK:
            self._lock(waits)
        elif self._gate.read_only in WAITS:
            self._unlock()  # another process saw the peer, or an operator allowed the start
        return guard

    async def _agrees(self, size: int, root: bytes) -> bool:
        own = self._identity.party
        async with self._record.begin() as transaction:
            roots = await transaction.roots(frozenset({(own, size)}))
        return roots.get((own, size)) == root

    async def _signed_beyond(self) -> int | None:
        """Return a size beyond our stored log that the peer shows under our signature, if any.

        Raises:
            Refused: `log-forked`: our signature at the peer covers another tree of a stored size.
        """
        own = self._identity.party
        head = await self._record.head(own)
        page = await self._client.log(head.size, 1, log=self._identity.origin(own))
        beyond = await self._ours(page)
        if beyond is not None and beyond.size > head.size:
            return beyond.size
        if page.size and head.size:
            last = min(page.size, head.size) - 1
            await self._compare(
                await self._client.log(last, 1, log=self._identity.origin(own)), head.size
            )
        return None

    async def _compare(self, page: Page, size: int) -> None:
        signed = await self._ours(page)
        if signed is None or signed.size > size or await self._agrees(signed.size, signed.root):
            return
        self._lock(FORKED)
        raise RuleBroken(FORKED, "The peer holds another tree of ours.", size=signed.size)

    async def _ours(self, page: Page) -> Checkpoint | None:
        """Return a page's first checkpoint if it has our valid signature, else None."""
        try:
            return await self._verified(page.commits[0].note)
        except (ChannelError, IndexError):
            return None

    async def _verified(self, note: str) -> Checkpoint:
        """Return a checkpoint of our log after a check of our signature.

        Raises:
            Refused: The codes of `checkpoint.verify`, `checkpoint-key`.
        """
        own = self._identity.origin(self._identity.party)
        async with self._record.begin() as transaction:
            row = await known_party(transaction, self._identity.party)
        known = row.checkpoint if row is not None else ()
        publics = {key.verifier.public for key in known}
        for private in self._identity.checkpoint:
            # A key with a file that our copy of the log does not name: the entry that names it is
            # in the lost tail.
            verifier = checkpoint.log_key(private, own)
            if private.public not in publics and Note.parse(note).signature_of(verifier):
                return checkpoint.verify(note, verifier, origin=own)
        return verify_checkpoint(note, known or (self._founded(own),), origin=own)

    def _founded(self, own: str) -> LogKey:
        """Return our founded checkpoint key, for a copy of our log without its founding."""
        verifier = checkpoint.log_key(self._identity.checkpoint.first, own)
        return LogKey("", verifier.encode())

    async def _heal(self) -> None:
        """Fetch both logs in turn until neither has new commits, then compare with the guard.

        Raises:
            Refused: `log-forked`.
            Unavailable: `peer-unreachable`; stored pages remain, and the node stays read-only.
        """
        restored = 0
        while commits := await self._pull(self._identity.party) + await self._pull(
            self._identity.peer
        ):
            restored += commits
            await self._erase()
        if restored:
            log.warning("heal.brought-back", commits=restored)
            await self._stamp_again()
            self._woken()
        await self._unlock_if_whole()

    async def _pull(self, party: Party) -> int:
        """Fetch and store one page of a log from the peer; return the number of commits stored.

        Raises:
            Refused: `log-forked`.
            Unavailable: `peer-unreachable`, `database-unavailable`.
        """
        size = (await self._record.head(party)).size
        page = await self._client.log(size, PAGE_ENTRIES, log=self._identity.origin(party))
        follower = self._followers[party]
        follower.own_tail = party == self._identity.party and not await self._adopted()
        result = await follower.take(page)
        if isinstance(result.fault, MirrorStopped) and result.fault.code == FORGED:
            await self._forged(result.fault)
        elif isinstance(result.fault, MirrorStopped) and party == self._identity.party:
            if size:
                # If the peer's page does not follow on our stored log, our log is forked.
                before = await self._client.log(size - 1, 1, log=self._identity.origin(party))
                await self._compare(before, size)
            self._alarms.sound("heal-refused", reason=result.fault.code, size=result.size)
        return len(result.commits)

    async def _adopted(self) -> bool:
        """Tell whether an operator has decided to take over the forged tail."""
        last = await self._evidence.last(self._identity.party)
        return last is not None and last.code == ADOPTED

    async def _go_on_if_adopted(self) -> None:
        if self._gate.read_only == FORGED and await self._adopted():
            self._alarms.quiet(FORGED)
            self._gate.read_only = ROLLED_BACK

    async def _go_on_if_fork_ended(self) -> None:
        """Compare again once the peer has copied the root's order about a fork (K30).

        Raises:
            Refused: From the peer's answer; `Unavailable` as the client.
        """
        if self._gate.read_only != FORKED:
            return
        own = self._identity.party
        head = await self._record.head(own)
        # While our log is forked nothing but the root's order is appended to it.
        [last] = await self._record.entries(own, head.size - 1, 1)
        if last.kind != "log.restored":
            return
        page = await self._client.log(head.size - 1, 1, log=self._identity.origin(own))
        signed = await self._ours(page)
        if signed is not None and (signed.size, signed.root) == (head.size, head.frontier.root()):
            log.warning("heal.fork-ended", size=head.size)
            self._alarms.quiet(FORKED)
            self._gate.read_only = ROLLED_BACK

    async def _forged(self, fault: MirrorStopped) -> None:
        """Stop signing: whoever made the tail has our checkpoint key (K30).

        Raises:
            RuleBroken: `own-key-forged`.
        """
        own = self._identity.party
        head = await self._record.head(own)
        last = await self._evidence.last(own)
        if last is None or (last.code, last.theirs) != (FORGED, fault.note):
            ours = await self._record.checkpoint(own, head.size) or ""
            detail = f"Entry {fault.facts['index']} is invalid: {fault.facts['reason']}."
            await self._evidence.keep(Evidence(own, head.size, FORGED, ours, fault.note, detail))
        # Into the guard: every process of this node compares it and signs nothing, also after a
        # restart without the peer.
        _, signed = parse(fault.note)
        await asyncio.to_thread(self._published.write, own, signed.size, signed.root)
        self._lock(FORGED)
        raise RuleBroken(FORGED, fault.detail, **fault.facts)

    async def _unlock_if_whole(self) -> None:
        own = self._identity.party
        guard = await self._readable_guard()
        head = await self._record.head(own)
        if guard is not None and not await self._agrees(*guard):
            # The peer never had these entries: only a root-signed log.restored ends the lock
            # (rule 21).
            self.tail_lost = True
            self._alarms.sound("log-tail-lost", size=head.size, signed=guard[0])
            return
        if await self._signed_beyond() is not None:
            return
        if self._gate.read_only in REASONS:
            await self.renew_guard()
            await self._start.seen()
            if await self._adopted():
                await self._evidence.keep(Evidence(own, head.size, RESUMED, "", "", ""))
            self._unlock()

    async def renew_guard(self) -> None:
        """Write our log's guard again from the stored head if the guard is missing or damaged.

        Raises:
            Unavailable: `database-unavailable`.
            OutcomeUnknown: `guard-unavailable`.
        """
        own = self._identity.party
        head = await self._record.head(own)
        if head.size and await self._readable_guard() is None:
            root = head.frontier.root()
            await asyncio.to_thread(self._published.renew, own, head.size, root)

    async def _readable_guard(self) -> tuple[int, bytes] | None:
        try:
            return await asyncio.to_thread(self._published.read, self._identity.party)
        except Corrupt:
            return None

    def _unlock(self) -> None:
        self._gate.read_only, self.tail_lost = "", False
        for reason in (*REASONS, "log-tail-lost"):
            self._alarms.quiet(reason)
        log.warning("heal.whole")

    async def _stamp_again(self) -> None:
        """Restore our newest stamped head from the peer: no later leaf may precede it (rule 8)."""
        own = self._identity.party
        reply = await self._client.head()
        if not reply.stamped:
            return
        try:
            signed = await self._verified(reply.stamped)
            async with self._record.begin() as transaction:
                row = await party_row(transaction, own)
                time = cosigned_time(reply.stamped, row.cosigning[::-1])
                await transaction.lock(own)
                await transaction.note(own, reply.stamped, size=signed.size, stamp=time)
        except Refused as error:
            log.warning("heal.stamp-refused", code=error.code)

    def _lock(self, reason: str) -> None:
        if self._gate.read_only in {FORKED, FORGED}:
            return
        if self._gate.read_only not in {reason, ""}:
            self._alarms.quiet(self._gate.read_only)
        if self._gate.read_only != reason:
            log.error("log.read-only", reason=reason)
        self._gate.read_only = reason
        self._alarms.sound(reason)
