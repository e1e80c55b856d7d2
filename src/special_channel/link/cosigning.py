"""Cosignatures: ours on the peer's checkpoints, the peer's on ours.

Our cosignature states (rule 17) that the tree is consistent with every tree we cosigned before,
and that every leaf, envelope and non-file part up to its size is stored here or declared erased.
A cosignature does not state that the entries are accepted. Sends nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from special_channel.broker.identity import Identity
from special_channel.core.bytes.errors import Corrupt, RuleBroken
from special_channel.core.bytes.ids import Party
from special_channel.core.log.checkpoint import Checkpoint, cosigned_at, parse
from special_channel.core.log.note import Note, VerifierKey
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.log_keys import cosigned_time
from special_channel.ports import Clock, Head, Published, SharedRecord, SharedTransaction
from special_channel.stores.mirror import Gap, MirrorBook

UNFOUNDED: Final = "party-unknown"
"""The peer's code until it has mirrored our founding entry; resolves without intervention."""

_EVERYTHING: Final = 2**53


async def known_party(record: SharedRecord | SharedTransaction, party: Party) -> PartyRow | None:
    """Return a party's row, with its keys; None before its founding entry is stored."""
    row = (await record.rows(frozenset({("party", party)}))).get(("party", party))
    return row if isinstance(row, PartyRow) else None


async def party_row(transaction: SharedTransaction, party: Party) -> PartyRow:
    """Return a party's row, with its keys for checkpoints and cosignatures.

    Raises:
        RuleBroken: `party-unknown` before the party's founding entry is stored.
    """
    row = await known_party(transaction, party)
    if row is None:
        raise RuleBroken("party-unknown", "The other side's founding is not held yet.")
    return row


@dataclass(eq=False)
class OwnCosignatures:
    """Cosigns the peer's checkpoints in the transaction of the mirrored commits."""

    record: SharedRecord
    book: MirrorBook
    identity: Identity
    published: Published
    clock: Clock
    _last_time: int = field(default=0, init=False)
    _own: tuple[int, PartyRow] | None = field(default=None, init=False)
    _thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="cosigning"), init=False
    )

    async def on_page(
        self,
        transaction: SharedTransaction,
        heads: Mapping[Party, Head],
        commits: Sequence[tuple[int, str]],
        gaps: Sequence[Gap],
    ) -> None:
        """Cosign the largest commit that ends before the first gap."""
        own, peer = self.identity.party, self.identity.peer
        open_gaps = [gap.index for gap in (*await self.book.gaps(peer), *gaps)]
        limit = min(open_gaps, default=_EVERYTHING)
        covered = [commit for commit in commits if commit[0] <= limit]
        if covered and covered[-1][0] > heads[peer].cosigned:
            await self._cosign(transaction, covered[-1][1], heads[own].stamp)

    async def after_gap(self) -> bool:
        """Cosign commits up to the first remaining gap; return whether one was cosigned."""
        own, peer = self.identity.party, self.identity.peer
        gaps = await self.book.gaps(peer)
        head = await self.record.head(peer)
        limit = gaps[0].index if gaps else head.size
        boundary = await self.book.boundary(peer, limit)
        if boundary is None or boundary[0] <= head.cosigned:
            return False
        async with self.record.begin() as transaction:
            if (await transaction.lock(peer)).cosigned >= boundary[0]:
                return False
            await self._cosign(transaction, boundary[1], (await self.record.head(own)).stamp)
        return True

    async def newest(self, beyond: int = 0) -> str:
        """Return our newest cosigned note of the peer's log if larger than `beyond`, else empty.

        A note with the line of a key that was succeeded gets one of the key in force as well: the
        peer accepts no other once it has mirrored the succession (K18).

        Raises:
            Unavailable: `checkpoint-key-absent`, `database-unavailable`.
        """
        own, peer = self.identity.party, self.identity.peer
        heads = await self.record.heads()
        size = heads[peer].cosigned
        text = await self.record.cosigned(peer, size - 1) if size > beyond else None
        if text is None:
            return ""
        row = await self._own_row(heads[own])
        if row is None or Note.parse(text).signature_of(row.cosigning[-1].verifier) is not None:
            return text
        note, checkpoint = parse(text)
        self._last_time = await self._time(heads[own].stamp, row)
        line = self.identity.cosign(checkpoint, self._last_time, row)
        return note.with_signature(line).encode()

    async def _own_row(self, head: Head) -> PartyRow | None:
        """Return our row, read again after an entry of the directory: nothing else changes it."""
        if self._own is not None and self._own[0] == head.directory:
            return self._own[1]
        row = await known_party(self.record, self.identity.party)
        self._own = None if row is None else (head.directory, row)
        return row

    async def _cosign(self, transaction: SharedTransaction, text: str, stamp: int) -> None:
        note, checkpoint = parse(text)
        peer = self.identity.peer
        self._check_consistent(peer, checkpoint)
        row = await known_party(transaction, self.identity.party)
        time = await self._time(stamp, row)
        line = self.identity.cosign(checkpoint, time, row)
        await transaction.note(
            peer, note.with_signature(line).encode(), size=checkpoint.size, cosigned=True
        )
        # Outside the database, before a cosignature can be sent: if the database is restored from
        # an old backup, the peer still can't show us another tree of a size that we cosigned.
        write_guard = partial(self.published.write, peer, checkpoint.size, checkpoint.root)
        await asyncio.get_running_loop().run_in_executor(self._thread, write_guard)
        self._last_time = time

    def _check_consistent(self, peer: Party, checkpoint: Checkpoint) -> None:
        before = self.published.read(peer)
        if before is not None and before[0] == checkpoint.size and before[1] != checkpoint.root:
            raise RuleBroken(
                "split-view", "Another tree of this size was cosigned here.", size=checkpoint.size
            )

    async def _time(self, stamp: int, row: PartyRow | None) -> int:
        """Return POSIX seconds: now, never below our last cosignature or `stamp` (rule 8)."""
        peer = self.identity.peer
        if not self._last_time:
            size = (await self.record.head(peer)).cosigned
            newest = await self.record.cosigned(peer, size - 1) if size else None
            if newest is not None and row is not None:
                # By any of our keys: a key that is compromised by now gave its time, too.
                self._last_time = cosigned_time(newest, row.cosigning[::-1])
        return max(int(self.clock.now().timestamp()), self._last_time, stamp)


