"""Name active content in a file's bytes: parts that could run, load or hide in an opened file.

Looks at the bytes alone, in linear time and bounded memory, and opens nothing. Knows Office
documents (OOXML, ODF, OLE, RTF), PDF, HTML and SVG, archives and programs. What it cannot look into
it names as well. Does not judge: a document with macros may be harmless.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, Literal, get_args

from special_channel.scanners.pdf import look_into_pdf
from special_channel.scanners.zips import (
    MAX_RELATION_BYTES,
    Member,
    UnreadableZip,
    external_targets,
    members,
    unpacked,
)

Active = Literal[
    "macros", "scripts", "actions", "links", "embedded", "program", "archive", "encrypted", "unread"
]
"""`actions`: starts something on opening. `unread`: could not be looked into, or not wholly."""

ORDER: Final[tuple[Active, ...]] = get_args(Active)

LOOK: Final = 1
"""Number of this look; files are looked into again by a later one."""

_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_PROGRAMS: Final = (b"MZ", b"\x7fELF", b"#!", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_ARCHIVES: Final = (b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"MSCF")

MARKUP_BYTES: Final = 2**20
"""Bytes of a page or drawing in which a first tag is looked for."""

_TAG: Final = re.compile(rb"<(?:!doctype html|html|svg|script)\b", re.IGNORECASE)
# Blanks are bounded: two runs of them side by side would cost the square of a long run.
_SCRIPT: Final = re.compile(rb"<script\b|\bjavascript:|\son[a-z]{3,20}\s{0,99}=", re.IGNORECASE)
_LOADS: Final = re.compile(
    rb"(?:src|href|data)\s{0,99}=\s{0,99}[\"']?\s{0,99}(?:https?:)?//", re.IGNORECASE
)
_RTF_OBJECT: Final = re.compile(rb"\\obj(?:data|[e]ct|emb|ocx)")
_RTF_LINK: Final = re.compile(rb"\\(?:objautlink|objlink|template)|INCLUDE(?:TEXT|PICTURE)")


MAX_RELATIONS_BYTES: Final = 16 * 2**20
"""Bytes of all relations of a file, unpacked: members may share the same packed bytes."""


def job(data: bytes) -> list[Active]:
    """Return `look` as the job of a reader process."""
    return [*look(data)]


def look(data: bytes) -> tuple[Active, ...]:
    """Return the names of a file's active content, in a fixed order."""
    found: set[Active] = set()
    for begins, into in _FORMATS:
        if begins(data):
            found |= set(into(data))
    return tuple(name for name in ORDER if name in found)


def _zip(data: bytes) -> Iterator[Active]:
    try:
        held = members(data)
    except UnreadableZip:
        yield "unread"
        return
    names = [member.name.lower() for member in held]
    if any(member.encrypted for member in held):
        yield "encrypted"
    if "[content_types].xml" not in names and "mimetype" not in names:
        yield "archive"
    for name in names:
        yield from _named(name)
    yield from _relations(data, [each for each in held if each.name.lower().endswith(".rels")])


def _named(name: str) -> Iterator[Active]:
    """Return the content told by the name of a document's part."""
    if name.endswith(("vbaproject.bin", "vbadata.xml")) or "/macrosheets/" in name:
        yield "macros"
    if name.startswith(("basic/", "scripts/")):  # OpenDocument
        yield "macros"
    if "/embeddings/" in name or "/activex/" in name or name.startswith(("object ", "obj")):
        yield "embedded"


def _relations(data: bytes, held: list[Member]) -> Iterator[Active]:
    left = MAX_RELATIONS_BYTES
    for member in held:
        if left <= 0:
            yield "unread"
            return
        left -= MAX_RELATION_BYTES  # spent on one that turns out longer, too
        try:
            text = unpacked(data, member)
            left += MAX_RELATION_BYTES - len(text)
            kinds = external_targets(text)
        except UnreadableZip:
            yield "unread"
            continue
        # A hyperlink waits for a click; a template, picture or frame loads by itself.
        if any(not kind.endswith("/hyperlink") for kind in kinds):
            yield "links"


def _ole(data: bytes) -> Iterator[Active]:
    """Look at the names of streams, UTF-16 in an OLE file."""

    def holds(*names: str) -> bool:
        return any(f"{name}\0".encode("utf-16-le") in data for name in names)

    if holds("_VBA_PROJECT", "Macros", "VBA"):
        yield "macros"
    if holds("ObjectPool", "\x01Ole10Native"):
        yield "embedded"
    if holds("EncryptedPackage"):
        yield "encrypted"


def _rtf(data: bytes) -> Iterator[Active]:
    if _RTF_OBJECT.search(data):
        yield "embedded"
    if _RTF_LINK.search(data):
        yield "links"


def _markup(data: bytes) -> Iterator[Active]:
    if _SCRIPT.search(data):
        yield "scripts"
    if _LOADS.search(data):
        yield "links"


def _constant(name: Active) -> Callable[[bytes], Iterator[Active]]:
    return lambda _data: iter((name,))


_Format = tuple[Callable[[bytes], object], Callable[[bytes], Iterator[Active]]]

_FORMATS: Final[tuple[_Format, ...]] = (
    # A ZIP file may begin with other bytes: programs find its end.
    (lambda data: data.startswith(b"PK") or b"PK\x05\x06" in data[-70_000:], _zip),
    (lambda data: data.startswith(_OLE), _ole),
    (lambda data: data.lstrip()[:5].startswith(b"{\\rt"), _rtf),
    # Readers accept the mark of a PDF within its first kilobyte.
    (lambda data: b"%PDF" in data[:1024], look_into_pdf),
    (lambda data: _TAG.search(data, 0, MARKUP_BYTES), _markup),
    (lambda data: data.startswith(_PROGRAMS), _constant("program")),
    (lambda data: data.startswith(_ARCHIVES), _constant("archive")),
)
