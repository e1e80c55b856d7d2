"""Extract the text of a file for full-text search: a job of a reader process.

Reads PDF, documents, workbooks and presentations of Office and OpenDocument, and plain text, by
their bytes and not by their names. Follows no reference out of the file and recognises no text in
pictures. At a limit it returns the beginning of the text. A file of another form has no text.
"""

from __future__ import annotations

import io
import re
import resource
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import IO, Any, Final
from xml.parsers import expat

from special_channel.core.bytes.errors import Malformed
from special_channel.desk.preview_job import text_of

READING: Final = 2
"""Version of this job: a higher one reads every file again."""

MOST_TEXT: Final = 200_000
"""Searched characters of a file: about a hundred pages."""

MOST_PAGES: Final = 300
"""Pages of a PDF file."""

MOST_UNPACKED: Final = 64 * 1024 * 1024
"""Unpacked bytes of a document's members with text."""

MOST_MEMBERS: Final = 2_000

LONG: Final = 2_000
"""Longest paragraph of plain text in characters; a longer block is a table, with a line per row."""

_SHARE_OF_TIME: Final = 0.6
"""Share of a process's processor time, after which no further page of a PDF file is read."""

_CHUNK: Final = 64 * 1024
_ZIP: Final = b"PK\x03\x04"
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# Members with text, in the order of reading; of OOXML (ECMA-376) and OpenDocument.
_MEMBERS: Final = (
    re.compile(r"word/document\d*\.xml"),
    re.compile(r"word/(?:footnotes|endnotes|comments|header\d*|footer\d*)\.xml"),
    re.compile(r"ppt/slides/slide\d+\.xml"),
    re.compile(r"ppt/notesSlides/notesSlide\d+\.xml"),
    re.compile(r"content\.xml"),
    re.compile(r"styles\.xml"),
)
_PLACES: Final = tuple(
    (at, re.compile(form))
    for at, form in (
        # OpenDocument has the headers and footers of its pages among the styles.
        ("header", "word/header|styles"), ("footer", "word/footer"), ("comment", "word/comments"),
        ("footnote", "word/(?:foot|end)notes"), ("slide", "ppt/"), ("paragraph", ""),
    )
)  # fmt: skip
"""Places of texts by the member's name."""

# The last is for the name of an encoding that is none.
_NO_XML: Final = (expat.ExpatError, ValueError, LookupError)

_SHEETS: Final = "xl/workbook."

# Local names of elements, in both families.
_PARAGRAPHS: Final = frozenset({"p", "h"})
_SPACES: Final = frozenset({"tab", "br", "cr", "s", "line-break"})
_REMOVED: Final = frozenset({"tracked-changes", "del", "delText"})
"""What a tracked change removed."""

_OF_PAGES: Final = ("style:header", "style:footer")
"""Headers and footers of an OpenDocument's pages."""

_TWICE: Final = "Fallback"
"""The second form of a drawing, for older programs."""

_TEXT: Final = frozenset({"t", "delText"})

_CHINESE: Final = "\u3400-\u9fff"
_BROKEN: Final = re.compile(rf"(?<=[{_CHINESE}])[ \t]*\n[ \t]*(?=[{_CHINESE}])")
_BLANK: Final = re.compile(r"\n[ \t]*\n\s*")


class _Enough(Exception):  # noqa: N818 - no error
    """A limit was reached."""


class FileText:
    """Paragraphs of a file, up to a number of characters, and the same texts with their places.

    Attributes:
        paragraphs: Each on one line.
        placed: Code and number of a place, such as the third page, and the text as it is.
        removed: Whether to read what a tracked change removed: the file still has it.
    """

    def __init__(self, most: int = MOST_TEXT, *, removed: bool = False) -> None:
        self.paragraphs: list[str] = []
        self.placed: list[tuple[str, int, str]] = []
        self.removed = removed
        self._left = most
        self._at = "paragraph"
        self._number = 0

    def begin(self, at: str) -> None:
        """Name what follows: `paragraph`, `page`, a part, or `row-2` of the second sheet."""
        self._at, self._number = at, 0

    def add(self, text: str) -> None:
        """Add a paragraph on one line, if it is not blank.

        Raises:
            _Enough: The text is full.
        """
        self._number += 1
        # PostgreSQL stores no NUL, and JSON no half of a surrogate pair.
        plain = text.replace("\0", "").encode("utf-8", "ignore").decode()
        line = " ".join(plain.split())
        if line:
            self.paragraphs.append(line[: self._left])
            self.placed.append((self._at, self._number, plain[: self._left]))
            self._left -= len(line)
        if self._left <= 0:
            raise _Enough


def job(data: bytes) -> dict[str, Any]:
    """Return the paragraphs of a file, and whether its whole text was read."""
    text = FileText()
    whole = read(data, text)
    return {"paragraphs": text.paragraphs, "whole": whole}


def read(data: bytes, text: FileText) -> bool:
    """Add the text of a file; return whether every part of it was read."""
    try:
        return _read(data, text)
    except _Enough:
        return False


def read_member(content: bytes, text: FileText) -> bool:
    """Add the paragraphs of one XML member; return whether all of it was read."""
    try:
        _xml(io.BytesIO(content), text, len(content))
    except (_Enough, *_NO_XML):
        return False
    return True


