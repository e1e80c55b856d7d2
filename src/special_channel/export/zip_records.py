"""Records of a bundle's ZIP container: file header, directory line, and end record.

A file at an offset has exactly one encoding. Does not read or write a container (`container.py`).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes.errors import Malformed

# APPNOTE.TXT 6.3.10. Made by Unix, version 4.5; 1980-01-01 00:00, the earliest ZIP date.
_VERSION: Final = 45
_MADE_BY: Final = 3 << 8 | _VERSION
_DATE: Final = 1 << 5 | 1
_MODE: Final = 0o100644 << 16
LOCAL: Final = struct.Struct("<4sHHHHHIIIHH")
CENTRAL: Final = struct.Struct("<4sHHHHHHIIIHHHHHII")
END: Final = struct.Struct("<4sHHHHIIH")
END64: Final = struct.Struct("<4sQHHIIQQQQ")
LOCATOR: Final = struct.Struct("<4sIQI")
OFFSET64: Final = struct.Struct("<HHQ")
MAX16: Final = 0xFFFF
MAX32: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the container at an offset."""

    name: str
    size: int
    crc: int
    offset: int

    def local(self) -> bytes:
        """Encode the header before the file's bytes."""
        name = self.name.encode("ascii")
        head = LOCAL.pack(
            b"PK\x03\x04", _VERSION, 0, 0, 0, _DATE, self.crc, self.size, self.size, len(name), 0
        )
        return head + name

    def central(self) -> bytes:
        """Encode the file's line in the directory."""
        name = self.name.encode("ascii")
        large = self.offset >= MAX32
        extra = OFFSET64.pack(1, 8, self.offset) if large else b""
        head = CENTRAL.pack(
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
            MAX32 if large else self.offset,
        )
        return head + name + extra

    @property
    def start(self) -> int:
        """Offset of the file's first byte."""
        return self.offset + LOCAL.size + len(self.name)

    @property
    def end(self) -> int:
        """Offset of the first byte after this file."""
        return self.start + self.size


def ending(count: int, size: int, offset: int) -> bytes:
    """Encode the records after the directory."""
    large = count >= MAX16 or size >= MAX32 or offset >= MAX32
    tail = b""
    if large:
        tail = END64.pack(
            b"PK\x06\x06", END64.size - 12, _MADE_BY, _VERSION, 0, 0, count, count, size, offset
        )
        tail += LOCATOR.pack(b"PK\x06\x07", 0, offset + size, 1)
    counted, sized, at = min(count, MAX16), min(size, MAX32), min(offset, MAX32)
    return tail + END.pack(b"PK\x05\x06", 0, 0, counted, counted, sized, at, 0)


def member_at(directory: bytes, place: int) -> tuple[Member, int]:
    """Parse a directory line; return the member and the offset of the next line.

    Raises:
        Malformed: `bundle-packed` if the file is compressed or the line is malformed.
    """
    fields = CENTRAL.unpack_from(directory, place)
    crc, packed, size, name_length, extra_length, comment_length = fields[7:13]
    method, offset = fields[4], fields[16]
    name_start = place + CENTRAL.size
    extra_start = name_start + name_length
    end = extra_start + extra_length + comment_length
    extra = directory[extra_start : extra_start + extra_length]
    if end > len(directory) or method != 0 or packed != size:
        raise Malformed(
            "bundle-packed", "The bundle's ZIP is not one that this program writes: unpack it."
        )
    if offset == MAX32 and len(extra) == OFFSET64.size:
        offset = OFFSET64.unpack(extra)[2]
    name = directory[name_start:extra_start].decode("latin-1")
    return Member(name, size, crc, offset), end
