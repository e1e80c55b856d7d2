"""Files with cells in doubt: dates, headings, words, numbers, bytes, formulas, duplicates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.desk.kept_by_people.base import (
    Book,
    Row,
    Workbook,
    ans,
    answered,
    book,
    cjk,
    grid,
    iso,
    listed,
    lst,
    plan,
    real,
    said,
    slashes,
    text_file,
)

_SHORT = "number urgency rank stop_on @company"


def workbooks() -> Iterator[Workbook]:
    """Yield the files."""
    yield from _dates()
    yield from _columns()
    yield from _words()
    yield from _numbers()
    yield from _bytes()
    yield from _formulas()
    yield from _duplicates()
    yield from _several()


def _but(rows: Sequence[Row], *out: int) -> list[Row]:
    """Return the rows but those at `out`, which are in doubt."""
    return [row for at, row in enumerate(rows) if at not in out]


def _dates() -> Iterator[Workbook]:
    rows = listed(7901)
    cols = plan("en", "number urgency stop_on rank", day=iso)
    lines = grid(cols, rows)
    rows[0]["stop_on"], lines[1][2] = "2027-04-03", "03/04/2027"
    yield lst(
        "date_of_either_order.csv",
        text_file(lines),
        said(cols, _but(rows, 0)),
        "A single 03/04/2027: 3 April or 4 March.",
        "ambiguous-date",
    )
    rows = listed(8001)
    cols = plan("en", "number rank first_listed", day=iso)
    lines = grid(cols, rows)
    texts = ["13/04/2026", "04/27/2026", "05/06/2026", "06/05/2026", "05/05/2026", "2026-06-01"]
    for row, line, text in zip(rows, lines[1:], texts, strict=True):
        line[2] = text
        row["first_listed"] = text
    for at, text in ((0, "2026-04-13"), (1, "2026-04-27"), (4, "2026-05-05")):
        rows[at]["first_listed"] = text
    yield lst(
        "dates_of_both_orders.xlsx",
        book(lines),
        said(cols, _but(rows, 2, 3)),
        "13/04/2026 and 04/27/2026 stand in one column, so nothing tells the order of 05/06/2026.",
        "ambiguous-date",
    )
    answers = [row for row in answered(8101, day="2026-11-06") if row["match"] == "found"]
    cols = plan("en", "row number match state as_of", day=slashes)
    yield ans(
        "answer_dates_of_either_order.csv",
        text_file(grid(cols, answers)),
        (),
        "06/11/2026 in every row that states one: 6 November or 11 June.",
        "ambiguous-date",
    )


def _columns() -> Iterator[Workbook]:
    rows = listed(8201)
    cols = plan("de", "number urgency stop_on rank first_listed", day=real)
    lines = grid(cols, rows)
    lines[0][4] = "Datum"
    yield lst(
        "column_datum.xlsx",
        book(lines),
        (),
        "“Datum” of what? First listing, state, or the company's letter.",
        "unknown-column",
    )
    cols = plan("en", "number rank urgency stop_on", day=real)
    lines = grid(cols, rows)
    lines[0].append("Urgency (new)")
    for line in lines[1:]:
        line.append("normal" if line[2] == "urgent" else "urgent")
    yield lst(
        "column_of_urgency_twice.xlsx",
        book(lines),
        (),
        "“Urgency” and “Urgency (new)” differ in every row.",
        "unknown-column",
    )
    answers = answered(8301)
    cols = plan("zh", "row number match state as_of", day=real)
    lines = grid(cols, answers)
    lines[0][4] = "日期"
    yield ans(
        "answer_column_date.xlsx",
        book(lines),
        (),
        "日期 alone: of the state, of the decision, or of the answer?",
        "unknown-column",
    )


def _words() -> Iterator[Workbook]:
    rows = listed(8401)
    cols = plan("de", "number urgency stop_on rank @contact", day=real)
    lines = grid(cols, rows)
    lines[3][1], lines[5][1] = "siehe Mail v. Anna", "???"
    yield lst(
        "word_of_urgency.xlsx",
        book(lines),
        said(cols, _but(rows, 2, 4)),
        "“see Anna's mail” and “???” as urgency.",
        "unknown-word",
    )
    cols = plan("en", "number state as_of rank", day=iso)
    lines = grid(cols, rows)
    lines[2][1] = "stuck somewhere (ask Fictional Motors)"
    yield lst(
        "word_of_state.csv",
        text_file(lines),
        said(cols, _but(rows, 1)),
        "A sentence as a state.",
        "unknown-word",
    )
    answers = answered(8501)
    cols = plan("zh", "row number match state as_of", day=cjk)
    lines = grid(cols, answers)
    lines[2][2] = "问一下小王"
    yield ans(
        "answer_word_of_match.csv",
        text_file(lines, encoding="gb18030"),
        said(cols, _but(answers, 1)),
        "“Ask young Wang” as the result of the search.",
        "unknown-word",
    )


def _numbers() -> Iterator[Workbook]:
    kept = {
        "too_short": ("FIKTIV-26-123", "leading zeros are gone, or digits are missing"),
        "too_long": ("FIKTIV-26-00008604", "a digit too many, and which"),
        "letters": ("FIKTIV-26-OOO86l5", "letters O and l for digits: surely mistyped"),
        "as_float": ("2.6E+08", "the sheet took it for a quantity"),
        "two": ("FIKTIV-26-0008615 / FIKTIV-26-0008699", "two numbers in a cell"),
        "promised": ("to follow", "no number yet"),
    }
    for at, (name, (text, why)) in enumerate(kept.items()):
        rows = listed(8601 + 50 * at)
        cols = plan("en", _SHORT, day=real)
        lines = grid(cols, rows)
        lines[3][0] = text
        yield lst(
            f"number_{name}.xlsx",
            book(lines),
            said(cols, _but(rows, 2)),
            f"{text}: {why}.",
            "bad-number",
        )
    answers = answered(8901)
    cols = plan("zh", "row number match state as_of", day=real)
    lines = grid(cols, answers)
    lines[2][1] = "同上"
    yield ans(
        "answer_number_ditto.xlsx",
        book(lines),
        said(cols, _but(answers, 1)),
        "“As above” as a number: the same number twice, or the same company?",
        "bad-number",
    )


def _bytes() -> Iterator[Workbook]:
    rows = listed(9001)
    cols = plan("zh", "number urgency stop_on rank", day=iso)
    lines = grid(cols, rows)
    lines[0] = ["Application number", "Urgency", "Line stop on", "Rank"]
    yield lst(
        "bytes_lost.csv",
        text_file(lines).decode().encode("cp1252", "replace"),
        (),
        "Chinese words saved in Windows-1252: “??” stands for 停线, 紧急 and 普通 alike.",
        "encoding",
    )
    cols = plan("de", "number urgency stop_on rank @company", day=iso, words="code")
    lines = grid(cols, rows)
    halves = text_file(lines[:4], sep=";"), text_file(lines[4:], sep=";", encoding="cp1252")
    yield lst(
        "bytes_mixed.csv",
        b"".join(halves),
        said(cols, rows),
        "Put together from UTF-8 and Windows-1252: all but the companies' names is ASCII, yet "
        "somebody has to say how the names are kept.",
        "encoding",
    )


def _formulas() -> Iterator[Workbook]:
    rows = listed(9101)
    cols = plan("en", "number urgency stop_on rank state as_of", day=real)
    lines = grid(cols, rows)
    made = Book()
    page = made.sheet("List", lines)
    page.write_formula(2, 0, "='[old list.xlsx]KW48'!A7", None, "#REF!")
    yield lst(
        "formula_lost.xlsx",
        made.done(),
        said(cols, _but(rows, 1)),
        "A number fetched from a file that is gone: #REF!.",
        "formula",
    )
    made = Book()
    page = made.sheet("List", lines)
    for down in (1, 4):
        page.write_formula(down, 5, "=TODAY()", made.look(num_format="dd.mm.yyyy"), 46353)
    yield lst(
        "formula_today.xlsx",
        made.done(),
        said(cols, _but(rows, 0, 3)),
        "The date of the state is =TODAY(): another one each time that the file is opened.",
        "formula",
    )
    made = Book()
    page = made.sheet("List", lines)
    page.write_formula(3, 3, "=RANK(Q3,Q$2:Q$9)", None, "")
    yield lst(
        "formula_without_value.xlsx",
        made.done(),
        said(cols, _but(rows, 2)),
        "A rank by a formula that a program wrote and nobody computed: no value is saved.",
        "formula",
    )


def _duplicates() -> Iterator[Workbook]:
    rows = listed(9201)
    cols = plan("pl", _SHORT, day=real)
    lines = grid(cols, rows)
    twice = [*lines, [lines[2][0], "normalna", 7, None, lines[2][4]]]
    yield lst(
        "number_twice_differing.xlsx",
        book(twice),
        said(cols, _but(rows, 1)),
        "A number stands twice, urgent and normal: neither row is certain.",
        "duplicate-row",
    )
    yield lst(
        "number_twice_alike.xlsx",
        book([*lines[:5], lines[2], *lines[5:]]),
        said(cols, rows),
        "A row stands twice, alike in every cell: it counts once, if nobody mistyped a number.",
        "duplicate-row",
    )
    answers = answered(9301)
    cols = plan("zh", "row number match state as_of", day=real)
    lines = grid(cols, answers)
    yield ans(
        "answer_number_twice.xlsx",
        book([*lines, [1, lines[1][1], "未查到", "", None]]),
        said(cols, _but(answers, 0)),
        "Row 1 is answered twice, found and not found.",
        "duplicate-row",
    )


def _several() -> Iterator[Workbook]:
    rows = listed(9401, 8)
    cols = plan("sv", _SHORT, day=real)
    lines = grid(cols, rows)
    lines[6][0] = "FIKTIV-26-94"
    made = Book()
    page = made.sheet("Lista", lines)
    made.put(page, lines[2:3], 2, font_strikeout=True)
    page.set_row(4, None, None, {"hidden": True})
    page.write_row(9, 0, ["Summa", "8 st."])
    yield lst(
        "several_doubts.xlsx",
        made.done(),
        said(cols, _but(rows, 1, 3, 5)),
        "A row struck out, a hidden one, a number too short, and a sum below.",
        "struck-row hidden-row bad-number totals-row",
    )
    rows = listed(9501)
    cols = plan("cs", "number urgency stop_on rank first_listed", day=iso)
    lines = grid(cols, rows)
    lines[4][4] = "04/05/26"
    lines[5][1] = "dle telefonu"
    yield lst(
        "several_doubts.csv",
        text_file(lines, sep=";", encoding="cp1250"),
        said(cols, _but(rows, 3, 4)),
        "04/05/26 may be read in three ways; “as on the phone” is no urgency.",
        "ambiguous-date unknown-word",
    )
