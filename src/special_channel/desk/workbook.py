"""An XLSX file, looked through before anything reads it: size, sheets, formulas, macros.

A workbook is a ZIP of XML; a few kilobytes can unfold to gigabytes, and one cell in the far
corner makes a reader lay out every cell before it. So the parts are unfolded here within a
limit, whatever sizes the archive claims, and the cells are looked at as text.
Does not read values: `tables.py` does, after this.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from special_channel.core.errors import Malformed

MAX_UNFOLDED: Final = 64 * 1024 * 1024
"""Bytes of all sheets: a list of 2,000 rows has under 4 MB, a million empty ones have 50."""

MAX_ELSE: Final = 24 * 1024 * 1024
"""Bytes of the parts that aren't sheets: texts, formats, pictures. Readers hold them whole."""

MAX_PARTS: Final = 500
MAX_ROW: Final = 5_000
"""Last row that may hold a value. Empty rows beyond it are left out unread."""

MAX_COLUMN: Final = 200

MAX_TAGS: Final = 4_000_000
"""Tags of cells and values: three for each cell within `MAX_ROW` and `MAX_COLUMN`, and more."""

_LOCAL_HEADER: Final = struct.Struct("<4s5H3L2H")
_CHUNK: Final = 64 * 1024

# Each pattern looks at every byte a bounded number of times, whatever it is given: repetitions are
# possessive, and a tag ends at the next `<` at the latest (well-formed XML has none in a tag).
_PLACE: Final = re.compile(
    rb"<(?:(?P<tag>/?(?:[^\s<>/:\"'=]{1,64}+:)?(?P<name>c|v|is|f|mergeCell))(?=[\s>/])"
    rb"|(?P<skipped>!--|!\[CDATA\[|\?))"
)
"""A tag that matters, or the begin of what holds no tags."""

_REST: Final = re.compile(rb"(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>")
"""What follows a tag's name: attributes, and the end."""

_ENDS: Final = {b"!--": b"-->", b"![CDATA[": b"]]>", b"?": b"?>"}
_REF: Final = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_SPAN: Final = re.compile(rb"\sref\s*=\s*[\"']([A-Z0-9:$]{1,30})[\"']")


@dataclass(frozen=True, slots=True)
class Looked:
    """What stands in a workbook that a list must not have.

    Attributes:
        formulas: Row and column of each cell that is calculated, 1 for the first.
        merged: Ranges of merged cells, such as `A2:A5`.
    """

    formulas: tuple[tuple[int, int], ...]
    merged: tuple[str, ...]


def look_through(data: bytes) -> Looked:
    """Look through a workbook and name what a list must not have, in all its sheets.

    Raises:
        Malformed: `list-unreadable`, `list-unfolds` (too large inside), `list-macros`,
            `list-far-cells` (a value beyond the rows or columns of any list).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise _unreadable() from None
    if len(infos) > MAX_PARTS:
        raise _unfolds()
    if any(info.filename.lower().endswith("vbaproject.bin") for info in infos):
        raise Malformed("list-macros", "The workbook holds macros.")
    if sum(info.compress_size for info in infos) > len(data):
        raise _unreadable()  # parts that lie over each other would be unfolded many times
    left, left_else = MAX_UNFOLDED, MAX_ELSE
    sheets: list[Looked] = []
    for info in infos:
        if _is_sheet(info):
            content, size = _bounded(data, info, left)
            left -= size
            sheets.append(_look(content))
        else:
            left_else -= _bounded(data, info, min(left_else, left))[1]
    return Looked(
        tuple(cell for sheet in sheets for cell in sheet.formulas),
        tuple(span for sheet in sheets for span in sheet.merged),
    )


def _is_sheet(info: zipfile.ZipInfo) -> bool:
    return info.filename.startswith("xl/worksheets/")


def _bounded(data: bytes, info: zipfile.ZipInfo, left: int) -> tuple[bytearray, int]:
    """Return a part's size, at most `left`, and its content if it is a sheet."""
    content, size = bytearray(), 0
    for piece in _unfold(data, info):
        size += len(piece)
        if size > left:
            raise _unfolds()
        if _is_sheet(info):
            content += piece
    return content, size


