"""Rows of a replay, with recent rows in memory and older rows in a temporary SQLite database.

The database has no name; the system removes the file. Does not judge or fold:
`core.replay.replay` does, and uses the rows as a dictionary.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, MutableMapping
from functools import lru_cache
from typing import Any, Final, TypeVar, get_args

from pydantic import TypeAdapter

from special_channel.core.rules.state import Row, RowKey, Rows, Table, row_bytes

MAX_ROWS: Final = 4_000
"""Rows in memory before a spill; up to twice as many stay in memory."""

# Both list the tables in the same order, which a test compares.
_TYPES: Final[dict[Table, type[Any]]] = dict(zip(get_args(Table), get_args(Row), strict=True))
_TABLES: Final = {kind: table for table, kind in _TYPES.items()}

_R = TypeVar("_R")


class SpilledRows(MutableMapping[RowKey, Row]):
    """Rows by key, as a dictionary: recent rows in memory, older rows in a temporary file.

    A lookup makes a row recent. Rows can't be removed.
    """

    def __init__(self, limit: int = MAX_ROWS) -> None:
        """Begin empty; the file is created when more than `limit` rows are in memory."""
        self._limit = limit
        self._new: dict[RowKey, Row] = {}
        self._old: dict[RowKey, Row] = {}
        self._file: sqlite3.Connection | None = None

    def __getitem__(self, key: RowKey) -> Row:
        row: Row | None = self.get(key)
        if row is None:
            raise KeyError(key)
        return row

    def get(self, key: RowKey, default: Any = None) -> Any:  # noqa: ANN401 - as dict.get
        """Look up a row by key; `default` if missing."""
        row = self._new.get(key)
        if row is not None:
            return row
        row = self._old.pop(key, None) or self._from_file(key)
        if row is None:
            return default
        self[key] = row
        return row

    def __setitem__(self, key: RowKey, row: Row) -> None:
        if len(self._new) >= self._limit and key not in self._new:
            self._spill()
        self._old.pop(key, None)
        self._new[key] = row

    def __delitem__(self, key: RowKey) -> None:
        raise NotImplementedError  # the fold never removes a row

    def __contains__(self, key: object) -> bool:
        return self.get(key) is not None  # type: ignore[arg-type]  # keys are all there is

    def __iter__(self) -> Iterator[RowKey]:
        yield from [*self._new, *self._old]
        for table, key in self._select("SELECT kind, key FROM rows"):
            if (table, key) not in self._new and (table, key) not in self._old:
                yield table, key

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def of(self, kind: type[_R]) -> Iterator[_R]:
        """Yield the rows of a type, without reading other types."""
        yield from [
            row for rows in (self._new, self._old) for row in rows.values() if isinstance(row, kind)
        ]
        table = _TABLES[kind]
        for key, data in self._select("SELECT key, data FROM rows WHERE kind = ?", table):
            if (table, key) not in self._new and (table, key) not in self._old:
                yield _reader(table).validate_json(data)

    def close(self) -> None:
        """Close the file, which the system then removes."""
        if self._file is not None:
            self._file.close()

    def _spill(self) -> None:
        """Write the older rows in memory to the file."""
        if self._file is None:
            self._file = sqlite3.connect("", isolation_level=None)
            for order in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -8192"):
                self._file.execute(f"PRAGMA {order}")
            self._file.execute(
                "CREATE TABLE rows (kind TEXT, key TEXT, data BLOB, PRIMARY KEY (kind, key))"
                " WITHOUT ROWID"
            )
            self._file.execute("BEGIN")
        filed = ((*key, row_bytes(self._old[key])) for key in sorted(self._old))
        self._file.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)", filed)
        self._old, self._new = self._new, {}

    def _from_file(self, key: RowKey) -> Row | None:
        for (data,) in self._select("SELECT data FROM rows WHERE kind = ? AND key = ?", *key):
            row: Row = _reader(key[0]).validate_json(data)
            return row
        return None

    def _select(self, statement: str, *values: str) -> Iterator[Any]:
        return self._file.execute(statement, values) if self._file is not None else iter(())


def rows_of(rows: Rows, kind: type[_R]) -> Iterator[_R]:
    """Yield the rows of a type, of a dictionary or of spilled rows."""
    if isinstance(rows, SpilledRows):
        return rows.of(kind)
    values: Iterable[Row] = rows.values()
    return (row for row in values if isinstance(row, kind))


@lru_cache(maxsize=len(_TYPES))
def _reader(table: Table) -> TypeAdapter[Any]:
    return TypeAdapter(_TYPES[table])
