"""Parse what somebody searches for.

All parts must occur in a text, in any order: words, numbers with or without hyphens, numbers with
full stops in one piece, runs of Chinese characters, phrases in quotation marks. The number of a
question finds its note. Without quotation marks a word also finds other forms of its stem, and an
official term its word in the other language; such hits are not exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, Literal

from special_channel.core.search.folding import (
    MAX_LINKED,
    MAX_WORD,
    STEM,
    Piece,
    compounds,
    dotted,
    fold,
    grams,
    is_chinese,
    is_number,
    is_stemmable,
    pieces,
)

Hit = Literal["exact", "stem", "term"]
"""How a part was found: as typed, as another form of the word, in the other language."""

Stem = Callable[[str], str]
"""Returns the English stem of a folded word."""

MAX_QUERY: Final = 200
"""Characters of a query."""

_QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟«»「」『』〝〞\uff02", '"'))
_QUESTION: Final = re.compile(r"(?<!\w)((?:eu|cn)-?[0-9]{1,15})[ -]?q[0-9]{1,3}(?!\w)")
"""A question, such as `cn-14 q1`; texts are found by the number of the note alone."""

_GRAM: Final = 2
"""Characters of a run that one word of the index tells."""

_MAX_TERM: Final = 12
"""Most words of an official term."""


@dataclass(frozen=True, slots=True)
class Needle:
    """What a text must contain.

    Attributes:
        words: Words of the index, of which the text must have all.
        text: What the text must contain, as `Searchable.text` has it; for a number or a stem the
            number or stem alone.
        kind: How `text` is compared.
        told: Whether the words alone decide, without the text.
    """

    words: tuple[str, ...]
    text: str
    kind: Literal["text", "number", "stem"] = "text"
    told: bool = True


@dataclass(frozen=True, slots=True)
class Way:
    """One way to find a part of a query: all needles must be in the text."""

    hit: Hit
    needles: tuple[Needle, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a query, with the ways to find it: the exact one first."""

    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """What to search for; all clauses must be found. Without clauses it finds nothing."""

    clauses: tuple[Clause, ...] = ()


class Terms:
    """Official terms of both languages, by their folded words."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        others: dict[tuple[str, ...], list[Way]] = {}
        for pair in pairs:
            for one, other in (pair, pair[::-1]):
                found = [Way("term", (needle,)) for needle in _phrase(pieces(fold(other)))]
                others.setdefault(_texts(one), []).extend(found)
        self._others: Mapping[tuple[str, ...], Sequence[Way]] = others

    def longest(self, atoms: Sequence[Sequence[Piece]]) -> tuple[int, Sequence[Way]]:
        """Return how many of the first atoms are a term, with the ways to find its other word.

        Returns one and no way if they are no term.
        """
        for length in range(min(len(atoms), _MAX_TERM), 0, -1):
            term = tuple(piece.text for atom in atoms[:length] for piece in atom)
            ways = self._others.get(term)
            if ways:
                return length, ways
        return 1, ()


NO_TERMS: Final = Terms(())


def parse(text: str, stem: Stem, terms: Terms = NO_TERMS) -> Query:
    """Parse a query.

    Args:
        text: What was typed; an unclosed quotation mark reaches to the end.
        stem: Returns the stem of a word; called for words that `is_stemmable` accepts.
        terms: Official terms.
    """
    clauses: list[Clause] = []
    for place, span in enumerate(text.translate(_QUOTES).split('"')):
        folded = fold(span)
        if place % 2:
            clauses += [Clause((Way("exact", (each,)),)) for each in _phrase(pieces(folded))]
        else:
            clauses += _loose(folded, stem, terms)
    return Query(tuple(dict.fromkeys(clauses)))


def _loose(folded: str, stem: Stem, terms: Terms) -> Iterator[Clause]:
    """Yield the clauses of a span without quotation marks."""
    folded = _QUESTION.sub(r"\1", folded)
    atoms = _atoms(folded)
    while atoms:
        length, ways = terms.longest(atoms)
        group, atoms = atoms[:length], atoms[length:]
        exact = tuple(needle for atom in group for needle in _atom(atom, folded))
        stems = tuple(_stem(needle, stem) for needle in exact)
        other = (Way("stem", stems),) if stems != exact else ()
        yield Clause((Way("exact", exact), *other, *ways))


def _atoms(folded: str) -> list[Sequence[Piece]]:
    """Return compounds with hyphens or full stops, and words and runs outside of them, in order."""
    every = chain(compounds(folded), dotted(folded))
    linked = {compound[0].start: compound for compound in every}
    atoms: list[Sequence[Piece]] = []
    end = 0
    for piece in pieces(folded):
        if piece.start >= end:
            atoms.append(linked.get(piece.start, [piece]))
            end = atoms[-1][-1].end
    return atoms


def _atom(atom: Sequence[Piece], folded: str) -> Iterator[Needle]:
    number = "".join(piece.text for piece in atom)
    hyphen = folded.startswith("-", atom[0].end)  # of numbers with full stops, none is in the index
    if hyphen and is_number(atom) and len(atom) <= MAX_LINKED and len(number) <= MAX_WORD:
        yield Needle((number,), number, "number")
    else:
        yield from _phrase(atom)


def _texts(text: str) -> tuple[str, ...]:
    return tuple(piece.text for piece in pieces(fold(text)))


def _stem(needle: Needle, stem: Stem) -> Needle:
    """Return the needle of a word's stem; of anything else the needle itself."""
    if needle.kind != "number" or not is_stemmable(needle.text):
        return needle
    root = stem(needle.text)
    return Needle((STEM + root,), root, "stem")


def _phrase(phrase: Iterable[Piece]) -> Iterator[Needle]:
    """Yield the needle of pieces in order; none without a piece."""
    found = list(phrase)
    if not found:
        return
    if len(found) == 1 and not is_chinese(found[0].text):
        word = found[0].text
        # A word of the text, or a number there with hyphens.
        yield Needle((word,), word, "number")
        return
    words: dict[str, None] = {}
    for piece in found:
        words.update(dict.fromkeys(grams(piece.text) if is_chinese(piece.text) else (piece.text,)))
    before = "" if is_chinese(found[0].text) else " "
    after = "" if is_chinese(found[-1].text) else " "
    text = before + " ".join(piece.text for piece in found) + after
    yield Needle(tuple(words), text, told=len(found) == 1 and len(found[0].text) <= _GRAM)
