"""A parsed list or return sheet, and the errors in its lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from special_channel.core.bytes.errors import Malformed
from special_channel.desk.payloads import Fields
from special_channel.messages.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Fault:
    """An error in one line of a file.

    Attributes:
        cell: Excerpt of the cell.
        other: Line with the same number; 0 without one.
        vocabulary: Group of the terms of `known`.
        known: Codes of the terms that the cell can hold, or that its word can mean.
    """

    row: int
    column: str
    code: str
    number: str = ""
    cell: str = ""
    other: int = 0
    vocabulary: str = ""
    known: tuple[str, ...] = ()

    def facts(self, t: Catalogue) -> dict[str, str]:
        """Return the facts in the fault's sentence apart from row and column."""
        words = (t.label(self.vocabulary, code) for code in self.known)
        other = str(self.other) if self.other else ""
        known = " · ".join(words)
        return {"number": self.number, "cell": self.cell, "other": other, "known": known}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A parsed file.

    Attributes:
        list: The list's number, such as `L2026-47`.
        rows: Shared rows, as in the `data` part.
        kept: Private columns, one item a line, encoded by `columns.py`.
        columns: Names of the private columns.
        faults: Errors by line; a sheet with faults must not be signed.
        lines: Line of the file for each row.
        remarks: Free remarks of a return sheet by row, sent as separate parts.
        corrections: Corrected statements of a return sheet by row, as typed;
            `answers.with_corrections` looks them up.
        left: Number of unanswered rows of a return sheet, left for later.
    """

    list: str
    rows: tuple[Fields, ...]
    kept: tuple[Fields, ...]
    columns: tuple[str, ...]
    faults: tuple[Fault, ...] = ()
    lines: tuple[int, ...] = ()
    remarks: Mapping[int, str] = field(default_factory=dict)
    left: int = 0
    corrections: Mapping[int, str] = field(default_factory=dict)

    def filled(self) -> dict[str, int]:
        """Count the rows with a value, by shared field."""
        return dict(sorted(Counter(name for row in self.rows for name in row).items()))

    def checked(self) -> Sheet:
        """Return the sheet if it has no faults.

        Raises:
            Malformed: The first fault's code, with its place and the `count` of all faults.
        """
        if self.faults:
            first = self.faults[0]
            raise Malformed(
                first.code,
                "A line of the file can't be taken.",
                row=first.row,
                column=first.column,
                count=len(self.faults),
                number=first.number,
                cell=first.cell,
                known=" · ".join(first.known),
                **({"other": first.other} if first.other else {}),
            )
        return self
