"""Scan an XLSX file before reading: size, sheets, formulas, macros.

A workbook is a ZIP of XML. A few kilobytes can unpack to gigabytes, and a single cell in the far
corner makes a reader allocate every cell before it. The scan unpacks all parts within a limit,
whatever sizes the archive claims, and inspects the cells as text. Does not read values:
`tables.py` does so afterwards.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.desk.workbook_marks import (
    NO_MARKS,
    Marks,
    Place,
    comments_of,
    hidden,
    struck,
    styles_of,
)

MAX_UNFOLDED: Final = 64 * 1024 * 1024
"""Bytes of all sheets: a list of 2,000 rows has under 4 MB, a million empty rows have 50."""

MAX_ELSE: Final = 24 * 1024 * 1024
"""Bytes of other parts: texts, formats, pictures. Readers load these parts whole."""

MAX_PARTS: Final = 500
MAX_ROW: Final = 5_000
"""Last row that may contain a value. Empty rows beyond it are skipped."""

MAX_COLUMN: Final = 200

MAX_MERGED: Final = 200
"""Ranges of merged cells: a title and groups of heads have some ten."""

MAX_TAGS: Final = 3_200_000
"""Tags of cells and values: more than three for each cell within `MAX_ROW` and `MAX_COLUMN`."""

MAX_SIGNS: Final = 12_000_000
"""Signs `<` of all sheets: tags of cells, of rows and of texts. Counted before any pattern looks
at them, for a pattern takes a hundred times longer for each."""

_LOCAL_HEADER: Final = struct.Struct("<4s5H3L2H")
_CHUNK: Final = 64 * 1024

# Each pattern reads every byte a bounded number of times for any input: repetitions are
# possessive, and a tag ends at the next `<` at the latest (well-formed XML has none in a tag).
_PLACE: Final = re.compile(
    rb"<(?:(?:(/)(?:[^\s<>/:\"'=]{1,64}+:)?(c)|(?:[^\s<>/:\"'=]{1,64}+:)?(c|v|is|f|mergeCell))"
    rb"(?=[\s>/])((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>)?+|(!--|!\[CDATA\[|\?))"
)
"""The end of a cell, another relevant tag with its attributes, or a section without tags.

Groups: `/` and `c` of the end; the name of another tag; attributes and end of a tag, unless it is
unterminated; the start of a section.
"""

_ENDS: Final = {b"!--": b"-->", b"![CDATA[": b"]]>", b"?": b"?>"}
_REF: Final = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_UNASKED: Final = (0, 0)
"""No place of a cell: rows and columns count from 1."""

_SPAN: Final = re.compile(rb"\sref\s*=\s*[\"']([A-Z0-9:$]{1,30})[\"']")


@dataclass(frozen=True, slots=True)
class SheetScan:
    """Contents of a sheet without its values.

    Attributes:
        formulas: Row and column of each cell with a formula, counted from 1.
        merged: Ranges of merged cells, such as `A2:A5`, at most `MAX_MERGED`.
        marks: Hidden rows and columns, struck cells, comments.
    """

    formulas: tuple[tuple[int, int], ...] = ()
    merged: tuple[str, ...] = ()
    marks: Marks = NO_MARKS


@dataclass(frozen=True, slots=True)
class WorkbookScan:
    """A scanned workbook.

    Attributes:
        sheets: Scans by name of the part, such as `xl/worksheets/sheet1.xml`.
        parts: Content of further parts: names of sheets, formats, texts, comments.
    """

    sheets: Mapping[str, SheetScan]
    parts: Mapping[str, bytes]


def scan_workbook(data: bytes) -> WorkbookScan:
    """Scan all sheets of a workbook before its values are read.

    Raises:
        Malformed: `list-unreadable`, `list-unfolds` (too large inside), `list-macros`,
            `list-far-cells` (a value beyond the rows or columns of any list).
    """
    left, left_else, left_signs = MAX_UNFOLDED, MAX_ELSE, MAX_SIGNS
    sheets: dict[str, SheetScan] = {}
    parts: dict[str, bytes] = {}
    for info in _infos(data):
        if _is_sheet(info):
            content, size = _bounded(data, info, left)
            left -= size
            left_signs -= content.count(b"<")
            if left_signs < 0:
                raise _unfolds()
            sheets[info.filename] = _scan_sheet(content)
        else:
            content, size = _bounded(data, info, min(left_else, left))
            left_else -= size
            if _is_kept(info):
                parts[info.filename] = bytes(content)
    return WorkbookScan(_marked(data, sheets, parts), parts)


def _marked(
    data: bytes, sheets: Mapping[str, SheetScan], parts: Mapping[str, bytes]
) -> dict[str, SheetScan]:
    """Add marks of cells, and comments."""
    styles = styles_of(parts)
    marked = {}
    for info in _infos(data):
        if scan := sheets.get(info.filename):
            cells: tuple[list[Place], ...] = ([], [], [])
            # A second pass, for few workbooks strike out anything.
            if styles.mark_cells():
                cells = struck(_bounded(data, info, MAX_UNFOLDED)[0], styles)
            marks = replace(
                scan.marks,
                struck=tuple(cells[0]),
                partly=tuple(cells[1]),
                faint=tuple(cells[2]),
                comments=comments_of(parts, info.filename),
            )
            marked[info.filename] = replace(scan, marks=marks)
    return marked


def _infos(data: bytes) -> list[zipfile.ZipInfo]:
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
        raise _unreadable()  # overlapping parts would be unpacked many times
    return infos


def _is_sheet(info: zipfile.ZipInfo) -> bool:
    return info.filename.startswith("xl/worksheets/") and not info.filename.endswith(".rels")


def _is_kept(info: zipfile.ZipInfo) -> bool:
    name = info.filename
    return (
        name in {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}
        or name == "xl/sharedStrings.xml"
        or name.startswith("xl/worksheets/_rels/")
        or (name.startswith("xl/") and "omment" in name)
    )


def _bounded(data: bytes, info: zipfile.ZipInfo, left: int) -> tuple[bytearray, int]:
    """Return a part's content if it is needed, and its size, at most `left`."""
    content, size = bytearray(), 0
    for piece in _unfold(data, info):
        size += len(piece)
        if size > left:
            raise _unfolds()
        if _is_sheet(info) or _is_kept(info):
            content += piece
    return content, size


