"""A sheet's heads and lines, and an official's choices about a file. Values alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from special_channel.desk import heads

NUMBER: Final = "application_no"
LIST: Final = "list_id"


@dataclass(frozen=True, slots=True)
class Choices:
    """An official's choices about a file.

    Attributes:
        sheet: Name of the sheet to read; empty if not decided.
        heads: Column by folded head; an empty column stays with us.
        sent: Marks to send in spite of: a kind (`row-hidden`), one of a line (`3:row-hidden`), or a
            line's number for all its marks but `unnumbered`; `sheet-hidden` to read a workbook
            that hides filled sheets.
        cells: Corrected cells, by line and column.
        list: Number of the list, for a file that names none.
        encoding: Encoding of a CSV file; ignored if the encoding was detected.
        orders: Order of day and month in the dates of a column: `day` or `month` first.
    """

    sheet: str = ""
    heads: Mapping[str, str] = field(default_factory=dict)
    sent: frozenset[str] = frozenset()
    cells: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    orders: Mapping[str, str] = field(default_factory=dict)
    list: str = ""
    encoding: str = ""

    def sends(self, line: int, kind: MarkKind) -> bool:
        """Tell whether a line is sent in spite of a mark."""
        # A number alone says nothing about the reference that the line would be listed under.
        whole = {str(line)} if kind != "unnumbered" else set()
        return not self.sent.isdisjoint({kind, f"{line}:{kind}", *whole})


MarkKind = Literal[
    "row-hidden", "row-struck", "cell-struck", "column-hidden", "faint", "comment", "unnumbered"
]
"""A reason to ask before a line is sent."""

HIDDEN_SHEETS: Final = "sheet-hidden"
"""The choice to read a workbook that hides filled sheets."""

MARK_KINDS: Final[tuple[MarkKind, ...]] = get_args(MarkKind)


@dataclass(frozen=True, slots=True)
class Mark:
    """A reason to ask before a line is sent.

    `column`: the marked column, empty for the line; `text`: the comment, or the own reference of a
    line without a number (`unnumbered`).
    """

    kind: MarkKind
    column: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line below the heads.

    Attributes:
        number: Line number as in a spreadsheet, from 1.
        cells: Trimmed text by column; empty cells are absent.
        numeric: Columns with a number instead of text in the file.
        formulas: Columns with a formula, or with calculable text.
        merged: Columns with a merged cell.
        unclear: Columns with a partly struck text.
        marks: Reasons to ask before the line is sent.
    """

    number: int
    cells: dict[str, str]
    numeric: frozenset[str] = frozenset()
    formulas: frozenset[str] = frozenset()
    merged: frozenset[str] = frozenset()
    unclear: frozenset[str] = frozenset()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """A head with its reading.

    Attributes:
        place: Cell of the head, such as `D3`.
        text: The head's text.
        column: The column; empty for a column kept under its own name.
        meant: Possible columns of an ambiguous head without a choice.
    """

    place: str
    text: str
    column: str = ""
    meant: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row above or below the lines, or a repeated row of heads."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet's heads and lines.

    Attributes:
        header: Names of the columns: the known name, or the head itself.
        lines: The lines below the heads.
        heads: Heads in the order of the file.
        list: Number of the list in a title row or in the sheet's name; empty without one.
        skipped: Titles, totals, repeated heads.
        sheet: Name of the sheet.
        others: Names of other filled sheets; their content is ignored.
        unnamed: Cells without a head above filled cells; the column is left out.
        comments: Comments on cells of the lines, by cell. Comments never cross.
        choices: The official's choices.
        filled: Columns that the file lacks, filled by the channel.
    """

    header: tuple[str, ...]
    lines: tuple[TableLine, ...]
    heads: tuple[Head, ...] = ()
    list: str = ""
    skipped: tuple[SkippedRow, ...] = ()
    sheet: str = ""
    others: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    comments: Mapping[str, str] = field(default_factory=dict)
    choices: Choices = field(default_factory=Choices)
    filled: tuple[str, ...] = ()

    def asked(self) -> tuple[Head, ...]:
        """Return the ambiguous heads without a choice."""
        return tuple(head for head in self.heads if head.meant)

    def signature(self) -> str:
        """Return the folded row of heads, under which choices are remembered."""
        return "|".join(heads.folded(head.text) for head in self.heads)
