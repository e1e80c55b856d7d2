"""Cosignatures: ours on the peer's checkpoints, the peer's on ours.

Ours says (rule 17): this tree is consistent with all that we cosigned before, and every
leaf, envelope and non-file part up to its size is stored here or declared erased. Not that
every entry is accepted. Does not send anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from special_channel.broker.identity import Identity
from special_channel.broker.receipts import Readable
from special_channel.core.checkpoint import Checkpoint, cosign, cosigned_at, parse
from special_channel.core.directory import PartyRow
from special_channel.core.errors import Corrupt, RuleBroken
from special_channel.core.ids import Party
from special_channel.core.note import Note, VerifierKey
from special_channel.ports import Clock, Head, Published, SharedTransaction
from special_channel.ports.mirror import Gap, MirrorBook

UNFOUNDED: Final = "party-unknown"
"""The code of a side that does not hold the other's founding yet: it passes by itself."""

_EVERYTHING: Final = 2**53


async def cosigning_key(transaction: SharedTransaction, party: Party) -> VerifierKey:
    """Return the key by which a party cosigns and stamps.

    Raises:
        RuleBroken: `party-unknown` before its founding is held.
    """
    row = (await transaction.rows(frozenset({("party", party)}))).get(("party", party))
    if not isinstance(row, PartyRow):
        raise RuleBroken("party-unknown", "The other side's founding is not held yet.")
    return VerifierKey.parse(row.cosigning_vkey)


class OwnCosignatures:
    """Cosigns the peer's checkpoints, in the transaction that stores them."""

    def __init__(
        self,
        record: Readable,
        book: MirrorBook,
        identity: Identity,
        published: Published,
        clock: Clock,
    ) -> None:
        self._record = record
        self._book = book
        self._identity = identity
        self._published = published
        self._clock = clock
        self._last_time = 0
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="cosigning")

    async def on_page(
        self,
        transaction: SharedTransaction,
        heads: Mapping[Party, Head],
        commits: Sequence[tuple[int, str]],
        gaps: Sequence[Gap],
    ) -> None:
        """Cosign the largest of these commits that no gap lies under."""
        own, peer = self._identity.party, self._identity.peer
        open_gaps = [gap.index for gap in (*await self._book.gaps(peer), *gaps)]
        limit = min(open_gaps, default=_EVERYTHING)
        covered = [commit for commit in commits if commit[0] <= limit]
        if covered and covered[-1][0] > heads[peer].cosigned:
            await self._cosign(transaction, covered[-1][1], heads[own].stamp)

    async def after_gap(self) -> bool:
        """Cosign what a filled gap kept back; tell whether there was anything."""
        own, peer = self._identity.party, self._identity.peer
        gaps = await self._book.gaps(peer)
        head = await self._record.head(peer)
        limit = gaps[0].index if gaps else head.size
        found = await self._book.boundary(peer, limit)
        if found is None or found[0] <= head.cosigned:
            return False
        async with self._record.begin() as transaction:
            if (await transaction.lock(peer)).cosigned >= found[0]:
                return False
            await self._cosign(transaction, found[1], (await self._record.head(own)).stamp)
        return True

    async def _cosign(self, transaction: SharedTransaction, text: str, stamp: int) -> None:
        note, checkpoint = parse(text)
        peer = self._identity.peer
        self._check_consistent(peer, checkpoint)
        time = await self._time(stamp)
        line = cosign(checkpoint, self._identity.cosigning, self._identity.cosigning_name, time)
        await transaction.note(
            peer, note.with_signature(line).encode(), size=checkpoint.size, cosigned=True
        )
        # Outside the database, before a cosignature can leave: if the database is put back to
        # an old copy, the peer still can't show us another tree of a size that we cosigned.
        noted = partial(self._published.write, peer, checkpoint.size, checkpoint.root)
        await asyncio.get_running_loop().run_in_executor(self._beside, noted)
        self._last_time = time

    def _check_consistent(self, peer: Party, checkpoint: Checkpoint) -> None:
        before = self._published.read(peer)
        if before is not None and before[0] == checkpoint.size and before[1] != checkpoint.root:
            raise RuleBroken(
                "split-view", "Another tree of this size was cosigned here.", size=checkpoint.size
            )

    async def _time(self, stamp: int) -> int:
        """Return POSIX seconds: now, never below our last cosignature or `stamp` (rule 8)."""
        peer = self._identity.peer
        if not self._last_time:
            size = (await self._record.head(peer)).cosigned
            newest = await self._record.cosigned(peer, size - 1) if size else None
            if newest is not None:
                key = VerifierKey(self._identity.cosigning_name, 4, self._identity.cosigning.public)
                self._last_time = cosigned_at(newest, key)
        return max(int(self._clock.now().timestamp()), self._last_time, stamp)


class PeerCosignatures:
    """Takes the peer's cosignatures on own checkpoints: the proofs of delivery."""

    def __init__(self, record: Readable, identity: Identity) -> None:
        self._record = record
        self._identity = identity

    async def receive(self, text: str) -> bool:
        """Check a cosigned note and keep it; tell whether it covers more than was covered.

        Kept is our own note with the peer's line, whatever else stood on what was sent.

        Raises:
            Malformed: `checkpoint-malformed`.
            BadSignature: `cosignature-absent`, `cosignature-bad`.
            RuleBroken: `checkpoint-origin`, `cosignature-size` (no commit of ours ended
                there), `cosignature-root`, `party-unknown`.
        """
        note, checkpoint = parse(text)
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
            key = await cosigning_key(transaction, self._identity.peer)
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
