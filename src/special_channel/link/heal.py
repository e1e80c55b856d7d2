"""Gets a lost tail of the own log back from the peer's mirror (rules 20 and 21).

A database put back to an old copy must not sign again over what it forgot. The guard file,
or the peer showing a checkpoint that we signed, says so; then the node signs nothing until
the entries are back as they were. Both logs are fetched in turn, since an own entry's past
may lie in the part of the peer's log that is lost here, and the other way round.

A node that was started on another database or guard than it left signs nothing either, until
the peer's head of the own log is seen (`broker/starting.py`). Does not bring the private log
back: nobody else has it. Does not create a log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from special_channel.broker.identity import Identity
from special_channel.broker.receipts import Readable
from special_channel.broker.recovering import settle_guard
from special_channel.broker.starting import DAMAGED, GUARD_MISSING, WAITS
from special_channel.core import checkpoint
from special_channel.core.checkpoint import Checkpoint
from special_channel.core.errors import ChannelError, Corrupt, Refused, RuleBroken, Unavailable
from special_channel.core.ids import Party
from special_channel.core.note import ED25519, VerifierKey
from special_channel.link.client import PeerClient
from special_channel.link.cosigning import cosigning_key
from special_channel.link.follower import Follower
from special_channel.link.pages import PAGE_ENTRIES, Page
from special_channel.ports import Published
from special_channel.ports.mirror import Alarms

log = structlog.get_logger(__name__)

ROLLED_BACK: Final = "log-rolled-back"
FORKED: Final = "log-forked"
"""The peer holds another entry under our own signature: no process ends that by itself."""

REASONS: Final = WAITS | {ROLLED_BACK}
"""Reasons for being read-only that end when the own log is whole again and the peer is seen."""


class Start(Protocol):
    """`broker.starting.StartCheck`: whether this process has to see the peer before it signs."""

    async def waits(self) -> str:
        """Return why it has to wait, empty if it need not."""
        ...

    async def seen(self) -> None:
        """Note that the peer's head of the own log was seen."""
        ...

    def is_alone(self) -> bool:
        """Tell whether it signs without having seen it."""
        ...


class SureStart:
    """A start that compares nothing."""

    async def waits(self) -> str:
        """Return that it need not wait."""
        return ""

    async def seen(self) -> None:
        """Note nothing."""

    def is_alone(self) -> bool:
        """Tell that it never is."""
        return False


class SigningGate(Protocol):
    """`broker.commit.Committer`: signs nothing while `read_only` names a reason."""

    read_only: str


@dataclass(frozen=True, slots=True)
class Healing:
    """What healing works with.

    Attributes:
        record: The shared logs.
        identity: Whose node this is.
        client: Asks the peer.
        own: Follows the own log as the peer has it.
        peer: Follows the peer's log.
        published: The rollback guard.
        gate: Signs nothing while it names a reason.
        erase: Carries out the own log's orders to erase: the peer may still hold the texts.
        alarms: Tells the operator.
        woken: Wakes readers, here and in other processes.
        start: Whether this process has to see the peer before it signs.
    """

    record: Readable
    identity: Identity
    client: PeerClient
    own: Follower
    peer: Follower
    published: Published
    gate: SigningGate
    erase: Callable[[], Awaitable[int]]
    alarms: Alarms
    woken: Callable[[], None]
    start: Start = field(default_factory=SureStart)


