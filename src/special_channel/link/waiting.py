"""What the peer serves behind a gap: kept and shown, not judged, until the gap is filled (rule 18).

A gap is an envelope or a `data` part that did not come: no verdict on a later entry could
stand on such a past. What comes behind it is checked as far as that goes (leaves, the tree
they make, the owner's checkpoint over it, digests, commitments) and kept apart from the
record: no effect, no frontier, no cosignature. Once the gap is filled, or a `part.erased`
that waits declares its `data` part lost, it is judged from there, not fetched again.

Does not judge: `follower.py` does, from nothing. Keeps no more than `MAX_ENTRIES` and
`MAX_BYTES`; the rest stays with the peer until there is room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Final

import structlog

from special_channel.broker.identity import Identity
from special_channel.broker.receipts import Readable
from special_channel.core import dsse
from special_channel.core.directory import PartyRow
from special_channel.core.entries import PartErased, parse
from special_channel.core.errors import ChannelError
from special_channel.core.judge import prove
from special_channel.core.leaf import Leaf
from special_channel.core.note import VerifierKey
from special_channel.core.state import RowKey
from special_channel.link.checking import (
    BeyondUs,
    CheckedCommit,
    CheckedEntry,
    Followed,
    MirrorStopped,
    check_waiting,
    follow,
    verify_note,
)
from special_channel.link.follower import Follower
from special_channel.link.pages import PAGE_BYTES, PAGE_ENTRIES, Page, SentCommit, SentEntry
from special_channel.ports.waiting import WaitingCommit, WaitingEntry, WaitingRoom, Waits

log = structlog.get_logger(__name__)

MAX_ENTRIES: Final = 4096
"""Entries that wait at most: some weeks of a busy side. Judged at once they take about a second,
while appends of both sides wait."""

MAX_BYTES: Final = 64 * 1024 * 1024
"""Bytes that wait at most: a peer can't fill our disk with what nobody judges."""


class Waiting:
    """Keeps what comes behind a gap in the peer's log.

    Attributes:
        full: There was no room for what came last; nothing more is to be fetched.
    """

    def __init__(
        self, record: Readable, identity: Identity, room: WaitingRoom, follower: Follower
    ) -> None:
        self._record = record
        self._identity = identity
        self._peer = identity.peer
        self._room = room
        self._follower = follower
        self.full = False

    async def waits(self) -> Waits:
        """Forget what is judged by now; return how much waits, and for which entry."""
        await self._room.drop(self._peer)
        return await self._room.waits(self._peer)

    async def end(self) -> int:
        """Return how much of the log came, waiting or judged."""
        held = (await self._record.head(self._peer)).size
        return held + len(await self._room.leaves(self._peer))

    async def keep(self, page: Page) -> bool:
        """Keep the commits of a page that follow what came before; tell whether any was.

        Raises:
            MirrorStopped, BeyondUs: One of them is not in order; those before it are kept.
        """
        before = await self._came()
        commits = _from(page, before.tree.size)
        key = await self._key()
        if key is None or not commits:
            return False  # nothing of this log can be checked before its founding is held
        room = await self._room.waits(self._peer)
        upto = (await self._record.head(self._identity.party)).size
        kept, fault = await asyncio.to_thread(_check, before, commits, upto, key)
        fitting = list(_fitting(kept, room))
        self.full = len(fitting) < len(kept)
        await self._room.keep(self._peer, fitting)
        if fitting:
            log.info("waiting.kept", first=fitting[0].first, size=fitting[-1].size)
        if fault is not None:
            raise fault
        return bool(fitting)

    async def ready(self, held: int) -> Page | None:
        """Return what waits and can be judged as it is, up to the next gap."""
        waiting = await self._room.commits(self._peer, held, PAGE_ENTRIES)
        if not waiting:
            # It does not follow what is judged: another process was here. It is fetched again.
            await self._room.drop(self._peer, everything=True)
            return None
        whole = takewhile(lambda one: not any(entry.lacking for entry in one.entries), waiting)
        page = self._page(list(_some(whole)))
        self.full = self.full and page is None
        return page

    async def lost(self, held: int) -> tuple[Page, frozenset[int]] | None:
        """Return what waits, and the indices in it that entries which wait declare lost.

        Whether such a declaration is valid, its judge says in its turn; here it must be
        signed by a key that is held. None: nothing is declared.
        """
        declared: dict[str, set[int]] = {}
        for entry in await self._room.of_kind(self._peer, "part.erased"):
            stated = await self._signed(entry)
            if stated is not None and stated.body.basis == "lost":
                declared.setdefault(stated.ref, set()).update(stated.body.parts)
        if not declared:
            return None
        waiting = await self._room.commits(self._peer, held, MAX_ENTRIES)
        lost = frozenset(
            index
            for one in waiting
            for index, entry in enumerate(one.entries, one.first)
            if entry.lacking
            and entry.envelope
            and _missing(entry) <= declared.get(Leaf.parse(entry.leaf).id, set())
        )
        page = self._page(waiting)
        return (page, lost) if page is not None and lost else None

    def _page(self, commits: Sequence[WaitingCommit]) -> Page | None:
        """Give commits the form in which they came."""
        if not commits:
            return None
        return Page.model_construct(
            v=1,
            log=self._identity.origin(self._peer),
            first=commits[0].first,
            size=commits[-1].size,
            commits=tuple(map(_sent, commits)),
            cosigned="",
        )

    async def _came(self) -> Followed:
        """Return how far the log came, waiting or judged."""
        before = await self._follower.followed()
        leaves = await self._room.leaves(self._peer)
        after, _ = await asyncio.to_thread(follow, before, [Leaf.parse(leaf) for leaf in leaves])
        return after

    async def _key(self) -> VerifierKey | None:
        wanted: RowKey = ("party", self._peer)
        async with self._record.begin() as transaction:
            row = (await transaction.rows(frozenset({wanted}))).get(wanted)
        return VerifierKey.parse(row.checkpoint_vkey) if isinstance(row, PartyRow) else None

    async def _signed(self, entry: WaitingEntry) -> PartErased | None:
        """Read a declaration, if a key that is held signed it."""
        try:
            envelope = dsse.decode(entry.envelope)
            stated = parse(envelope.payload)
            if not isinstance(stated, PartErased):
                return None
            keys: frozenset[RowKey] = frozenset(("key", one.keyid) for one in envelope.signatures)
            async with self._record.begin() as transaction:
                prove(envelope, stated, await transaction.rows(keys))
        except ChannelError:
            return None
        return stated


