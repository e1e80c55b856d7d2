"""Find cells of a list that are invalid in any column: formulas, lost digits, hidden signs.

Does not read words, dates or numbers; `lists.py` does.
"""

from __future__ import annotations

from typing import Final

from special_channel.core.bytes import scripts
from special_channel.desk import cells
from special_channel.desk.table import TableLine

CODES: Final = frozenset(
    {"application_no", "found_as", "hs_cn", "cn_code_eu", "eori", "control_code"}
)
"""Columns that must be text in a spreadsheet: numbers would lose zeros and digits."""


def cell_problems(line: TableLine) -> list[tuple[str, str]]:
    """Return (column, code) of cells that are invalid in any column."""
    codes = CODES & line.cells.keys()
    problems = [(column, "list-formula") for column in line.formulas]
    problems += [
        (column, "list-formula")
        for column in codes
        if cells.begins_formula(cells.plain(line.cells[column]))
    ]
    problems += [(column, "list-cell-merged") for column in line.merged]
    problems += [
        (column, "list-digits-lost") for column in codes if cells.is_shortened(line.cells[column])
    ]
    problems += [(column, "list-code-number") for column in CODES & line.numeric]
    problems += [
        (column, "list-hidden-mark") for column, text in line.cells.items() if cells.hidden(text)
    ]
    if scripts.mixed(line.cells.get("application_no", "")):
        problems.append(("application_no", "list-mixed-scripts"))
    if "application_no" not in line.cells:
        problems.append(("application_no", "list-number-missing"))
    places = {column: index for index, column in enumerate(line.cells)}
    return sorted(problems, key=lambda problem: places.get(problem[0], -1))
