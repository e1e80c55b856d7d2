"""Read whole commits of a log from the record, for pages.

Independent of HTTP. A page ends at a checkpoint, so that its reader can verify the tree.
"""

from __future__ import annotations

from typing import Final

from special_channel.core.bytes.errors import Corrupt
from special_channel.link.pages import PAGE_BYTES, StoredCommit
from special_channel.ports import LogName, SharedRecord, Stored

_BLOCK: Final = 64
"""Entries read in one query; a data part can have 1 MiB."""


async def read_commits(
    record: SharedRecord, log: LogName, first: int, limit: int, *, max_bytes: int = PAGE_BYTES
) -> list[StoredCommit]:
    """Return commits from `first` on: at least one, then as many as fit both limits.

    Args:
        record: The shared logs.
        log: The log to read.
        first: Index of the first entry.
        limit: Most entries.
        max_bytes: Most bytes of envelopes and parts.

    Raises:
        Corrupt: `record-corrupt` if stored entries end before their checkpoint.
    """
    commits: list[StoredCommit] = []
    block = _Block(record, log)
    at, sent = first, 0
    while at - first < limit and sent < max_bytes:
        covering = await record.checkpoint_covering(log, at)
        if covering is None:
            break
        size, note = covering
        if commits and size - first > limit:
            break
        entries = await block.read(at, size)
        sent += sum(map(_weight, entries))
        if commits and sent > max_bytes:
            break
        commits.append(StoredCommit(note, tuple(entries)))
        at = size
    return commits


class _Block:
    """Read-ahead buffer: several small commits need one query."""

    def __init__(self, record: SharedRecord, log: LogName) -> None:
        self._record = record
        self._log = log
        self._held: list[Stored] = []

    async def read(self, first: int, end: int) -> list[Stored]:
        if not self._held or self._held[0].index != first or len(self._held) < end - first:
            limit = max(end - first, _BLOCK)
            self._held = list(await self._record.entries(self._log, first, limit))
        entries, self._held = self._held[: end - first], self._held[end - first :]
        if len(entries) != end - first or entries[0].index != first:
            raise Corrupt("record-corrupt", "Stored entries end before their checkpoint.")
        if any("leaf" in entry.damaged for entry in entries):
            # Otherwise the peer would stop its mirror for a wrong root, though only our disk
            # is at fault.
            raise Corrupt("record-corrupt", "A stored leaf is damaged.")
        return entries


def _weight(entry: Stored) -> int:
    return len(entry.envelope) + sum(len(part) for part in entry.parts if part is not None)
