"""Normalise cells of officials' spreadsheets.

Handles full-width digits and letters, `2026年11月17日`, slashes, and blanks of every width. Numbers
that lost digits (`1.2E+16`) can't be restored and are detected. Cells that a spreadsheet would
calculate are written as text. Does not know columns.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Final, Literal

from special_channel.messages.months import month_of

_TIME: Final = r"(?:[ T]+\d{1,2}:\d{2}(?::\d{2})?)?"
_NAME: Final = r"[^\W\d_]{3,12}"
_ORDINAL: Final = r"[snrt][tdh]|er|\."
_OF: Final = r"(?:d[ei] )?"
_DATES: Final = (
    re.compile(rf"(?P<y>\d{{4}}) ?年 ?(?P<m>\d{{1,2}}) ?月 ?(?P<d>\d{{1,2}}) ?[日号]{_TIME}"),
    re.compile(rf"(?P<y>\d{{4}})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}}){_TIME}"),
    re.compile(r"(?P<y>20\d{2})(?P<m>\d{2})(?P<d>\d{2})"),
    # With dots the day comes first everywhere in Europe; with slashes it depends who wrote.
    re.compile(rf"(?P<d>\d{{1,2}})\. ?(?P<m>\d{{1,2}})\. ?(?P<y>\d{{4}}){_TIME}"),
    re.compile(
        rf"(?P<d>\d{{1,2}})(?:{_ORDINAL})?[- ]{_OF}(?P<name>{_NAME})"
        rf"\.?[- ,]{{1,2}}{_OF}(?P<y>\d{{4}})(?: ?r\.)?",  # "r." of a year in Polish
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<name>{_NAME})\.? (?P<d>\d{{1,2}})(?:{_ORDINAL})?,? (?P<y>\d{{4}})", re.IGNORECASE
    ),
)
_YEAR_LAST: Final = re.compile(rf"(\d{{1,2}})[/-](\d{{1,2}})[/-](\d{{4}}){_TIME}")
_MONTHS_OF_A_YEAR: Final = 12
_NUMERALS: Final = str.maketrans("〇零一二三四五六七八九", "00123456789")
_IN_NUMERALS: Final = re.compile(
    "([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日"
)

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First characters that start a formula in spreadsheets (CSV injection, CWE-1236).

Excel in East Asian languages treats the full-width characters like the others.
"""

_AMOUNT: Final = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
_PHONE: Final = re.compile(r"\+\(?[0-9][0-9 ()/-]{5,30}")
_TEXT: Final = re.compile(r'="([^"]*)"')
"""A guard of spreadsheets' own against reading a number where the text is meant."""
_RUN_OF_HYPHENS: Final = re.compile(r"\s*-[\s-]*")
_AT_HYPHEN: Final = re.compile(r"[ \u00a0]?-[ \u00a0]?")

_SHORTENED: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}")

_HIDDEN: Final = frozenset({"Cf", "Cc", "Co", "Cs"})
"""Unicode categories of invisible characters: marks of direction, controls, private use."""

_HYPHENS: Final = dict.fromkeys((*range(8208, 8214), 8722, 65123), "-")
_NO_NUMBER: Final = frozenset(
    {
        *("-", "--", "/", "?", "n/a", "na", "nil", "none", "tba", "tbc", "tbd"),
        *(
            "pending",
            "open",
            "unknown",
            "not known",
            "not yet known",
            "to follow",
            "to be confirmed",
        ),
        *("无", "尚无", "暂无", "待定", "未知", "不详", "待补"),
    }
)
"""What people write in place of a number that is not known yet."""

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
    """Tell whether a spreadsheet would calculate a cell; no amount and no telephone number is."""
    plain_number = _AMOUNT.fullmatch(cell) or _PHONE.fullmatch(cell)
    return cell.startswith(FORMULA[:4]) and not plain_number


