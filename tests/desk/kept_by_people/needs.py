"""Files of which somebody has to decide something before all rows can be taken.

A row in doubt is not among the rows; `needs` names the doubt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.desk.kept_by_people.base import (
    Book,
    Grid,
    Row,
    Workbook,
    ans,
    answered,
    book,
    grid,
    iso,
    listed,
    lst,
    plan,
    real,
    said,
    text_file,
)

_SHORT = "number urgency rank stop_on @company"


def workbooks() -> Iterator[Workbook]:
    """Yield the files."""
    yield from _hidden()
    yield from _struck_and_comments()
    yield from _sheets()
    yield from _totals()


def _but(rows: Sequence[Row], *out: int) -> list[Row]:
    """Return the rows but those at `out`, which are in doubt."""
    return [row for at, row in enumerate(rows) if at not in out]


def _hidden() -> Iterator[Workbook]:
    cols, rows = plan("de", _SHORT, day=real), listed(7001)
    made = Book()
    page = made.sheet("KW 49", grid(cols, rows))
    page.set_row(3, None, None, {"hidden": True})
    yield lst(
        "hidden_row_by_hand.xlsx",
        made.done(),
        said(cols, _but(rows, 2)),
        "The third application's row is hidden by hand: left out on purpose, or forgotten?",
        "hidden-row",
    )
    cols = plan("fr", "@contact number urgency rank stop_on", day=real)
    made = Book()
    page = made.sheet("Liste", grid(cols, rows))
    page.autofilter(0, 0, 6, 4)
    page.filter_column_list(0, ["A. Fictional"])
    for down in (2, 3, 5, 6):
        page.set_row(down, None, None, {"hidden": True})
    yield lst(
        "hidden_rows_by_filter.xlsx",
        made.done(),
        said(cols, _but(rows, 1, 2, 4, 5)),
        "A filter on one contact was left on: four of six rows cannot be seen.",
        "hidden-row",
    )
    cols = plan("en", "number rank first_listed urgency stop_on", day=real)
    made = Book()
    page = made.sheet("List", grid(cols, rows))
    page.set_column(3, 4, None, None, {"hidden": True})
    yield lst(
        "hidden_columns_of_urgency.xlsx",
        made.done(),
        (),
        "Urgency and line stop stand in hidden columns: still in force, or last week's?",
        "hidden-column",
    )
    answers = answered(7101)
    cols = plan("zh", "row number match state as_of", day=real)
    made = Book("yyyy-mm-dd")
    page = made.sheet("反馈", grid(cols, answers))
    page.set_row(2, None, None, {"hidden": True})
    yield ans(
        "answer_hidden_row.xlsx",
        made.done(),
        said(cols, _but(answers, 1)),
        "Row 2 is hidden.",
        "hidden-row",
    )
    made = Book("yyyy-mm-dd")
    page = made.sheet("反馈", grid(cols, answers))
    page.set_column(3, 4, None, None, {"hidden": True})
    yield ans(
        "answer_hidden_state.xlsx",
        made.done(),
        (),
        "State and its date stand in hidden columns: meant for the EU, or kept back?",
        "hidden-column",
    )
    cols = plan("en", f"{_SHORT} @tonnage", day=real)
    made = Book()
    page = made.sheet("List", grid(cols, rows))
    page.set_column(5, 5, None, None, {"hidden": True})
    yield lst(
        "hidden_private_column.xlsx",
        made.done(),
        said(cols, rows),
        "Only the private tonnage is hidden: nothing to decide.",
    )


def _struck_and_comments() -> Iterator[Workbook]:
    cols, rows = plan("it", _SHORT, day=real), listed(7201)
    lines = grid(cols, rows)
    made = Book()
    page = made.sheet("Lista", lines)
    made.put(page, lines[4:5], 4, font_strikeout=True)
    yield lst(
        "struck_row.xlsx",
        made.done(),
        said(cols, _but(rows, 3)),
        "The fourth row is struck out whole.",
        "struck-row",
    )
    made = Book()
    page = made.sheet("Lista", lines)
    for down in (2, 6):
        page.write_string(down, 0, str(lines[down][0]), made.look(font_strikeout=True))
    yield lst(
        "struck_numbers.xlsx",
        made.done(),
        said(cols, _but(rows, 1, 5)),
        "Two numbers are struck out, the other cells of their rows are not.",
        "struck-row",
    )
    cols = plan("nl", _SHORT, day=real)
    made = Book()
    page = made.sheet("Lijst", grid(cols, rows))
    words = "Ingetrokken door het bedrijf? Eerst bellen, niet versturen."
    page.write_comment(2, 0, words, {"author": "B. Fictional"})
    yield lst(
        "comment_withdrawn.xlsx",
        made.done(),
        said(cols, _but(rows, 1)),
        "A comment on a number: “Withdrawn by the company? Call first, don't send.”",
        "comment",
    )
    answers = answered(7301)
    cols = plan("zh", "row number match state as_of", day=real)
    made = Book("yyyy-mm-dd")
    page = made.sheet("反馈", grid(cols, answers))
    page.write_comment(4, 3, "此件状态待核实，暂勿对外答复。", {"author": "虚构乙"})
    yield ans(
        "answer_comment.xlsx",
        made.done(),
        said(cols, _but(answers, 3)),
        "A comment on a state: “To be checked, don't answer yet.”",
        "comment",
    )


def _sheets() -> Iterator[Workbook]:
    old, new = listed(7401, 5, "2026-11-23"), listed(7408, 5)
    cols = plan("de", _SHORT, day=real)
    made = Book()
    made.sheet("KW 48", grid(cols, old))
    made.sheet("KW 49", grid(cols, new))
    yield lst(
        "second_sheet_of_weeks.xlsx",
        made.done(),
        (),
        "Two weeks' lists on two sheets, with several numbers in both: which is to be sent?",
        "second-sheet",
    )
    one, two = listed(7501, 4), listed(7551, 4)
    cols = plan("en", "number urgency stop_on @company", day=real)
    made = Book()
    made.sheet("Magnets", grid(cols, one))
    made.sheet("Metals", grid(cols, two))
    yield lst(
        "second_sheet_of_goods.xlsx",
        made.done(),
        (),
        "Two sheets with different numbers: one list in two parts, or two lists?",
        "second-sheet",
    )
    made = Book()
    made.sheet("List", grid(cols, one))
    made.sheet("more", grid(cols, two)).hide()
    yield lst(
        "hidden_sheet_with_list.xlsx",
        made.done(),
        said(cols, one),
        "A hidden sheet holds four further applications.",
        "hidden-sheet",
    )
    answers = answered(7601)
    cols = plan("zh", "row number match state as_of", day=real)
    made = Book("yyyy-mm-dd")
    made.sheet("反馈", grid(cols, answers[:3]))
    made.sheet("反馈（补）", grid(cols, answers[3:]))
    yield ans(
        "answer_second_sheet.xlsx",
        made.done(),
        (),
        "A supplement on a second sheet: for the same answer?",
        "second-sheet",
    )


def _totals() -> Iterator[Workbook]:
    cols, rows = plan("de", "@company number urgency stop_on rank @tonnage", day=real), listed(7701)
    made = Book()
    page = made.sheet("Liste", grid(cols, rows))
    page.write_row(7, 0, ["Summe", 6])
    page.write_string(7, 5, "27,3")
    yield lst(
        "totals_with_count.xlsx",
        made.done(),
        said(cols, rows),
        "Directly below the list “Summe | 6 | … | 27,3”: 6 stands in the column of numbers.",
        "totals-row",
    )
    cols = plan("fr", "number urgency stop_on rank times_listed", day=iso)
    yield lst(
        "totals_in_csv.csv",
        text_file([*grid(cols, rows), ["TOTAL", "", "", "", 23]], sep=";", encoding="cp1252"),
        said(cols, rows),
        "A last line “TOTAL;;;;23” in a CSV file.",
        "totals-row",
    )
    answers = answered(7801)
    cols = plan("zh", "row number match days_used", day=real)
    lines: Grid = [*grid(cols, answers), ["合计", "6件", "查到3件", 61]]
    yield ans(
        "answer_totals.xlsx",
        book(lines),
        said(cols, answers),
        "合计: six matters, three found, 61 days.",
        "totals-row",
    )
