"""Write extracts of the record as XLSX or CSV for download.

Does not read the record. Every cell except counts is text, so that spreadsheets never turn a code
into a number, a number into a date or a name into a formula. Marks of direction are written out.
Extracts are never imported.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from special_channel.core.bytes.scripts import visible
from special_channel.desk.cells import neutral


@dataclass(frozen=True, slots=True)
class Extract:
    """A table with a description of its content.

    Attributes:
        title: Name of the first sheet, in the reader's language; `about` names the second.
        columns: Stable code and translated name of each column.
        lines: Cells in the order of the columns.
        facts: Description as pairs of word and value: filter, definition, as of.
        effect: Text of the charter in force, at the foot; empty before the first charter.
        up_to: Positions of both logs' last entries in it, such as `EU-811, CN-639`.
        counted: Up to which entries of both logs it is counted, at the foot.
        numbers: Columns of counts and measures, written as numbers for summing in a workbook.
    """

    title: str
    about: str
    columns: Sequence[tuple[str, str]]
    lines: Sequence[Sequence[str]]
    facts: Sequence[tuple[str, str]]
    effect: str
    numbers: frozenset[str] = frozenset()
    up_to: str = ""
    counted: str = ""

    @property
    def entries(self) -> str:
        """The positions for the name of a file, such as `EU-811-CN-639`; empty for none."""
        return "-".join(re.findall("[A-Z]+-[0-9]+", self.up_to))

    @property
    def foot(self) -> Sequence[str]:
        """Lines below the table."""
        return [line for line in (self.counted, self.effect) if line]


def xlsx(extract: Extract) -> bytes:
    """Write a workbook: the table under translated column names, and a sheet that explains it.

    The second sheet lists each column's stable code next to its name.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"num_format": "@", "bold": True})
    table = book.add_worksheet(extract.title)
    counts = [code in extract.numbers for code, _ in extract.columns]
    for column, (_, word) in enumerate(extract.columns):
        table.write_string(0, column, word, head)
    for number, cells in enumerate(extract.lines, 1):
        for column, cell in ((column, cell) for column, cell in enumerate(cells) if cell):
            if counts[column]:
                table.write_number(number, column, float(cell))
            else:
                table.write_string(number, column, visible(cell), text)
    # Below an empty line, so that no filter and no sum takes it for a row.
    for number, line in enumerate(extract.foot, len(extract.lines) + 2):
        table.write_string(number, 0, line)
    table.freeze_panes(1, 1)
    if extract.lines:
        table.autofilter(0, 0, len(extract.lines), len(extract.columns) - 1)
    _explain(book.add_worksheet(extract.about), extract, text)
    book.close()
    return out.getvalue()


def _explain(sheet: Worksheet, extract: Extract, text: Format) -> None:
    """Write the description, and each column's name next to its stable code."""
    for number, pair in enumerate((*extract.facts, *extract.columns)):
        for column, cell in enumerate(pair):
            sheet.write_string(number, column, cell, text)


def csv_bytes(extract: Extract) -> bytes:
    """Write UTF-8 with a byte order mark: names, codes, the lines, and the foot as the last lines.

    Cells that begin like a formula get an apostrophe (CWE-1236).
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(neutral(word) for _, word in extract.columns)
    writer.writerow(code for code, _ in extract.columns)
    for cells in extract.lines:
        writer.writerow(neutral(visible(cell)) for cell in cells)
    for line in extract.foot:
        # As many cells as every other line: readers of RFC 4180 refuse a shorter one.
        writer.writerow([neutral(line), *[""] * (len(extract.columns) - 1)])
    return out.getvalue().encode("utf-8-sig")
