"""Cut long texts into pieces, which pages show one after the other. Does not change words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from special_channel.web.shared.portions import heavy
from special_channel.web.shared.words import Words

_ENDS: Final = ("\n", "。", ". ", " ")


@dataclass(frozen=True, slots=True)
class Piece(Words):
    """A piece of a text, which the reader's browser compares with the signed text at its place.

    Attributes:
        at: UTF-16 units of the text before the piece, as a browser counts.
    """

    at: int = 0


def pieces(text: str, most: int) -> list[str]:
    """Cut a text into pieces of at most `most` bytes of HTML, after a line, sentence or word."""
    found = []
    while len(text) > 1 and heavy(text) > most:
        last = _longest(text, most)
        ends = (text.rfind(mark, last // 2, last) + len(mark) for mark in _ENDS)
        end = next((each for each in ends if each > last // 2), last)
        found.append(text[:end])
        text = text[end:]
    return [*found, text]


def pieces_of(words: Words, most: int) -> list[Words]:
    """Cut a text of an entry into pieces; one that needs no cut stays as it is."""
    cut = pieces(words.text, most)
    if len(cut) == 1:
        return [words]
    found: list[Words] = []
    at = 0
    for text in cut:
        found.append(Piece(text, words.lang, words.ordinal, words.presence, at))
        at += len(text.encode("utf-16-le")) // 2
    return found


def _longest(text: str, most: int) -> int:
    """Return the length of the longest beginning with at most `most` bytes; at least 1."""
    low, high = 1, min(len(text), most)
    while low < high:
        middle = (low + high + 1) // 2
        if heavy(text[:middle]) <= most:
            low = middle
        else:
            high = middle - 1
    return low
