"""Cells as officials' spreadsheets have them, brought to one form.

Full-width digits and letters, `2026年11月17日`, slashes, blanks of every width. What has lost
digits on the way (`1.2E+16`) can't be brought back and is told apart. Cells that a spreadsheet
would calculate are made text on the way out of every file. Does not know columns.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

_DATES: Final = (
    re.compile(r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})日"),
    re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?:[ T]00:00(?::00)?)?"),
    # With dots the day comes first everywhere in Europe; with slashes it depends who wrote.
    re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"),
)

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First characters at which spreadsheets begin to calculate (CSV injection, CWE-1236).

The full-width ones are what Excel in East Asian languages takes for the others.
"""

_AMOUNT: Final = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")

_SHORTENED: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}")

_HIDDEN: Final = frozenset({"Cf", "Cc", "Co", "Cs"})
"""Categories of characters that no reader sees: marks of direction, controls, private use."""

# What a number of one list and the same number mistyped differ by, folded to one sign.
_ALIKE: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "|": "1", "B": "8", "S": "5"})
_DASHES: Final = re.compile(r"[\s\u2010-\u2015\u2212_./\\-]+")


def neutral(cell: str) -> str:
    """Make a cell text in every spreadsheet, whatever it begins with: an apostrophe before it.

    Blanks before a sign don't hide it from all of them.
    """
    return f"'{cell}" if cell.lstrip(" \u00a0\u3000").startswith(FORMULA) else cell


def restored(cell: str) -> str:
    """Take off the apostrophe that `neutral` put before a cell."""
    bare = cell.removeprefix("'")
    return bare if neutral(bare) == cell else cell


def begins_formula(cell: str) -> bool:
    """Tell whether a spreadsheet would calculate a cell; a plain amount it would not."""
    return cell.startswith(FORMULA[:4]) and not _AMOUNT.fullmatch(cell)


def name_of(row: int, column: int) -> str:
    """Return what a spreadsheet calls a cell, both counted from 1: `B3`."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def plain(text: str) -> str:
    """Return a cell's text in compatibility form (NFKC), without blanks around it."""
    return unicodedata.normalize("NFKC", text).strip()


def iso_date(text: str) -> str:
    """Return a date as `2026-11-17`, or the text as it is if it is none."""
    folded = plain(text)
    for form in _DATES:
        found = form.fullmatch(folded)
        if found:
            try:
                return date(int(found["y"]), int(found["m"]), int(found["d"])).isoformat()
            except ValueError:
                return text
    return text


def is_shortened(text: str) -> bool:
    """Tell whether a spreadsheet shortened a long number, so that digits are lost."""
    return _SHORTENED.fullmatch(plain(text)) is not None


def hidden(text: str) -> str:
    """Return the first character that nobody sees, as `U+202E`, or nothing.

    A line break inside a cell is not hidden.
    """
    for character in text:
        if character not in "\n\r\t" and unicodedata.category(character) in _HIDDEN:
            return f"U+{ord(character):04X}"
    return ""


def skeleton(number: str) -> str:
    """Fold what is easily mistaken: O and 0, I and 1, dashes, full width, case."""
    return _DASHES.sub("", plain(number).upper().translate(_ALIKE))


def shortened_by_one(text: str) -> set[str]:
    """Return the text, and what it becomes with any one character left out."""
    return {text} | {text[:place] + text[place + 1 :] for place in range(len(text))}


def one_apart(one: str, other: str) -> bool:
    """Tell whether two different texts are one character apart: changed, added or left out."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    shorter, longer = sorted((one, other), key=len)
    same = next(
        (place for place, sign in enumerate(shorter) if longer[place] != sign), len(shorter)
    )
    rest = longer[same + 1 :]
    return rest == (shorter[same + 1 :] if len(one) == len(other) else shorter[same:])
