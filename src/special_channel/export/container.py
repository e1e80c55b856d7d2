"""The ZIP that a bundle is in: stored, in order of name, no freedom anywhere.

One list of files has one encoding, so reading compares instead of trusting: whatever
differs from what `write` would have written is a finding. Does not compress: the output of
a compressor depends on its version, and same input must give same bytes. Does not know
BagIt (`bag.py`).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO, Final

from special_channel.core.errors import Malformed

CHUNK: Final = 1024 * 1024

# APPNOTE.TXT 6.3.10. Made by Unix, version 4.5; 1980-01-01 00:00, the earliest there is.
_VERSION: Final = 45
_MADE_BY: Final = 3 << 8 | _VERSION
_DATE: Final = 1 << 5 | 1
_MODE: Final = 0o100644 << 16
_LOCAL: Final = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL: Final = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END: Final = struct.Struct("<4sHHHHIIH")
_END64: Final = struct.Struct("<4sQHHIIQQQQ")
_LOCATOR: Final = struct.Struct("<4sIQI")
_OFFSET64: Final = struct.Struct("<HHQ")
_MAX16: Final = 0xFFFF
_MAX32: Final = 0xFFFFFFFF

MAX_FILE_BYTES: Final = _MAX32 - 1
"""A single file that needs no ZIP64 sizes; the channel's files are far smaller."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the container, at an offset."""

    name: str
    size: int
    crc: int
    offset: int

    def local(self) -> bytes:
        """Return the header before the file's bytes."""
        name = self.name.encode("ascii")
        head = _LOCAL.pack(
            b"PK\x03\x04", _VERSION, 0, 0, 0, _DATE, self.crc, self.size, self.size, len(name), 0
        )
        return head + name

    def central(self) -> bytes:
        """Return the file's line in the directory."""
        name = self.name.encode("ascii")
        large = self.offset >= _MAX32
        extra = _OFFSET64.pack(1, 8, self.offset) if large else b""
        head = _CENTRAL.pack(
            b"PK\x01\x02",
            _MADE_BY,
            _VERSION,
            0,
            0,
            0,
            _DATE,
            self.crc,
            self.size,
            self.size,
            len(name),
            len(extra),
            0,
            0,
            0,
            _MODE,
            _MAX32 if large else self.offset,
        )
        return head + name + extra

    @property
    def start(self) -> int:
        """Offset of the file's first byte."""
        return self.offset + _LOCAL.size + len(self.name)

    @property
    def end(self) -> int:
        """Offset of the first byte after this file."""
        return self.start + self.size


def _ending(count: int, size: int, offset: int) -> bytes:
    """Return what follows the directory."""
    large = count >= _MAX16 or size >= _MAX32 or offset >= _MAX32
    tail = b""
    if large:
        tail = _END64.pack(
            b"PK\x06\x06", _END64.size - 12, _MADE_BY, _VERSION, 0, 0, count, count, size, offset
        )
        tail += _LOCATOR.pack(b"PK\x06\x07", 0, offset + size, 1)
    counted, sized, at = min(count, _MAX16), min(size, _MAX32), min(offset, _MAX32)
    return tail + _END.pack(b"PK\x05\x06", 0, 0, counted, counted, sized, at, 0)


