"""A parsed list or return sheet, with the errors of its lines. Values alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from special_channel.core.bytes.errors import Malformed
from special_channel.desk.payloads import Fields
from special_channel.desk.table import Table
from special_channel.messages.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Fault:
    """An error in one line of a file.

    Attributes:
        row: Line of the file.
        cell: Excerpt of the cell.
        listed: Row number of the list, or 0.
        other: Line with the same value, or 0.
        vocabulary: Group of the terms of `known`.
        known: Codes of the valid terms, or of the possible meanings of the word.
    """

    row: int
    column: str
    code: str
    number: str = ""
    cell: str = ""
    listed: int = 0
    other: int = 0
    vocabulary: str = ""
    known: tuple[str, ...] = ()

    def facts(self, t: Catalogue) -> dict[str, str]:
        """Return the facts in the fault's sentence apart from row and column."""
        words = (t.label(self.vocabulary, code) if self.vocabulary else code for code in self.known)
        known = " · ".join(words)
        return {
            "number": self.number,
            "cell": self.cell,
            "known": known,
            "other": str(self.other),
        }


@dataclass(frozen=True, slots=True)
class AsideRow:
    """A line set aside.

    Attributes:
        line: Line of the file.
        row: Row number of the list, as in the file.
        number: Application number, as in the file.
        faults: Errors, and open decisions.
    """

    line: int
    row: str
    number: str
    faults: tuple[Fault, ...]


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
        left: Number of unanswered rows of a return sheet, left for later.
        repeated: Number of rows equal to the latest statement.
        table: The file's table; None without a file.
    """

    list: str
    rows: tuple[Fields, ...]
    kept: tuple[Fields, ...]
    columns: tuple[str, ...]
    faults: tuple[Fault, ...] = ()
    lines: tuple[int, ...] = ()
    remarks: Mapping[int, str] = field(default_factory=dict)
    left: int = 0
    repeated: int = 0
    table: Table | None = field(default=None, compare=False, repr=False)

    def parted(self) -> tuple[Sheet, tuple[AsideRow, ...]]:
        """Return the sheet of the rows without faults, and the rows set aside.

        Faults of the whole file remain in the sheet. A duplicate value sets both rows aside: the
        right row is not guessed.
        """
        by_line: dict[int, list[Fault]] = {line: [] for line in self.lines}
        rest: list[Fault] = []
        for fault in self.faults:
            for line in {fault.row, fault.other} - {0}:
                by_line.get(line, rest).append(fault)
        aside = {line for line, faults in by_line.items() if faults}
        pairs = list(zip(self.lines, self.rows, strict=True))
        kept = self.kept
        if len(kept) == len(pairs):
            places = zip(self.lines, kept, strict=True)
            kept = tuple(each for line, each in places if line not in aside)
        good = replace(
            self,
            faults=tuple(rest),
            lines=tuple(line for line, _ in pairs if line not in aside),
            rows=tuple(row for line, row in pairs if line not in aside),
            kept=kept,
        )
        return good, tuple(
            AsideRow(line, _text(row.get("row")), _text(row.get("number")), tuple(by_line[line]))
            for line, row in pairs
            if line in aside
        )

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
                other=first.other,
            )
        return self


def _text(value: object) -> str:
    return "" if value is None else str(value)
