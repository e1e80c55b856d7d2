"""Detect the encoding of a text file, or list the encodings that fit.

A byte above ASCII is a letter in nearly every one-byte encoding, so a file in a European encoding
does not show which one was used: an official chooses by a sample line. Pure; does not read tables.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import combinations, zip_longest
from typing import Final, Literal, get_args

Encoding = Literal[
    "windows-1252",
    "windows-1250",
    "windows-1251",
    "windows-1253",
    "windows-1254",
    "windows-1257",
    "iso-8859-15",
    "iso-8859-2",
    "iso-8859-7",
    "iso-8859-5",
    "gb18030",
]
"""An encoding that an official may choose; IANA names."""

ENCODINGS: Final[tuple[Encoding, ...]] = get_args(Encoding)

MAX_ASKED: Final = 1024 * 1024
"""Largest file in bytes to read in several encodings; a list of 2,000 rows has 0.4 MB."""

MAX_SAMPLE: Final = 80
"""Longest part of a line in a sample, in characters."""

_BEFORE: Final = 30
"""Characters of a sample before the first difference."""

_SEEN: Final = 20_000
"""Bytes or characters at the start of a file used for detection."""

_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_USUAL: Final = (range(0xB0, 0xD8), range(0xA1, 0xFF))
"""First and second bytes of the 3,755 usual characters of GB 2312."""

_WIDE: Final = re.compile(r"[\u3000-\u303f\uff00-\uffef]")
"""Signs between Chinese characters, and full-width forms."""

_BEYOND: Final = re.compile(r"[^\x00-\x7f·]")
"""A non-ASCII character, except the separator of cells in a sample."""

_ASCII: Final = "abcdefghijklmnopqrstuvwxyz"

_WESTERN: Final = (
    "äöüß", "àâæçéèêëîïôœùûüÿ", "áéíñóúü", "àéèìîòóù", "áàâãçéêíóôõú", "áàäèéëêïíîóôöúûü", "åäö",
    "æøåé", "àçéèíïòóúü",
)  # fmt: skip
_CENTRAL: Final = (
    "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţ",
)  # fmt: skip
_GREEK: Final = ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",)
_CYRILLIC: Final = ("абвгдежзийклмнопрстуфхцчшщъьюяѝ",)
_ALPHABETS: Final[Mapping[str, tuple[frozenset[str], ...]]] = {
    name: tuple(frozenset(letters + more) for letters in alphabets)
    for names, alphabets, more in (
        ("windows-1252 iso-8859-15", _WESTERN, _ASCII),
        ("windows-1250 iso-8859-2", _CENTRAL, _ASCII),
        ("windows-1254", ("âçğıîöşûüİ",), _ASCII),
        ("windows-1257", ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"), _ASCII),
        ("windows-1253 iso-8859-7", _GREEK, ""),
        ("windows-1251 iso-8859-5", _CYRILLIC, ""),
    )
    for name in names.split()
}
"""Encoding → alphabets of the languages written in the encoding."""

_WORD: Final = re.compile(r"[^\x00-@\[-`{-\x7f\u00a0\u2013\u2014\u2019\u2026]+")
_SIGNS: Final = "\u2018\u201a\u201c\u201d\u201e\u2022\u2039\u203a«»€°§·±×²³\u00ad¡¿"
"""Signs at the start or end of a word."""


def told(data: bytes) -> tuple[bytes, str]:
    """Return the bytes without a byte order mark, and the encoding; empty if undecided."""
    # Chinese text in GB18030 is practically never valid UTF-8, so UTF-8 is tried first. A UTF-8
    # mark before GB18030 is an editor's mistake.
    if data.startswith(_UTF_16):
        return data, "utf-16" if _text(data, "utf-16") is not None else ""
    data = data.removeprefix(codecs.BOM_UTF8)
    if _text(data, "utf-8") is not None:
        return data, "utf-8"
    chinese = _text(data, "gb18030")
    if chinese is not None and _is_chinese(chinese[:_SEEN]) and not _are_letters(data[:_SEEN]):
        return data, "gb18030"
    return data, ""


def fitting(data: bytes) -> tuple[Encoding, ...]:
    """Return the encodings that decode every byte to text, the likeliest first."""
    found: dict[Encoding, float] = {}
    for encoding in ENCODINGS:
        text = _text(data, encoding)
        if text is not None and not any(map(_is_control, {*text})):
            found[encoding] = _likelihood(text[:_SEEN], encoding)
    return tuple(sorted(found, key=lambda each: -found[each]))


def samples(readings: Sequence[Mapping[int, str]]) -> tuple[str, ...]:
    """Return a sample of each reading; samples of different readings differ.

    A sample has the first line with a difference between the two likeliest readings, then further
    lines while two samples are equal.

    Args:
        readings: Text by line number, ` · ` between cells; the likeliest reading first.
    """
    shown: tuple[tuple[str, ...], ...] = ((),) * len(readings)
    if len(readings) == 1:
        shown = (_special(readings[0]),)
    for one, other in combinations(range(len(readings)), 2):
        if shown[one] == shown[other]:
            line, at = _difference(readings[one], readings[other])
            shown = tuple(
                (*before, _part(texts.get(line, ""), at))
                for before, texts in zip(shown, readings, strict=True)
            )
    return tuple(" … ".join(parts) for parts in shown)


def _text(data: bytes, encoding: str) -> str | None:
    """Decode bytes; None for invalid bytes and for NUL."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _is_control(sign: str) -> bool:
    """Tell whether a character is a control, format, private or unassigned character."""
    # Office programs write soft hyphens.
    return unicodedata.category(sign).startswith("C") and sign not in "\t\r\n\u00ad"


