"""Process a log page by page: check, judge, fold and store without trusting the sender.

Used by the mirror for the peer's log, and by a node that lost its tail for its own log as the
peer stores it (`heal.py`). Does not fetch, cosign, sound alarms or wait.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from special_channel.broker.identity import Identity
from special_channel.broker.working import Slot, WorkingSet, shared, stored_with
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Corrupt, Refused
from special_channel.core.bytes.ids import PARTIES, KeyId, Party, Position, peer_of
from special_channel.core.bytes.times import from_posix
from special_channel.core.entries import PartErased, PeerRefused, parse
from special_channel.core.log.merkle import Frontier
from special_channel.core.replay.judge import prove
from special_channel.core.replay.needs import PARTY_ROWS, roots_needed
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.log_keys import LogKeys
from special_channel.core.rows.submission import Submission
from special_channel.core.rules.judge_context import Pin
from special_channel.core.rules.state import RowKey, Rows
from special_channel.link.checking import (
    LOST,
    CheckedCommit,
    CheckedEntry,
    EntryMissing,
    FrontierBeyond,
    LogProgress,
    MirrorStopped,
    check_commit,
    verify_note,
)
from special_channel.link.pages import Page, SentCommit
from special_channel.ports import Commit, Head, SharedRecord, SharedTransaction, Stored
from special_channel.stores.mirror import Gap

_INLINE: Final = 8
"""Up to this number of entries, signatures are checked on the event loop (0.1 ms each); more
are checked in a thread."""

FORGED: Final = "own-key-forged"
"""Code of a tail of our own log, under our signature, that this node did not write."""

_THREAD: Final = re.compile(r" ([0-9a-f]{32}):")

Proofs = dict[int, frozenset[KeyId] | Refused]
Fault = MirrorStopped | FrontierBeyond | EntryMissing


@dataclass(frozen=True, slots=True)
class PageResult:
    """Result of processing a page. Commits before a fault are stored.

    Attributes:
        size: Size of the stored log after the page.
        commits: (size, note) of each stored commit.
        invalid: (index, code) of entries without effect.
        refused: (index, code) of *our* entries that the log's owner reports as invalid.
        gaps: Missing parts.
        early: Indices with `accepted` before a time stated earlier.
        fault: Why the page was not stored whole: the log's owner is at fault, a leaf's frontier is
            beyond the other log as stored, or an envelope or a `data` part is missing.
    """

    size: int
    commits: tuple[tuple[int, str], ...] = ()
    invalid: tuple[tuple[int, str], ...] = ()
    refused: tuple[tuple[int, str], ...] = ()
    gaps: tuple[Gap, ...] = ()
    early: tuple[int, ...] = ()
    fault: Fault | None = None


Cosign = Callable[
    [SharedTransaction, Mapping[Party, Head], Sequence[tuple[int, str]], Sequence[Gap]],
    Awaitable[None],
]
"""Called in the page's transaction with both heads from before the page, commits and gaps."""


async def _no_cosignature(*_: object) -> None:
    return


