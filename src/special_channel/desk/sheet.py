"""A parsed list or return sheet, with the errors of its lines. Values alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.desk.payloads import Fields
from special_channel.desk.table import Table
from special_channel.messages.catalogue import Catalogue

LINE_STOP: Final = "line_stop"

MOST_SHOWN: Final = 64
"""Characters of an application number that are shown."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An error in one line of a file.

    Attributes:
        row: Line of the file.
        cell: Excerpt of the cell.
        other: Line with the same value; 0 without one.
        vocabulary: Group of the terms of `known`.
        known: Codes of the valid terms, or of the possible meanings of the word.
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
        words = (t.label(self.vocabulary, code) if self.vocabulary else code for code in self.known)
        other = str(self.other) if self.other else ""
        known = " · ".join(words)
        return {"number": self.number, "cell": self.cell, "other": other, "known": known}


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
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class AsideStop:
    """A line set aside that states a line stop, or a stop date under another urgency.

    `line`: of the file; `row`: of the list, 0 without a number; `dated`: by its stop date alone.
    """

    line: int
    row: int
    number: str
    dated: bool

    def said(self, t: Catalogue) -> str:
        """Write what the line states, in the reader's language."""
        placed = "row" if self.row and self.number else "line"
        what = "date" if self.dated else "urgency"
        return t.gettext(
            f"aside-stop.{placed}-{what}", row=self.row, line=self.line, number=self.number
        )


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
        given: Of a return sheet, what the file has in columns that repeat the record, by row.
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
    given: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
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
        good, aside = self.without({line for line, faults in by_line.items() if faults})
        rows = tuple(replace(each, faults=tuple(by_line[each.line])) for each in aside)
        return replace(good, faults=tuple(rest)), rows

    def without(self, lines: Collection[int]) -> tuple[Sheet, tuple[AsideRow, ...]]:
        """Return the sheet without some lines of the file, and these lines; faults remain."""
        aside = tuple(
            AsideRow(line, _text(row.get("row")), _text(row.get("number")))
            for line, row in zip(self.lines, self.rows, strict=True)
            if line in lines
        )
        taken = [at for at, line in enumerate(self.lines) if line not in lines]
        rows = tuple(self.rows[at] for at in taken)
        numbers = {row.get("row") for row in rows}
        good = replace(
            self,
            lines=tuple(self.lines[at] for at in taken),
            rows=rows,
            kept=tuple(self.kept[at] for at in taken) if self.kept else (),
            # A remark crosses as a part of its own: without its row it must not be left.
            remarks={row: text for row, text in self.remarks.items() if row in numbers},
        )
        return good, aside

    def stops_aside(self, ready: Collection[int]) -> tuple[AsideStop, ...]:
        """Return the stops that are not sent; `ready`: lines of the file that can be signed.

        A row is read as it is, whatever its errors: a stop must not wait unseen.
        """
        return tuple(
            AsideStop(
                line,
                place if isinstance(place := row.get("row"), int) else 0,
                _text(row.get("number"))[:MOST_SHOWN],
                row.get("urgency") != LINE_STOP,
            )
            for line, row in zip(self.lines, self.rows, strict=True)
            if line not in ready and (row.get("urgency") == LINE_STOP or row.get("stop_on"))
        )

    def list_rows(self) -> dict[int, int]:
        """Return the rows of the list by line of the file."""
        pairs = zip(self.lines, self.rows, strict=True)
        return {line: row for line, each in pairs if isinstance(row := each.get("row"), int)}

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


def _text(value: object) -> str:
    return "" if value is None else str(value)
