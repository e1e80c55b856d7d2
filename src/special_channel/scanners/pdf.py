"""Active content of a PDF file by the names in its objects, packed objects included.

Bounded: so many packed objects, so many bytes of them. Does not follow the file's structure: a name
counts wherever it is.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Final, Literal

Found = Literal["scripts", "actions", "embedded", "encrypted", "unread"]

NAMES: Final[Mapping[bytes, Found]] = {
    b"JS": "scripts",
    b"JavaScript": "scripts",
    b"XFA": "scripts",
    b"Launch": "actions",
    b"OpenAction": "actions",
    b"AA": "actions",
    b"SubmitForm": "actions",
    b"ImportData": "actions",
    b"GoToR": "actions",
    b"EmbeddedFile": "embedded",
    b"EmbeddedFiles": "embedded",
    b"RichMedia": "embedded",
    b"Encrypt": "encrypted",
}
"""ISO 32000-2: 12.6 (actions), 7.11.4 (embedded files), 7.6 (encryption), 12.7.8 (XFA)."""

MAX_STREAMS: Final = 5_000
"""Packed objects that are looked into; more are not."""

MAX_STREAM_BYTES: Final = 2**20
"""Bytes of a packed object, unpacked."""

MAX_BYTES: Final = 64 * 2**20
"""Bytes of all packed objects, unpacked."""

_NAME: Final = re.compile(rb"/((?:[A-Za-z]|#[0-9A-Fa-f]{2}){2,60})(?![A-Za-z0-9#])")
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_OBJECTS: Final = re.compile(rb"/(?:ObjStm|[A-Za-z]{0,5}#)")
_STREAM: Final = re.compile(rb"stream\r?\n")

BEFORE: Final = 512
"""Bytes before a stream in which its dictionary says what it is."""


def look_into_pdf(data: bytes) -> Iterator[Found]:
    """Return what the names of the objects tell."""
    yield from _names(data)
    left = MAX_BYTES
    for number, match in enumerate(_STREAM.finditer(data)):
        if number >= MAX_STREAMS or left <= 0:
            yield "unread"
            return
        if not _OBJECTS.search(data, max(0, match.start() - BEFORE), match.start()):
            continue  # a picture, a font or a page's drawing: no objects
        try:
            inflating = zlib.decompressobj()
            text = inflating.decompress(
                data[match.end() : match.end() + MAX_STREAM_BYTES], MAX_STREAM_BYTES
            )
        except zlib.error:
            yield "unread"  # encrypted, or packed in another way
            continue
        left -= len(text)
        if inflating.unconsumed_tail:
            yield "unread"
        yield from _names(text)


def _names(data: bytes) -> Iterator[Found]:
    for name in {match[1] for match in _NAME.finditer(data)}:
        plain = _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), name)
        if plain in NAMES:
            yield NAMES[plain]
