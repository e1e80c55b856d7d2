"""The columns of a list that stay at home: how `columns.kept` holds them, and reading it again.

A row is `{"row", "number", "columns": {name: text}}`. A name that is no key of canonical JSON
(`注释`, `Remarks`) stands beside them: `"others": [{"name", "text"}]`. Does not decide what
stays: `lists.py` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from special_channel.core.canonical import Value

_KEY: Final = re.compile(r"[a-z][a-z0-9_.]{0,31}")


def kept(row: Value, number: Value, cells: Mapping[str, str]) -> dict[str, Value]:
    """Write one row of the columns that stay."""
    found: dict[str, Value] = {
        "row": row,
        "number": number,
        "columns": {name: text for name, text in cells.items() if _KEY.fullmatch(name)},
    }
    others = [
        {"name": name, "text": text} for name, text in cells.items() if not _KEY.fullmatch(name)
    ]
    return found | ({"others": others} if others else {})


def cells_of(row: Mapping[str, Any]) -> dict[str, str]:
    """Return a row's cells by the name of their column, whatever the name."""
    others = {str(each["name"]): str(each["text"]) for each in row.get("others", ())}
    return {**{name: str(text) for name, text in row.get("columns", {}).items()}, **others}


def names_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of a row's columns, as `cells_of` has them."""
    return (*row.get("columns", {}), *(str(each["name"]) for each in row.get("others", ())))


def rows(data: str | None) -> dict[int, dict[str, Value]]:
    """Return the rows that a list's `columns.kept` holds, as they are kept, by row of the list."""
    found: list[dict[str, Any]] = orjson.loads(data).get("rows", []) if data else []
    return {int(row.get("row", 0)): row for row in found}


def joined(
    before: Mapping[int, Mapping[str, Value]], after: Iterable[Mapping[str, Value]]
) -> tuple[dict[str, Value], ...]:
    """Return the rows that were kept with later ones in their place, in the order of the list."""
    rows = {**before, **{int(str(each["row"])): each for each in after}}
    return tuple(dict(rows[place]) for place in sorted(rows))
