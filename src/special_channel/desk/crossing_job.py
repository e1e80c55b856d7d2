"""Look through a file before it can cross: a job of a reader process.

Finds marks and other words that must not enter or should be looked at (S-093 to S-099), macros, and
content hidden from a reader of the file (S-100). Returns no text but the words of a finding, masked
where the words are personal. Parts that can't be read are reported as `part` or `unread`.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from html import unescape
from typing import Any, Final
from xml.parsers import expat

from special_channel.core.sense.marks import marked
from special_channel.core.sense.texts import placed, text_findings
from special_channel.desk import text_job
from special_channel.desk.text_job import FileText
from special_channel.scanners.active import look

LOOKING: Final = 2
"""Version of this job."""

MOST_TEXT: Final = 2_000_000
"""Characters that are looked through; a longer file is named as read in part."""

MOST_FOUND: Final = 40
"""Findings of one file."""

_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"II*\x00", b"MM\x00*", b"BM")
_PROPERTIES: Final = re.compile(r"docProps/(?:core|app|custom)\.xml|meta\.xml")
_COMMENTS: Final = re.compile(
    r"word/comments\.xml|(?:xl|ppt)/(?:comments|threadedComments)/[^/]{0,60}\.xml"
    r"|xl/comments\d*\.xml"
)
_MARKUP: Final = re.compile(r"word/document\d*\.xml|content\.xml")
_WORKBOOK: Final = "xl/workbook.xml"
_READ: Final = (_COMMENTS, _MARKUP, _PROPERTIES, re.compile(re.escape(_WORKBOOK)))
_SHEET: Final = re.compile(r"xl/(?:worksheets|chartsheets|dialogsheets)/[^/]{1,60}\.xml")
_DRAWN: Final = re.compile(
    r"(?:word|xl|ppt)/(?:drawings/drawing|charts/chart(?:Ex)?|diagrams/data)\d*\.xml"
)
_HEADED: Final = re.compile(
    rb"<(?:\w{1,20}:)?(?:odd|even|first)(Header|Footer)(?:\s[^>]{0,200})?>([^<]{0,4096})<"
)
"""Headers and footers of a sheet: without XML's reader, which takes long for many cells."""

_PARTS_OF_HEAD: Final = re.compile("&[LCR]")
_CODES: Final = re.compile(r'&(?:"[^"]{0,100}"|K\w{6}|K\d\d[+-]\d{3}|\d{1,3}|[A-Z])')
"""Codes in a sheet's header for fonts, sizes, colours, and what a program fills in."""
_AUTHORS: Final = frozenset({"creator", "lastModifiedBy", "initial-creator", "Manager"})
_COMPANIES: Final = frozenset({"Company"})
_PROPERTY_WORDS: Final = frozenset(
    {"title", "subject", "description", "keywords", "keyword", "category", "contentStatus"}
    | {"lpwstr", "lpstr", "user-defined", *_AUTHORS, *_COMPANIES}
)
"""Properties that hold words."""

_CHANGES: Final = frozenset({"ins", "del", "moveFrom", "moveTo", "tracked-changes"})
_COMMENTED: Final = frozenset({"comment", "threadedComment", "cm", "annotation"})
_MOST_XML: Final = 32 * 1024 * 1024
_CELLS: Final = re.compile("[;\t]")
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_GPS: Final = (b"\x88\x25", b"\x25\x88")
_EXIF: Final = b"Exif\x00\x00"

Found = dict[str, str | int]
"""A finding as JSON: rule, grade, `at` and `number` of its place, words, kind or `what`."""


def job(data: bytes) -> list[Found]:
    """Return the findings in a file; a finding that refuses the file is returned alone."""
    active: set[str] = set(look(data))
    hidden = dict.fromkeys(_hidden(data, active))
    if "macros" in active:
        return [_hides("macros", "refuse")]
    texts = _texts(data, hidden)
    refused = list(_marks(texts))
    if refused:
        return refused[:1]
    found = [_hides(what) for what in hidden]
    for at, number, text in texts:
        for each in text_findings(placed([("text", text)])):
            facts = {name: fact.value for name, fact in each.facts.items()}
            found.append(
                {"rule": each.rule, "grade": each.grade, "at": at, "number": number, **facts}
            )
    distinct = {tuple(sorted(each.items(), key=str)): each for each in found}
    return list(distinct.values())[:MOST_FOUND]


def _hides(what: str, grade: str = "confirm") -> Found:
    return {"rule": "S-100", "grade": grade, "at": "file", "number": 1, "what": what}


def _marks(texts: list[tuple[str, int, str]]) -> Iterator[Found]:
    for at, number, text in texts:
        # A cell of a table that is kept as text is a line of its own.
        mark = marked([text, _CELLS.sub("\n", text)])
        if mark:
            place: Found = {"at": at, "number": number}
            yield place | {"rule": mark.rule, "grade": "refuse", "words": mark.words}


def _texts(data: bytes, hidden: dict[str, None]) -> list[tuple[str, int, str]]:
    """Return the file's texts with their places; add unread parts to `hidden`."""
    read = FileText(MOST_TEXT, removed=True)
    whole = text_job.read(data, read)
    beside = list(_beside(data, hidden))
    texts = [*read.placed, *beside, *_comments(data), *_properties(data, hidden)]
    if "encrypted" not in hidden and "picture" not in hidden and not (whole and read.placed):
        # A scanned page has no text layer.
        hidden["part" if read.placed else "unread"] = None
    return texts


