"""Words for cells of a side's own columns, which are kept as the file had them.

A cell with other words than those of its column is shown as it is.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from typing import Final

from special_channel.core.sense.vocabularies import BASIS
from special_channel.core.sense.words import Lexicon, lexicon
from special_channel.messages.catalogue import Catalogue
from special_channel.messages.dates import full_date

_CODED: Final = frozenset({"is_sme", "end_use_sector"})
"""Columns of codes, which are also the groups of their words."""

_BASIS: Final[Lexicon] = lexicon(BASIS, {})
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def own_cell(t: Catalogue, column: str, cell: str) -> str:
    """Return the words of a cell: `no` for `false` of the column of small firms."""
    text = cell.strip()
    if _DATE.fullmatch(text):
        with suppress(ValueError):
            return full_date(date.fromisoformat(text), t.lang)
    return filed_cell(t, column, cell)


def filed_cell(t: Catalogue, column: str, cell: str) -> str:
    """Return the words of a cell for a list taken along as a file, where dates stay as they are.

    A spreadsheet sorts by `2026-12-15`, as all lists in files have their dates.
    """
    text = cell.strip()
    if column in _CODED:
        key = f"{column}.{text.lower()}"
        return t.gettext(key) if key in t.singular else cell
    if column == "qty_basis":
        codes = _BASIS.read(text).codes
        return t.label("quantity", codes[0]) if len(codes) == 1 else cell
    return cell