def _unfold(data: bytes, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part's bytes piece by piece; the caller stops at its limit."""
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
    # Fed piece by piece: zlib copies the unconsumed input after every chunk.
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


def _scan_sheet(xml: bytes | bytearray) -> SheetScan:
    """Scan a sheet's cells in one pass.

    Raises:
        Malformed: `list-far-cells`; `list-unfolds` beyond `MAX_TAGS`; `list-unreadable` for an
            unterminated comment or tag of those read, and for a formula in a cell without a
            reference; `list-merged` beyond `MAX_MERGED`.
    """
    formulas: set[tuple[int, int]] = set()
    merged: list[str] = []
    # Attributes of the open cell, and its place once something in it asked for it.
    cell = b""
    place: tuple[int, int] | None = _UNASKED
    for name, attributes in _tags(xml):
        if name == b"c":
            cell, place = b"" if attributes.endswith(b"/>") else attributes, _UNASKED
        elif name == b"mergeCell":
            _merge(merged, attributes)
        elif cell:
            if place is _UNASKED:
                place = _reference(cell)
            if name == b"f":
                if place is None:
                    raise _unreadable()
                formulas.add(place)
    return SheetScan(tuple(sorted(formulas)), tuple(merged), hidden(xml))


def _merge(merged: list[str], attributes: bytes) -> None:
    """Add a range of merged cells."""
    merged += [span.decode() for span in _SPAN.findall(attributes)[:1]]
    if len(merged) > MAX_MERGED:
        raise Malformed("list-merged", "Too many cells are merged.", cell=merged[0])


def _tags(xml: bytes | bytearray) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and attributes of each relevant tag; the end of a cell as one without any."""
    search = _PLACE.search  # looked up once: a sheet has millions of tags
    at = 0
    for _ in range(MAX_TAGS + 1):
        match = search(xml, at)
        if match is None:
            return
        closes, _cell, name, rest, skipped = match.groups()
        if skipped:
            at = _after(xml, _ENDS[skipped], match.end())
            continue
        if rest is None:
            raise _unreadable()
        at = match.end()
        yield (b"c", b"/>") if closes else (name, rest)
    raise _unfolds()


def _after(xml: bytes | bytearray, end: bytes, start: int) -> int:
    at = xml.find(end, start)
    if at == -1:
        raise _unreadable()
    return at + len(end)


def _reference(attributes: bytes) -> tuple[int, int] | None:
    """Return row and column of a cell with a value, or None if it has no reference."""
    match = _REF.search(attributes)
    if match is None:
        return None
    row, column = int(match[2]), _column(match[1])
    if row > MAX_ROW or column > MAX_COLUMN:
        raise Malformed(
            "list-far-cells",
            "A cell lies far outside any list.",
            cell=(match[1] + match[2]).decode(),
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
