"""Follows a log page by page: checks it from nothing, judges, folds and stores it.

The mirror follows the peer's log so, and a node that lost its tail follows its own log as
the peer holds it (`heal.py`). Does not fetch, cosign, sound alarms or wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from special_channel.broker.identity import Identity
from special_channel.broker.receipts import Readable
from special_channel.broker.working import Place, Working, shared, stored
from special_channel.core import dsse
from special_channel.core.court import Pin
from special_channel.core.directory import PartyRow
from special_channel.core.entries import PartErased, PeerRefused, parse
from special_channel.core.errors import ChannelError, Corrupt, Refused
from special_channel.core.ids import PARTIES, KeyId, Party, Position, peer_of
from special_channel.core.judge import prove
from special_channel.core.merkle import Frontier
from special_channel.core.needs import PARTY_ROWS, roots_needed
from special_channel.core.note import VerifierKey
from special_channel.core.state import RowKey, Rows
from special_channel.core.times import from_posix
from special_channel.link.checking import (
    LOST,
    BeyondUs,
    CheckedCommit,
    CheckedEntry,
    Followed,
    MirrorStopped,
    NotHere,
    check_commit,
    verify_note,
)
from special_channel.link.pages import Page, SentCommit
from special_channel.ports import Commit, Head, SharedTransaction, Stored
from special_channel.ports.mirror import Gap

_INLINE: Final = 8
"""Entries whose signatures are checked at once; more go to a thread, 0.1 ms each."""

Proofs = dict[int, frozenset[KeyId] | Refused]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a page.

    Attributes:
        size: How much of the log is held now.
        commits: (size, note) of each commit that was stored.
        invalid: (index, code) of entries without effect.
        refused: (index, code) of entries of *this* side that the log's owner finds invalid.
        gaps: What did not come.
        early: Indices whose `accepted` is below what was stated before.
        beyond: A leaf claims more of the other log than is held; what came before is stored.
        absent: An envelope or a data part did not come; what came before is stored.
        stopped: The log's owner is at fault; what came before is stored.
    """

    size: int
    commits: tuple[tuple[int, str], ...] = ()
    invalid: tuple[tuple[int, str], ...] = ()
    refused: tuple[tuple[int, str], ...] = ()
    gaps: tuple[Gap, ...] = ()
    early: tuple[int, ...] = ()
    beyond: BeyondUs | None = None
    absent: NotHere | None = None
    stopped: MirrorStopped | None = None


Cosign = Callable[
    [SharedTransaction, Mapping[Party, Head], Sequence[tuple[int, str]], Sequence[Gap]],
    Awaitable[None],
]
"""Called in the page's transaction with both heads as they were, the commits and the gaps."""


async def _no_cosignature(*_: object) -> None:
    return