def _from(page: Page, first: int) -> Sequence[SentCommit]:
    """Return the commits of a page that begin at an index or later."""
    at = page.first
    for place, commit in enumerate(page.commits):
        if at == first:
            return page.commits[place:]
        at += len(commit.entries)
    return ()


def _check(
    before: Followed, commits: Sequence[SentCommit], upto: int, key: VerifierKey
) -> tuple[list[WaitingCommit], MirrorStopped | BeyondUs | None]:
    """Check commits up to the first that is not in order."""
    kept: list[WaitingCommit] = []
    for sent in commits:
        try:
            checked = check_waiting(before, sent, upto)
            verify_note(checked, key)
        except (MirrorStopped, BeyondUs) as fault:
            return kept, fault
        kept.append(_waiting(before.tree.size, checked))
        before = checked.after
    return kept, None


def _waiting(first: int, commit: CheckedCommit) -> WaitingCommit:
    return WaitingCommit(first, tuple(map(_entry, commit.entries)), commit.note)


def _entry(entry: CheckedEntry) -> WaitingEntry:
    return WaitingEntry(entry.leaf.encode(), entry.envelope, entry.parts, entry.lacking)


def _fitting(commits: Sequence[WaitingCommit], room: Waits) -> Iterator[WaitingCommit]:
    """Yield commits as long as there is room for them."""
    entries, size = room.entries, room.bytes
    for commit in commits:
        entries += len(commit.entries)
        size += sum(entry.weight for entry in commit.entries)
        if entries > MAX_ENTRIES or size > MAX_BYTES:
            return
        yield commit


def _some(commits: Iterable[WaitingCommit]) -> Iterator[WaitingCommit]:
    """Yield commits up to the size of a page, one at least."""
    size = 0
    for commit in commits:
        yield commit
        size += sum(entry.weight for entry in commit.entries)
        if size >= PAGE_BYTES:
            return


def _missing(entry: WaitingEntry) -> set[int]:
    return {place for place, part in enumerate(entry.parts) if part is None}


def _sent(commit: WaitingCommit) -> SentCommit:
    entries = tuple(
        SentEntry.model_construct(
            leaf=entry.leaf.decode(),
            envelope=entry.envelope.decode(),
            parts=tuple((part or b"").decode() for part in entry.parts),
        )
        for entry in commit.entries
    )
    return SentCommit.model_construct(note=commit.note, entries=entries)
