"""Names of months in the languages of the EU, as people write them in dates."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

from babel.dates import get_month_names

_LANGUAGES: Final = (
    *("bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr"),
    *("hu", "it", "lt", "lv", "mt", "nl", "pl", "pt", "ro", "sk", "sl", "sv"),
)
_SHORT: Final = 3
"""Letters of an English name that are enough; other languages abbreviate as they do."""


def month_of(name: str) -> int:
    """Return the month of a name, or of an English name's first letters; 0 if it is not one.

    A name of two months is none: *listopad* is November in Polish and October in Croatian.
    """
    folded = name.lower().rstrip(".")
    if found := _names().get(folded):
        return min(found) if len(found) == 1 else 0
    english = [at for at, month in _english() if month.startswith(folded)]
    return english[0] if len(english) == 1 and len(folded) >= _SHORT else 0


@cache
def _names() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {"sept": {9}}
    for language in _LANGUAGES:
        for at, name in _months(language):
            found.setdefault(name.lower().rstrip("."), set()).add(at)
    return {name: frozenset(months) for name, months in found.items()}


def _months(language: str) -> Iterator[tuple[int, str]]:
    for width in ("wide", "abbreviated"):
        for context in ("format", "stand-alone"):
            yield from get_month_names(width, context, language).items()


@cache
def _english() -> tuple[tuple[int, str], ...]:
    names = get_month_names("wide", "format", "en")
    return tuple((at, name.lower()) for at, name in names.items())
