"""A side of a world, read through the ports that exporters read a record through."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import PARTIES, Party, Position
from special_channel.core.log.numbering import last_ordinals
from special_channel.core.rules.state import RowKey, Rows
from special_channel.ports import Head, LogName, Stored
from special_channel.stores.files import FileState
from tests.world import Copy, Side


class WorldRecord:
    """A side's logs, through `ports.SharedRecord` and `ports.LogQueries`."""

    def __init__(self, side: Side, damaged: Mapping[Position, tuple[str, ...]] = {}) -> None:
        """Read a side's copies; the store omits `damaged`."""
        self._side = side
        self._damaged = damaged

    def _copy(self, log: LogName) -> Copy:
        assert log != "private"
        return self._side.copies[log]

    async def head(self, log: LogName) -> Head:
        copy = self._copy(log)
        cosigned = max(copy.cosigned, default=0)
        return Head(log, copy.frontier, cosigned=cosigned, directory=copy.counter.directory)

    async def heads(self) -> Mapping[Party, Head]:
        return {party: await self.head(party) for party in PARTIES}

    async def entries(self, log: LogName, first: int, limit: int) -> Sequence[Stored]:
        return [
            self._stored(log, index)
            for index in range(first, min(first + limit, self._copy(log).size))
        ]

    def _stored(self, log: LogName, index: int) -> Stored:
        entry = self._copy(log).entries[index]
        leaf = entry.leaf
        stored = Stored(
            log=log,
            index=index,
            id=leaf.id,
            leaf=leaf.encode(),
            envelope=entry.submission.envelope,
            parts=entry.submission.parts,
            kind=leaf.kind,
            thread=leaf.thread,
            by=str(entry.payload["by"]),
            accepted=leaf.accepted,
            frontier=leaf.peer_frontier,
            order=index + leaf.peer_frontier,
            code=self._side.verdicts[entry.position],
            ordinal=leaf.ordinal,
            directory=leaf.directory,
        )
        gone = self._damaged.get(entry.position)
        if gone is None:
            return stored
        whole = not all(one.startswith("part:") for one in gone)
        return replace(
            stored,
            envelope=b"" if whole else stored.envelope,
            parts=tuple(
                None if whole or f"part:{place}" in gone else part
                for place, part in enumerate(stored.parts)
            ),
            damaged=gone,
        )

    async def ordinals(self, log: LogName, threads: frozenset[str], size: int) -> Mapping[str, int]:
        leaves = [entry.leaf for entry in self._copy(log).entries[:size]]
        last = last_ordinals(leaves)
        return {thread: last[thread] for thread in threads if thread in last}

    async def checkpoint(self, log: LogName, size: int) -> str | None:
        return self._copy(log).notes.get(size)

    async def checkpoint_covering(self, log: LogName, index: int) -> tuple[int, str] | None:
        found = sorted(size for size in self._copy(log).notes if size > index)
        return (found[0], self._copy(log).notes[found[0]]) if found else None

    async def find(self, ids: Sequence[str]) -> Mapping[str, Stored]:
        found: dict[str, Stored] = {}
        for log, copy in self._side.copies.items():
            for index, entry in enumerate(copy.entries):
                if entry.id in ids and (entry.id not in found or found[entry.id].code):
                    found[entry.id] = self._stored(log, index)
        return found

    async def rows(self, keys: frozenset[RowKey]) -> Rows:
        raise NotImplementedError

    async def tree_nodes(
        self, log: LogName, nodes: Sequence[tuple[int, int]]
    ) -> Mapping[tuple[int, int], bytes]:
        raise NotImplementedError

    async def cosigned(self, log: LogName, covering: int) -> str | None:
        found = sorted(size for size in self._copy(log).cosigned if size > covering)
        return self._copy(log).cosigned[found[0]] if found else None

    async def stamped(self, log: LogName) -> str | None:
        return self._copy(log).stamped

    async def state(self) -> tuple[int, int, str]:
        return (*self._side.sizes, self._side.digest)

    def begin(self):
        raise NotImplementedError


class HeldFiles:
    """Attachments in memory, through `ports.Files`."""

    def __init__(self, *contents: bytes) -> None:
        self._contents = {hashlib.sha256(content).hexdigest(): content for content in contents}

    async def state(self, sha256: str) -> FileState | None:
        content = self._contents.get(sha256)
        return FileState(sha256, len(content), "text/plain") if content is not None else None

    async def get(self, sha256: str) -> AsyncIterator[bytes]:
        if sha256 not in self._contents:
            raise NotFound("file-missing")
        yield self._contents[sha256]
