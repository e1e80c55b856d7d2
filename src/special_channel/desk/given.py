"""Find what a return sheet has otherwise than the record, in columns given out for reading.

Nothing of these columns is sent: the record stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from special_channel.desk.cells import plain
from special_channel.desk.layout import NOTHING
from special_channel.desk.lists import LIST_COLUMNS
from special_channel.messages.catalogue import Catalogue
from special_channel.messages.dates import full_date

GivenColumn = Literal["eu_asserted_status", "eu_as_of", "urgency", "question_code"]

GIVEN_OUT: Final[tuple[GivenColumn, ...]] = get_args(GivenColumn)
"""Columns of the sheet given out with what the other side states."""

_WORDS: Final[Mapping[str, str]] = {
    "eu_asserted_status": "state",
    "urgency": "urgency",
    "question_code": "question",
}
"""Vocabularies of the columns."""

_OF_THE_LIST: Final = frozenset({"urgency", "question_code"})

GivenCells = Mapping[int, Mapping[str, str]]
"""Codes, dates or cells by row of the list and column; empty where nothing is stated."""


@dataclass(frozen=True, slots=True)
class OtherValue:
    """A value in a file, and the value of the record; codes and dates where they are known."""

    row: int
    column: str
    file: str
    record: str


def other_values(file: GivenCells, record: GivenCells) -> Iterator[OtherValue]:
    """Yield the values of a file that differ from the record, by row.

    Empty cells and signs for nothing differ from nothing. Rows that the record lacks have an error
    of their own.
    """
    for row in sorted(file.keys() & record.keys()):
        for column, cell in file[row].items():
            value, known = str(LIST_COLUMNS[column][1](cell)), record[row].get(column, "")
            if value != known and plain(cell).lower() not in {"", *NOTHING}:
                yield OtherValue(row, column, value, known)


def said_of(t: Catalogue, each: OtherValue) -> str:
    """Write a differing value in the reader's language."""
    key = "list" if each.column in _OF_THE_LIST else "record"
    return t.gettext(
        f"given-other.{key}",
        row=each.row,
        what=t.label("given", each.column),
        file=_words(t, each.column, each.file),
        record=_words(t, each.column, each.record),
    )


def _words(t: Catalogue, column: str, value: str) -> str:
    group = _WORDS.get(column)
    if not value:
        return "–"
    if group:
        return t.label(group, value)
    try:
        return full_date(date.fromisoformat(value), t.lang)
    except ValueError:
        return value  # a cell without a date
