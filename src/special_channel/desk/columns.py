"""Encode and decode a list's private columns, as stored by `columns.kept`.

A row is `{"row", "number", "columns": {name: text}}`. Column names that are not valid keys of
canonical JSON (`注释`, `Remarks`) go into a separate array: `"others": [{"name", "text"}]`. Does
not decide which columns are private: `lists.py` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from special_channel.core.bytes.canonical import Value

_KEY: Final = re.compile(r"[a-z][a-z0-9_.]{0,31}")


def encode_row(row: Value, number: Value, cells: Mapping[str, str]) -> dict[str, Value]:
    """Encode the private columns of one row."""
    encoded: dict[str, Value] = {
        "row": row,
        "number": number,
        "columns": {name: text for name, text in cells.items() if _KEY.fullmatch(name)},
    }
    others = [
        {"name": name, "text": text} for name, text in cells.items() if not _KEY.fullmatch(name)
    ]
    return encoded | ({"others": others} if others else {})


def cells_of(row: Mapping[str, Any]) -> dict[str, str]:
    """Return a row's cells by column name, including names that are not valid keys."""
    others = {str(column["name"]): str(column["text"]) for column in row.get("others", ())}
    return {**{name: str(text) for name, text in row.get("columns", {}).items()}, **others}


def names_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a row's column names, in the order of `cells_of`."""
    return (*row.get("columns", {}), *(str(column["name"]) for column in row.get("others", ())))


def decode_rows(data: str | None) -> dict[int, dict[str, Value]]:
    """Decode a list's `columns.kept` data; return the encoded rows by row number."""
    decoded: list[dict[str, Any]] = orjson.loads(data).get("rows", []) if data else []
    return {int(row.get("row", 0)): row for row in decoded}


def merge_rows(
    before: Mapping[int, Mapping[str, Value]], after: Iterable[Mapping[str, Value]]
) -> tuple[dict[str, Value], ...]:
    """Replace rows by later ones and return all rows in the order of the list."""
    rows = {**before, **{int(str(row["row"])): row for row in after}}
    return tuple(dict(rows[number]) for number in sorted(rows))
