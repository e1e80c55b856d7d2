"""Queue the peer's commits behind a gap: stored and shown, not judged until it is filled (rule 18).

A gap is a missing envelope or `data` part; entries after the gap can't be judged. Queued commits
are checked without judging (leaves, tree, the owner's checkpoint, digests, commitments) and
stored outside the record: no effect, no frontier, no cosignature. Once the gap is filled, or a
queued `part.erased` declares the `data` part lost, queued commits are judged without another
download.

Does not judge: `follower.py` does. Stores at most `MAX_ENTRIES` and `MAX_BYTES`; further commits
stay at the peer until the queue has room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Final

import structlog

from special_channel.broker.identity import Identity
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.entries import PartErased, parse
from special_channel.core.log.leaf import Leaf
from special_channel.core.replay.judge import prove
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.log_keys import LogKeys
from special_channel.core.rules.state import RowKey
from special_channel.link.checking import (
    CheckedCommit,
    FrontierBeyond,
    LogProgress,
    MirrorStopped,
    check_waiting,
    follow,
    verify_note,
)
from special_channel.link.follower import Follower
from special_channel.link.pages import PAGE_BYTES, PAGE_ENTRIES, Page, SentCommit, SentEntry
from special_channel.ports import SharedRecord
from special_channel.stores.waiting import QueueSize, WaitingCommit, WaitingEntry, WaitingRoom

log = structlog.get_logger(__name__)

MAX_ENTRIES: Final = 4096
"""Most queued entries: some weeks of a busy side. Judging a full queue takes about a second,
while appends of both sides wait."""

MAX_BYTES: Final = 64 * 1024 * 1024
"""Most queued bytes: a peer can't fill our disk with unjudged commits."""


_NAMING: Final = "machine.enrolled"
"""Kind of entry that may name a new checkpoint key."""

_OTHER_KEY: Final = frozenset({"checkpoint-unsigned", "checkpoint-key"})
"""Codes of a note without the line of the key that is known so far."""