def unguarded(cell: str) -> str:
    """Return the text of a CSV cell written as `="text"`; return other cells unchanged."""
    match = _TEXT.fullmatch(cell)
    return match[1] if match else cell


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


def unquoted(text: str) -> str:
    """Return a number's or a date's plain text without the apostrophe that marks a cell as text."""
    return plain(text).removeprefix("'").removeprefix("\u2019")


def number(text: str) -> str:
    """Return an application number with plain hyphens; empty for a word in its place.

    `tbc` or `pending` means no number yet. A blank next to a hyphen is not part of the number.
    """
    bare = _AT_HYPHEN.sub("-", unquoted(text).translate(_HYPHENS))
    return "" if bare.lower() in _NO_NUMBER else text.strip() if bare == plain(text) else bare


Order = Literal["day", "month", ""]
"""What comes first in dates with the year last; empty if not known."""


def iso_date(text: str, order: Order = "") -> str:
    """Return a date as `2026-11-17`; return any other text unchanged.

    Reads the forms of both offices: `2026年11月17日`, in numerals as well, `17.11.2026`,
    `17 Nov 2026`, `Nov 17, 2026`, `20261117`, months in any language of the EU; a time of day is
    dropped. Day and month before the
    year, as in `03/12/2026`, are read by `order`, or by a number above 12.
    """
    folded = unquoted(text)
    if match := _IN_NUMERALS.fullmatch(folded):
        year, month, day = match.groups()
        return _iso(int(year.translate(_NUMERALS)), _numeral(month), _numeral(day)) or text
    for form in _DATES:
        if match := form.fullmatch(folded):
            parts = match.groupdict()
            month_ = month_of(parts["name"]) if "name" in parts else int(parts["m"])
            return _iso(int(parts["y"]), month_, int(parts["d"])) or text
    return _year_last(folded, order) or text


def is_exchangeable(text: str) -> bool:
    """Tell whether day and month of a date can be exchanged, as in `03/12/2026`."""
    return len(readings(text)) > 1


def readings(text: str) -> tuple[str, ...]:
    """Return the dates that a date with the year last can mean, the day first."""
    folded = plain(text)
    return tuple(dict.fromkeys(filter(None, (_year_last(folded, o) for o in ("day", "month")))))


def order_of(texts: Iterable[str]) -> Order:
    """Return the order of day and month in a column; empty unless clear dates agree on it."""
    orders: set[Order] = set()
    for match in filter(None, (_YEAR_LAST.fullmatch(plain(text)) for text in texts)):
        first, second = int(match[1]), int(match[2])
        if first > _MONTHS_OF_A_YEAR:
            orders.add("day")
        elif second > _MONTHS_OF_A_YEAR:
            orders.add("month")
    return orders.pop() if len(orders) == 1 else ""


def _year_last(folded: str, order: Order) -> str:
    match = _YEAR_LAST.fullmatch(folded)
    if match is None:
        return ""
    first, second, year = (int(part) for part in match.groups()[:3])
    if first > _MONTHS_OF_A_YEAR or (order == "day" and second <= _MONTHS_OF_A_YEAR):
        return _iso(year, second, first)
    if second > _MONTHS_OF_A_YEAR or order == "month" or first == second:
        return _iso(year, first, second)
    return ""


def _iso(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def _numeral(text: str) -> int:
    """Read a Chinese numeral of a month or a day: `十一` is 11, `二十` is 20."""
    tens, ten, units = text.rpartition("十")
    unit = int(units.translate(_NUMERALS)) if units else 0
    return unit + (10 * int(tens.translate(_NUMERALS) or 1) if ten else 0)


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


def number_key(number: str) -> str:
    """Fold case, width, kinds of hyphens and blanks next to hyphens; other differences remain.

    A run of hyphens stays a hyphen: without hyphens, `2025-11-2` and `2025-1-12` would be equal.
    """
    return _RUN_OF_HYPHENS.sub("-", plain(number).translate(_HYPHENS)).casefold()


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
