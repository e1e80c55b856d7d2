"""Strict reader of a bundle's ZIP container: files stored uncompressed, in order of name.

A list of files has exactly one encoding, so the reader compares every byte with the output of
`container_writer.py`; a difference is a finding. Does not know BagIt (`bag.py`).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO, Final

from special_channel.core.bytes.errors import Malformed
from special_channel.export.directory import Directory, unreadable
from special_channel.export.zip_records import (
    END,
    END64,
    LOCATOR,
    MAX16,
    MAX32,
    Member,
    ending,
)

CHUNK: Final = 1024 * 1024
_DIGEST: Final = 32


class Reader:
    """Reads a container and reports differences from the output of `Writer`.

    Opening reads every file once, in order, for checksum and digest.

    Attributes:
        directory: Names, sizes and offsets of the files.
        faults: Names of files with a difference; an empty name for the container itself.

    Raises:
        Malformed: `bundle-unreadable` without a directory; `bundle-too-large`.
    """

    def __init__(self, source: BinaryIO, size: int, *, max_files: int) -> None:
        self._source = source
        self._size = size
        self._ahead, self._ahead_from = b"", 0
        self.faults: list[str] = []
        self._short: dict[int, int] = {}
        start, length, count = self._find_directory()
        if count > max_files:
            raise Malformed("bundle-too-large", "The bundle has too many files.", limit=max_files)
        if length > size:
            raise unreadable()
        length = max(0, min(length, size - start))
        self.directory = Directory(self._at, start, length, count)
        if sum(self.directory.sizes) > size:
            raise unreadable()  # overlapping files: reading would take far too long
        self._digests = bytearray(_DIGEST * count)
        self._compare(start, count)

    def files(self) -> Iterator[tuple[str, int, int, bytes]]:
        """Yield (name, stated length, true length, SHA-256) of each file, in order of name.

        The true length is less if the container is truncated.
        """
        for number, name in self.directory.names():
            size, first = self.directory.sizes[number], number * _DIGEST
            digest = bytes(self._digests[first : first + _DIGEST])
            yield name, size, self._short.get(number, size), digest

    def length(self, name: str) -> int:
        """Return a file's true length in bytes.

        Raises:
            KeyError: The file does not exist; also from `chunks` and `part`.
        """
        number = self._number(name)
        return self._short.get(number, self.directory.sizes[number])

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, fewer if the container is truncated; None if missing."""
        number = self.directory.find(name)
        if number is None:
            return None
        return self._at(self.directory.place(number), self.directory.sizes[number])

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a file's bytes in chunks; fewer bytes if the container is truncated."""
        number = self._number(name)
        start, size = self.directory.place(number), self.directory.sizes[number]
        done = 0
        while done < size:
            data = self._at(start + done, min(CHUNK, size - done))
            if not data:
                return
            done += len(data)
            yield data

    def part(self, name: str, first: int, length: int) -> bytes:
        """Return `length` bytes of a file from `first` on; fewer at its or the container's end."""
        number = self._number(name)
        size = self.directory.sizes[number]
        return self._at(self.directory.place(number) + first, min(length, size - first))

    def _number(self, name: str) -> int:
        number = self.directory.find(name)
        if number is None:
            raise KeyError(name)
        return number

    def _at(self, offset: int, length: int) -> bytes:
        self._source.seek(min(offset, self._size))
        return self._source.read(max(0, length))

    def _in_turn(self, offset: int, length: int) -> bytes:
        """Return the bytes that `_at` returns, from a read-ahead buffer for adjacent files."""
        # The buffer only moves forward, so a malicious directory that jumps back and forth can't
        # cause more reads than the container has bytes.
        place = offset - self._ahead_from
        if not 0 <= place <= len(self._ahead) or length >= CHUNK:
            return self._at(offset, length)
        if place + length > len(self._ahead):
            self._ahead, self._ahead_from, place = self._at(offset, CHUNK), offset, 0
        return self._ahead[place : place + length]

    def _find_directory(self) -> tuple[int, int, int]:
        """Return (offset, length, count) of the directory."""
        tail_start = max(0, self._size - END.size - MAX16)
        tail = self._at(tail_start, self._size - tail_start)
        end = tail.rfind(b"PK\x05\x06")
        if end < 0 or len(tail) - end < END.size:
            raise unreadable()
        if tail_start + end + END.size != self._size:
            self.faults.append("")  # a comment, or bytes after the end
        *_, count, length, start, _ = END.unpack_from(tail, end)
        if count == MAX16 or MAX32 in {length, start}:
            return self._find_large(tail_start + end)
        return start, length, count

    def _find_large(self, end: int) -> tuple[int, int, int]:
        locator = self._at(end - LOCATOR.size, LOCATOR.size)
        if len(locator) < LOCATOR.size or not locator.startswith(b"PK\x06\x07"):
            raise unreadable()
        record = self._at(LOCATOR.unpack(locator)[2], END64.size)
        if len(record) < END64.size or not record.startswith(b"PK\x06\x06"):
            raise unreadable()
        *_, count, length, start = END64.unpack(record)
        return start, length, count

    def _compare(self, start: int, count: int) -> None:
        """Compare every byte outside file contents with the output of `Writer`."""
        same, offset, length = self.directory.in_order, 0, 0
        for number, (member, line) in enumerate(self.directory.lines()):
            header, crc = self._hash(number, member)
            as_written = (member.offset, member.crc) == (offset, crc) and member.name.isascii()
            if not as_written or header != member.local():
                self.faults.append(member.name)
            same &= as_written and line == member.central()
            offset += member.start - member.offset + member.size
            length += len(line)
        end = ending(count, length, offset)
        if not same or start != offset or self._at(start + length, len(end) + 1) != end:
            self.faults.append("")
        self._ahead = b""

    def _hash(self, number: int, member: Member) -> tuple[bytes, int]:
        """Store a file's digest; return its header bytes and the content's CRC."""
        before = member.start - member.offset
        data = self._in_turn(member.offset, before + min(member.size, CHUNK))
        header, data = data[:before], data[before:]
        crc, digest, done = zlib.crc32(data), sha256(data), len(data)
        while data and done < member.size:
            data = self._in_turn(member.start + done, min(CHUNK, member.size - done))
            crc, done = zlib.crc32(data, crc), done + len(data)
            digest.update(data)
        self._digests[number * _DIGEST : (number + 1) * _DIGEST] = digest.digest()
        if done < member.size:
            self._short[number] = done
        return header, crc
