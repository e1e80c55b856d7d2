"""Split a text into runs of Chinese and Latin script, for the `lang` attributes of screen readers.

Chinese characters count as Chinese; names and words in Latin letters count as English. Numbers and
codes, such as `EU-24` or `XLSX`, have no language.
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
# Looked for before it is read, so that a word can be read in one way alone: in linear time.
_WORD: Final = (
    rf"(?={_LETTER}(?:{_LETTER}|['\u2019])*[a-z\u00df-\u024f]){_LETTER}(?:['\u2019]*{_LETTER})+"
)
# Not within an address, a number or a file's name.
_BEFORE: Final = r"(?<![0-9A-Za-z\u00c0-\u024f./:@_-])"
_AFTER: Final = r"(?![0-9A-Za-z\u00c0-\u024f/:@_-]|\.[0-9A-Za-z])"
_LATIN: Final = re.compile(rf"{_BEFORE}{_WORD}(?:[ -]{_WORD})*{_AFTER}")


def script_runs(text: str, lang: Lang) -> Iterator[tuple[str, Lang | None]]:
    """Split a text by script; `lang`: language of the text.

    Yields runs with their language; None for the text's own language.
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
