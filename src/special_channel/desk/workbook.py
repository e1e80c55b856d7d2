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

_LOCAL_HEADER: Final = struct.Struct("<4s5H3L2H")
_CHUNK: Final = 64 * 1024
_CELL: Final = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*?(/?)>')
_VALUE: Final = re.compile(rb"<(?:\w+:)?(?:v|is|f)[\s>/]")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s>/]")
_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?\bref="([A-Z0-9:$]{1,30})"')
_END: Final = re.compile(rb"</(?:\w+:)?c>")


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
    if info.compress_type == zipfile.ZIP_STORED:
        yield bytes(folded)
    elif info.compress_type == zipfile.ZIP_DEFLATED:
        yield from _inflate(folded)
    else:
        raise _unreadable()


def _inflate(folded: memoryview) -> Iterator[bytes]:
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        waiting: bytes = bytes(folded)
        while waiting and not machine.eof:
            yield machine.decompress(waiting, _CHUNK)
            waiting = machine.unconsumed_tail
        yield machine.flush(_CHUNK)
    except zlib.error:
        raise _unreadable() from None


def _look(xml: bytearray) -> Looked:
    formulas: list[tuple[int, int]] = []
    for cell in _CELL.finditer(xml):
        if cell[3]:
            continue  # <c .../>: a format without a value
        end = _END.search(xml, cell.end())
        inside = xml[cell.end() : end.start() if end else len(xml)]
        if not _VALUE.search(inside):
            continue
        row, column = int(cell[2]), _column(cell[1])
        if row > MAX_ROW or column > MAX_COLUMN:
            raise Malformed(
                "list-far-cells",
                "A cell lies far outside any list.",
                cell=(cell[1] + cell[2]).decode(),
            )
        if _FORMULA.search(inside):
            formulas.append((row, column))
    return Looked(tuple(formulas), tuple(found.decode() for found in _MERGED.findall(xml)))


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
