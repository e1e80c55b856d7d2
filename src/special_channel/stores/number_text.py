"""Find numbers of applications and licences by a part that somebody typed.

Letters and digits of full width, case, blanks and hyphens make no difference, as in the search
(`core/search/folding.py`). Reads no table.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_SKIPPED: Final = " -\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
"""Blanks and dashes of a number once it is normalized: NFKC makes others of these."""

_PLAIN: Final = str.maketrans("", "", _SKIPPED)


def number_part(typed: str) -> str:
    """Return a typed part of a number as `contains` compares it."""
    return unicodedata.normalize("NFKC", typed).translate(_PLAIN)


def contains(column: str, part: str) -> str:
    """Return a condition: a column's number contains a part, which `number_part` wrote.

    Args:
        column: SQL of the number.
        part: SQL of the part, a placeholder.
    """
    # Nearly all numbers are ASCII, for which the short way takes a fraction of the time.
    short = f"replace(replace({column}, '-', ''), ' ', '')"
    whole = f"translate(normalize({column}, NFKC), '{_SKIPPED}', '')"
    plain = f"CASE WHEN octet_length({column}) = length({column}) THEN {short} ELSE {whole} END"
    return f"strpos(lower({plain}), lower({part})) > 0"
