"""One commit to our logs: lock, plan, write, compute the root twice, sign, commit, publish.

P1 and rules 20 and 22 depend on this order. An erasure is carried out in the transaction that
stores its order (P7). Does not judge: the plan does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

import structlog

from special_channel.broker.guarding import behind
from special_channel.broker.identity import Identity
from special_channel.broker.keys_in_force import KeysInForce, signers
from special_channel.broker.receipts import Accepted, frontier_nodes, receipt_text
from special_channel.broker.working import Slot, thread_of
from special_channel.core.bytes.errors import Corrupt, OutcomeUnknown, Unavailable
from special_channel.core.bytes.ids import Position
from special_channel.core.bytes.times import from_posix, posix, timestamp
from special_channel.core.log.merkle import EMPTY_ROOT, Frontier, Node, inclusion_proofs, leaf_hash
from special_channel.core.log.numbering import LeafCounter
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.private import PrivateKey, PrivateRow
from special_channel.core.rows.submission import Incoming
from special_channel.core.rules.state import Row, RowKey
from special_channel.ports import (
    Clock,
    Commit,
    Head,
    LogName,
    Published,
    Record,
    SharedTransaction,
    Stored,
    Transaction,
)
from special_channel.ports.owed import OwedEntry

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Heads:
    """Both shared heads under the lock, and the acceptance time of this commit's entries.

    Attributes:
        own: Head of our shared log.
        peer: Head of the other side's shared log.
        at: The clock's reading, taken once: the present time in every statement of this commit.
        accepted: Acceptance time of new leaves.
        private: Head of our private log, once locked.
        locked: Why our shared log may not be signed; empty if signing is allowed.
    """

    own: Head
    peer: Head
    at: datetime
    accepted: str
    private: Head | None = None
    locked: str = ""

    def must_sign(self) -> None:
        """Refuse to go on while our shared log may not be signed.

        Raises:
            Unavailable: `read-only`.
        """
        if self.locked:
            raise Unavailable(
                "read-only", "This node does not sign at present.", reason=self.locked
            )

    def places(
        self, position: Position, incoming: Sequence[Incoming], counter: LeafCounter
    ) -> list[Slot]:
        """Return the slots of these entries in our log, from `position` on; count them."""
        return [
            Slot(
                Position(position.party, position.index + step),
                self.peer.size,
                self.accepted,
                *counter.count(item.entry.kind, thread_of(item)),
            )
            for step, item in enumerate(incoming)
        ]


@dataclass(frozen=True, slots=True)
class Plan:
    """Entries and rows that a commit writes."""

    entries: Sequence[Stored] = ()
    rows: Mapping[RowKey, Row] = field(default_factory=dict)
    private: Sequence[Stored] = ()
    private_rows: Mapping[PrivateKey, PrivateRow] = field(default_factory=dict)
    owed: Sequence[OwedEntry] = ()
    restores: bool = False
    effect: Callable[[Transaction], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """One log's part of a commit, signed."""

    log: LogName
    entries: tuple[Stored, ...]
    frontier: Frontier
    root: bytes
    note: str
    nodes: Mapping[Node, bytes]

    def receipts(self) -> list[Accepted]:
        """Write the receipts of the entries."""
        size = self.frontier.size
        proofs = inclusion_proofs(size - len(self.entries), size, self.nodes)
        return [
            Accepted(entry.id, self.log, entry.index, receipt_text(entry, proof, self.note))
            for entry, proof in zip(self.entries, proofs, strict=True)
        ]


Planning = Callable[[Transaction, Heads], Awaitable[Plan | None]]
QuickPlanning = Callable[[SharedTransaction, Heads], Awaitable[Plan]]
"""Plans entries of our shared log, and rows, from cached rows; raises to refuse."""


