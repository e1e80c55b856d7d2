"""Members of a ZIP file by its directory, and external targets of an Office document's relations.

Bounded: so many members, so many bytes of each relation. A bomb costs no more than its directory.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from xml.parsers import expat

MAX_MEMBERS: Final = 20_000
"""Members of a file; a larger one is not looked into."""

MAX_RELATION_BYTES: Final = 2**20
"""Bytes of a relation, unpacked."""

_END: Final = b"PK\x05\x06"
_END_LENGTH: Final = 22
_END_BYTES: Final = _END_LENGTH + 0xFFFF
_ELSEWHERE: Final = 0xFFFFFFFF
_ENTRY: Final = struct.Struct("<4s6H3I5H2I")
"""A member in the directory (APPNOTE 4.3.12)."""

_DEFLATED, _STORED = 8, 0


class UnreadableZip(Exception):  # noqa: N818 - says what it is
    """The file, or a part of it, could not be looked into."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member: name, whether it is encrypted, its compression, packed size and place.

    `size`: its length by the directory; None if ZIP64 has it elsewhere.
    """

    name: str
    encrypted: bool
    method: int
    packed: int
    offset: int
    size: int | None = None


def members(data: bytes) -> Sequence[Member]:
    """Return the members that the directory names.

    Raises:
        UnreadableZip: No directory, one of another form, or too many members.
    """
    end = data.rfind(_END, max(0, len(data) - _END_BYTES))
    if end < 0 or len(data) < end + _END_LENGTH:
        raise UnreadableZip
    _, _, _, _, count, length, offset, _ = struct.unpack_from("<4s4H2IH", data, end)
    # Bytes before the file move every offset; ZIP64 has its numbers elsewhere.
    start = end - length
    if count > MAX_MEMBERS or start < 0 or _ELSEWHERE in {length, offset}:
        raise UnreadableZip
    found, place = [], start
    for _ in range(count):
        if place + _ENTRY.size > end:
            raise UnreadableZip
        fields = _ENTRY.unpack_from(data, place)
        if fields[0] != b"PK\x01\x02":
            raise UnreadableZip
        flags, method, packed, size, lengths, at = (
            fields[3],
            fields[4],
            fields[8],
            fields[9],
            fields[10:13],
            fields[-1],
        )
        name = data[place + _ENTRY.size : place + _ENTRY.size + lengths[0]]
        text = _text(name).replace("\\", "/")
        stated = None if size == _ELSEWHERE else size
        found.append(Member(text, bool(flags & 1), method, packed, at + start - offset, stated))
        place += _ENTRY.size + sum(lengths)
    return found


def _text(name: bytes) -> str:
    """Decode a name: UTF-8, or GB 18030 as of Chinese programs, whatever the flag says."""
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return name.decode(encoding)
    return name.decode("utf-8", "replace")


def external_targets(relations: bytes) -> Sequence[str]:
    """Return the types of external targets in a document's relations.

    Raises:
        UnreadableZip: No XML, or XML with entities.
    """
    kinds: list[str] = []

    def begin(_name: str, attributes: dict[str, str]) -> None:
        if attributes.get("TargetMode") == "External":
            kinds.append(attributes.get("Type", ""))

    def declared(*_: Any) -> None:  # noqa: ANN401
        raise UnreadableZip  # entities could make much of little

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EntityDeclHandler = declared
    try:
        parser.Parse(relations, True)  # noqa: FBT003 - expat's own
    except (expat.ExpatError, ValueError, LookupError) as error:
        # The second is for an encoding of several bytes a sign, the last for one that is none.
        raise UnreadableZip from error
    return kinds


def unpacked(data: bytes, member: Member) -> bytes:
    """Return a member's bytes.

    Raises:
        UnreadableZip: Encrypted, damaged, or longer than `MAX_RELATION_BYTES`.
    """
    place = member.offset
    if member.encrypted or place < 0 or data[place : place + 4] != b"PK\x03\x04":
        raise UnreadableZip
    if len(data) < place + 30:
        raise UnreadableZip
    names, extra = struct.unpack_from("<2H", data, place + 26)
    place += 30 + names + extra
    packed = data[place : place + member.packed]
    if member.method == _STORED:
        return packed[:MAX_RELATION_BYTES]
    if member.method != _DEFLATED:
        raise UnreadableZip
    try:
        inflating = zlib.decompressobj(-zlib.MAX_WBITS)
        text = inflating.decompress(packed, MAX_RELATION_BYTES)
    except zlib.error as error:
        raise UnreadableZip from error
    if inflating.unconsumed_tail:
        raise UnreadableZip
    return text
