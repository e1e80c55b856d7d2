"""Fold texts for search, and split them into words and runs of Chinese characters.

Full-width characters become ASCII, capitals small letters, letters with accents plain letters,
traditional characters simplified ones. Does not find word boundaries within Chinese text: each run
of characters is kept whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from special_channel.core.search.hanzi import SIMPLIFIED

MAX_WORD: Final = 64
"""Characters of a word that are compared; longer words are cut."""

MAX_LINKED: Final = 8
"""Pieces of a number with hyphens that are joined: `EU-2026-0048` has three."""

STEM: Final = "~"
"""Precedes stems among the words of a text: no word contains it."""

# Letters that Unicode does not take apart into a letter and an accent.
_LETTERS: Final = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t",
    "\u0131": "i", "ŋ": "n", "ĸ": "k",
}  # fmt: skip
_HYPHENS: Final = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_UNSEEN: Final = frozenset({"Mn", "Me", "Cf"})
_FRACTION: Final = "\u2044"

# Ideographs of all planes, the mark of repetition, and zero; compatibility forms are folded before.
_CHINESE: Final = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_LETTER: Final = rf"[^\W_{_CHINESE}]"
_WORD: Final = f"{_LETTER}+"
_PIECE: Final = re.compile(rf"[{_CHINESE}]+|{_WORD}")
# From the beginning of a word alone: a search from each letter takes time by the square of a word.
_LINKED: Final = re.compile(f"(?<!{_LETTER}){_WORD}(?:-{_WORD})+")
_DOTTED: Final = re.compile(rf"(?<!{_LETTER}){_WORD}(?:\.{_WORD})+")
_RUN: Final = re.compile(rf"[{_CHINESE}]+")
_STEMMABLE: Final = re.compile("[a-z]{2,64}")
_DIGIT: Final = re.compile(r"\d")


class _FoldedCharacters(dict[int, str]):
    """Folded forms by character number, computed once; of limited size."""

    _MOST: Final = 65_536

    def __missing__(self, code: int) -> str:
        if len(self) >= self._MOST:
            self.clear()
        folded = self[code] = _folded(chr(code))
        return folded


def _folded(character: str) -> str:
    if character in _HYPHENS:
        return "-"
    apart = unicodedata.normalize("NFKD", character)
    small = unicodedata.normalize("NFKD", apart.casefold())
    letters = "".join(
        _LETTERS.get(each, each) for each in small if unicodedata.category(each) not in _UNSEEN
    )
    # 2½ is not 21/2.
    space = " " if _FRACTION in letters else ""
    return space + letters.translate(SIMPLIFIED)


_FOLDED: Final = _FoldedCharacters()


def fold(text: str) -> str:
    """Return a text without differences of width, case, accent and form of characters."""
    return text.lower() if text.isascii() else text.translate(_FOLDED)


def is_chinese(piece: str) -> bool:
    """Return whether a piece is a run of Chinese characters."""
    return _RUN.fullmatch(piece) is not None


def is_stemmable(piece: str) -> bool:
    """Return whether a piece is a word that a stemmer of English takes."""
    return _STEMMABLE.fullmatch(piece) is not None


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or a run of Chinese characters, with its place in the folded text."""

    text: str
    start: int
    end: int


def pieces(folded: str) -> Iterator[Piece]:
    """Yield the words and runs of a folded text in order."""
    for match in _PIECE.finditer(folded):
        piece = match[0]
        if len(piece) > MAX_WORD and not is_chinese(piece):
            yield Piece(piece[:MAX_WORD], match.start(), match.start() + MAX_WORD)
        else:
            yield Piece(piece, match.start(), match.end())


def compounds(folded: str) -> Iterator[Sequence[Piece]]:
    """Yield the pieces of each compound of words with hyphens."""
    for match in _LINKED.finditer(folded):
        yield [
            Piece(each.text, match.start() + each.start, match.start() + each.end)
            for each in pieces(match[0])
        ]


def dotted(folded: str) -> Iterator[Sequence[Piece]]:
    """Yield the pieces of each number with full stops, such as `1C905.a`."""
    for match in _DOTTED.finditer(folded):
        found = [
            Piece(each.text, match.start() + each.start, match.start() + each.end)
            for each in pieces(match[0])
        ]
        if is_number(found):
            yield found


def is_number(compound: Sequence[Piece]) -> bool:
    """Return whether a compound contains a digit, as numbers of applications do."""
    return any(_DIGIT.search(piece.text) for piece in compound)


def joined(compound: Sequence[Piece]) -> Iterator[tuple[str, int, int]]:
    """Yield two to `MAX_LINKED` neighbours of a number without hyphens, with their place.

    Yields none of a compound without a digit: `end-user` is two words.
    """
    if not is_number(compound):
        return
    for first in range(len(compound) - 1):
        number = compound[first].text
        for piece in compound[first + 1 : first + MAX_LINKED]:
            number += piece.text
            if len(number) > MAX_WORD:
                break
            yield number, compound[first].start, piece.end


def grams(run: str) -> tuple[str, ...]:
    """Return the pairs of neighbours in a run of Chinese characters; a single one as it is."""
    return tuple(a + b for a, b in pairwise(run)) or (run,)


@dataclass(frozen=True, slots=True)
class Searchable:
    """A text as the index keeps it.

    Attributes:
        words: Words, numbers without hyphens, and of Chinese text each character and each pair of
            neighbours.
        text: Words and runs in order, a space before and after each; paragraphs apart.
    """

    words: frozenset[str]
    text: str


def searchable(paragraphs: Iterable[str]) -> Searchable:
    """Return what the index keeps of a text."""
    words: set[str] = set()
    lines: list[str] = []
    for folded in map(fold, paragraphs):
        line = [piece.text for piece in pieces(folded)]
        for piece in line:
            words.update((*piece, *grams(piece)) if is_chinese(piece) else (piece,))
        for compound in compounds(folded):
            words.update(number for number, _, _ in joined(compound))
        if line:
            lines.append(f" {' '.join(line)} ")
    return Searchable(frozenset(words), "\n".join(lines))


def stemmable(paragraphs: Iterable[str]) -> frozenset[str]:
    """Return the words of texts that a stemmer of English takes."""
    return frozenset(
        piece.text
        for folded in map(fold, paragraphs)
        for piece in pieces(folded)
        if is_stemmable(piece.text)
    )
