"""Reads whole commits of a log, for pages.

Does not know HTTP. A page ends at a checkpoint, so that whoever reads it can check it.
"""

from __future__ import annotations

from typing import Final

from special_channel.core.errors import Corrupt
from special_channel.link.pages import PAGE_BYTES, Run
from special_channel.ports import LogName, SharedRecord, Stored

_BLOCK: Final = 64
"""Entries read at once; a data part can have 1 MiB."""


async def runs(
    record: SharedRecord, log: LogName, first: int, limit: int, *, max_bytes: int = PAGE_BYTES
) -> list[Run]:
    """Return whole commits from `first` on: one at least, then as fit both limits.

    Raises:
        Corrupt: `record-corrupt` if stored entries end before their checkpoint.
    """
    found: list[Run] = []
    block = _Block(record, log)
    at, sent = first, 0
    while at - first < limit and sent < max_bytes:
        covering = await record.checkpoint_covering(log, at)
        if covering is None:
            break
        size, note = covering
        if found and size - first > limit:
            break
        entries = await block.read(at, size)
        sent += sum(map(_weight, entries))
        if found and sent > max_bytes:
            break
        found.append(Run(note, tuple(entries)))
        at = size
    return found


class _Block:
    """Entries read ahead, so that a backlog of small commits is not a query each."""

    def __init__(self, record: SharedRecord, log: LogName) -> None:
        self._record = record
        self._log = log
        self._held: list[Stored] = []

    async def read(self, first: int, end: int) -> list[Stored]:
        if not self._held or self._held[0].index != first or len(self._held) < end - first:
            limit = max(end - first, _BLOCK)
            self._held = list(await self._record.entries(self._log, first, limit))
        found, self._held = self._held[: end - first], self._held[end - first :]
        if len(found) != end - first or found[0].index != first:
            raise Corrupt("record-corrupt", "Stored entries end before their checkpoint.")
        if any("leaf" in entry.damaged for entry in found):
            # The peer would stop its mirror for a root that does not fit: our disk, not our word.
            raise Corrupt("record-corrupt", "A stored leaf is damaged.")
        return found


def _weight(entry: Stored) -> int:
    return len(entry.envelope) + sum(len(part) for part in entry.parts if part is not None)
