"""A compact index of a container's directory: some 70 bytes a file, digest included.

Names are looked up by hash and read from the directory in the file. Does not compare anything:
`container.py` does.
"""

# A record of 100,000 entries has 300,000 files, whose names alone would need 45 MB of memory.

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.export.zip_records import CENTRAL, LOCAL, MAX16, Member, member_at

BLOCK: Final = 1024 * 1024
_LONGEST: Final = CENTRAL.size + 3 * MAX16

Read = Callable[[int, int], bytes]
"""Reads bytes of the container by offset and length."""


class NameIndex:
    """A hash table from names to numbers: 14 to 20 bytes a name, of any length."""

    def __init__(self, size: int, name: Callable[[int], str]) -> None:
        """Make room for numbers below `size`; `name` returns a number's name."""
        self._name = name
        self._hashes = array("q", bytes(8 * size))
        # Open addressing, at most two thirds full; a slot holds a number plus one.
        self._slots = array("I", bytes(4 << (size * 3 // 2).bit_length()))
        self._mask = len(self._slots) - 1

    def add(self, number: int, name: str) -> None:
        """Add a new name."""
        # Python's string hash has a random key per process, so nobody can choose colliding names.
        hashed = self._hashes[number] = hash(name)
        slots, mask, slot = self._slots, self._mask, hashed & self._mask
        while slots[slot]:
            slot = slot + 1 & mask
        slots[slot] = number + 1

    def find(self, name: str) -> int | None:
        """Return a name's number; None if unknown."""
        hashed = hash(name)
        slot = hashed & self._mask
        while number := self._slots[slot]:
            if self._hashes[number - 1] == hashed and self._name(number - 1) == name:
                return number - 1
            slot = slot + 1 & self._mask
        return None


class Directory:
    """The files of a container by number, in the order of the directory.

    Attributes:
        in_order: Names are strictly ascending, so no name is repeated.
        sizes: Stated size of each file in bytes.
    """

    def __init__(self, read: Read, start: int, length: int, count: int) -> None:
        """Read the directory of `count` files: `length` bytes from offset `start` on.

        Raises:
            Malformed: `bundle-unreadable`, `bundle-packed`.
        """
        self._read = read
        self._start = start
        self._length = length
        self._count = count
        self._places = array("Q")  # where each line begins in the container
        self._offsets = array("Q")
        self._name_lengths = array("H")
        self.sizes = array("I")
        self.in_order = True
        self._names = NameIndex(count, self.name)
        last = ""
        for index, (member, line) in enumerate(self.lines()):
            self._places.append(start)
            self._offsets.append(member.offset)
            self._name_lengths.append(len(member.name))
            self.sizes.append(member.size)
            self.in_order &= not index or last < member.name
            if self.in_order:  # then no name is repeated, and no two of them collide for long
                self._names.add(index, member.name)
            start, last = start + len(line), member.name
        self._sorted: array[int] | None = None
        if not self.in_order:
            self._sorted = self._sort()
            self._names = NameIndex(count, self.name)
            for number, name in self.names():
                self._names.add(number, name)

    def __len__(self) -> int:
        """Return the number of distinct names."""
        return self._count if self._sorted is None else len(self._sorted)

    def find(self, name: str) -> int | None:
        """Return the number of the last file of a name; None if unknown."""
        return self._names.find(name)

    def name(self, number: int) -> str:
        """Return a file's name."""
        place = self._places[number] + CENTRAL.size
        return self._read(place, self._name_lengths[number]).decode("latin-1")

    def place(self, number: int) -> int:
        """Return the offset of a file's first byte."""
        return self._offsets[number] + LOCAL.size + self._name_lengths[number]

    def listing(self) -> Iterator[tuple[str, int]]:
        """Yield distinct names and sizes, in order of name."""
        return ((name, self.sizes[number]) for number, name in self.names())

    def lines(self) -> Iterator[tuple[Member, bytes]]:
        """Yield the directory's lines, parsed and as bytes."""
        block, first, place = b"", 0, 0
        for _ in range(self._count):
            if len(block) - place < _LONGEST and first + len(block) < self._length:
                first, place = first + place, 0
                block = self._read(self._start + first, min(BLOCK, self._length - first))
            if len(block) - place < CENTRAL.size or not block.startswith(b"PK\x01\x02", place):
                raise unreadable()
            member, end = member_at(block, place)
            yield member, block[place:end]
            place = end

    def names(self) -> Iterator[tuple[int, str]]:
        """Yield numbers and names, in order of name."""
        if self._sorted is not None:
            # Name by name: a malicious order must not cause the read of a block for every name.
            yield from ((number, self.name(number)) for number in self._sorted)
            return
        block, first = b"", 0
        for number, (place, length) in enumerate(
            zip(self._places, self._name_lengths, strict=True)
        ):
            at = place - first + CENTRAL.size
            if at + length > len(block):
                block, first, at = self._read(place, BLOCK), place, CENTRAL.size
            yield number, block[at : at + length].decode("latin-1")

    def _sort(self) -> array[int]:
        """Return the numbers in order of name; the last of equal names counts."""
        last = {self.name(number): number for number in range(self._count)}
        return array("I", (last[name] for name in sorted(last)))


def unreadable() -> Malformed:
    """Return the error for a file that is not a container."""
    return Malformed("bundle-unreadable", "This is no bundle: no directory of a ZIP in it.")