class Healer:
    """Compares what is stored with what was signed, and fetches back what is missing.

    Attributes:
        tail_lost: Whether the peer was asked for the end of the own log, and has it not.
    """

    def __init__(self, healing: Healing) -> None:
        self._record = healing.record
        self._identity = healing.identity
        self._client = healing.client
        self._followers = {healing.identity.party: healing.own, healing.identity.peer: healing.peer}
        self._published = healing.published
        self._gate = healing.gate
        self._erase = healing.erase
        self._alarms = healing.alarms
        self._woken = healing.woken
        self._start = healing.start
        self._turn = asyncio.Lock()
        self.tail_lost = False

    @property
    def pending(self) -> bool:
        """Whether there is a reason to look: nothing is signed, or the peer was not seen."""
        return self._gate.read_only in REASONS or self._start.is_alone()

    async def check(self) -> bool:
        """Prove the own log at start and after a loss; tell whether this node may sign.

        Raises:
            Unavailable: `database-unavailable`.
        """
        async with self._turn:
            await self._check()
            await self._erase()
        return not self._gate.read_only

    async def rolled_back(self) -> bool:
        """Tell whether the peer holds more of the own log, signed by us, and heal if so.

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
        try:
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
                # Nobody to ask and nothing written down: signing could fork the log.
                self._lock(GUARD_MISSING)

    async def _look_at_guard(self) -> tuple[int, bytes] | None:
        """Compare database and guard, without the peer; lock or unlock by it."""
        await settle_guard(self._record, self._published, self._identity.party)
        waits = await self._start.waits()
        try:
            guard = await asyncio.to_thread(self._published.read, self._identity.party)
        except Corrupt:
            # As good as missing: the peer tells how far the log had gone.
            self._lock(DAMAGED)
            return None
        if guard is not None and not await self._agrees(*guard):
            self._lock(ROLLED_BACK)
        elif waits and self._gate.read_only != ROLLED_BACK:
            self._lock(waits)
        elif self._gate.read_only in WAITS:
            self._unlock()  # another process has seen the peer, or somebody started it alone
        return guard

    async def _agrees(self, size: int, root: bytes) -> bool:
        own = self._identity.party
        async with self._record.begin() as transaction:
            found = await transaction.roots(frozenset({(own, size)}))
        return found.get((own, size)) == root

    async def _signed_beyond(self) -> int | None:
        """Return a larger size of the own log that the peer shows under our signature.

        Raises:
            Refused: `log-forked`: under our signature it shows another tree of a size held here.
        """
        own = self._identity.party
        head = await self._record.head(own)
        page = await self._client.log(head.size, 1, log=self._identity.origin(own))
        beyond = self._ours(page)
        if beyond is not None and beyond.size > head.size:
            return beyond.size
        if page.size and head.size:
            last = min(page.size, head.size) - 1
            await self._compare(
                await self._client.log(last, 1, log=self._identity.origin(own)), head.size
            )
        return None

    async def _compare(self, page: Page, held: int) -> None:
        found = self._ours(page)
        if found is None or found.size > held or await self._agrees(found.size, found.root):
            return
        self._lock(FORKED)
        raise RuleBroken(FORKED, "The peer holds another tree of ours.", size=found.size)

    def _ours(self, page: Page) -> Checkpoint | None:
        """Return a page's first checkpoint; None without our signature: only that counts."""
        own = self._identity.origin(self._identity.party)
        key = VerifierKey(own, ED25519, self._identity.checkpoint.public)
        try:
            return checkpoint.verify(page.commits[0].note, key, origin=own)
        except (ChannelError, IndexError):
            return None

    async def _heal(self) -> None:
        """Take both logs in turn until neither brings anything, then look at the guard.

        Raises:
            Refused: `log-forked`.
            Unavailable: `peer-unreachable`; what came is kept, and the node stays read-only.
        """
        brought = 0
        while came := await self._pull(self._identity.party) + await self._pull(
            self._identity.peer
        ):
            brought += came
            await self._erase()
        if brought:
            log.warning("heal.brought-back", commits=brought)
            await self._stamp_again()
            self._woken()
        await self._unlock_if_whole()

    async def _pull(self, party: Party) -> int:
        """Take one page of a log as the peer has it; return how many commits came.

        Raises:
            Refused: `log-forked`.
            Unavailable: `peer-unreachable`, `database-unavailable`.
        """
        size = (await self._record.head(party)).size
        page = await self._client.log(size, PAGE_ENTRIES, log=self._identity.origin(party))
        taken = await self._followers[party].take(page)
        if taken.stopped is not None and party == self._identity.party:
            if size:
                # What the peer holds may not follow on what is held here: then ours is forked.
                before = await self._client.log(size - 1, 1, log=self._identity.origin(party))
                await self._compare(before, size)
            self._alarms.sound("heal-refused", reason=taken.stopped.code, size=taken.size)
        return len(taken.commits)

    async def _unlock_if_whole(self) -> None:
        own = self._identity.party
        guard = await self._readable_guard()
        head = await self._record.head(own)
        if guard is not None and not await self._agrees(*guard):
            # Entries that no peer ever had: only a root-signed log.restored goes on (rule 21).
            self.tail_lost = True
            self._alarms.sound("log-tail-lost", size=head.size, signed=guard[0])
            return
        if await self._signed_beyond() is not None:
            return
        if self._gate.read_only in REASONS:
            await self.renew_guard()
            await self._start.seen()
            self._unlock()

    async def renew_guard(self) -> None:
        """Begin the own log's guard again by what is held, where it is missing or damaged.

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
        """Take our newest stamped head back, so that no leaf is accepted before it (rule 8)."""
        own = self._identity.party
        reply = await self._client.head()
        if not reply.stamped:
            return
        key = VerifierKey(self._identity.origin(own), ED25519, self._identity.checkpoint.public)
        try:
            found = checkpoint.verify(reply.stamped, key, origin=self._identity.origin(own))
            async with self._record.begin() as transaction:
                stamping = await cosigning_key(transaction, own)
                time = checkpoint.cosigned_at(reply.stamped, stamping)
                await transaction.lock(own)
                await transaction.note(own, reply.stamped, size=found.size, stamp=time)
        except Refused as error:
            log.warning("heal.stamp-refused", code=error.code)

    def _lock(self, reason: str) -> None:
        if self._gate.read_only == FORKED:
            return
        if self._gate.read_only not in {reason, ""}:
            self._alarms.quiet(self._gate.read_only)
        if self._gate.read_only != reason:
            log.error("log.read-only", reason=reason)
        self._gate.read_only = reason
        self._alarms.sound(reason)