def _unfold(data: bytes, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Return a part's bytes piece by piece: whoever asks stops when it has enough."""
    try:
        header = _LOCAL_HEADER.unpack_from(data, info.header_offset)
    except struct.error:
        raise _unreadable() from None
    start = info.header_offset + _LOCAL_HEADER.size + header[9] + header[10]
    folded = memoryview(data)[start : start + info.compress_size]
    pieces = (bytes(folded[at : at + _CHUNK]) for at in range(0, len(folded), _CHUNK))
    if info.compress_type == zipfile.ZIP_STORED:
        yield from pieces
    elif info.compress_type == zipfile.ZIP_DEFLATED:
        yield from _inflate(pieces)
    else:
        raise _unreadable()


def _inflate(pieces: Iterator[bytes]) -> Iterator[bytes]:
    # Fed piece by piece: what is left over of a whole part would be copied once a chunk.
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in pieces:
            waiting = piece
            while waiting and not machine.eof:
                yield machine.decompress(waiting, _CHUNK)
                waiting = machine.unconsumed_tail
        yield machine.flush(_CHUNK)
    except zlib.error:
        raise _unreadable() from None


def _look(xml: bytes | bytearray) -> Looked:
    """Look at a sheet's cells in one pass.

    Raises:
        Malformed: `list-far-cells`; `list-unfolds` beyond `MAX_TAGS`; `list-unreadable` for a
            tag or comment that does not end, and for a calculated cell that does not say where
            it stands.
    """
    formulas: set[tuple[int, int]] = set()
    merged: tuple[str, ...] = ()
    cell = _Cell(b"")
    for name, closes, attributes in _tags(xml):
        if name == b"mergeCell":
            merged = merged or tuple(span.decode() for span in _SPAN.findall(attributes)[:1])
        elif name == b"c":
            cell = _Cell(b"" if closes or attributes.endswith(b"/>") else attributes)
        elif cell.attributes and not closes:
            place = cell.place()
            if name == b"f":
                if place is None:
                    raise _unreadable()
                formulas.add(place)
    return Looked(tuple(sorted(formulas)), merged)


class _Cell:
    """A cell that is open; nothing if `attributes` is empty."""

    def __init__(self, attributes: bytes) -> None:
        self.attributes = attributes
        self._place: tuple[int, int] | None = None
        self._looked = False

    def place(self) -> tuple[int, int] | None:
        """Return row and column, looked up once; None if it does not say where it stands."""
        if not self._looked:
            self._looked = True
            self._place = _place(self.attributes)
        return self._place


def _tags(xml: bytes | bytearray) -> Iterator[tuple[bytes, bool, bytes]]:
    """Yield name, whether it closes, and attributes of each tag that matters."""
    at = count = 0
    while (found := _PLACE.search(xml, at)) is not None:
        count += 1
        if count > MAX_TAGS:
            raise _unfolds()
        if found["skipped"]:
            at = _after(xml, _ENDS[found["skipped"]], found.end())
            continue
        rest = _REST.match(xml, found.end())
        if rest is None:
            raise _unreadable()
        at = rest.end()
        yield found["name"], found["tag"].startswith(b"/"), rest[0]


def _after(xml: bytes | bytearray, end: bytes, start: int) -> int:
    at = xml.find(end, start)
    if at < 0:
        raise _unreadable()
    return at + len(end)


def _place(attributes: bytes) -> tuple[int, int] | None:
    """Return row and column of a cell with a value; None if it does not say where it stands."""
    found = _REF.search(attributes)
    if found is None:
        return None
    row, column = int(found[2]), _column(found[1])
    if row > MAX_ROW or column > MAX_COLUMN:
        raise Malformed(
            "list-far-cells",
            "A cell lies far outside any list.",
            cell=(found[1] + found[2]).decode(),
        )
    return row, column


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _unreadable() -> Malformed:
    return Malformed("list-unreadable", "The file is neither CSV nor XLSX.")


def _unfolds() -> Malformed:
    return Malformed(
        "list-unfolds", "The workbook is far larger inside than a list.", limit=MAX_UNFOLDED
    )
