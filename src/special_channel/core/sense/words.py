"""Read the words that officials write for the codes of a closed vocabulary.

A word is looked up exactly, after folding: width, case, accents, traditional characters, blanks,
a final stop. A prefix such as 已 is never dropped: both forms are listed. Nothing is guessed from
a similar word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from special_channel.core.search.folding import fold
from special_channel.core.sense.vocabularies import Vocabulary

MAX_CHARACTERS: Final = 400
"""Longest cell that is read as words; longer text is none of them."""

MAX_WORDS: Final = 40
"""Most words of a cell with several codes; an entry holds twenty codes."""

LONGEST: Final = 8
"""Most pieces between separators that together are one term, as in `法定代表人、…`."""

_GAP: Final = re.compile(r"[\s_/-]+")
_END: Final = " .。;；:：,，"
_BRACKETED: Final = re.compile(r" ?[(（\[【][^()（）\[\]【】]*[)）\]】]")
_HAN: Final = "\u3400-\u9fff"
_BOTH: Final = re.compile(
    rf"([^{_HAN}]+?[\s(（/|–—-]*)([{_HAN}].*)|([{_HAN}][^A-Za-z]*)([A-Za-z].*)", re.DOTALL
)
_BETWEEN: Final = " \t\n()（）/|–—-"
_SEPARATOR: Final = re.compile(r"[;；、,，\n]")
_BEGUN: Final = ("已", "正在")
"""Prefixes that a remark may lack."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cell says.

    Attributes:
        codes: The codes, each once and in order; empty if a word is none or not clear.
        word: The word that is none, or not clear; empty if all were read.
        meant: The codes that an unclear word can mean.
    """

    codes: tuple[str, ...] = ()
    word: str = ""
    meant: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A vocabulary with its words by their folded form."""

    vocabulary: Vocabulary
    words: Mapping[str, str]
    unclear: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def read(self, cell: str) -> Reading:
        """Read a cell: one code, or several where the vocabulary has several."""
        if len(cell) > MAX_CHARACTERS:
            return Reading(word=cell)
        whole = self._one(cell)
        if whole.codes or not self.vocabulary.several:
            return whole
        return self._each(cell)

    def _each(self, cell: str) -> Reading:
        pieces = [piece for piece in _SEPARATOR.split(cell) if piece.strip()]
        if len(pieces) > MAX_WORDS:
            return Reading(word=cell)
        codes: list[str] = []
        place = 0
        while place < len(pieces):
            # The longest term first: some contain a separator.
            found, ends = self._longest(pieces, place)
            if not found.codes:
                return found
            codes += found.codes
            place = ends
        return Reading(tuple(dict.fromkeys(codes)))

    def _longest(self, pieces: Sequence[str], place: int) -> tuple[Reading, int]:
        """Return the longest term from a piece on, and the place after it."""
        for ends in range(min(len(pieces), place + LONGEST), place + 1, -1):
            for mark in ("、", ","):
                found = self._one(mark.join(pieces[place:ends]))
                if found.codes:
                    return found, ends
        return self._one(pieces[place]), place + 1

    def _one(self, text: str) -> Reading:
        word = folded(text)
        bare = _unbracketed(word)
        for each in (word, bare):
            if each in self.words:
                return Reading((self.words[each],))
        for each in (word, bare):
            if each in self.unclear:
                return Reading(word=text.strip(), meant=self.unclear[each])
        return self._both(text) or Reading(word=text.strip())

    def _both(self, text: str) -> Reading | None:
        """Return the code of a word written in both languages, as in `accepted 已受理`."""
        match = _BOTH.fullmatch(text)
        if match is None:
            return None
        parts = [part.strip(_BETWEEN) for part in match.groups() if part]
        first, second = (self.words.get(folded(part)) for part in parts)
        return Reading((first,)) if first and first == second else None


def lexicon(vocabulary: Vocabulary, terms: Mapping[str, Iterable[str]]) -> Lexicon:
    """Return a vocabulary with its words; `terms`: the official terms by code.

    Raises:
        ValueError: A word stands for two codes.
    """
    words: dict[str, str] = {}
    for code, further in vocabulary.words.items():
        for word in _forms(vocabulary, (code, *further, *terms.get(code, ()))):
            if words.setdefault(word, code) != code:
                raise ValueError(f"{word!r} stands for {words[word]} and {code}")
    unclear = {folded(word): codes for word, codes in vocabulary.unclear.items()}
    if both := words.keys() & unclear.keys():
        raise ValueError(f"{sorted(both)} are clear and unclear")
    return Lexicon(vocabulary, words, unclear)


def folded(text: str) -> str:
    """Return a word without what officials write differently: width, case, blanks, final stop."""
    bare = fold(text).strip().removeprefix("q_")
    return _GAP.sub(" ", bare).strip(_END)


def _forms(vocabulary: Vocabulary, words: Iterable[str]) -> Iterator[str]:
    for word in words:
        form = folded(word)
        yield form
        # A bracket at the end may be left out: other papers (say which).
        yield _unbracketed(form)
        if vocabulary.name == "remark":
            yield from (form.removeprefix(begun) for begun in _BEGUN)


def _unbracketed(word: str) -> str:
    """Return a word without a part in brackets at its end."""
    opening = max(word.rfind(mark) for mark in "(（[【")
    if opening > 0 and _BRACKETED.fullmatch(word, opening - (word[opening - 1] == " ")):
        return word[:opening].rstrip()
    return word