class Writer:
    """Writes a container from its first byte to its last; names come in order."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._members: list[Member] = []
        self._offset = 0

    def add(self, name: str, data: bytes) -> None:
        """Write one file."""
        assert not self._members or name > self._members[-1].name  # noqa: S101 - own bug
        member = Member(name, len(data), zlib.crc32(data), self._offset)
        self._target.write(member.local())
        self._target.write(data)
        self._members.append(member)
        self._offset = member.end

    def close(self) -> None:
        """Write the directory; the caller closes the target."""
        size = 0
        for member in self._members:
            size += self._target.write(member.central())
        self._target.write(_ending(len(self._members), size, self._offset))


class Reader:
    """Reads a container and says where it is not what `Writer` writes.

    Every file is read once, from the first to the last, for its checksum and its digest.

    Attributes:
        members: By name, the last of two equal ones.
        faults: Names of files at which the container differs; empty for the whole.

    Raises:
        Malformed: `bundle-unreadable` where no directory can be found.
    """

    def __init__(self, source: BinaryIO, size: int, *, max_files: int) -> None:
        self._source = source
        self._size = size
        self._ahead, self._ahead_from = b"", 0
        self.faults: list[str] = []
        self._digests: dict[str, bytes] = {}
        self._short: dict[str, int] = {}
        start, length, count = self._find_directory()
        if count > max_files:
            raise Malformed("bundle-too-large", "The bundle has too many files.", limit=max_files)
        listed = self._read_directory(start, length, count)
        self.members: Mapping[str, Member] = {member.name: member for member in listed}
        self._compare(listed, start)

    def digest(self, name: str) -> tuple[bytes, int]:
        """Return a file's SHA-256 and how many bytes it had: fewer where the container is cut."""
        return self._digests[name], self._short.get(name, self.members[name].size)

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a file's bytes; fewer than its size where the container is cut off."""
        member = self.members[name]
        done, start = 0, member.start
        while done < member.size:
            data = self._at(start + done, min(CHUNK, member.size - done))
            if not data:
                return
            done += len(data)
            yield data

    def part(self, name: str, first: int, length: int) -> bytes:
        """Return some of a file's bytes, fewer where it or the container ends before."""
        member = self.members[name]
        return self._at(member.start + first, min(length, member.size - first))

    def _at(self, offset: int, length: int) -> bytes:
        self._source.seek(min(offset, self._size))
        return self._source.read(max(0, length))

    def _in_turn(self, offset: int, length: int) -> bytes:
        """Return what `_at` returns, from a block read ahead: files follow one another.

        The block only ever moves on, so a directory that jumps about can't have more read than
        the container holds.
        """
        place = offset - self._ahead_from
        if not 0 <= place <= len(self._ahead) or length >= CHUNK:
            return self._at(offset, length)
        if place + length > len(self._ahead):
            self._ahead, self._ahead_from, place = self._at(offset, CHUNK), offset, 0
        return self._ahead[place : place + length]

    def _find_directory(self) -> tuple[int, int, int]:
        """Return (offset, length, count) of the directory."""
        tail_start = max(0, self._size - _END.size - _MAX16)
        tail = self._at(tail_start, self._size - tail_start)
        found = tail.rfind(b"PK\x05\x06")
        if found < 0 or len(tail) - found < _END.size:
            raise _unreadable()
        if tail_start + found + _END.size != self._size:
            self.faults.append("")  # a comment, or bytes after the end
        *_, count, length, start, _ = _END.unpack_from(tail, found)
        if count == _MAX16 or _MAX32 in {length, start}:
            return self._find_large(tail_start + found)
        return start, length, count

    def _find_large(self, end: int) -> tuple[int, int, int]:
        locator = self._at(end - _LOCATOR.size, _LOCATOR.size)
        if len(locator) < _LOCATOR.size or not locator.startswith(b"PK\x06\x07"):
            raise _unreadable()
        record = self._at(_LOCATOR.unpack(locator)[2], _END64.size)
        if len(record) < _END64.size or not record.startswith(b"PK\x06\x06"):
            raise _unreadable()
        *_, count, length, start = _END64.unpack(record)
        return start, length, count

    def _read_directory(self, start: int, length: int, count: int) -> list[Member]:
        if length > self._size:
            raise _unreadable()
        directory = self._at(start, length)
        found: list[Member] = []
        place = 0
        while len(found) < count:
            if len(directory) - place < _CENTRAL.size or directory[place : place + 4] != (
                b"PK\x01\x02"
            ):
                raise _unreadable()
            member, place = _member(directory, place)
            found.append(member)
        if sum(member.size for member in found) > self._size:
            raise _unreadable()  # files that overlap: reading them would take for ever
        return found

    def _compare(self, listed: list[Member], start: int) -> None:
        """Compare every byte that is not content with what `Writer` writes."""
        offset, names = 0, [member.name for member in listed]
        if names != sorted(set(names)):
            self.faults.append("")
        directory = bytearray()
        for member in listed:
            header, crc = self._hash(member)
            same = (member.offset, member.crc) == (offset, crc) and _is_plain(member.name)
            if not same or header != member.local():
                self.faults.append(member.name)
            directory += member.central() if same else b""
            offset += member.start - member.offset + member.size
        directory += _ending(len(listed), len(directory), offset)
        if start != offset or self._at(start, len(directory) + 1) != bytes(directory):
            self.faults.append("")
        self._ahead = b""

    def _hash(self, member: Member) -> tuple[bytes, int]:
        """Take a file's digest down; return what is before its bytes, and their CRC."""
        before = member.start - member.offset
        data = self._in_turn(member.offset, before + min(member.size, CHUNK))
        header, data = data[:before], data[before:]
        crc, digest, done = zlib.crc32(data), sha256(data), len(data)
        while data and done < member.size:
            data = self._in_turn(member.start + done, min(CHUNK, member.size - done))
            crc, done = zlib.crc32(data, crc), done + len(data)
            digest.update(data)
        self._digests[member.name] = digest.digest()
        self._short.pop(member.name, None)  # of two files of one name the last counts
        if done < member.size:
            self._short[member.name] = done
        return header, crc


def _member(directory: bytes, place: int) -> tuple[Member, int]:
    fields = _CENTRAL.unpack_from(directory, place)
    crc, packed, size, name_length, extra_length, comment_length = fields[7:13]
    method, offset = fields[4], fields[16]
    name_start = place + _CENTRAL.size
    extra_start = name_start + name_length
    end = extra_start + extra_length + comment_length
    extra = directory[extra_start : extra_start + extra_length]
    if end > len(directory) or method != 0 or packed != size:
        raise Malformed(
            "bundle-packed", "The bundle's ZIP is not one that this program writes: unpack it."
        )
    if offset == _MAX32 and len(extra) == _OFFSET64.size:
        offset = _OFFSET64.unpack(extra)[2]
    name = directory[name_start:extra_start].decode("latin-1")
    return Member(name, size, crc, offset), end


def _is_plain(name: str) -> bool:
    return name.isascii()


def _unreadable() -> Malformed:
    return Malformed("bundle-unreadable", "This is no bundle: no directory of a ZIP in it.")


def write(target: BinaryIO, files: Iterable[tuple[str, bytes]]) -> None:
    """Write a whole container from (name, bytes), in order of name."""
    writer = Writer(target)
    for name, data in files:
        writer.add(name, data)
    writer.close()
