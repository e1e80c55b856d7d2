"""Temporary files of an export, so that a record need not fit in memory.

Some 70 bytes of an entry stay in memory, at any entry size. Does not choose or check entries.
"""

from __future__ import annotations

import os
import tempfile
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Final

import orjson

from special_channel.core.audit.scope import Class
from special_channel.core.bytes.ids import PARTIES, EntryId, Party, Position
from special_channel.export.directory import NameIndex
from special_channel.export.stored import AheadText
from special_channel.ports import Stored

BUFFER: Final = 1024 * 1024
_ABSENT: Final = -1
_ID: Final = 32


class SpooledText(AheadText):
    """Bytes in a temporary file, in order of writing, with checksum. Close after use."""

    def __init__(self) -> None:
        """Open the file, which the system removes at `close` or at the end of the process."""
        self._file = tempfile.TemporaryFile(  # noqa: SIM115 - `close` closes it
            prefix="special-channel-", buffering=BUFFER
        )
        self._size = self._flushed = 0
        self._digest = sha256()
        self.crc = 0

    def close(self) -> None:
        """Close and remove the file."""
        self._file.close()

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._file.write(data)
        self._size += len(data)
        self._digest.update(data)
        self.crc = zlib.crc32(data, self.crc)

    @property
    def digest(self) -> str:
        """SHA-256 of all bytes, in hex."""
        return self._digest.hexdigest()

    def __len__(self) -> int:
        return self._size

    def read(self, first: int, length: int) -> bytes:
        """Return `length` bytes from `first` on; fewer at the end."""
        if self._flushed < self._size:
            self._file.flush()
            self._flushed = self._size
        return os.pread(self._file.fileno(), length, first)

    def chunks(self) -> Iterator[bytes]:
        """Yield all bytes in chunks."""
        for first in range(0, self._size, BUFFER):
            yield self.read(first, BUFFER)


class SpooledNotes(Mapping[int, bytes]):
    """Checkpoints by size in a temporary file, added in ascending order."""

    def __init__(self, text: SpooledText) -> None:
        """Write to `text`, which is empty."""
        self._text = text
        self._sizes = array("Q")
        self._starts = array("Q", [0])

    def add(self, size: int, note: bytes) -> None:
        """Add a checkpoint."""
        assert not self._sizes or self._sizes[-1] < size  # noqa: S101 - own bug
        self._text.write(note)
        self._sizes.append(size)
        self._starts.append(len(self._text))

    def __getitem__(self, size: int) -> bytes:
        number = bisect_left(self._sizes, size)
        if number == len(self._sizes) or self._sizes[number] != size:
            raise KeyError(size)
        return self._text[self._starts[number] : self._starts[number + 1]]

    def __iter__(self) -> Iterator[int]:
        return iter(self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)

    @property
    def bytes(self) -> int:
        """Total bytes of all checkpoints."""
        return len(self._text)


