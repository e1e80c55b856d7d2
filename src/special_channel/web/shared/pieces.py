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
    start = 0
    while (last := _last(text, start, most)) < len(text):
        half = start + (last - start) // 2
        ends = (text.rfind(mark, half, last) + len(mark) for mark in _ENDS)
        end = next((each for each in ends if each > half), last)
        found.append(text[start:end])
        start = end
    return [*found, text[start:]]


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


def _last(text: str, start: int, most: int) -> int:
    """Return where a piece from `start` on must end at the latest; it has at least 1 character.

    Weighs each character twice at most: a long text is cut for every page that shows a piece.
    """
    last, left = start, most
    step = min(len(text) - start, most)
    while step and last < len(text):
        weight = heavy(text[last : last + step])
        if weight <= left:
            last, left = last + step, left - weight
        else:
            step //= 2
    return min(max(last, start + 1), len(text))
