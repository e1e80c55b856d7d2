"""List applications without a number under the side's own reference, if an official chooses so.

The reference is the column `case_id`, which otherwise stays with us. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from special_channel.core.bytes.fields import REFERENCE_MARK
from special_channel.desk import cells
from special_channel.desk.table import NUMBER, Choices, Mark, Table, TableLine

OWN: Final = "case_id"
"""Column of the side's own references."""


def with_references(table: Table) -> Table:
    """Give each line without a number its reference, marked unless an official chose to send it."""
    if OWN not in table.header:
        return table
    header = table.header if NUMBER in table.header else (NUMBER, *table.header)
    lines = tuple(_with_reference(line, table.choices) for line in table.lines)
    return replace(table, header=header, lines=lines)


def _with_reference(line: TableLine, choices: Choices) -> TableLine:
    own = line.cells.get(OWN, "")
    # A shortened or calculated cell is no reference that anybody would recognise.
    lost = cells.is_shortened(own) or cells.begins_formula(cells.plain(own)) or OWN in line.formulas
    # A cell may begin with the mark already, as the channel writes references.
    plain = cells.plain(own)
    marked = plain[: len(REFERENCE_MARK)].upper() == REFERENCE_MARK
    words = plain[len(REFERENCE_MARK) if marked else 0 :].split()
    if line.cells.get(NUMBER) or not words or lost:
        return line
    number = REFERENCE_MARK + "-".join(words)
    sent = choices.sends(line.number, "unnumbered")
    marks = line.marks if sent else (*line.marks, Mark("unnumbered", text=number))
    # The reference crosses as the number: what is asked about the cell is asked about the number.
    marks += tuple(
        replace(mark, column=NUMBER)
        for mark in marks
        if mark.column == OWN and mark.kind != "comment"
    )
    return replace(
        line,
        cells={NUMBER: number, **line.cells},
        marks=marks,
        merged=_with_number(line.merged),
        unclear=_with_number(line.unclear),
    )


def _with_number(columns: frozenset[str]) -> frozenset[str]:
    return columns | {NUMBER} if OWN in columns else columns