class PeerCosignatures:
    """Receives the peer's cosignatures on our checkpoints: the proofs of delivery."""

    def __init__(self, record: SharedRecord, identity: Identity) -> None:
        self._record = record
        self._identity = identity
        self._turn = asyncio.Lock()
        self._last = "", 0
        """The note taken last, and its size."""

    async def receive(self, text: str) -> bool:
        """Verify and store a cosigned note; return whether it covers more than the last.

        Stores our own note with the peer's signature line; other lines sent are dropped. The peer
        posts a note, and sends it with a page as well: the second time nothing is left to do.

        Raises:
            Malformed: `checkpoint-malformed`.
            BadSignature: `cosignature-absent`, `cosignature-bad`.
            RuleBroken: `checkpoint-origin`, `cosignature-size` (no commit of ours ended
                there), `cosignature-root`, `party-unknown`.
        """
        own = self._identity.party
        async with self._turn:
            last, size = self._last
            # The record decides: a restored database can lack what this process has stored.
            if text == last and (await self._record.head(own)).cosigned >= size:
                return False
            note, checkpoint = parse(text)
            covers = await self._received(note, checkpoint)
            self._last = text, checkpoint.size
            return covers

    async def _received(self, note: Note, checkpoint: Checkpoint) -> bool:
        own = self._identity.party
        if checkpoint.origin != self._identity.origin(own):
            raise RuleBroken("checkpoint-origin", "The checkpoint is that of another log.")
        ours = await self._record.checkpoint(own, checkpoint.size)
        if ours is None:
            raise RuleBroken(
                "cosignature-size", "No commit ended at this size.", size=checkpoint.size
            )
        own_note, own_checkpoint = parse(ours)
        if own_checkpoint != checkpoint:
            raise RuleBroken(
                "cosignature-root",
                "The cosigned root is not ours at this size.",
                size=checkpoint.size,
            )
        async with self._record.begin() as transaction:
            # The key in force as far as we mirrored the peer's log (K18); the peer tries again.
            row = await party_row(transaction, self._identity.peer)
            key = row.cosigning[-1].verifier
            cosigned_at(note, key)
            head = await transaction.lock(own)
            if head.cosigned >= checkpoint.size:
                return False
            await transaction.note(
                own, _with_line(own_note, note, key), size=checkpoint.size, cosigned=True
            )
        return True


def _with_line(ours: Note, theirs: Note, key: VerifierKey) -> str:
    line = theirs.signature_of(key)
    if line is None:  # cosigned_at has just verified it
        raise Corrupt("record-corrupt", "A verified line is gone.")
    return ours.with_signature(line).encode()