class Follower:
    """Checks, judges and stores the pages of one log."""

    def __init__(
        self,
        record: SharedRecord,
        identity: Identity,
        log: Party,
        cosign: Cosign = _no_cosignature,
    ) -> None:
        self.own_tail = False
        """Whether pages are a lost tail of our own log, of which every entry is valid (K30)."""
        self._record = record
        self._pins = identity.pins
        self._log = log
        self._other = peer_of(log)
        self._origin = identity.pins[log].origin
        self._cosign = cosign

    async def take(self, page: Page, lost: AbstractSet[int] = frozenset()) -> PageResult:
        """Store a page's commits up to the first fault, in one transaction.

        `lost`: indices whose `data` part the page declares lost. Nothing is stored unless valid
        entries of the page confirm every loss.

        Raises:
            Unavailable, OutcomeUnknown: From the record; the page can be taken again.
            Corrupt: `root-mismatch`: the tree in our database has another root.
        """
        heads = await self._record.heads()
        before = await self._followed(heads[self._log], threads_of(page))
        if page.log != self._origin or page.first != before.tree.size or not page.commits:
            return PageResult(before.tree.size)
        checked, fault = await _checked(before, page.commits, heads[self._other].size, lost)
        proofs = await self._prove(checked)
        async with self._record.begin() as transaction:
            # Both heads, in the order of all writers: rows may be changed from either log.
            locked = dict(zip(PARTIES, await transaction.lock_shared(), strict=True))
            head = locked[self._log]
            if head.size != before.tree.size:  # another process stored commits meanwhile
                return PageResult(head.size)
            judging = _Judging(self._pins, self._log, proofs, own_tail=self.own_tail)
            await judging.load(transaction, checked, before)
            fault = judging.all(checked) or fault
            if unconfirmed := lost - declared_lost(judging.entries):
                gap = EntryMissing(
                    "entry-missing", "A data part did not come.", index=min(unconfirmed)
                )
                return PageResult(head.size, fault=gap)
            if judging.kept:
                await self._write(transaction, head, judging)
                await self._cosign(transaction, locked, judging.commits, judging.gaps)
        return _taken(before, judging, fault)

    async def followed(self, page: Page) -> LogProgress:
        """Return the progress in the stored log, with the ordinals of the page's threads."""
        return await self._followed(await self._record.head(self._log), threads_of(page))

    async def _followed(self, head: Head, threads: frozenset[str]) -> LogProgress:
        last = await self._record.entries(self._log, head.size - 1, 1) if head.size else ()
        return LogProgress(
            party=self._log,
            origin=self._origin,
            tree=head.frontier,
            accepted=head.accepted,
            frontier=last[0].frontier if last else 0,
            directory=head.directory,
            ordinals=await self._record.ordinals(self._log, threads, head.size),
            stamped=from_posix(head.stamp) if head.stamp else "",
        )

    async def _prove(self, commits: Sequence[CheckedCommit]) -> Proofs:
        """Verify signatures by stored keys, outside the lock."""
        entries = [entry for commit in commits for entry in commit.entries if entry.incoming]
        if len(entries) <= _INLINE:
            return {}
        signers = {key for entry in entries if entry.incoming for key in entry.incoming.signers}
        keys: frozenset[RowKey] = frozenset(("key", key) for key in signers)
        async with self._record.begin() as transaction:
            rows = await transaction.rows(keys)
        return await asyncio.to_thread(_proofs, entries, rows)

    async def _write(self, transaction: SharedTransaction, head: Head, judged: _Judging) -> None:
        last = judged.kept[-1]
        commit = Commit(
            log=self._log,
            old=head.size,
            entries=tuple(judged.entries),
            nodes=tuple(node for checked in judged.kept for node in checked.nodes),
            frontier=last.after.tree,
            note=last.note,
            rows=judged.working.changed,
            checkpoints=dict(judged.commits[:-1]),
        )
        if await transaction.write(commit) != last.after.tree.root():
            raise Corrupt(
                "root-mismatch", "The stored tree has another root.", size=last.after.tree.size
            )


def threads_of(page: Page) -> frozenset[str]:
    """Return the threads of a page's leaves; a malformed leaf has none."""
    leaves = [entry.leaf for commit in page.commits for entry in commit.entries]
    return frozenset(match[1] for leaf in leaves if (match := _THREAD.search(leaf)))


def _taken(before: LogProgress, judged: _Judging, fault: Fault | None) -> PageResult:
    return PageResult(
        size=judged.kept[-1].after.tree.size if judged.kept else before.tree.size,
        commits=tuple(judged.commits),
        invalid=tuple((entry.index, entry.code) for entry in judged.entries if entry.code),
        refused=tuple(_refused(judged.entries)),
        gaps=tuple(judged.gaps),
        early=tuple(index for commit in judged.kept for index in commit.early),
        fault=fault,
    )


def _refused(entries: Sequence[Stored]) -> Iterator[tuple[int, str]]:
    for entry in entries:
        if entry.kind == "peer.refused" and not entry.code:
            stated = parse(dsse.decode(entry.envelope).payload)
            if isinstance(stated, PeerRefused):
                yield stated.body.index, stated.body.code


def declared_lost(entries: Sequence[Stored]) -> frozenset[int]:
    """Return indices of incomplete entries; valid `part.erased` entries declare their loss."""
    declared: dict[str, set[int]] = {}
    for entry in entries:
        if entry.kind == "part.erased" and not entry.code:
            erasure = parse(dsse.decode(entry.envelope).payload)
            if isinstance(erasure, PartErased) and erasure.body.basis == "lost":
                declared.setdefault(erasure.ref, set()).update(erasure.body.parts)
    return frozenset(
        entry.index
        for entry in entries
        if entry.code == LOST
        and {place for place, part in enumerate(entry.parts) if part is None}
        <= declared.get(entry.id, set())
    )


async def _checked(
    before: LogProgress, commits: Sequence[SentCommit], other_size: int, lost: AbstractSet[int]
) -> tuple[list[CheckedCommit], Fault | None]:
    """Check commits, a large page in a thread."""
    if sum(len(commit.entries) for commit in commits) <= _INLINE:
        return _check_all(before, commits, other_size, lost)
    return await asyncio.to_thread(_check_all, before, commits, other_size, lost)


def _check_all(
    before: LogProgress, commits: Sequence[SentCommit], other_size: int, lost: AbstractSet[int]
) -> tuple[list[CheckedCommit], Fault | None]:
    """Check commits up to the first faulty one; return the checked commits and the fault."""
    checked: list[CheckedCommit] = []
    for sent in commits:
        try:
            commit = check_commit(before, sent, other_size, lost)
        except (MirrorStopped, FrontierBeyond, EntryMissing) as fault:
            return checked, fault
        checked.append(commit)
        before = commit.after
    return checked, None


