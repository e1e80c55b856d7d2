"""Find invisible or confusable characters: direction marks, format characters, mixed scripts.

Two rules of Unicode apply. A direction mark is closed in its paragraph (UAX 9). An identifier is
Highly Restrictive (UTS 39, 5.2): a single script, or Latin with Han and the scripts written with
Han in Japan, Taiwan or Korea.

Does not judge entries: `screening.py` applies the rules to our side's entries, intake to files. The
other side's text is never refused; `visible` shows its marks.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_OPENS: Final = {
    "\u202a": "\u202c", "\u202b": "\u202c", "\u202d": "\u202c", "\u202e": "\u202c",
    "\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069",
}  # fmt: skip
"""Embeddings, overrides and isolates, each with its closing mark."""

_MARKS: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_CLOSES: Final = frozenset(_OPENS.values())
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})

_TOGETHER: Final = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)
"""Sets of scripts allowed in the same identifier: UTS 39, 5.2, Highly Restrictive."""

_HAN: Final = frozenset({"CJK", "IDEOGRAPHIC", "KANGXI"})


def unpaired(text: str) -> str:
    """Return the first unpaired direction mark, such as `U+202E`, or an empty string."""
    for paragraph in text.split("\n"):
        open_: list[str] = []
        for character in paragraph:
            if character in _OPENS:
                open_.append(character)
            elif character in _CLOSES and (not open_ or _OPENS[open_.pop()] != character):
                return _name(character)
        if open_:
            return _name(open_[-1])
    return ""


def visible(text: str) -> str:
    """Return the text with direction marks and controls spelled out, such as `[U+202E]`."""
    return _MARKS.sub(lambda match: f"[{_name(match[0])}]", text)


def unseen(identifier: str) -> str:
    """Return the first invisible character, such as `U+200B`, or an empty string."""
    return next((_name(each) for each in identifier if unicodedata.category(each) in _UNSEEN), "")


def mixed(identifier: str) -> bool:
    """Tell whether an identifier mixes scripts beyond the level Highly Restrictive."""
    scripts = {script for each in identifier if (script := _script(each))}
    return len(scripts) > 1 and not any(scripts <= allowed for allowed in _TOGETHER)


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    """Return a character's script; empty for characters common to all scripts.

    A compatibility form (full width, mathematical) has the script of its plain character.
    """
    # Python lacks the script property, but names of letters, marks and digits begin with a script.
    folded = unicodedata.normalize("NFKC", character)[0]
    if folded.isascii():
        return "LATIN" if folded.isalpha() else ""
    if unicodedata.category(folded)[0] not in "LN":
        return ""
    first = unicodedata.name(folded, "").partition(" ")[0]
    return "HAN" if first in _HAN else first


def _name(character: str) -> str:
    return f"U+{ord(character):04X}"
