"""Mark hidden, struck and commented lines, and apply an official's choices. Pure.

A marked line is sent only by an official's choice: `lists.py` sets marked lines aside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from special_channel.core.search.folding import fold
from special_channel.desk.table import NUMBER, Choices, Mark, TableLine
from special_channel.desk.workbook_marks import Marks, Place

_WAIT: Final = re.compile(
    r"\b(do not|don.?t|not to|hold|delete|wait)\b|勿|不要|不得|暂缓|暂不|删除|待定"
)
"""Words of a comment that ask not to send something."""


@dataclass(frozen=True, slots=True)
class MarkIndex:
    """Marks of a sheet for lookups of cells; comments by row, with their columns."""

    rows: frozenset[int]
    columns: frozenset[int]
    struck: frozenset[Place]
    partly: frozenset[Place]
    faint: frozenset[Place]
    comments: Mapping[int, Sequence[tuple[int, str]]]


def index_of(marks: Marks) -> MarkIndex:
    """Index the marks of a sheet: each cell of 2,000 lines is looked up among up to 100,000."""
    comments: dict[int, list[tuple[int, str]]] = {}
    for (row, at), text in marks.comments.items():
        comments.setdefault(row, []).append((at, text))
    return MarkIndex(
        frozenset(marks.rows),
        frozenset(marks.columns),
        frozenset(marks.struck),
        frozenset(marks.partly),
        frozenset(marks.faint),
        comments,
    )


def marked(line: TableLine, columns: Mapping[int, str], marks: MarkIndex) -> TableLine:
    """Add the marks of a line."""
    here = {
        kind: [name for at, name in columns.items() if (line.number, at) in places]
        for kind, places in (
            ("struck", marks.struck), ("partly", marks.partly), ("faint", marks.faint),
        )
    }  # fmt: skip
    struck = [name for name in here["struck"] if name in line.cells]
    found: list[Mark] = []
    if line.number in marks.rows:
        found.append(Mark("row-hidden"))
    if NUMBER in struck or (struck and len(struck) == len(line.cells)):
        found.append(Mark("row-struck"))
    else:
        found += [Mark("cell-struck", name) for name in struck]
    found += [Mark("faint", name) for name in here["faint"] if name in line.cells]
    found += [
        Mark("column-hidden", name)
        for at, name in columns.items()
        if at in marks.columns and name in line.cells
    ]
    comments = marks.comments.get(line.number, ())
    found += [Mark("comment", columns.get(at, ""), text) for at, text in comments if _asks(text)]
    return replace(line, unclear=frozenset(here["partly"]), marks=tuple(found))


def _asks(comment: str) -> bool:
    """Tell whether a comment asks not to send something."""
    return _WAIT.search(fold(comment)) is not None


def chosen(line: TableLine, choices: Choices) -> TableLine:
    """Apply an official's choices: corrected cells, and dismissed marks."""
    marks = tuple(mark for mark in line.marks if not choices.sends(line.number, mark.kind))
    corrected = choices.cells.get(line.number, {})
    if not corrected:
        return replace(line, marks=marks)
    return replace(
        line,
        marks=tuple(mark for mark in marks if mark.column not in corrected or not mark.column),
        cells={name: text for name, text in {**line.cells, **corrected}.items() if text},
        **{
            name: getattr(line, name) - corrected.keys()
            for name in ("numeric", "formulas", "merged", "unclear")
        },
    )
