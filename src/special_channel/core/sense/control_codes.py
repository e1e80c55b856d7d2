"""Control codes: the form of a code, and spellings that are read as one.

Source: the control list of dual-use items, such as `1C905.a` or `1C905.a.4`. Does not know the
codes in force.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_FORM: Final = re.compile(r"[0-9][A-E][0-9]{3}(?:\.[a-z](?:\.[0-9]{1,2})?)?")
_SPELLED: Final = re.compile(
    r"(?P<head>[0-9][A-E][0-9]{3})"
    r"(?:[ .\-]?\(?(?P<part>[A-Z])\)?(?:[ .\-]?\(?(?P<item>[0-9]{1,2})\)?)?)?",
    re.IGNORECASE | re.ASCII,
)
_MAX: Final = 32
"""Characters of a cell that can be a code, with blanks."""


def folded(cell: str) -> str:
    """Return a code in the list's spelling; return a cell that is not a single code unchanged."""
    text = unicodedata.normalize("NFKC", cell).strip() if len(cell) <= _MAX else ""
    match = _SPELLED.fullmatch(text)
    if match is None:
        return cell.strip()
    part = (match["part"] or "").lower()
    return ".".join(filter(None, (match["head"].upper(), part, match["item"])))


def is_code(code: str) -> bool:
    """Return whether a text has the form of a control code."""
    return _FORM.fullmatch(code) is not None
