"""Find a query in texts: the reference for the index, and the places to mark.

Reads each text from its beginning, without an index; the index must find the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, Literal

from special_channel.core.search.folding import (
    Piece,
    compounds,
    fold,
    is_chinese,
    is_stemmable,
    joined,
    pieces,
)
from special_channel.core.search.queries import Hit, Needle, Query, Stem

Match = Literal["exact", "near"]
"""All parts as typed; or some as another form of the word or in the other language."""

AROUND: Final = 60
"""Characters of an excerpt before the first mark."""

EXCERPT: Final = 240
"""Most characters of an excerpt."""

_WORD: Final = 24
"""Characters by which an excerpt is shortened so as to begin and end with whole words."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked place of a text, by its characters from `start` to before `end`."""

    start: int
    end: int
    hit: Hit


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of an excerpt; `hit` is empty where nothing was found."""

    text: str
    hit: Hit | Literal[""] = ""


class _Line:
    """A folded paragraph with the places of its characters in the original."""

    def __init__(self, text: str) -> None:
        folded = [fold(character) for character in text]
        self._places = [place for place, each in enumerate(folded) for _ in each]
        self.folded = "".join(folded)
        self.pieces = list(pieces(self.folded))
        self.text = f" {' '.join(piece.text for piece in self.pieces)} "
        # Where each piece begins in `text`, which has a space before each.
        self._begins = list(accumulate((len(piece.text) + 1 for piece in self.pieces), initial=1))

    def spans(self, needle: Needle, stem: Stem) -> Iterator[tuple[int, int]]:
        """Yield the places of a needle in the original text."""
        if needle.kind == "text":
            yield from self._in_text(needle.text)
            return
        for piece in self.pieces:
            if _is(piece, needle, stem):
                yield self._original(piece.start, piece.end)
        if needle.kind == "number":
            for compound in compounds(self.folded):
                for number, start, end in joined(compound):
                    if number == needle.text:
                        yield self._original(start, end)

    def _in_text(self, text: str) -> Iterator[tuple[int, int]]:
        shift, length = len(text) - len(text.lstrip()), len(text.strip())
        found = self.text.find(text)
        while found >= 0:
            start = found + shift
            last = self._folded_place(start + length - 1)
            yield self._original(self._folded_place(start), last + 1)
            found = self.text.find(text, found + 1)

    def _folded_place(self, place: int) -> int:
        """Return where a character of `text` is in `folded`."""
        at = bisect_right(self._begins, place) - 1
        return self.pieces[at].start + place - self._begins[at]

    def _original(self, start: int, end: int) -> tuple[int, int]:
        return self._places[start], self._places[end - 1] + 1


def _is(piece: Piece, needle: Needle, stem: Stem) -> bool:
    if needle.kind == "number":
        return piece.text == needle.text
    return is_stemmable(piece.text) and stem(piece.text) == needle.text


def match(paragraphs: Sequence[str], query: Query, stem: Stem) -> Match | None:
    """Return whether a text has all parts of a query, and whether each as typed."""
    lines = [_Line(paragraph) for paragraph in paragraphs]
    result: Match | None = "exact" if query.clauses else None
    for clause in query.clauses:
        hits = [
            way.hit
            for way in clause.ways
            if all(
                any(True for line in lines for _ in line.spans(needle, stem))
                for needle in way.needles
            )
        ]
        if not hits:
            return None
        if "exact" not in hits:
            result = "near"
    return result


def marks(text: str, query: Query, stem: Stem) -> list[Mark]:
    """Return the places of a paragraph to mark, in order and apart; an exact hit wins."""
    line, taken = _Line(text), bytearray(len(text))
    found: list[Mark] = []
    ways = [way for clause in query.clauses for way in clause.ways]
    for way in sorted(ways, key=lambda way: way.hit != "exact"):
        for needle in way.needles:
            for start, end in line.spans(needle, stem):
                if not any(taken[start:end]):
                    taken[start:end] = b"\x01" * (end - start)
                    found.append(Mark(start, end, way.hit))
    return sorted(found, key=lambda mark: mark.start)


def excerpt(text: str, found: Sequence[Mark]) -> tuple[Segment, ...]:
    """Return a paragraph around its first mark, marked; without marks, its beginning."""
    start = max(0, found[0].start - AROUND) if found else 0
    if start + EXCERPT >= len(text):
        start = max(0, len(text) - EXCERPT)
    end = min(len(text), start + EXCERPT)
    marked = [mark for mark in found if mark.start < end]
    first_mark = marked[0].start if marked else end
    last_mark = max((mark.end for mark in marked), default=start)
    start = _word_edge(text, range(start, min(start + _WORD, first_mark) + 1))
    end = (
        _word_edge(text, range(end, max(end - _WORD, last_mark) - 1, -1))
        if last_mark < end
        else end
    )
    segments = [Segment("…")] if start else []
    place = start
    for mark in found:
        first, last = max(mark.start, place), min(mark.end, end)
        if first < last:
            segments += [Segment(text[place:first])] if place < first else []
            segments.append(Segment(text[first:last], mark.hit))
            place = last
    segments += [Segment(text[place:end])] if place < end else []
    return (*segments, Segment("…")) if end < len(text) else tuple(segments)


def _word_edge(text: str, places: range) -> int:
    """Return the first place that cuts no word in two; the first of all if each does."""
    return next((place for place in places if not _cuts_word(text, place)), places[0])


def _cuts_word(text: str, place: int) -> bool:
    """Tell whether a word of letters and digits goes on at a place; Chinese can be cut anywhere."""
    both = text[place - 1 : place + 1] if place else ""
    return len(both) > 1 and all(each.isalnum() and not is_chinese(each) for each in both)
