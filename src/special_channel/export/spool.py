"""Entries put aside in a file without a name, so that an export need not hold a record in memory.

Some 400 bytes of an entry stay in memory, whatever its size. Does not choose or check entries.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from sys import intern
from typing import Final

from special_channel.core.ids import EntryId, Position
from special_channel.ports import Stored

BUFFER: Final = 1024 * 1024
_ABSENT: Final = -1


@dataclass(frozen=True, slots=True)
class _Kept:
    """An entry without its bytes, and where in the file these are."""

    slim: Stored
    offset: int
    envelope: int
    parts: tuple[int, ...]


class SpooledEntries(Mapping[Position, Stored]):
    """Entries by position, in the order in which they came. Close it after use."""

    def __init__(self) -> None:
        """Open the file; it is gone once it is closed, or the process ends."""
        self._file = tempfile.TemporaryFile(  # noqa: SIM115 - `close` closes it
            prefix="special-channel-", buffering=BUFFER
        )
        self._end = 0
        self._flushed = 0
        self._kept: dict[Position, _Kept] = {}

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def keep(self, position: Position, stored: Stored) -> None:
        """Put an entry aside."""
        data = b"".join((stored.envelope, *filter(None, stored.parts)))
        self._file.write(data)
        lengths = tuple(_ABSENT if part is None else len(part) for part in stored.parts)
        self._kept[position] = _Kept(_slim(stored), self._end, len(stored.envelope), lengths)
        self._end += len(data)

    def slim(self, position: Position) -> Stored:
        """Return an entry without leaf, envelope and parts."""
        return self._kept[position].slim

    def envelope_size(self, position: Position) -> int:
        """Return the length of an entry's envelope."""
        return self._kept[position].envelope

    def part_count(self, position: Position) -> int:
        """Return how many parts an entry has, absent ones included."""
        return len(self._kept[position].parts)

    def drop(self, position: Position) -> None:
        """Forget an entry."""
        del self._kept[position]

    def __getitem__(self, position: Position) -> Stored:
        kept = self._kept[position]
        if self._flushed < self._end:
            self._file.flush()
            self._flushed = self._end
        length = kept.envelope + sum(size for size in kept.parts if size != _ABSENT)
        data = os.pread(self._file.fileno(), length, kept.offset)
        parts: list[bytes | None] = []
        at = kept.envelope
        for size in kept.parts:
            parts.append(None if size == _ABSENT else data[at : at + size])
            at += max(size, 0)
        return replace(kept.slim, envelope=data[: kept.envelope], parts=tuple(parts))

    def __iter__(self) -> Iterator[Position]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


class ById(Mapping[EntryId, bytes]):
    """Something of each entry by the entry's id, read whenever it is asked for."""

    def __init__(
        self, positions: Mapping[EntryId, Position], read: Callable[[Position], bytes]
    ) -> None:
        """Read what belongs to these ids from their positions."""
        self._positions = positions
        self._read = read

    def __getitem__(self, entry_id: EntryId) -> bytes:
        return self._read(self._positions[entry_id])

    def __contains__(self, entry_id: object) -> bool:
        return entry_id in self._positions

    def __iter__(self) -> Iterator[EntryId]:
        return iter(self._positions)

    def __len__(self) -> int:
        return len(self._positions)


def _slim(stored: Stored) -> Stored:
    """Return an entry without its bytes; texts that many entries share are held once."""
    return replace(
        stored,
        leaf=b"",
        envelope=b"",
        parts=(),
        kind=intern(stored.kind),
        thread=None if stored.thread is None else intern(stored.thread),
        by=intern(stored.by),
        accepted=intern(stored.accepted),
    )