class Follower:
    """Follows one log."""

    def __init__(
        self,
        record: Readable,
        identity: Identity,
        log: Party,
        cosign: Cosign = _no_cosignature,
    ) -> None:
        self._record = record
        self._pins = identity.pins
        self._log = log
        self._other = peer_of(log)
        self._origin = identity.pins[log].origin
        self._cosign = cosign

    async def take(self, page: Page, lost: AbstractSet[int] = frozenset()) -> Taken:
        """Store the whole commits of a page that are in order, in one transaction.

        `lost`: indices whose `data` part the page declares lost. Nothing is stored if a
        valid entry of the page does not bear that out.

        Raises:
            Unavailable, OutcomeUnknown: From the record; the page can be taken again.
            Corrupt: `root-mismatch`: what is stored here has another root.
        """
        heads = await self._record.heads()
        before = await self._followed(heads[self._log])
        if page.log != self._origin or page.first != before.tree.size or not page.commits:
            return Taken(before.tree.size)
        checked, fault = await _checked(before, page.commits, heads[self._other].size, lost)
        proofs = await self._prove(checked)
        async with self._record.begin() as transaction:
            # Both heads, in the order of all writers: rows may be changed from either log.
            locked = dict(zip(PARTIES, await transaction.lock_shared(), strict=True))
            head = locked[self._log]
            if head.size != before.tree.size:  # another process was first
                return Taken(head.size)
            judged = _Judging(self._pins, self._log, proofs)
            await judged.load(transaction, checked, before)
            fault = judged.all(checked) or fault
            if unborne := lost - declared_lost(judged.entries):
                gap = NotHere("entry-missing", "A data part did not come.", index=min(unborne))
                return replace(Taken(head.size), absent=gap)
            if judged.kept:
                await self._write(transaction, head, judged)
                await self._cosign(transaction, locked, judged.commits, judged.gaps)
        return _taken(before, judged, fault)

    async def followed(self) -> Followed:
        """Return how far the log is followed."""
        return await self._followed(await self._record.head(self._log))

    async def _followed(self, head: Head) -> Followed:
        last = await self._record.entries(self._log, head.size - 1, 1) if head.size else ()
        return Followed(
            party=self._log,
            origin=self._origin,
            tree=head.frontier,
            accepted=head.accepted,
            frontier=last[0].frontier if last else 0,
            stamped=from_posix(head.stamp) if head.stamp else "",
        )

    async def _prove(self, commits: Sequence[CheckedCommit]) -> Proofs:
        """Check signatures outside the lock, where the keys are known already."""
        entries = [entry for commit in commits for entry in commit.entries if entry.incoming]
        if len(entries) <= _INLINE:
            return {}
        signers = {key for entry in entries if entry.incoming for key in entry.incoming.signers}
        wanted: frozenset[RowKey] = frozenset(("key", key) for key in signers)
        async with self._record.begin() as transaction:
            rows = await transaction.rows(wanted)
        return await asyncio.to_thread(_proofs, entries, rows)

    async def _write(self, transaction: SharedTransaction, head: Head, judged: _Judging) -> None:
        last = judged.kept[-1]
        commit = Commit(
            log=self._log,
            old=head.size,
            entries=tuple(judged.entries),
            nodes=tuple(node for each in judged.kept for node in each.nodes),
            frontier=last.after.tree,
            note=last.note,
            rows=judged.working.changed,
            checkpoints=dict(judged.commits[:-1]),
        )
        if await transaction.write(commit) != last.after.tree.root():
            raise Corrupt(
                "root-mismatch", "The stored tree has another root.", size=last.after.tree.size
            )


def _taken(before: Followed, judged: _Judging, fault: ChannelError | None) -> Taken:
    return Taken(
        size=judged.kept[-1].after.tree.size if judged.kept else before.tree.size,
        commits=tuple(judged.commits),
        invalid=tuple((entry.index, entry.code) for entry in judged.entries if entry.code),
        refused=tuple(_refused(judged.entries)),
        gaps=tuple(judged.gaps),
        early=tuple(index for commit in judged.kept for index in commit.early),
        beyond=fault if isinstance(fault, BeyondUs) else None,
        absent=fault if isinstance(fault, NotHere) else None,
        stopped=fault if isinstance(fault, MirrorStopped) else None,
    )


def _refused(entries: Sequence[Stored]) -> Iterator[tuple[int, str]]:
    for entry in entries:
        if entry.kind == "peer.refused" and not entry.code:
            stated = parse(dsse.decode(entry.envelope).payload)
            if isinstance(stated, PeerRefused):
                yield stated.body.index, stated.body.code


def declared_lost(entries: Sequence[Stored]) -> frozenset[int]:
    """Return the indices of those entries that lack parts and that others declare lost."""
    declared: dict[str, set[int]] = {}
    for entry in entries:
        if entry.kind == "part.erased" and not entry.code:
            said = parse(dsse.decode(entry.envelope).payload)
            if isinstance(said, PartErased) and said.body.basis == "lost":
                declared.setdefault(said.ref, set()).update(said.body.parts)
    return frozenset(
        entry.index
        for entry in entries
        if entry.code == LOST
        and {place for place, part in enumerate(entry.parts) if part is None}
        <= declared.get(entry.id, set())
    )


async def _checked(
    before: Followed, commits: Sequence[SentCommit], held: int, lost: AbstractSet[int]
) -> tuple[list[CheckedCommit], MirrorStopped | BeyondUs | NotHere | None]:
    """Check commits, a large page in a thread."""
    if sum(len(commit.entries) for commit in commits) <= _INLINE:
        return _check_all(before, commits, held, lost)
    return await asyncio.to_thread(_check_all, before, commits, held, lost)


def _check_all(
    before: Followed, commits: Sequence[SentCommit], held: int, lost: AbstractSet[int]
) -> tuple[list[CheckedCommit], MirrorStopped | BeyondUs | NotHere | None]:
    """Check commits up to the first at fault."""
    checked: list[CheckedCommit] = []
    for sent in commits:
        try:
            commit = check_commit(before, sent, held, lost)
        except (MirrorStopped, BeyondUs, NotHere) as fault:
            return checked, fault
        checked.append(commit)
        before = commit.after
    return checked, None


