"""Fill columns that a weekly list lacks: row numbers, ranks, times listed and first date.

Sheets of companies have none of them. Only whole columns are filled: a blank cell in a column of
the file is an error of its line. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from special_channel.desk import cells
from special_channel.desk.table import NUMBER, Table

ROW: Final = "row"
RANK: Final = "priority_rank"
FIRST: Final = "first_listed"
TIMES: Final = "times_listed"


@dataclass(frozen=True, slots=True)
class Defaults:
    """Values for columns that a file lacks.

    Attributes:
        on: The day of listing, first date of a new number; None if the file must have all columns.
        rows: Row of the list to be amended, by application number.
        ranks: Rank in the list to be amended, by application number.
    """

    on: date | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)


NO_DEFAULTS: Final = Defaults()


def with_defaults(table: Table, defaults: Defaults) -> Table:
    """Fill columns that a file lacks; the record's counts replace those of known numbers later."""
    table = _counted(table, ROW, defaults.rows)
    if defaults.on is None:
        return table
    table = _counted(table, RANK, defaults.ranks)
    for column, value in ((FIRST, defaults.on.isoformat()), (TIMES, "1")):
        if column not in table.header:
            table = _filled(table, column, [value] * len(table.lines))
    return table


def _counted(table: Table, column: str, known: Mapping[str, int]) -> Table:
    """Number the lines in their order; those of known numbers have theirs."""
    if column in table.header:
        return table
    last, values = max(known.values(), default=0), []
    for line in table.lines:
        number = known.get(cells.plain(line.cells.get(NUMBER, "")))
        last += number is None
        values.append(str(number or last))
    return _filled(table, column, values)


def _filled(table: Table, column: str, values: list[str]) -> Table:
    pairs = zip(table.lines, values, strict=True)
    lines = tuple(replace(line, cells={column: value, **line.cells}) for line, value in pairs)
    filled = (*table.filled, column)
    return replace(table, header=(column, *table.header), lines=lines, filled=filled)
