"""Messy workbooks as a trade association and a licensing office keep them.

All companies and numbers are fictional. The files are the same at each call.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.desk.kept_by_people import (
    answers,
    layout_csv,
    lists_csv,
    lists_xlsx,
    needs,
    needs_cells,
    tables,
)
from tests.desk.kept_by_people.base import Workbook

__all__ = ["Workbook", "workbooks"]


def workbooks() -> Iterator[Workbook]:
    """Yield all workbooks."""
    yield from lists_csv.workbooks()
    yield from layout_csv.workbooks()
    yield from lists_xlsx.workbooks()
    yield from tables.workbooks()
    yield from answers.workbooks()
    yield from needs.workbooks()
    yield from needs_cells.workbooks()
