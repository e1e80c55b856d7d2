"""A bundle's `README.txt`: purpose and manual check of an entry, in both languages.

Ends with the words of the charter in force on the effect of dates and silence; the rest is
`readme.txt`, the same in every bundle.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

_SECTION: Final = """

{english}

{en}


{chinese}

{zh}
"""
_DAMAGED: Final = "DAMAGED", "已损坏的条目"
_EFFECT: Final = "EFFECT, IN THE WORDS OF THE CHARTER IN FORCE", "效力（现行章程原文）"


def readme(effect: Mapping[str, str], notice: tuple[str, str] | None = None) -> bytes:
    """Encode the text.

    Args:
        effect: The charter's words by language; empty without a charter in force.
        notice: The notice about damaged entries, in both languages.
    """
    text = files("special_channel.export").joinpath("readme.txt").read_text(encoding="utf-8")
    if notice:
        text += _section(_DAMAGED, *notice)
    if effect:
        text += _section(_EFFECT, effect["en"], effect["zh"])
    return text.encode()


def _section(title: tuple[str, str], en: str, zh: str) -> str:
    return _SECTION.format(english=title[0], chinese=title[1], en=en, zh=zh)
