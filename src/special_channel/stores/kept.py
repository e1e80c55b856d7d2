"""Keep a reading of the directory until a directory entry comes, goes or differs.

A count of directory entries alone does not tell: a log's end that was lost, or declared void
(rules.md, K30), may come back equally long with other entries. So the log must also still begin
with the tree as read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Generic, TypeVar

from special_channel.core.bytes.ids import Party
from special_channel.core.log.merkle import root_nodes
from special_channel.ports import Head
from special_channel.stores.shown import ShownRows

_T = TypeVar("_T")

_STANDING: Final = """
SELECT count(*) FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[])
    AS w (log, level, idx, hash)
JOIN record.nodes AS n ON n.log = w.log AND n.level = w.level AND n.idx = w.idx AND n.hash = w.hash
"""


class KeptReading(Generic[_T]):
    """A kept reading of rows from directory entries alone (`core.entries.DIRECTORY_KINDS`)."""

    def __init__(self, pool: ShownRows, read: Callable[[], Awaitable[_T]]) -> None:
        self._pool = pool
        self._read = read
        self._kept: tuple[Mapping[Party, Head], tuple[str, ...], _T] | None = None

    async def at(self, heads: Mapping[Party, Head]) -> _T:
        """Return the reading, possibly newer than the heads of both logs, never older."""
        # Hidden rows are part of the key: a row that is found damaged is no longer shown.
        hidden = self._pool.hidden()
        kept = self._kept
        if kept is not None and kept[1] == hidden and await self._stands(kept[0], heads):
            self._kept = heads, hidden, kept[2]
            return kept[2]
        # Heads may be a moment old. An end that is gone since can come back as it was: what was
        # read without it is not kept under these heads.
        before = await self._in_record(heads)
        known = await self._read()
        self._kept = (heads, hidden, known) if before and await self._in_record(heads) else None
        return known

    async def _stands(self, before: Mapping[Party, Head], heads: Mapping[Party, Head]) -> bool:
        """Return whether both logs have only grown since, by no directory entry."""
        if any(before[party].directory != head.directory for party, head in heads.items()):
            return False
        if all(before[party].frontier == head.frontier for party, head in heads.items()):
            return True
        # In one statement: then either heads are those of a beginning of the same logs.
        return await self._in_record(before, heads)

    async def _in_record(self, *all_heads: Mapping[Party, Head]) -> bool:
        """Return whether both logs, as they are now, begin with the trees of all the heads."""
        nodes = [
            (party, *node, hash_)
            for heads in all_heads
            for party, head in heads.items()
            for node, hash_ in zip(root_nodes(head.size), head.frontier.hashes, strict=True)
        ]
        if not nodes:
            return True
        columns = [list(column) for column in zip(*nodes, strict=True)]
        found: int = await self._pool.fetchval(_STANDING, *columns)
        return found == len(nodes)
