"""Runs of the other language's script in a text, so that a screen reader speaks each rightly.

Knows scripts alone: Chinese in an English text, and names or words in Latin letters in a Chinese
one. Numbers and codes, such as `EU-24` or `XLSX`, are of no language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from special_channel.messages.catalogue import Lang

_HAN: Final = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CHINESE: Final = re.compile(rf"[{_HAN}](?:[{_HAN}\u3001\u3002\uff0c\uff1a\u00b7]*[{_HAN}])?")

_LETTER: Final = r"[A-Za-z\u00c0-\u024f]"
# A word with a small letter after its first: a name, not a code.
_WORD: Final = rf"{_LETTER}(?:{_LETTER}|['\u2019])*[a-z\u00df-\u024f]{_LETTER}*"
# Not within an address, a number or a file's name.
_BEFORE: Final = r"(?<![0-9A-Za-z\u00c0-\u024f./:@_-])"
_AFTER: Final = r"(?![0-9A-Za-z\u00c0-\u024f/:@_-]|\.[0-9A-Za-z])"
_LATIN: Final = re.compile(rf"{_BEFORE}{_WORD}(?:[ -]{_WORD})*{_AFTER}")


def script_runs(text: str, lang: Lang) -> Iterator[tuple[str, Lang | None]]:
    """Split a text of a language.

    Yields each run with the language that it is in; None for the language of the text.
    """
    pattern = _CHINESE if lang == "en" else _LATIN
    other: Lang = "zh-CN" if lang == "en" else "en"
    end = 0
    for found in pattern.finditer(text):
        if found.start() > end:
            yield text[end : found.start()], None
        yield found[0], other
        end = found.end()
    if end < len(text):
        yield text[end:], None
