"""A one-page brief with text in both languages, as `brief.typ` prints it.

Does not read the record and chooses no words: the brief arrives in the reader's language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TEMPLATE: Final = "brief.typ"


@dataclass(frozen=True, slots=True)
class BriefLine:
    """One item of a brief.

    Attributes:
        number: Registration number, for looking up the item.
        text: The item's words, in the language `lang`.
        details: Facts from the record, our side's first.
        private: Facts from our private log: only in an internal brief.
        url: The item's page; omitted from the PDF.
    """

    number: str
    text: str
    lang: str
    details: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines; `empty` is shown without lines, `more` mentions omitted lines."""

    code: str
    title: str
    lines: tuple[BriefLine, ...] = ()
    empty: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """A brief, in the reader's language.

    Attributes:
        internal: Whether the brief is for our side alone and includes private facts.
        mark: The words on each page that say whether the brief is internal.
        facts: The subject of the brief: pairs of word and value.
        foot: Disclaimer at the foot.
        effect: Text of the charter in force; empty before the first charter.
    """

    lang: str
    internal: bool
    mark: str
    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    private_word: str
    foot: str
    effect: str
