"""Find hidden rows and columns, struck cells and comments of a workbook.

Reads the text of sheets with patterns of bounded cost, as `workbook.py` does. A missed
mark changes no value. Does not decide about marks: `lists.py` does.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.desk.cells import column_of
from special_channel.desk.workbook_parts import parse, relations

MAX_COLUMNS: Final = 2_000
"""Hidden columns of one range: a list has fewer."""

MAX_MARKS: Final = 100_000
"""Marks of one kind in a sheet: each cell of 2,000 lines with 50 columns."""

MAX_COMMENT: Final = 300
"""Characters of a comment that are kept."""

_TINY: Final = 4.0
"""Points: text of this size or less can't be read."""

_WHITE: Final = frozenset({"FFFFFFFF", "00FFFFFF"})
_WHITE_THEME: Final = "0"
_DIGITS: Final = 9
_TRUE: Final = frozenset({b"1", b"true"})

# Attributes in any order; a tag ends at the next `>`.
_ROW: Final = re.compile(rb"<(?:\w{1,20}:)?row\b([^<>]*)>")
_COL: Final = re.compile(rb"<(?:\w{1,20}:)?col\b([^<>]*)>")
_CELL: Final = re.compile(rb"<(?:\w{1,20}:)?c\b([^<>]*)>(?:<(?:\w{1,20}:)?v>(\d{1,9})<)?")
_ATTRIBUTE: Final = re.compile(rb"([\w:]+)\s*=\s*[\"']([^\"']*)[\"']")
_PLACE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_THREADED: Final = "[Threaded comment]"

Place = tuple[int, int]
"""Row and column of a cell, from 1."""


@dataclass(frozen=True, slots=True)
class Styles:
    """Marking formats and shared texts.

    Attributes:
        struck: Formats with strikethrough.
        faint: Formats with white text on white, or with tiny text.
        partly: Partly struck shared texts.
    """

    struck: frozenset[int] = frozenset()
    faint: frozenset[int] = frozenset()
    partly: frozenset[int] = frozenset()

    def mark_cells(self) -> bool:
        """Tell whether any cell can be marked."""
        return bool(self.struck or self.faint or self.partly)


@dataclass(frozen=True, slots=True)
class Marks:
    """Hidden rows and columns, struck and faint cells, and comments of a sheet."""

    rows: tuple[int, ...] = ()
    columns: tuple[int, ...] = ()
    struck: tuple[Place, ...] = ()
    partly: tuple[Place, ...] = ()
    faint: tuple[Place, ...] = ()
    comments: Mapping[Place, str] = field(default_factory=dict)


NO_MARKS: Final = Marks()
"""Marks of a file that is no workbook."""


def hidden(xml: bytes | bytearray) -> Marks:
    """Return the hidden rows and columns of a sheet; filtered and collapsed rows are hidden."""
    rows = (
        row
        for each in _tags(_ROW, xml)
        if each.get(b"hidden") in _TRUE and (row := _number(each.get(b"r", b""))) > 0
    )
    columns = (
        column
        for each in _tags(_COL, xml)
        if each.get(b"hidden") in _TRUE or each.get(b"width") == b"0"
        for column in _between(each)
    )
    # Rows are in order, and a list ends long before the bound; what is beyond is not even read.
    return Marks(tuple(islice(rows, MAX_MARKS)), tuple(islice(columns, MAX_MARKS)))


def struck(xml: bytes | bytearray, styles: Styles) -> tuple[list[Place], ...]:
    """Return the filled cells of a sheet that are struck out, partly struck out, and faint.

    Raises:
        Malformed: `list-unfolds` beyond `MAX_MARKS`: a cell without its mark would be sent.
    """
    found: tuple[list[Place], ...] = ([], [], [])
    for match in _CELL.finditer(xml):
        if match[1].endswith(b"/"):
            continue  # an empty cell
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        place = place_of(attributes.get(b"r", b"").decode("ascii", "replace"))
        style = max(0, _number(attributes.get(b"s", b"0")))
        text = int(match[2]) if match[2] and attributes.get(b"t") == b"s" else -1
        marked = (style in styles.struck, text in styles.partly, style in styles.faint)
        for kept, is_marked in zip(found, marked, strict=True):
            if is_marked and place:
                kept.append(place)
        if max(map(len, found)) > MAX_MARKS:
            raise Malformed("list-unfolds", "Too many cells are struck out.", limit=MAX_MARKS)
    return found


def styles_of(parts: Mapping[str, bytes]) -> Styles:
    """Read formats and shared texts."""
    reader = _StyleReader()
    parse(parts.get("xl/styles.xml", b""), reader.begin)
    texts = _TextReader()
    parse(parts.get("xl/sharedStrings.xml", b""), texts.begin)
    return Styles(frozenset(reader.struck), frozenset(reader.faint), frozenset(texts.partly))


