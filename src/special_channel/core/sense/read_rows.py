"""Rules that a reader sees of the other side's statements, as an aid for reading alone.

A finding speaks of the statement, and against the day on which it was stated: so it never changes
with the day of reading. It crosses nowhere, and no count leaves a row out for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from special_channel.core.entries import ReturnRow
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.findings import Fact, Finding
from special_channel.core.sense.history import Before
from special_channel.core.sense.return_case import Around
from special_channel.core.sense.return_rows import return_row

_TOGETHER: Final = frozenset({"S-027", "S-032", "S-033", "S-039", "S-044", "S-045", "S-048"})
"""Rules that read one row by itself, without earlier statements. Rules that the design shows to the
side whose law it is alone are not among them."""


def read_row(row: int, dates: Mapping[str, date], stated: date) -> Iterator[Finding]:
    """Yield dates of what has happened that are later than the day of the statement (S-009).

    Args:
        row: Number of the row.
        dates: Dates by field.
        stated: The date in Beijing of the entry.
    """
    for name, day in dates.items():
        if day > stated:
            facts = {
                "field": Fact("field", name),
                "date": Fact("date", day.isoformat()),
                "stated": Fact("date", stated.isoformat()),
            }
            yield Finding("S-009", "note", row, (name,), facts, "read")


def read_return(row: ReturnRow, days: WorkingDays) -> tuple[Finding, ...]:
    """Return what in a row of CN's answer can't be read together.

    `days`: working days in China.
    """
    # The day is left out: dates are compared with those of the same row.
    found = return_row(row, Around(date.max, days, Before("cn")))
    return as_read(each for each in found if each.rule in _TOGETHER)


def as_read(found: Iterable[Finding], variant: str = "") -> tuple[Finding, ...]:
    """Return findings of the other side's statement as notes, with the sentence for a reader.

    `variant`: suffix of the sentence; empty if the author's sentence serves a reader as well.
    """
    return tuple(replace(each, grade="note", variant=f"{each.variant}{variant}") for each in found)
