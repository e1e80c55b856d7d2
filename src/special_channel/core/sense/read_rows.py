"""Rules that a reader sees of the other side's statements, as an aid for reading alone.

A finding speaks of the statement, and against the day on which it was stated: so it never changes
with the day of reading. It crosses nowhere, and no count leaves a row out for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from special_channel.core.sense.findings import Fact, Finding


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


def as_read(found: Iterable[Finding], variant: str = "") -> tuple[Finding, ...]:
    """Return findings of the other side's statement as notes, with the sentence for a reader.

    `variant`: suffix of the sentence; empty if the author's sentence serves a reader as well.
    """
    return tuple(replace(each, grade="note", variant=f"{each.variant}{variant}") for each in found)
