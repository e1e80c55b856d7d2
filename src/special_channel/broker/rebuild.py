"""Rebuild: throw the views away and make them again from the logs alone, shared and private.

Also the replay that proves a log at start. Uses the stored verdicts for entries of the
peer that have no effect, and folds all others in a causal order. Does not judge again:
`special-channel verify` and `status --deep` do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol, cast

from special_channel.broker.working import shared
from special_channel.core.bytes.errors import Corrupt
from special_channel.core.bytes.ids import PARTIES, Party, Position, peer_of
from special_channel.core.entries import PrivateEntry, SharedEntry
from special_channel.core.log.leaf import Leaf
from special_channel.core.replay.fold import fold
from special_channel.core.rows.past import Placed, PlacedPrivately
from special_channel.core.rows.submission import Incoming, Submission, read
from special_channel.core.rules.private import (
    ColumnsRow,
    EscalationRow,
    PrivateKey,
    PrivateRow,
    fold_private,
    private_needs,
)
from special_channel.core.rules.state import Row, RowKey, digest_of
from special_channel.ports import LogName, SharedRecord, Stored

PAGE = 500
"""Entries read at a time."""


class Pages(Protocol):
    """What gives entries from an index on, in order."""

    async def entries(self, log: LogName, first: int, limit: int) -> Sequence[Stored]:
        """Return entries from an index on, in order."""
        ...


async def causal(
    record: Pages, sizes: Mapping[Party, int], firsts: Mapping[Party, int] | None = None
) -> AsyncIterator[Stored]:
    """Yield the entries of both logs from `firsts` on, each after all of its past.

    Raises:
        ValueError: The frontiers name more than there is: the logs are not whole.
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
    """Choose the log whose next entry has its past behind it."""
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


def placed(entry: Stored) -> Placed:
    """Read a stored entry again."""
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
    )


class Folded(Protocol):
    """Where a rebuild puts the rows."""

    async def replace_rows(self, rows: AsyncIterator[Row], state: tuple[int, int, str]) -> None:
        """Replace all view rows in one transaction."""
        ...


async def rebuild(record: SharedRecord, views: Folded) -> tuple[int, int, str]:
    """Make all view rows again and return (eu size, cn size, state digest)."""
    sizes: dict[Party, int] = {party: (await record.head(party)).size for party in PARTIES}
    rows = await folded(record, sizes)
    state = (sizes["eu"], sizes["cn"], digest_of(rows))

    async def all_rows() -> AsyncIterator[Row]:
        for (table, _), row in rows.items():
            if table != "entry":
                yield row

    await views.replace_rows(all_rows(), state)
    return state


async def folded(record: SharedRecord, sizes: dict[Party, int]) -> dict[RowKey, Row]:
    """Fold both logs up to these sizes into one mapping of rows."""
    rows: dict[RowKey, Row] = {}
    async for entry in causal(record, sizes):
        if not entry.code:
            rows.update(fold(rows, placed(entry)))
    return rows


class FoldedPrivately(Protocol):
    """Where a rebuild puts the rows of the private log."""

    async def replace_private_rows(self, rows: AsyncIterator[PrivateRow], *, size: int) -> None:
        """Replace all private view rows in this transaction."""
        ...


async def rebuild_private(record: SharedRecord, views: FoldedPrivately) -> int:
    """Make all rows of the private log again and return its size.

    Raises:
        Unavailable: `append-lost` if it grew meanwhile.
    """
    size = (await record.head("private")).size
    rows = await folded_privately(record, size)

    async def all_rows() -> AsyncIterator[PrivateRow]:
        for row in rows.values():
            yield row

    await views.replace_private_rows(all_rows(), size=size)
    return size


async def folded_privately(record: SharedRecord, size: int) -> dict[PrivateKey, PrivateRow]:
    """Fold the private log up to this size into one mapping of rows."""
    fold_ = PrivateFold()
    async for entry in _pages(record, "private", size):
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
        # Each entry looks at the rows that it names, as when it was placed; all rows at each
        # would make the cost grow with the square of the log. Some are named by their entry.
        needs = private_needs(private.entry)
        needed = {self._by_entry.get(key, key) for key in needs} & self.rows.keys()
        made = fold_private({key: self.rows[key] for key in needed}, private)
        self.rows.update(made)
        for key, row in made.items():
            if isinstance(row, EscalationRow | ColumnsRow):
                self._by_entry[key[0], row.id] = key


def placed_privately(entry: Stored) -> PlacedPrivately:
    """Read a stored entry of the private log again."""
    incoming = read(Submission(entry.envelope, entry.parts), whole=False)
    own, peer = Leaf.parse(entry.leaf).frontier
    stated = cast(PrivateEntry, incoming.entry)  # by the log that it stands in
    return PlacedPrivately(entry.index, own, peer, entry.accepted, entry.id, stated, incoming.data)