def _read(data: bytes, text: FileText) -> bool:
    # Readers accept the mark of a PDF within its first kilobyte.
    if b"%PDF-" in data[:1024]:
        return _pdf(data, text)
    if data.startswith(_ZIP):
        return _document(data, text)
    if data.startswith(_COMPOUND):
        return _workbook(data, text)
    try:
        plain = text_of(data).replace("\r\n", "\n")
    except Malformed:
        return False
    for block in _BLANK.split(plain):
        for each in [block] if len(block) <= LONG else block.split("\n"):
            text.add(each)
    return True


def _pdf(data: bytes, text: FileText) -> bool:
    from pypdf import PdfReader  # noqa: PLC0415 - takes longer to load than other files take

    whole, limit = True, resource.getrlimit(resource.RLIMIT_CPU)[0]
    most_seconds = limit * _SHARE_OF_TIME if limit > 0 else float("inf")
    # The library has an exception for each way in which a file can be broken, and no common one.
    try:
        pages = PdfReader(io.BytesIO(data)).pages
        count = len(pages)
    except Exception:  # noqa: BLE001
        return False
    text.begin("page")
    for number in range(min(count, MOST_PAGES)):
        if time.process_time() > most_seconds:
            return False
        try:
            said = pages[number].extract_text()
        except Exception:  # noqa: BLE001
            whole = False
            continue
        # A line of Chinese goes on in the next one without a space.
        text.add(_BROKEN.sub("", said.replace("\r\n", "\n")))
    return whole and count <= MOST_PAGES


def _document(data: bytes, text: FileText) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [each for each in archive.namelist() if len(each) < 100]  # noqa: PLR2004
            if len(names) > MOST_MEMBERS:
                return False
            if any(each.startswith(_SHEETS) for each in names):
                return _workbook(data, text)
            members = [
                name
                for form in _MEMBERS
                for name in sorted(filter(form.fullmatch, names), key=_numbered)
            ]
            left = MOST_UNPACKED
            for name in members:
                text.begin(next(at for at, form in _PLACES if form.match(name)))
                with archive.open(name) as member:
                    left = _xml(member, text, left)
            return bool(members)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, *_NO_XML):
        return False
    except (NotImplementedError, RuntimeError):  # an unknown compression; a password
        return False


def _numbered(name: str) -> tuple[int, str]:
    """Order slide10 behind slide9."""
    return len(name), name


def _xml(member: IO[bytes], text: FileText, left: int) -> int:
    """Add the paragraphs of a member; return how many bytes of others may still be read.

    Raises:
        ExpatError, ValueError, LookupError: No XML, or XML with entities, or in no encoding.
        _Enough: The text is full, or the member too large.
    """
    words = _Words(text)
    parser = expat.ParserCreate()
    parser.StartElementHandler = words.begin
    parser.EndElementHandler = words.end
    parser.CharacterDataHandler = words.said
    parser.EntityDeclHandler = words.declared
    parser.buffer_text = True
    while piece := member.read(_CHUNK):
        left -= len(piece)
        if left < 0:
            raise _Enough
        parser.Parse(piece)
    parser.Parse(b"", True)  # noqa: FBT003 - expat's own
    return left


class _Words:
    """Collects the paragraphs of an XML document, nested paragraphs included."""

    def __init__(self, text: FileText) -> None:
        self._text = text
        self._open: list[list[str]] = []
        self._skipped = 0
        # Of OOXML only `t` holds words, of OpenDocument every element in a paragraph.
        self._only_t = False
        self._in_t = 0

    def begin(self, name: str, _attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        skips = local == _TWICE or (local in _REMOVED and not self._text.removed)
        if self._skipped or skips:
            self._skipped += 1
        elif local in _PARAGRAPHS:
            self._only_t = self._only_t or name in {"w:p", "a:p"}
            self._open.append([])
        elif local in _TEXT:
            self._in_t += 1
        elif local in _SPACES and self._open:
            self._open[-1].append(" ")
        elif name.startswith(_OF_PAGES):
            self._text.begin("footer" if "footer" in name else "header")

    def end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if self._skipped:
            self._skipped -= 1
        elif local in _PARAGRAPHS:
            self._text.add("".join(self._open.pop()))
        elif local in _TEXT:
            self._in_t -= 1

    def said(self, words: str) -> None:
        if self._open and not self._skipped and (self._in_t or not self._only_t):
            self._open[-1].append(words)

    @staticmethod
    def declared(*_: Any) -> None:  # noqa: ANN401
        raise ValueError  # entities could make much of little


def _workbook(data: bytes, text: FileText) -> bool:
    import python_calamine  # noqa: PLC0415 - only for workbooks

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for number, name in enumerate(book.sheet_names, start=1):
            text.begin(f"row-{number}")
            # The name of the sheet comes before its first row.
            text.add(name)
            text.begin(f"row-{number}")
            for row in _rows(book.get_sheet_by_name(name).iter_rows()):
                text.add(row)
    except (python_calamine.CalamineError, OSError, ValueError):
        return False
    return True


def _rows(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    from special_channel.desk.tables import cell_text  # noqa: PLC0415 - as above

    for row in rows:
        yield "\n".join(filter(None, map(cell_text, row)))