class WaitingQueue:
    """Queue of commits behind a gap in the peer's log.

    Attributes:
        full: The last page did not fit; fetch no further pages.
    """

    def __init__(
        self, record: SharedRecord, identity: Identity, room: WaitingRoom, follower: Follower
    ) -> None:
        self._record = record
        self._identity = identity
        self._peer = identity.peer
        self._room = room
        self._follower = follower
        self.full = False

    async def waits(self) -> QueueSize:
        """Delete judged commits; return size of the queue and the entry that blocks it."""
        await self._room.drop(self._peer)
        return await self._room.waits(self._peer)

    async def end(self) -> int:
        """Return the size of the log as received, judged and queued."""
        judged = (await self._record.head(self._peer)).size
        return judged + len(await self._room.leaves(self._peer))

    async def keep(self, page: Page) -> bool:
        """Queue a page's commits that continue the log; return whether any was queued.

        Raises:
            MirrorStopped, FrontierBeyond: A commit is faulty; the commits before are queued.
        """
        before, named = await self._progress(page)
        commits = _from(page, before.tree.size)
        keys = await self._keys()
        if not keys or not commits:
            return False  # no commit can be checked before the log's founding entry is stored
        room = await self._room.waits(self._peer)
        own_size = (await self._record.head(self._identity.party)).size
        checked, fault = await asyncio.to_thread(
            _check, before, commits, own_size, keys, named=named
        )
        fitting = list(_fitting(checked, room))
        self.full = len(fitting) < len(checked)
        await self._room.keep(self._peer, fitting)
        if fitting:
            log.info("waiting.kept", first=fitting[0].first, size=fitting[-1].size)
        if fault is not None:
            raise fault
        return bool(fitting)

    async def ready(self, held: int) -> Page | None:
        """Return a page of queued commits up to the next gap; None if the first is incomplete."""
        waiting = await self._room.commits(self._peer, held, PAGE_ENTRIES)
        if not waiting:
            # Another process judged commits meanwhile, and the queue does not continue them:
            # delete and fetch again.
            await self._room.drop(self._peer, everything=True)
            return None
        whole = takewhile(
            lambda commit: not any(entry.lacking for entry in commit.entries), waiting
        )
        page = self._page(list(_some(whole)))
        self.full = self.full and page is None
        return page

    async def lost(self, held: int) -> tuple[Page, frozenset[int]] | None:
        """Return a page of queued commits and the indices that queued erasures declare lost.

        A stored key must have signed a declaration; the judge decides later whether the
        declaration is valid. None if nothing is declared lost.
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
            for commit in waiting
            for index, entry in enumerate(commit.entries, commit.first)
            if entry.lacking
            and entry.envelope
            and _missing(entry) <= declared.get(Leaf.parse(entry.leaf).id, set())
        )
        page = self._page(waiting)
        return (page, lost) if page is not None and lost else None

    def _page(self, commits: Sequence[WaitingCommit]) -> Page | None:
        """Return commits as a page, the form of the link."""
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

    async def _progress(self, page: Page) -> tuple[LogProgress, bool]:
        """Return the progress in the log as received, judged and queued, before a page.

        The second value: whether a queued entry may name a new checkpoint key.
        """
        before = await self._follower.followed(page)
        leaves = [Leaf.parse(leaf) for leaf in await self._room.leaves(self._peer)]
        after, _ = await asyncio.to_thread(follow, before, leaves)
        return after, any(leaf.kind == _NAMING for leaf in leaves)

    async def _keys(self) -> LogKeys:
        key: RowKey = ("party", self._peer)
        async with self._record.begin() as transaction:
            row = (await transaction.rows(frozenset({key}))).get(key)
        return row.checkpoint if isinstance(row, PartyRow) else ()

    async def _signed(self, entry: WaitingEntry) -> PartErased | None:
        """Parse a `part.erased` entry; None unless a stored key signed the entry."""
        try:
            envelope = dsse.decode(entry.envelope)
            stated = parse(envelope.payload)
            if not isinstance(stated, PartErased):
                return None
            keys: frozenset[RowKey] = frozenset(
                ("key", signature.keyid) for signature in envelope.signatures
            )
            async with self._record.begin() as transaction:
                prove(envelope, stated, await transaction.rows(keys))
        except ChannelError:
            return None
        return stated


def _from(page: Page, first: int) -> Sequence[SentCommit]:
    """Return a page's commits from the one that begins at index `first`; empty if none does."""
    at = page.first
    for place, commit in enumerate(page.commits):
        if at == first:
            return page.commits[place:]
        at += len(commit.entries)
    return ()


def _check(
    before: LogProgress,
    commits: Sequence[SentCommit],
    own_size: int,
    keys: LogKeys,
    *,
    named: bool,
) -> tuple[list[WaitingCommit], MirrorStopped | FrontierBeyond | None]:
    """Check commits up to the first faulty one; return the checked commits and the fault.

    `named`: an entry before them may name a new checkpoint key.
    """
    queued: list[WaitingCommit] = []
    for sent in commits:
        try:
            checked = check_waiting(before, sent, own_size)
            named = named or any(entry.leaf.kind == _NAMING for entry in checked.entries)
            _verify(checked, keys, named=named)
        except (MirrorStopped, FrontierBeyond) as fault:
            return queued, fault
        entries = tuple(
            WaitingEntry(entry.leaf.encode(), entry.envelope, entry.parts, entry.lacking)
            for entry in checked.entries
        )
        queued.append(WaitingCommit(before.tree.size, entries, sent.note))
        before = checked.after
    return queued, None


def _verify(checked: CheckedCommit, keys: LogKeys, *, named: bool) -> None:
    """Verify a commit's note, unless its key may be one that is not judged yet."""
    try:
        verify_note(checked, keys)
    except MirrorStopped as fault:
        # The follower verifies each note again once the entries before it are judged.
        if not named or fault.code not in _OTHER_KEY:
            raise


def _fitting(commits: Sequence[WaitingCommit], room: QueueSize) -> Iterator[WaitingCommit]:
    """Yield commits as long as the queue has room."""
    entries, size = room.entries, room.bytes
    for commit in commits:
        entries += len(commit.entries)
        size += sum(entry.weight for entry in commit.entries)
        if entries > MAX_ENTRIES or size > MAX_BYTES:
            return
        yield commit


def _some(commits: Iterable[WaitingCommit]) -> Iterator[WaitingCommit]:
    """Yield commits up to the size of a page, at least one."""
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
