"""Rule S-023 for columns that stay at home: quantities, shares and days that can't be right.

Looks at single rows. Takes cells as the file has them: decimal points or commas, digits of any
width, units in either language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from special_channel.core.sense.findings import Fact, Finding
from special_channel.core.sense.vocabularies import BASIS, UNIT
from special_channel.core.sense.words import Lexicon, lexicon

_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:(?P<gap>[ .,'’])[0-9]{3})(?:(?P=gap)[0-9]{3})*"
                             r"(?:[.,][0-9]+)?")  # fmt: skip
_PLAIN: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHOWN: Final = 40
"""Characters of a cell in a sentence."""

_LONGEST: Final = 64
"""Characters of a number; a longer cell is none."""

_WORDS: Final[Mapping[str, Lexicon]] = {"unit": lexicon(UNIT, {}), "qty_basis": lexicon(BASIS, {})}
_WHOLE: Final = 100
"""Per cent."""


def kept_cells(row: int, cells: Mapping[str, str], stop_on: str = "") -> Iterator[Finding]:
    """Yield cells of a row that can't be right.

    Args:
        row: Number of the row.
        cells: Cells of the side's own columns, by name; `stock_out_on` as `2026-12-03`.
        stop_on: The row's date of the production stop; empty without one.
    """
    if not cells:
        return
    unit, basis = (_codes(name, cells.get(name, "")) for name in _WORDS)
    stock = cells.get("stock_out_on", "")
    wrong = {
        "qty": not _is_positive(cells.get("qty", "1")),
        "value": not _is_positive(cells.get("value", "1")),
        "unit": "unit" in cells and not unit,
        "content_pct": not _is_share(cells.get("content_pct", "1")),
        # Pieces have no weight that a share of them could be.
        "qty_basis": basis == ("contained",) and unit == ("pcs",),
        "stock_out_on": bool(stop_on and _DATE.fullmatch(stock) and stock > stop_on),
    }
    for name, found in wrong.items():
        if found:
            value = cells[name].strip()[:_SHOWN]
            facts = {"column": Fact("column", name), "value": Fact("text", value)}
            yield Finding("S-023", "confirm", row, (name,), facts)


# A list repeats a few words in every row.
@lru_cache(maxsize=256)
def _codes(column: str, cell: str) -> tuple[str, ...]:
    return _WORDS[column].read(cell).codes


def _is_positive(cell: str) -> bool:
    text = _plain(cell)
    number = _PLAIN.fullmatch(text) or _GROUPED.fullmatch(text)
    mantissa = re.split("[eE]", text)[0]
    return number is not None and any(digit in "123456789" for digit in mantissa)


def _is_share(cell: str) -> bool:
    """Return whether a cell is a share from 0 to 100 %, or no single number."""
    text = _plain(cell).removesuffix("%").strip()
    sign = text.startswith("-")
    number = _PLAIN.fullmatch(text.removeprefix("-"))
    if number is None:
        return True  # a range, or words
    share = Decimal(number[0].replace(",", "."))
    return share == 0 or (not sign and share <= _WHOLE)


def _plain(cell: str) -> str:
    if len(cell) > _LONGEST:
        return ""
    return unicodedata.normalize("NFKC", cell).replace("−", "-").strip()