def _proofs(entries: Sequence[CheckedEntry], rows: Rows) -> Proofs:
    proofs: Proofs = {}
    for entry in entries:
        incoming = entry.incoming
        if incoming is None or any(("key", key) not in rows for key in incoming.signers):
            continue  # a key enrolled on this page: verified when the entry is judged
        try:
            proofs[entry.index] = prove(incoming.envelope, shared(incoming), rows)
        except Refused as error:
            proofs[entry.index] = error
    return proofs


class _Judging:
    """Judges commits in order and collects the ones with a signed checkpoint."""

    def __init__(
        self, pins: Mapping[Party, Pin], log: Party, proofs: Proofs, *, own_tail: bool
    ) -> None:
        self.working = WorkingSet(pins)
        self._log = log
        self._proofs = proofs
        self._own_tail = own_tail
        self._parties: Rows = {}
        self.kept: list[CheckedCommit] = []
        self.entries: list[Stored] = []
        self.commits: list[tuple[int, str]] = []
        self.gaps: list[Gap] = []

    async def load(
        self, transaction: SharedTransaction, commits: Sequence[CheckedCommit], before: LogProgress
    ) -> None:
        """Load rows and roots for every entry in one batch."""
        incoming = [
            entry.incoming for commit in commits for entry in commit.entries if entry.incoming
        ]
        await self.working.load(transaction, incoming)
        frontiers = [
            (entry.incoming, entry.leaf.peer_frontier)
            for commit in commits
            for entry in commit.entries
            if entry.incoming
        ]
        await self.working.load_answers(transaction, self._log, frontiers)
        if ("party", self._log) not in self.working.rows:  # no entry needed the row
            self._parties = await transaction.rows(frozenset(PARTY_ROWS))
        sizes = {
            size
            for item in incoming
            for origin, size in roots_needed(shared(item))
            if origin == before.origin and size > before.tree.size
        }
        for size, root in _inner_roots(before.tree, commits, sizes):
            self.working.know(before.origin, size, root)

    def all(self, commits: Sequence[CheckedCommit]) -> MirrorStopped | None:
        """Judge commits up to the first with a missing or wrong checkpoint signature."""
        for commit in commits:
            written = [self._place(entry) for entry in commit.entries]
            try:
                verify_note(commit, self._keys(commit))
                self._check_own(commit, written)
            except MirrorStopped as fault:
                self.working.drop()
                return fault
            self.working.keep()
            self.kept.append(commit)
            self.entries.extend(written)
            self.commits.append((commit.after.tree.size, commit.note))
            self.gaps.extend(entry.gap for entry in commit.entries if entry.gap)
        return None

    def _check_own(self, commit: CheckedCommit, written: Sequence[Stored]) -> None:
        """Refuse an entry of our own lost tail that this node never admitted (K30)."""
        invalid = next((entry for entry in written if entry.code), None)
        if self._own_tail and invalid is not None:
            raise MirrorStopped(
                FORGED,
                "Our own key signed an entry that this node never admitted.",
                commit.note,
                index=invalid.index,
                reason=invalid.code,
            )

    def _keys(self, commit: CheckedCommit) -> LogKeys:
        key: RowKey = ("party", self._log)
        row = self.working.rows.get(key) or self._parties.get(key)
        if not isinstance(row, PartyRow):
            raise MirrorStopped(
                "root-untrusted",
                "The log does not begin with the founding by the pinned root.",
                commit.note,
            )
        # After the commit's entries: a valid succession among them already names the new key.
        return row.checkpoint

    def _place(self, entry: CheckedEntry) -> Stored:
        leaf = entry.leaf
        code = entry.code
        place = Slot(
            Position(self._log, entry.index),
            leaf.peer_frontier,
            leaf.accepted,
            leaf.directory,
            leaf.ordinal,
        )
        if entry.incoming is not None and not code:
            proof = self._proofs.get(entry.index)
            try:
                if isinstance(proof, Refused):
                    raise proof
                return self.working.place(entry.incoming, place, proof)
            except Refused as error:
                code = error.code
        invalid = as_stored(self._log, entry, code)
        self.working.place_invalid(invalid, entry.roles)
        return invalid


def as_stored(log: Party, entry: CheckedEntry, code: str) -> Stored:
    """Build the stored form of a mirrored entry; `code`: empty for a valid entry."""
    submission = Submission(entry.envelope, entry.parts)
    by = entry.incoming.entry.by if entry.incoming is not None else ""
    return stored_with(log, entry.index, entry.leaf, submission, by, code)


def _inner_roots(
    tree: Frontier, commits: Sequence[CheckedCommit], sizes: set[int]
) -> list[tuple[int, bytes]]:
    """Compute the page's tree roots, which the record lacks until the page is stored."""
    roots: list[tuple[int, bytes]] = []
    if not sizes:
        return roots
    for commit in commits:
        for entry in commit.entries:
            tree, _ = tree.append([entry.leaf.hash])
            if tree.size in sizes:
                roots.append((tree.size, tree.root()))
    return roots
