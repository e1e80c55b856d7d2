"""Lists of the EU in CSV files with odd layouts: blanks, footers, broken headings."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from tests.desk.kept_by_people.base import (
    Row,
    Workbook,
    dots,
    dots2,
    grid,
    later,
    listed,
    lst,
    named,
    number,
    plan,
    said,
    text_file,
)

_ALL = "number urgency rank stop_on first_listed times_listed state as_of control_code"
_MARK = "\ufeff"


def workbooks() -> Iterator[Workbook]:
    """Yield the lists."""
    yield from _layout()


def _layout() -> Iterator[Workbook]:
    cols = plan("en", "number urgency rank stop_on @contact", form=1, day=dots2)
    rows = listed(2501)
    body = grid(cols, rows, head=False)
    head = [[col.head for col in cols]]
    yield lst(
        "csv_blank_rows.csv",
        text_file([[], *head, [], *body[:2], ["", "", "", "", ""], *body[2:], [], []]),
        said(cols, rows),
        "Blank rows above, between and below.",
    )
    wide_lines = [["", "", *line, "", ""] for line in head + body]
    yield lst(
        "csv_blank_columns.csv",
        text_file([["", "", "", "", "", "", "", "", ""], *wide_lines], sep=";"),
        said(cols, rows),
        "The list begins in the third column; empty columns behind it.",
    )
    yield lst(
        "csv_sep_line.csv",
        text_file([*head, *body], sep=";", first="sep=;\r\n"),
        said(cols, rows),
        "Excel's own line that names the separator.",
    )
    yield lst(
        "csv_quoted_all.csv",
        text_file([*head, *body], quoting=csv.QUOTE_ALL, end="\n"),
        said(cols, rows),
        "Every cell in quotation marks.",
    )
    foot = [[], ["Source: members' own reports. Fictional Association, internal."], ["Page 1 of 1"]]
    yield lst(
        "csv_footer.csv",
        text_file([*head, *body, *foot]),
        said(cols, rows),
        "A note and a page number below the list, behind a blank row.",
    )
    cols = plan("en", _ALL, head=lambda text: f"\u00a0{text.upper()}\u200b ")
    yield lst(
        "csv_headings_padded.csv",
        text_file(grid(cols, rows)),
        said(cols, rows),
        "Headings in capitals with spaces that don't break and signs of zero width.",
    )
    cols = plan("de", "number urgency rank stop_on times_listed @company", day=dots)
    lines = grid(cols, rows)
    lines[0] = [
        "Antrags-\nnummer",
        "Dringlich-\nkeit",
        "Rang",
        "Bandstillstand\nam",
        "Anzahl\nListungen",
        "Firma\n(vertraulich)",
    ]
    yield lst(
        "csv_headings_broken.csv",
        text_file(lines, sep=";", encoding="cp1252"),
        said(cols, rows),
        "Headings with line breaks and hyphens of separation.",
    )
    cols = plan(
        "en", "@tonnage times_listed rank number urgency stop_on", count=lambda text: f" {text}.0"
    )
    yield lst(
        "csv_counts_as_floats.csv",
        text_file(grid(cols, rows)),
        said(cols, rows),
        "Counts that a script wrote as 3.0.",
    )
    cols = plan("en", "number urgency rank times_listed stop_on", count=lambda text: f"{text}x")
    cols[2] = plan("en", "rank")[0]
    yield lst(
        "csv_times_with_x.csv",
        text_file(grid(cols, rows)),
        said(cols, rows),
        "“3x” in the column of times listed.",
    )
    cols = plan("en", "rank number urgency stop_on")
    back = sorted(rows, key=lambda row: row["number"], reverse=True)
    yield lst(
        "csv_sorted_otherwise.csv",
        text_file(grid(cols, back), sep="\t", first=_MARK),
        said(cols, back),
        "Sorted by number from the end; the rank stands in its own column.",
    )
    cols = plan("en", "number control_code rank @company")
    odd = [row | {"control_code": code} for row, code in zip(rows, _codes(), strict=False)]
    lines = grid(cols, odd)
    for line in lines[1:]:
        line[1] = f" {str(line[1]).upper()} "
    yield lst(
        "csv_codes_in_capitals.csv",
        text_file(lines),
        said(cols, odd),
        "Control codes in capitals, 1C902.A for 1C902.a.",
    )
    yield _with_comma_company()
    yield _stop_in_words()
    yield _stop_without_year()


def _codes() -> list[str]:
    return ["1C902.a", "1C902.b", "1C903", "1C904.c", "1C902.d.1", "1C902.a"]


def _with_comma_company() -> Workbook:
    rows = listed(2601)
    cols = plan("en", "@company number urgency stop_on rank @phone")
    lines = grid(cols, rows)
    lines[1][0] = 'Fictional "Big" Magnets, Ltd\nAttn. B. Fictional'
    lines[2][0] = "Fictional Trade; Import, Export"
    return lst(
        "csv_quotes_and_breaks.csv",
        text_file(lines),
        said(cols, rows),
        "A company with commas, quotation marks and a line break in its cell.",
    )


def _stop_in_words() -> Workbook:
    rows: list[Row] = []
    lines: list[list[str]] = [["Application number", "Urgency", "Rank"]]
    for at in range(5):
        row = {"number": number(2651 + at), "urgency": "line_stop", "rank": str(at + 1)}
        row["stop_on"] = later("2026-12-03", at * 9)
        words = str(named("line stop on {d} {n} {y}", "en")(row["stop_on"]))
        if at in (2, 3):
            row |= {"urgency": "urgent", "stop_on": ""}
            words = "urgent"
        rows.append({field: text for field, text in row.items() if text})
        lines.append([row["number"], words, row["rank"]])
    return lst(
        "csv_stop_in_words.csv",
        text_file(lines),
        rows,
        "“line stop on 3 December 2026” in the column of urgency: urgency and date in one cell.",
    )


def _stop_without_year() -> Workbook:
    rows = listed(2701)
    cols = plan("en", "number urgency rank stop_on")
    lines = grid(cols, rows)
    rows[0]["stop_on"] = "2026-12-03"
    for line in lines:
        del line[3]
    lines[1][1] = "line stop on 3 Dec"
    title = "Weekly list of 30 November 2026. All line stops named here are in December 2026."
    return lst(
        "csv_stop_without_year.csv",
        text_file([[title], [], *lines]),
        said(cols, rows),
        "“line stop on 3 Dec”, and a title that states the year.",
    )
