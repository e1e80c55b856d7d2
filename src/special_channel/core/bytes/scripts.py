"""What a reader can't see or can't tell apart in a text: marks of direction, mixed scripts.

Two rules of Unicode: a mark of direction that opens a run closes it in the same paragraph (UAX 9),
and an identifier follows the level Highly Restrictive (UTS 39, 5.2): one script, or Latin with
Han and what is written with it in Japan, Taiwan or Korea. Does not judge entries: `screening.py`
refuses at the own node's door, and intake in files. The other side's text is shown as it is, with
such marks made visible.
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
"""Embeddings, overrides and isolates, each with what closes it."""

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
"""Scripts that stand together in one identifier: UTS 39, 5.2, Highly Restrictive."""

_HAN: Final = frozenset({"CJK", "IDEOGRAPHIC", "KANGXI"})


def unpaired(text: str) -> str:
    """Return the first mark of direction without its partner, as `U+202E`, or nothing."""
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
    """Return a text with its marks of direction and controls written out, as `[U+202E]`."""
    return _MARKS.sub(lambda found: f"[{_name(found[0])}]", text)


def unseen(identifier: str) -> str:
    """Return the first character of an identifier that nobody sees, as `U+200B`, or nothing."""
    return next((_name(each) for each in identifier if unicodedata.category(each) in _UNSEEN), "")


def mixed(identifier: str) -> bool:
    """Tell whether an identifier mixes scripts that are not written together."""
    found = {script for each in identifier if (script := _script(each))}
    return len(found) > 1 and not any(found <= scripts for scripts in _TOGETHER)


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    """Return a character's script, nothing for what all scripts share.

    Unicode's names of letters, marks and digits begin with their script; Python has no property
    of it. Compatibility forms (full width, mathematical) are taken for what they stand for.
    """
    folded = unicodedata.normalize("NFKC", character)[0]
    if folded.isascii():
        return "LATIN" if folded.isalpha() else ""
    if unicodedata.category(folded)[0] not in "LN":
        return ""
    first = unicodedata.name(folded, "").partition(" ")[0]
    return "HAN" if first in _HAN else first


def _name(character: str) -> str:
    return f"U+{ord(character):04X}"
