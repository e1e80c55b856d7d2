"""Read one-time codes and codes of stop cards as people type them. Does not check them."""

from __future__ import annotations

import unicodedata
from typing import Final

_SKIPPED: Final = frozenset({"Pd", "Zs", "Zl", "Zp", "Cc", "Cf"})
"""Dashes, blanks, ends of lines, and signs that nobody sees, such as a soft hyphen."""

_MINUS: Final = "\u2212"


def plain_code(typed: str) -> str:
    """Return the letters and digits of a code as typed: capitals, without blanks and dashes.

    Full-width letters, as a Chinese keyboard writes them, are the same letters.
    """
    return "".join(
        sign
        for sign in unicodedata.normalize("NFKC", typed).upper()
        if sign != _MINUS and unicodedata.category(sign) not in _SKIPPED
    )