def _beside(data: bytes, hidden: dict[str, None]) -> Iterator[tuple[str, int, str]]:
    """Yield headers and footers of sheets, and words in drawings and charts, with their places.

    Adds `part` to `hidden` if a member could not be read in full.
    """
    drawn, size, whole = FileText(MOST_TEXT, removed=True), 0, True
    drawn.begin("drawing")
    for name, content in _members(data, (_SHEET, _DRAWN)):
        size += len(content)
        if _DRAWN.fullmatch(name):
            whole = text_job.read_member(content, drawn) and whole
            continue
        # Words may stand there in forms that are not looked for.
        whole = whole and not content.startswith(_UTF_16) and b"<![CDATA[" not in content
        for number, (kind, words) in enumerate(_HEADED.findall(content), start=1):
            plain = _PARTS_OF_HEAD.sub("\n", unescape(words.decode("utf-8", "replace")))
            yield kind.decode().lower(), number, _CODES.sub("", plain).strip()
    yield from drawn.placed
    if not whole or size >= _MOST_XML:
        hidden["part"] = None


def _comments(data: bytes) -> Iterator[tuple[str, int, str]]:
    """Yield comments of workbooks and slides; a document's comments are among the texts."""
    number = 0
    for name, content in _members(data):
        if _COMMENTS.fullmatch(name) and not name.startswith("word/"):
            words = _Words(frozenset({"t", "text"}))
            _parse(content, words.begin, words.said, words.end)
            for _, text in words.found:
                number += 1
                yield "comment", number, text


def _hidden(data: bytes, active: set[str]) -> Iterator[str]:
    """Yield the kinds of content hidden from a reader, apart from properties."""
    if "encrypted" in active:
        yield "encrypted"
    if data.startswith(_PICTURES):
        yield "picture"
        exif = data.find(_EXIF, 0, 2**16)
        if exif >= 0 and any(tag in data[exif : exif + 512] for tag in _GPS):
            yield "position"
    if b"%PDF-" in data[:1024]:
        if b"/Subtype/Text" in data or b"/Subtype /Text" in data:
            yield "comment"
        return
    yield from _hidden_in_document(data)


def _hidden_in_document(data: bytes) -> Iterator[str]:
    for name, content in _members(data):
        names = _elements(content)
        if _COMMENTS.fullmatch(name) and names & _COMMENTED:
            yield "comment"
        if _MARKUP.fullmatch(name):
            if names & _CHANGES:
                yield "change"
            if "annotation" in names:
                yield "comment"
        if name == _WORKBOOK and re.search(rb'state="(?:very)?hidden"', content, re.IGNORECASE):
            yield "sheet"


def _members(
    data: bytes, forms: Collection[re.Pattern[str]] = _READ
) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of members whose names match a form, up to `_MOST_XML` bytes."""
    if not data.startswith(b"PK\x03\x04"):
        return
    left = _MOST_XML
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist()[: text_job.MOST_MEMBERS]:
                if not any(each.fullmatch(name) for each in forms):
                    continue
                with archive.open(name) as member:
                    content = member.read(left)
                left -= len(content)
                yield name, content
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError):
        return
    except (NotImplementedError, RuntimeError):  # an unknown compression; a password
        return


def _elements(content: bytes) -> set[str]:
    """Return the local names of a document's elements, up to the first error in the XML."""
    names: set[str] = set()
    _parse(content, lambda name, _: names.add(name.rpartition(":")[2]))
    return names


def _parse(content: bytes, begin: Any, said: Any = None, end: Any = None) -> None:  # noqa: ANN401 - expat's
    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EntityDeclHandler = _refuse_entities
    if said:
        parser.CharacterDataHandler = said
        parser.EndElementHandler = end
    try:
        parser.Parse(content, True)  # noqa: FBT003 - expat's own
    except (expat.ExpatError, ValueError, LookupError):  # the last for an encoding that is none
        return


def _refuse_entities(*_: Any) -> None:  # noqa: ANN401 - expat's
    raise ValueError  # entities could make much of little


def _properties(data: bytes, hidden: dict[str, None]) -> list[tuple[str, int, str]]:
    """Return the words in a file's properties; add `author` and `company` to `hidden` if stated."""
    texts = list(_pdf_properties(data) if b"%PDF-" in data[:1024] else _office_properties(data))
    for name, _ in texts:
        if name in _AUTHORS:
            hidden["author"] = None
        if name in _COMPANIES:
            hidden["company"] = None
    words = [text for name, text in texts if name not in _AUTHORS | _COMPANIES]
    return [("property", number, text) for number, text in enumerate(words, start=1)]


def _office_properties(data: bytes) -> Iterator[tuple[str, str]]:
    for name, content in _members(data):
        if _PROPERTIES.fullmatch(name):
            words = _Words(_PROPERTY_WORDS)
            _parse(content, words.begin, words.said, words.end)
            yield from words.found


class _Words:
    """Collects the words in some elements, by the local name of the element."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self.found: list[tuple[str, str]] = []
        self._text: list[str] = []

    def begin(self, *_: object) -> None:
        self._text.clear()

    def said(self, words: str) -> None:
        self._text.append(words)

    def end(self, name: str) -> None:
        local, text = name.rpartition(":")[2], "".join(self._text).strip()
        self._text.clear()
        if local in self._names and text:
            self.found.append((local, text))


def _pdf_properties(data: bytes) -> Iterator[tuple[str, str]]:
    from pypdf import PdfReader  # noqa: PLC0415 - takes longer to load than other files take

    # The library has an exception for each way in which a file can be broken, and no common one.
    try:
        stated: Any = PdfReader(io.BytesIO(data)).metadata or {}
        pairs = [(str(name).lstrip("/"), str(value).strip()) for name, value in stated.items()]
    except Exception:  # noqa: BLE001
        return
    for name, value in pairs:
        if not value:
            continue
        if name in {"Author", "Company"}:
            yield {"Author": "creator"}.get(name, name), value
        elif name in {"Title", "Subject", "Keywords"}:
            yield name.lower(), value