class SpooledEntries(Mapping[Position, Stored]):
    """Entries by position in a temporary file, in the order of adding.

    Attributes:
        damaged: Positions of entries with any damage.
    """

    def __init__(self, text: SpooledText) -> None:
        """Write to `text`, which is empty."""
        self._text = text
        # Columns by number, which counts entries in the order of adding.
        self._parties = bytearray()
        self._indices = array("Q")
        self._ids = bytearray()
        self._starts = array("Q", [0])
        self._heads = array("I")
        self._envelopes = array("I")
        self._parts = array("I")
        # By index: a number plus one; 0 without an entry.
        self._numbers: dict[Party, array[int]] = {party: array("I") for party in PARTIES}
        self._count = 0
        self.damaged: set[Position] = set()

    def add(self, position: Position, stored: Stored) -> None:
        """Add an entry, without its leaf."""
        lengths = [_ABSENT if part is None else len(part) for part in stored.parts]
        texts = stored.kind, stored.thread, stored.by, stored.accepted, stored.code
        head = orjson.dumps((*texts, stored.frontier, stored.order, stored.damaged, lengths))
        self._text.write(b"".join((head, stored.envelope, *filter(None, stored.parts))))
        self._parties.append(PARTIES.index(position.party))
        self._indices.append(position.index)
        self._ids += bytes.fromhex(stored.id)
        self._starts.append(len(self._text))
        self._heads.append(len(head))
        self._envelopes.append(len(stored.envelope))
        self._parts.append(len(lengths))
        numbers = self._numbers[position.party]
        if len(numbers) <= position.index:
            numbers.frombytes(bytes(numbers.itemsize * (position.index + 1 - len(numbers))))
        numbers[position.index] = len(self._indices)
        self._count += 1
        if stored.damaged:
            self.damaged.add(position)

    def drop(self, position: Position) -> None:
        """Remove an entry."""
        self.number(position)
        self._numbers[position.party][position.index] = 0
        self._count -= 1
        self.damaged.discard(position)

    def envelope_size(self, position: Position) -> int:
        """Return the length of an entry's envelope."""
        return self._envelopes[self.number(position)]

    def part_count(self, position: Position) -> int:
        """Return the number of an entry's parts, absent parts included."""
        return self._parts[self.number(position)]

    def id(self, position: Position) -> EntryId:
        """Return an entry's id."""
        return self.id_of(self.number(position))

    def number(self, position: Position) -> int:
        """Return an entry's number in the order of adding."""
        numbers = self._numbers[position.party]
        number = numbers[position.index] if 0 <= position.index < len(numbers) else 0
        if not number:
            raise KeyError(position)
        return number - 1

    def position(self, number: int) -> Position:
        """Return the position of an entry by number."""
        return Position(PARTIES[self._parties[number]], self._indices[number])

    def id_of(self, number: int) -> EntryId:
        """Return the id of an entry by number."""
        return self._ids[number * _ID : (number + 1) * _ID].hex()

    @property
    def added(self) -> int:
        """Number of added entries, dropped entries included."""
        return len(self._indices)

    def in_order(self) -> Iterator[Position]:
        """Yield all positions, sorted by log and index."""
        for party in sorted(PARTIES):
            numbers = self._numbers[party]
            yield from (Position(party, index) for index, number in enumerate(numbers) if number)

    def __getitem__(self, position: Position) -> Stored:
        number = self.number(position)
        start = self._starts[number]
        data = self._text[start : self._starts[number + 1]]
        at = self._heads[number]
        kind, thread, by, accepted, code, frontier, order, damaged, lengths = orjson.loads(
            data[:at]
        )
        envelope = data[at : at + self._envelopes[number]]
        at += len(envelope)
        parts: list[bytes | None] = []
        for length in lengths:
            parts.append(None if length == _ABSENT else data[at : at + length])
            at += max(length, 0)
        return Stored(
            log=position.party,
            index=position.index,
            id=self.id_of(number),
            leaf=b"",
            envelope=envelope,
            parts=tuple(parts),
            kind=kind,
            thread=thread,
            by=by,
            accepted=accepted,
            frontier=frontier,
            order=order,
            code=code,
            damaged=tuple(damaged),
        )

    def __contains__(self, position: object) -> bool:
        try:
            return self.number(position) >= 0  # type: ignore[arg-type]  # positions are all there is
        except KeyError:
            return False

    def __iter__(self) -> Iterator[Position]:
        return self._present(range(self.added))

    def __reversed__(self) -> Iterator[Position]:
        return self._present(reversed(range(self.added)))

    def __len__(self) -> int:
        return self._count

    def _present(self, numbers: Iterable[int]) -> Iterator[Position]:
        for number in numbers:
            position = self.position(number)
            if self._numbers[position.party][position.index] == number + 1:
                yield position


class ById(Mapping[EntryId, bytes]):
    """Bytes of entries by entry id, in order of id, read on every lookup."""

    def __init__(
        self,
        entries: SpooledEntries,
        positions: Iterable[Position],
        read: Callable[[Position], bytes],
    ) -> None:
        """Read an id's bytes at the first of `positions` with this id."""
        self._entries = entries
        self._read = read
        self._index = NameIndex(entries.added, entries.id_of)
        numbers = array("I")
        for number in map(entries.number, positions):
            entry_id = entries.id_of(number)
            if self._index.find(entry_id) is None:
                self._index.add(number, entry_id)
                numbers.append(number)
        self._numbers = array("I", sorted(numbers, key=entries.id_of))

    def __getitem__(self, entry_id: EntryId) -> bytes:
        number = self._index.find(entry_id)
        if number is None:
            raise KeyError(entry_id)
        return self._read(self._entries.position(number))

    def __contains__(self, entry_id: object) -> bool:
        return self._index.find(str(entry_id)) is not None

    def __iter__(self) -> Iterator[EntryId]:
        return map(self._entries.id_of, self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def positions(self) -> Iterator[Position]:
        """Yield the position read for each id, in order of id."""
        return map(self._entries.position, self._numbers)


class InScope(Mapping[Position, Class]):
    """Classes of an export of everything: all entries are in scope."""

    def __init__(self, entries: SpooledEntries) -> None:
        self._entries = entries

    def __getitem__(self, position: Position) -> Class:
        self._entries.number(position)
        return "scope"

    def __iter__(self) -> Iterator[Position]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
