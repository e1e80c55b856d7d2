"""Normalise cells of officials' spreadsheets.

Handles full-width digits and letters, `2026年11月17日`, slashes, and blanks of every width. Numbers
that lost digits (`1.2E+16`) can't be restored and are detected. Cells that a spreadsheet would
calculate are written as text. Does not know columns.
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
"""First characters that start a formula in spreadsheets (CSV injection, CWE-1236).

Excel in East Asian languages treats the full-width characters like the others.
"""

_AMOUNT: Final = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")

_SHORTENED: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}")

_HIDDEN: Final = frozenset({"Cf", "Cc", "Co", "Cs"})
"""Unicode categories of invisible characters: marks of direction, controls, private use."""

# Characters that are often confused in application numbers, folded to one character.
_ALIKE: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "|": "1", "B": "8", "S": "5"})
_DASHES: Final = re.compile(r"[\s\u2010-\u2015\u2212_./\\-]+")


def neutral(cell: str) -> str:
    """Prefix a cell with an apostrophe if a spreadsheet could read it as a formula."""
    # Some spreadsheets skip blanks before the sign.
    return f"'{cell}" if cell.lstrip(" \u00a0\u3000").startswith(FORMULA) else cell


def restored(cell: str) -> str:
    """Remove the apostrophe that `neutral` added."""
    bare = cell.removeprefix("'")
    return bare if neutral(bare) == cell else cell


def begins_formula(cell: str) -> bool:
    """Tell whether a spreadsheet would calculate a cell; plain amounts are not calculated."""
    return cell.startswith(FORMULA[:4]) and not _AMOUNT.fullmatch(cell)


def name_of(row: int, column: int) -> str:
    """Return a cell's spreadsheet name, such as `B3`, from row and column counted from 1."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def column_of(letters: str) -> int:
    """Return a column's number, from 1, by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def plain(text: str) -> str:
    """Return a cell's text in compatibility form (NFKC), without surrounding blanks."""
    return unicodedata.normalize("NFKC", text).strip()


def iso_date(text: str) -> str:
    """Return a date as `2026-11-17`; return the text unchanged if it is not a date."""
    folded = plain(text)
    for form in _DATES:
        match = form.fullmatch(folded)
        if match:
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"])).isoformat()
            except ValueError:
                return text
    return text


def is_shortened(text: str) -> bool:
    """Tell whether a spreadsheet shortened a long number and lost digits."""
    return _SHORTENED.fullmatch(plain(text)) is not None


def hidden(text: str) -> str:
    """Return the first invisible character, such as `U+202E`, or an empty string.

    A line break inside a cell is not hidden.
    """
    for character in text:
        if character not in "\n\r\t" and unicodedata.category(character) in _HIDDEN:
            return f"U+{ord(character):04X}"
    return ""


def skeleton(number: str) -> str:
    """Fold easily mistaken characters: O and 0, I and 1, dashes, full width, case."""
    return _DASHES.sub("", plain(number).upper().translate(_ALIKE))


def shortened_by_one(text: str) -> set[str]:
    """Return the text and all variants with one character removed."""
    return {text} | {text[:index] + text[index + 1 :] for index in range(len(text))}


def one_apart(first: str, second: str) -> bool:
    """Tell whether two texts differ by exactly one changed, added or removed character."""
    if first == second or abs(len(first) - len(second)) > 1:
        return False
    shorter, longer = sorted((first, second), key=len)
    same = next(
        (index for index, character in enumerate(shorter) if longer[index] != character),
        len(shorter),
    )
    rest = longer[same + 1 :]
    return rest == (shorter[same + 1 :] if len(first) == len(second) else shorter[same:])