@dataclass(eq=False)
class Committer:
    """Commits plans, one at a time in this process; the head's row lock orders processes.

    Attributes:
        read_only: Why our shared log is not signed; empty if signing is allowed. The private
            log has a guard of its own and is not affected.
    """

    record: Record
    identity: Identity
    published: Published
    clock: Clock
    woken: Callable[[LogName, int], None]
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    # A separate thread: slow work in the loop's shared threads, such as typesetting a brief,
    # must not delay a receipt.
    _guard_thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="guard"), init=False
    )
    read_only: str = field(default="", init=False)
    keys: KeysInForce = field(init=False)

    def __post_init__(self) -> None:
        """Read the keys in force by our party's row."""
        self.keys = KeysInForce(self.identity.party)

    async def run(self, planning: Planning) -> list[Sealed]:
        """Commit the plan that `planning` returns under the lock, and publish; None: no commit.

        Raises:
            Refused: From `planning`; nothing was written.
            Unavailable: `read-only`, `database-unavailable`, `append-lost`.
            OutcomeUnknown: `commit-unknown`, if even reading back failed.
            Corrupt: `root-mismatch`.
        """
        sealed = await self.commit(planning)
        await self.publish(sealed)
        return sealed

    async def commit(self, planning: Planning, quick: QuickPlanning | None = None) -> list[Sealed]:
        """Commit as `run` does, but without `publish`: the caller must call it before answering.

        `quick` plans from cached rows, for a commit in one round trip. If the quick plan, the
        guard or the quick commit refuses, `planning` decides under the lock.

        Raises:
            Refused, Unavailable, OutcomeUnknown, Corrupt: As `run`.
        """
        async with self._turn:
            sealed = None if quick is None or self.read_only else await self._at_once(quick)
            return await self._run(planning) if sealed is None else sealed

    async def publish(self, sealed: Sequence[Sealed]) -> None:
        """Write the new sizes and roots to the rollback guard (rule 20), and wake readers.

        Of several commits of a log only the last is written.

        Raises:
            Corrupt: `published-damaged`, `published-differs`.
        """
        newest = {part.log: part for part in sealed}
        for part in newest.values():
            write = partial(self.published.write, part.log, part.frontier.size, part.root)
            await asyncio.get_running_loop().run_in_executor(self._guard_thread, write)
        for part in newest.values():
            self.woken(part.log, part.frontier.size)

    async def lock(self, transaction: Transaction) -> Heads:
        """Lock both shared heads, in every writer's order, and compare the guard (rule 20)."""
        self.record.forget()
        own, peer = self._sides(*await transaction.lock_shared())
        self.read_only = self.read_only or self._rolled_back(own)
        at = self.clock.now()
        return Heads(own, peer, at, accepted_after(at, own), locked=self.read_only)

    def _sides(self, eu: Head, cn: Head) -> tuple[Head, Head]:
        """Return our head, then the other side's."""
        return (eu, cn) if self.identity.party == "eu" else (cn, eu)

    async def lock_private(
        self, transaction: Transaction, heads: Heads, *, restores: bool = False
    ) -> Heads:
        """Lock the private head as well, for an act with private entries.

        `restores`: the act accepts a log that is behind its guard.

        Raises:
            Unavailable: `private-log-behind`, `published-damaged`.
        """
        private = await transaction.lock("private")
        try:
            lost = behind(self.published, private)
        except Corrupt as error:
            raise Unavailable(error.code, error.detail) from error
        if lost is not None and not restores:
            raise lost.error()
        # Not read again: a clock that is set in between would give one commit two times.
        return replace(
            heads, private=private, accepted=accepted_after(heads.at, heads.own, private)
        )

    def _rolled_back(self, own: Head) -> str:
        """Compare the guard; return a code if the log is behind it, else an empty text."""
        # Not an error: the process goes on, and fetches missing entries from the peer.
        try:
            return "log-rolled-back" if behind(self.published, own) is not None else ""
        except Corrupt as error:
            return error.code

    async def _run(self, planning: Planning) -> list[Sealed]:
        sealed: list[Sealed] = []
        try:
            async with self.record.begin() as transaction:
                heads = await self.lock(transaction)
                plan = await planning(transaction, heads)
                if plan is not None:
                    sealed = await self._write(transaction, heads, plan)
        except OutcomeUnknown:
            await self._settle(sealed)
        return sealed

    async def _at_once(self, planning: QuickPlanning) -> list[Sealed] | None:
        """Commit in one round trip from cached rows; None: `_run` has to decide."""
        # Never refuse here: cached rows may be stale, and only the writing statement finds out.
        sealed: list[Sealed] = []
        try:
            async with self.record.at_once() as transaction:
                own, peer = self._sides(*await transaction.lock_shared())
                if self._rolled_back(own):
                    return None
                at = self.clock.now()
                plan = await planning(transaction, Heads(own, peer, at, accepted_after(at, own)))
                row = await self.keys.row(transaction, own, plan.rows)
                commit, part = self._seal(own, plan.entries, row, rows=plan.rows)
                sealed.append(part)
                await transaction.write(commit)
        except Exception as error:  # noqa: BLE001 - `_run` answers; a lasting fault recurs there
            if sealed and isinstance(error, OutcomeUnknown):
                await self._settle(sealed, waited=False)
                return sealed
            log.debug("commit.repeated", problem=getattr(error, "code", repr(error)))
            return None
        return sealed

    async def _write(self, transaction: Transaction, heads: Heads, plan: Plan) -> list[Sealed]:
        sealed: list[Sealed] = []
        row = await self.keys.row(transaction, heads.own, plan.rows)
        if plan.entries:
            if not plan.restores:
                heads.must_sign()
            commit, part = self._seal(heads.own, plan.entries, row, rows=plan.rows)
            self._same_root(part, await transaction.write(commit))
            sealed.append(part)
            await _carry_out(transaction, plan.entries)
        if plan.private:
            head = await transaction.lock("private")  # locked already: read again
            commit, part = self._seal(head, plan.private, row, private_rows=plan.private_rows)
            self._same_root(part, await transaction.write(commit))
            sealed.append(part)
            await _carry_out(transaction, plan.private)
        if plan.owed:
            await transaction.owe(plan.owed)
        if plan.effect is not None:
            await plan.effect(transaction)
        return sealed

    def _seal(
        self,
        head: Head,
        entries: Sequence[Stored],
        row: PartyRow | None,
        *,
        rows: Mapping[RowKey, Row] | None = None,
        private_rows: Mapping[PrivateKey, PrivateRow] | None = None,
    ) -> tuple[Commit, Sealed]:
        frontier, nodes = head.frontier.append([leaf_hash(entry.leaf) for entry in entries])
        root = frontier.root()
        note = self.identity.sign(head.log, frontier.size, root, signers(row, head, entries))
        commit = Commit(
            log=head.log,
            old=head.size,
            entries=tuple(entries),
            nodes=tuple(nodes),
            frontier=frontier,
            note=note,
            rows=rows or {},
            private_rows=private_rows or {},
        )
        subtrees = frontier_nodes(head.frontier) | {
            (level, index): value for level, index, value in nodes
        }
        return commit, Sealed(head.log, commit.entries, frontier, root, note, subtrees)

    @staticmethod
    def _same_root(part: Sealed, stored: bytes) -> None:
        if stored != part.root:
            raise Corrupt(
                "root-mismatch", "The stored tree has another root.", size=part.frontier.size
            )

    async def _settle(self, sealed: list[Sealed], *, waited: bool = True) -> None:
        """Find out in a new session whether the commit happened (rule 22).

        `waited`: the commit held the heads when the reply was lost, so it has ended by now.
        """
        log.warning("commit.unknown", sizes=[part.frontier.size for part in sealed])
        for part in sealed:
            async with self.record.begin() as transaction:
                head = await transaction.lock(part.log)
            if head.size < part.frontier.size:
                if not waited:  # the commit may still wait for the heads, and be stored later
                    raise OutcomeUnknown(
                        "commit-unknown", "The reply to the commit was lost; send it again."
                    )
                raise Unavailable("database-unavailable", "Nothing was stored; try again.")
            if part.log == "private":
                continue
            tree = part.log, part.frontier.size
            async with self.record.begin() as transaction:
                roots = await transaction.roots(frozenset({tree}))
            if roots.get(tree, EMPTY_ROOT) != part.root:
                raise Unavailable("append-lost", "Another process was first; try again.")


