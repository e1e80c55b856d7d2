"""Text in one or both languages, as signed. Does not translate or escape: templates do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal
from unicodedata import east_asian_width

from special_channel.core.bytes.ids import Party
from special_channel.messages.catalogue import Lang, catalogue

BIDI: Final = re.compile("([\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+)")
"""Controls of the direction of a text, which a page marks (Bidi_Control of PropList.txt)."""

Facts = tuple[tuple[str, str | int], ...]
"""What a sentence of a code is filled with, by name."""


Presence = Literal["present", "erased", "withheld", "sealed", "missing", "damaged"]
"""Present; four words for absence (docs/formats/bundle.md, "Verifying"); what our database lost."""


@dataclass(frozen=True, slots=True)
class Words:
    """Text in one language.

    Attributes:
        text: Exactly as signed; empty if absent.
        lang: BCP 47.
        ordinal: Place in the entry's parts; None for other text, such as a desk's title in the
            charter.
    """

    text: str
    lang: str
    ordinal: int | None = None
    presence: Presence = "present"

    @property
    def chinese(self) -> bool:
        """Tell whether the text is Chinese."""
        return self.lang.lower().startswith("zh")

    def foreign(self, lang: Lang) -> bool:
        """Tell whether the text is in the other language; numbers alone are in none."""
        other = "en" if lang == "zh-CN" else "zh"
        in_other = self.lang.lower().partition("-")[0] == other
        return in_other and self.presence == "present" and any(map(str.isalpha, self.text))


@dataclass(frozen=True, slots=True)
class Pair:
    """The authentic text and its courtesy translation, if any.

    `later`: id and number of the entry that has the translation, if the text's own has none of it.
    """

    original: Words
    translation: Words | None = None
    later: tuple[str, str] | None = None

    def first(self, lang: Lang) -> Words:
        """Return the text in the reader's language, otherwise the authentic text."""
        wanted = lang == "zh-CN"
        if self.translation and self.original.chinese != wanted == self.translation.chinese:
            return self.translation
        return self.original

    def second(self, lang: Lang) -> Words | None:
        """Return the other text."""
        return self.in_order(lang)[1]

    def in_order(self, lang: Lang) -> tuple[Words, Words | None]:
        """Return both texts, `first` first."""
        first = self.first(lang)
        return first, self.translation if first is self.original else self.original


def readable(words: Words, lang: Lang) -> Words:
    """Return a text as a reader of one language alone gets it: the marker for a foreign text."""
    return Words(catalogue(lang).gettext("alone.none"), lang) if words.foreign(lang) else words


# The charter's few titles and names stand in every row.
@lru_cache(maxsize=1024)
def paired(party: Party, english: str, chinese: str) -> Pair:
    """Put a side's own language first."""
    en, zh = Words(english, "en"), Words(chinese, "zh-CN")
    return Pair(en, zh) if party == "eu" else Pair(zh, en)


NO_LANGUAGE: Final = "zxx"
"""Language of codes and numbers: they have no translation (BCP 47)."""

LABEL_UNITS: Final = 13
"""Half-widths of a card's second line; SVG text doesn't cut itself."""


def short(text: str, units: int = LABEL_UNITS) -> str:
    """Cut text to a number of half-widths; a Chinese character takes two."""
    if len(text) <= units and text.isascii():
        return text
    used = 0
    for place, char in enumerate(text):
        used += 2 if east_asian_width(char) in "WF" else 1
        if used > units:
            return text[: max(0, place - 1)].rstrip(" ，、,;；") + "…"
    return text
