"""Lists of the EU in XLSX files with several sheets, parts or turned tables."""

from __future__ import annotations

from collections.abc import Iterator

from tests.desk.kept_by_people.base import (
    Book,
    Grid,
    Row,
    Workbook,
    book,
    grid,
    listed,
    lst,
    named,
    number,
    plan,
    real,
    said,
    upper,
    ymd,
)

_ALL = "number urgency rank stop_on first_listed times_listed state as_of control_code"
_SHORT = "number urgency rank stop_on"


def workbooks() -> Iterator[Workbook]:
    """Yield the files."""
    yield from _sheets()
    yield from _tables()


def _sheets() -> Iterator[Workbook]:
    rows = listed(5501)
    cols = plan("nl", f"@company {_ALL}", day=real)
    made = Book("d-m-yyyy")
    made.sheet("Lijst", grid(cols, rows))
    made.sheet("Toelichting", [["Kleuren en afkortingen"], ["geel", "nieuw deze week"]])
    made.sheet("Leeg")
    yield lst(
        "xlsx_nl_legend_sheet.xlsx",
        made.done(),
        said(cols, rows),
        "Further sheets hold a legend and nothing: no list.",
    )
    made = Book("d-m-yyyy")
    page = made.sheet("Lijst", grid(cols, rows))
    choices = made.sheet("keuzes", [["normaal"], ["dringend"], ["lijnstilstand"]])
    choices.very_hidden()
    page.data_validation(1, 2, 50, 2, {"validate": "list", "source": "=keuzes!$A$1:$A$3"})
    yield lst(
        "xlsx_nl_choices_sheet.xlsx",
        made.done(),
        said(cols, rows),
        "A hidden sheet holds the three words of a drop-down: no list.",
    )
    made = Book()
    head = plan("sv", _SHORT, day=real)
    page = made.sheet("Lista")
    lines = grid(head, rows)
    page.add_table(
        2, 1, 8, 4, {"data": [], "columns": [{"header": str(text)} for text in lines[0]]}
    )
    made.put(page, lines[1:], 3, 1)
    yield lst(
        "xlsx_sv_table_object.xlsx",
        made.done(),
        said(head, rows),
        "A table object of Excel, beginning in B3.",
    )


def _tables() -> Iterator[Workbook]:
    first, second = listed(5601, 4), listed(5701, 3, "2026-11-23")
    one = plan("en", "number urgency rank stop_on @company", day=real)
    two = plan("en", "rank @company number stop_on urgency", day=real)
    for row, rank in zip(second, (5, 6, 7), strict=True):
        row["rank"] = str(rank)
    lines: Grid = [
        ["A. New this week"],
        *grid(one, first),
        [],
        ["B. Carried over"],
        *grid(two, second),
    ]
    yield lst(
        "xlsx_two_tables.xlsx",
        book(lines),
        [*said(one, first), *said(two, second)],
        "Two parts of one list on a sheet, the second with its columns in another order.",
    )
    rows = listed(5801)
    cols = plan("cs", "rank number urgency stop_on @company", day=named("{d}. {n} {y}", "cs"))
    lines = grid(cols, rows)
    lines.insert(1, ["Zastavení linky"])
    lines.insert(3, ["Ostatní"])
    yield lst(
        "xlsx_cs_sections.xlsx",
        book(lines),
        said(cols, rows),
        "Rows that head a section, in accord with the column of urgency.",
    )
    cols = plan("en", "number rank first_listed", day=ymd)
    kept = [row for row in rows if row["urgency"] != "line_stop"]
    kept.sort(key=lambda row: row["urgency"], reverse=True)
    urgent = sum(row["urgency"] == "urgent" for row in kept)
    body = grid(cols, kept, head=False)
    lines = [*grid(cols, [])[:1], ["URGENT"], *body[:urgent], ["NORMAL"], *body[urgent:]]
    full: list[Row] = [
        row | {"urgency": was["urgency"]} for row, was in zip(said(cols, kept), kept, strict=True)
    ]
    yield lst(
        "xlsx_urgency_as_section.xlsx",
        book(lines),
        full,
        "The urgency stands above its rows alone, “URGENT” and “NORMAL”.",
    )
    marks: Grid = [["Application number", "Normal", "Urgent", "Line stop", "Line stop on", "Rank"]]
    for row in rows:
        crosses = [
            "x" if row["urgency"] == word else "" for word in ("normal", "urgent", "line_stop")
        ]
        marks.append([row["number"], *crosses, row["stop_on"], int(row["rank"])])
    cols = plan("en", "number urgency stop_on rank")
    yield lst(
        "xlsx_urgency_as_crosses.xlsx",
        book(marks),
        said(cols, rows),
        "A cross in one of three columns, Normal, Urgent, Line stop.",
    )
    lines = grid(cols, rows)
    ditto = [dict(row) for row in rows]
    ditto[5]["urgency"] = ditto[4]["urgency"]
    lines[6][1] = "ditto"
    yield lst(
        "xlsx_ditto.xlsx",
        book(lines),
        said(cols, ditto),
        "“ditto” below “normal” in the column of urgency.",
    )
    turned = [list(line) for line in zip(*grid(cols, rows), strict=True)]
    yield lst(
        "xlsx_turned.xlsx",
        book(turned),
        said(cols, rows),
        "Turned: a column for each application, the headings at the left.",
    )
    both = [
        row | {"number": number(int(row["number"][-7:]) + 100), "rank": str(at + 1)}
        for at, row in enumerate(reversed(rows))
    ]
    cols = plan("de", "rank number urgency stop_on @file", form=1, day=upper, words="en")
    lines = [["lfd. Nr.", *line] if not at else [len(rows) - at + 1, *line]
             for at, line in enumerate(grid(cols, both))]  # fmt: skip
    yield lst(
        "xlsx_running_number.xlsx",
        book(lines),
        said(cols, both),
        "A running number of one's own (lfd. Nr.) beside the rank; it counts down.",
    )