def _proofs(entries: Sequence[CheckedEntry], rows: Rows) -> Proofs:
    found: Proofs = {}
    for entry in entries:
        incoming = entry.incoming
        if incoming is None or any(("key", key) not in rows for key in incoming.signers):
            continue  # a key enrolled on this page: proved when its turn comes
        try:
            found[entry.index] = prove(incoming.envelope, shared(incoming), rows)
        except Refused as error:
            found[entry.index] = error
    return found


class _Judging:
    """Judges commits in order, and keeps those whose checkpoints are signed."""

    def __init__(self, pins: Mapping[Party, Pin], log: Party, proofs: Proofs) -> None:
        self.working = Working(pins)
        self._log = log
        self._proofs = proofs
        self._parties: Rows = {}
        self.kept: list[CheckedCommit] = []
        self.entries: list[Stored] = []
        self.commits: list[tuple[int, str]] = []
        self.gaps: list[Gap] = []

    async def load(
        self, transaction: SharedTransaction, commits: Sequence[CheckedCommit], before: Followed
    ) -> None:
        """Load rows and roots for all entries in one batch."""
        incoming = [
            entry.incoming for commit in commits for entry in commit.entries if entry.incoming
        ]
        await self.working.load(transaction, incoming)
        if ("party", self._log) not in self.working.rows:  # no entry asked for it
            self._parties = await transaction.rows(frozenset(PARTY_ROWS))
        wanted = {
            size
            for item in incoming
            for origin, size in roots_needed(shared(item))
            if origin == before.origin and size > before.tree.size
        }
        for size, root in _inner_roots(before.tree, commits, wanted):
            self.working.know(before.origin, size, root)

    def all(self, commits: Sequence[CheckedCommit]) -> MirrorStopped | None:
        """Judge commits up to the first whose checkpoint is not signed as it should be."""
        for commit in commits:
            written = [self._place(entry) for entry in commit.entries]
            try:
                verify_note(commit, self._key(commit))
            except MirrorStopped as fault:
                self.working.drop()
                return fault
            self.working.keep()
            self.kept.append(commit)
            self.entries.extend(written)
            self.commits.append((commit.after.tree.size, commit.note))
            self.gaps.extend(entry.gap for entry in commit.entries if entry.gap)
        return None

    def _key(self, commit: CheckedCommit) -> VerifierKey:
        key: RowKey = ("party", self._log)
        row = self.working.rows.get(key) or self._parties.get(key)
        if not isinstance(row, PartyRow):
            raise MirrorStopped(
                "root-untrusted",
                "The log does not begin with the founding by the pinned root.",
                commit.note,
            )
        return VerifierKey.parse(row.checkpoint_vkey)

    def _place(self, entry: CheckedEntry) -> Stored:
        leaf = entry.leaf
        code = entry.code
        place = Place(Position(self._log, entry.index), leaf.peer_frontier, leaf.accepted)
        if entry.incoming is not None and not code:
            proof = self._proofs.get(entry.index)
            try:
                if isinstance(proof, Refused):
                    raise proof
                return self.working.place(entry.incoming, place, proof)
            except Refused as error:
                code = error.code
        invalid = self._invalid(entry, place, code)
        self.working.place_invalid(invalid, _roles(entry))
        return invalid

    def _invalid(self, entry: CheckedEntry, place: Place, code: str) -> Stored:
        if entry.incoming is not None:
            return replace(stored(entry.incoming, place), code=code)
        leaf = entry.leaf
        return Stored(
            log=self._log,
            index=entry.index,
            id=leaf.id,
            leaf=leaf.encode(),
            envelope=entry.envelope,
            parts=entry.parts,
            kind=leaf.kind,
            thread=leaf.thread,
            by="",
            accepted=leaf.accepted,
            frontier=leaf.peer_frontier,
            order=entry.index + leaf.peer_frontier,
            code=code,
        )


def _roles(entry: CheckedEntry) -> str:
    if entry.incoming is None:
        return ""
    return "".join(part.k[0] for part in entry.incoming.entry.optional("parts", ()))


def _inner_roots(
    tree: Frontier, commits: Sequence[CheckedCommit], wanted: set[int]
) -> list[tuple[int, bytes]]:
    """Compute the roots of trees that the record will hold only once the page is stored."""
    found: list[tuple[int, bytes]] = []
    if not wanted:
        return found
    for commit in commits:
        for entry in commit.entries:
            tree, _ = tree.append([entry.leaf.hash])
            if tree.size in wanted:
                found.append((tree.size, tree.root()))
    return found
