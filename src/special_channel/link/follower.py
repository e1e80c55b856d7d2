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
from special_channel.broker.working import shared
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Corrupt, Refused
from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.core.bytes.times import from_posix
from special_channel.core.entries import PartErased, PeerRefused, parse
from special_channel.core.replay.judge import prove
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
)
from special_channel.link.judging import Judging, Proofs
from special_channel.link.pages import Page, SentCommit
from special_channel.ports import Commit, Head, SharedRecord, SharedTransaction, Stored
from special_channel.stores.mirror import Gap

_INLINE: Final = 8
"""Up to this number of entries, signatures are checked on the event loop (0.1 ms each); more
are checked in a thread."""

_THREAD: Final = re.compile(r" ([0-9a-f]{32}):")

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
        self._timed = log != identity.party

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
            judging = Judging(self._pins, self._log, proofs, own_tail=self.own_tail)
            await judging.load(transaction, checked, before)
            fault = judging.all(checked) or fault
            if unconfirmed := lost - declared_lost(judging.entries):
                gap = EntryMissing(
                    "entry-missing", "A data part did not come.", index=min(unconfirmed)
                )
                return PageResult(head.size, fault=gap)
            if judging.kept:
                await self._write(transaction, head, judging)
                if judging.notices and self._timed:
                    await transaction.note_times(self._log, judging.notices)
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

    async def _write(self, transaction: SharedTransaction, head: Head, judged: Judging) -> None:
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


def _taken(before: LogProgress, judged: Judging, fault: Fault | None) -> PageResult:
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
