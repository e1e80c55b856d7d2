"""Rebuild: replace the views with a replay of the logs, shared and private.

Also the replay at start. Skips entries of the peer with a stored verdict of no effect, and
folds all other entries in causal order. Does not judge again:
`special-channel verify` and `status --deep` do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol, cast

from special_channel.broker.working import shared
from special_channel.core.bytes.errors import Corrupt
from special_channel.core.bytes.ids import PARTIES, Party, Position, peer_of
from special_channel.core.entries import (
    COUNTED_KINDS,
    COUNTED_PRIVATE_KINDS,
    PrivateEntry,
    SharedEntry,
)
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.numbering import LeafCounter
from special_channel.core.replay.fold import fold
from special_channel.core.rows.past import Placed, PlacedPrivately
from special_channel.core.rows.private import ColumnsRow, EscalationRow, PrivateKey, PrivateRow
from special_channel.core.rows.submission import Incoming, Submission, read
from special_channel.core.rules.private import fold_private, private_needs
from special_channel.core.rules.state import Row, RowKey, digest_of
from special_channel.ports import LogName, Record, SharedRecord, Stored, Transaction

PAGE = 500
"""Entries read at a time."""


class Pages(Protocol):
    """Reads a log page by page."""

    async def entries(self, log: LogName, first: int, limit: int) -> Sequence[Stored]:
        """Return entries from an index on, in order."""
        ...


async def causal(
    record: Pages, sizes: Mapping[Party, int], firsts: Mapping[Party, int] | None = None
) -> AsyncIterator[Stored]:
    """Yield the entries of both logs from `firsts` on, each entry after its past.

    Raises:
        ValueError: A frontier reaches beyond the other log's end: the logs are incomplete.
        Corrupt: `record-corrupt` if an entry is missing.
    """
    begin = firsts or {}
    readers = {party: _pages(record, party, sizes[party], begin.get(party, 0)) for party in PARTIES}
    heads = {party: await anext(readers[party], None) for party in PARTIES}
    while any(heads.values()):
        party = _next(heads)
        entry = heads[party]
        if entry is None:
            raise ValueError("The logs' frontiers do not fit each other.")
        yield entry
        heads[party] = await anext(readers[party], None)


def _next(heads: dict[Party, Stored | None]) -> Party:
    """Choose a log whose next entry's past was yielded already."""
    for party in PARTIES:
        entry, other = heads[party], heads[peer_of(party)]
        if entry is not None and (other is None or entry.frontier <= other.index):
            return party
    return "eu" if heads["eu"] is None else "cn"


async def _pages(record: Pages, log: LogName, size: int, first: int = 0) -> AsyncIterator[Stored]:
    while first < size:
        page = await record.entries(log, first, min(PAGE, size - first))
        if not page or page[-1].index != first + len(page) - 1:
            raise Corrupt("record-corrupt", "An entry is missing.", log=log)
        for entry in page:
            yield entry
        first += len(page)


def check_counts(counter: LeafCounter, entry: Stored) -> None:
    """Compare the two counts of an entry's leaf with the leaves before it (K26).

    Raises:
        Corrupt: `ordinal`.
    """
    if counter.count(entry.kind, entry.thread) != (entry.directory, entry.ordinal):
        raise Corrupt(
            "ordinal",
            "A leaf's place in its thread, or its number of directory entries, is wrong.",
            index=entry.index,
        )


def placed(entry: Stored) -> Placed:
    """Parse a stored entry of a shared log."""
    incoming: Incoming = read(Submission(entry.envelope, entry.parts), whole=False)
    shared_entry: SharedEntry = shared(incoming)
    party: Party = "eu" if entry.log == "eu" else "cn"
    return Placed(
        Position(party, entry.index),
        entry.frontier,
        entry.accepted,
        entry.id,
        shared_entry,
        incoming.data,
        frozenset(incoming.signers),
    )


async def rebuild(record: Record) -> tuple[int, int, str]:
    """Replace all view rows by a replay; return (EU size, CN size, state digest)."""
    sizes: dict[Party, int] = {party: (await record.head(party)).size for party in PARTIES}
    rows = await folded(record, sizes)
    state = (sizes["eu"], sizes["cn"], digest_of(rows))

    async def all_rows() -> AsyncIterator[Row]:
        for (table, _), row in rows.items():
            if table != "entry":
                yield row

    await record.replace_rows(all_rows(), state)
    return state


async def folded(record: SharedRecord, sizes: dict[Party, int]) -> dict[RowKey, Row]:
    """Fold both logs up to `sizes`; return rows by key.

    Raises:
        Corrupt: `record-corrupt` if an entry is missing; `ordinal`.
    """
    rows: dict[RowKey, Row] = {}
    counters = {party: LeafCounter(COUNTED_KINDS) for party in PARTIES}
    async for entry in causal(record, sizes):
        party: Party = "eu" if entry.log == "eu" else "cn"
        check_counts(counters[party], entry)
        if not entry.code:
            rows.update(fold(rows, placed(entry)))
    return rows


async def rebuild_private(record: SharedRecord, transaction: Transaction) -> int:
    """Replace all rows of the private log by a replay; return the log's size.

    Raises:
        Unavailable: `append-lost` if the log grew meanwhile.
    """
    size = (await record.head("private")).size
    rows = await folded_privately(record, size)

    async def all_rows() -> AsyncIterator[PrivateRow]:
        for row in rows.values():
            yield row

    await transaction.replace_private_rows(all_rows(), size=size)
    return size


async def folded_privately(record: SharedRecord, size: int) -> dict[PrivateKey, PrivateRow]:
    """Fold the private log up to `size`; return rows by key.

    Raises:
        Corrupt: `record-corrupt` if an entry is missing; `ordinal`.
    """
    fold_, counter = PrivateFold(), LeafCounter(COUNTED_PRIVATE_KINDS)
    async for entry in _pages(record, "private", size):
        check_counts(counter, entry)
        fold_.add(entry)
    return fold_.rows


class PrivateFold:
    """The fold of the private log, entry by entry.

    Attributes:
        rows: The rows so far.
    """

    def __init__(self) -> None:
        self.rows: dict[PrivateKey, PrivateRow] = {}
        self._by_entry: dict[PrivateKey, PrivateKey] = {}

    def add(self, entry: Stored) -> None:
        """Fold the next entry."""
        private = placed_privately(entry)
        # Pass only the rows that the entry names, as at its append: passing all rows would make
        # the cost quadratic. Some rows are named by the id of their entry.
        needs = private_needs(private.entry)
        needed = {self._by_entry.get(key, key) for key in needs} & self.rows.keys()
        changed = fold_private({key: self.rows[key] for key in needed}, private)
        self.rows.update(changed)
        for key, row in changed.items():
            if isinstance(row, EscalationRow | ColumnsRow):
                self._by_entry[key[0], row.id] = key


def placed_privately(entry: Stored) -> PlacedPrivately:
    """Parse a stored entry of the private log."""
    incoming = read(Submission(entry.envelope, entry.parts), whole=False)
    own, peer = Leaf.parse(entry.leaf).frontier
    private = cast(PrivateEntry, incoming.entry)  # an entry of the private log
    return PlacedPrivately(entry.index, own, peer, entry.accepted, entry.id, private, incoming.data)