def accepted_after(at: datetime, *heads: Head) -> str:
    """Return the time of new leaves: now, but not before the last leaf or stamp (rule 8)."""
    floor = max((head.accepted for head in heads), default="")
    stamped = from_posix(max(head.stamp for head in heads))
    return max(timestamp(at), floor, stamped)


async def _carry_out(transaction: Transaction, entries: Sequence[Stored]) -> None:
    """Carry out erasure orders in the transaction that stores them (P7)."""
    for entry in entries:
        if entry.kind == "part.erased" and entry.log != "private":
            await transaction.erase(Position(entry.log, entry.index))
        elif entry.kind == "private.erased":
            await transaction.erase_privately(entry.index)


async def stamp_head(record: Record, committer: Committer, identity: Identity, clock: Clock) -> str:
    """Sign a stamped head of our log and store it before sending (rule 9).

    Raises:
        Unavailable, Corrupt: As `Committer.run`.
    """
    async with record.begin() as transaction:
        heads = await committer.lock(transaction)
        heads.must_sign()
        time = max(
            int(clock.now().timestamp()),
            heads.own.stamp,
            posix(heads.own.accepted or from_posix(0)),
        )
        row = await committer.keys.row(transaction, heads.own)
        note = identity.stamp(heads.own.size, heads.own.frontier.root(), time, row)
        await transaction.note(heads.own.log, note, size=heads.own.size, stamp=time)
    return note