def comments_of(parts: Mapping[str, bytes], sheet: str) -> dict[Place, str]:
    """Return the comments on a sheet by cell, without copies of threads.

    `sheet`: name of the sheet's part.
    """
    folder, name = posixpath.split(sheet)
    comments: dict[Place, str] = {}
    for target in relations(parts.get(f"{folder}/_rels/{name}.rels", b""), folder).values():
        reader = _CommentReader()
        parse(parts.get(target, b"") if "omment" in target else b"", reader.begin, reader.said)
        for place, words in reader.comments.items():
            text = " ".join("".join(words).split())
            if text and not text.startswith(_THREADED) and len(comments) < MAX_MARKS:
                comments[place] = text[:MAX_COMMENT]
    return comments


def place_of(cell: str) -> Place | None:
    """Return row and column of a cell's name; None for another text."""
    match = _PLACE.fullmatch(cell)
    return (int(match[2]), column_of(match[1])) if match else None


def _tags(pattern: re.Pattern[bytes], xml: bytes | bytearray) -> Iterator[dict[bytes, bytes]]:
    return (
        dict(_ATTRIBUTE.findall(match[1]))
        for match in pattern.finditer(xml)
        if b"hidden" in match[1] or b"width" in match[1]
    )


def _between(attributes: Mapping[bytes, bytes]) -> range:
    first, last = (_number(attributes.get(name, b"")) for name in (b"min", b"max"))
    return range(first, min(last, first + MAX_COLUMNS) + 1) if first >= 0 else range(0)


def _number(text: bytes) -> int:
    """Return a whole number of up to nine digits; -1 for another text."""
    # Python converts no 4,300 digits, and calls a character such as `²` a digit of a text.
    return int(text) if text.isdigit() and len(text) <= _DIGITS else -1


class _StyleReader:
    """Collects the formats with strikethrough or unreadable text."""

    def __init__(self) -> None:
        self.struck: set[int] = set()
        self.faint: set[int] = set()
        self._fonts: list[tuple[bool, bool, bool]] = []
        self._filled: list[bool] = []
        self._inside = ""
        self._formats = -1

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        """Read a tag."""
        if name in {"fonts", "fills", "cellXfs", "cellStyleXfs", "borders", "dxfs"}:
            self._inside = name
        elif self._inside == "fonts":
            self._font(name, attributes)
        elif self._inside == "fills":
            self._fill(name, attributes)
        elif self._inside == "cellXfs" and name == "xf":
            self._formats += 1
            self._format(attributes)

    def _font(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "font":
            self._fonts.append((False, False, False))
        elif self._fonts:
            is_struck, is_white, is_tiny = self._fonts[-1]
            value = attributes.get("val", "1")
            is_struck |= name == "strike" and value not in {"0", "false"}
            white = attributes.get("rgb") in _WHITE or attributes.get("theme") == _WHITE_THEME
            is_white |= name == "color" and white
            is_tiny |= name == "sz" and _points(value) <= _TINY
            self._fonts[-1] = (is_struck, is_white, is_tiny)

    def _fill(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "fill":
            self._filled.append(False)
        elif name == "fgColor" and self._filled:
            white = attributes.get("rgb") in _WHITE or attributes.get("theme") == _WHITE_THEME
            self._filled[-1] = not white

    def _format(self, attributes: Mapping[str, str]) -> None:
        font, fill = (
            _number(attributes.get(name, "0").encode("ascii", "replace"))
            for name in ("fontId", "fillId")
        )
        if not 0 <= font < len(self._fonts):
            return
        is_struck, is_white, is_tiny = self._fonts[font]
        is_filled = 0 <= fill < len(self._filled) and self._filled[fill]
        if is_struck:
            self.struck.add(self._formats)
        if is_tiny or (is_white and not is_filled):
            self.faint.add(self._formats)


class _TextReader:
    """Collects the partly struck shared texts."""

    def __init__(self) -> None:
        self.partly: set[int] = set()
        self._text = -1

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        """Read a tag."""
        if name == "si":
            self._text += 1
        elif name == "strike" and attributes.get("val", "1") not in {"0", "false"}:
            self.partly.add(self._text)


class _CommentReader:
    """Collects the texts of comments by their cell."""

    def __init__(self) -> None:
        self.comments: dict[Place, list[str]] = {}
        self._place: Place | None = None
        self._in_text = False

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        """Read a tag."""
        if name in {"comment", "threadedComment"}:
            self._place = place_of(attributes.get("ref", ""))
        self._in_text = name in {"t", "text"}

    def said(self, words: str) -> None:
        """Read a piece of text."""
        if self._place and self._in_text:
            self.comments.setdefault(self._place, []).append(words)


def _points(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return _TINY + 1