def _is_chinese(text: str) -> bool:
    """Tell whether text decoded as GB18030 is Chinese: most characters are usual ones.

    European letters decoded as GB18030 become Chinese characters too, mostly rare ones.
    """
    pairs = [each for each in text if "\u4e00" <= each <= "\u9fff"]
    return 2 * sum(map(_is_usual, pairs)) > len(pairs)


def _is_usual(sign: str) -> bool:
    pair = sign.encode("gb18030")
    return pair[0] in _USUAL[0] and pair[1] in _USUAL[1]


def _are_letters(data: bytes) -> bool:
    """Tell whether all words fit one European language in a one-byte encoding.

    Words in Greek or Cyrillic capitals decode to usual Chinese characters, too.
    """
    texts = ((each, _text(data, each)) for each in _ALPHABETS)
    return any(text is not None and _likelihood(text, each) == 1 for each, text in texts)


def _likelihood(text: str, encoding: str) -> float:
    """Return the share of non-ASCII words that fit the best language of an encoding, 0 to 1."""
    stripped = (word.strip(_SIGNS) for word in _WORD.findall(text))
    words = [word for word in stripped if word and not word.isascii()]
    if encoding not in _ALPHABETS:
        fits = sum(_is_chinese_word(word) for word in words)
    else:
        fits = max(sum(_is_word(each, of) for each in words) for of in _ALPHABETS[encoding])
    return fits / len(words) if words else 1


def _is_word(word: str, letters: frozenset[str]) -> bool:
    """Tell whether a word has only letters of an alphabet, and capitals at usual places."""
    cased = word[1:].lower() in {word[1:], ""} or word.upper() == word
    return cased and all(each in letters or each.lower() in letters for each in word)


def _is_chinese_word(word: str) -> bool:
    han = ("\u4e00" <= each <= "\u9fff" and _is_usual(each) for each in word)
    return all(usual or _WIDE.match(each) for usual, each in zip(han, word, strict=True))


def _special(reading: Mapping[int, str]) -> tuple[str, ...]:
    """Return a part of the first line with a non-ASCII character."""
    found = ((text, _BEYOND.search(text)) for text in reading.values())
    return next(((_part(text, sign.start()),) for text, sign in found if sign), ())


def _difference(one: Mapping[int, str], other: Mapping[int, str]) -> tuple[int, int]:
    """Return line number and index of the first difference between two readings."""
    lines = sorted({*one, *other})
    line = next((each for each in lines if one.get(each, "") != other.get(each, "")), 0)
    pairs = zip_longest(one.get(line, ""), other.get(line, ""))
    return line, next((at for at, (left, right) in enumerate(pairs) if left != right), 0)


def _part(text: str, at: int) -> str:
    """Return the part of a line around an index, from the start of a word."""
    first = max(0, at - _BEFORE)
    if first:
        first += text[first:at].find(" ") + 1
    return " ".join(text[first : first + MAX_SAMPLE].splitlines()).lstrip(" ·")
