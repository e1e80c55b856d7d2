"""Lists of the EU in XLSX files, as officials of associations keep them."""

from __future__ import annotations

from collections.abc import Iterator

from tests.desk.kept_by_people.base import (
    Book,
    Grid,
    Workbook,
    book,
    cjk,
    dots,
    dots2,
    grid,
    iso,
    later,
    listed,
    lst,
    plan,
    real,
    said,
    stamp,
    turns,
    upper,
    wide,
)

_ALL = "number urgency rank stop_on first_listed times_listed state as_of control_code"
_SHORT = "number urgency rank stop_on"


def workbooks() -> Iterator[Workbook]:
    """Yield the lists."""
    yield from _languages()
    yield from _headings()
    yield from _cells()
    yield from _layout()


def _languages() -> Iterator[Workbook]:
    kept = {
        "en": ("dd/mm/yyyy", "English, days first on the screen"),
        "de": ("dd.mm.yyyy", "German"),
        "fr": ("dd/mm/yyyy", "French"),
        "it": ("d mmm yyyy", "Italian, months as words"),
        "es": ("dd-mm-yy", "Spanish, two digits of the year"),
        "pl": ("yyyy-mm-dd", "Polish"),
        "nl": ("d-m-yyyy", "Dutch"),
        "sv": ("yyyy-mm-dd", "Swedish"),
        "cs": ("d. m. yyyy", "Czech"),
        "zh": ('yyyy"年"m"月"d"日"', "simplified Chinese"),
        "zht": ("yyyy/m/d", "traditional Chinese"),
    }
    for at, (lang, (form, why)) in enumerate(kept.items()):
        fields = f"@file @company {_ALL} @tonnage @contact"
        cols = plan(lang, fields, form=at % 2, day=real, words="code" if lang == "sv" else "")
        rows = listed(3001 + 100 * at, 9)
        made = Book(form)
        page = made.sheet("KW 49" if lang == "de" else "Sheet1")
        made.put(page, grid(cols, rows)[:1], bold=True, bg_color="#DDEBF7", text_wrap=True)
        made.put(page, grid(cols, rows, head=False), 1)
        page.freeze_panes(1, 3)
        page.autofilter(0, 0, 9, len(cols) - 1)
        yield lst(
            f"xlsx_{lang}.xlsx",
            made.done(),
            said(cols, rows),
            f"{why}: real dates, private columns, frozen panes, a filter that hides nothing.",
        )


def _headings() -> Iterator[Workbook]:
    cols = plan("de", f"@company {_ALL}", day=real)
    rows = listed(4101)
    made = Book()
    page = made.sheet("Liste")
    page.merge_range(0, 0, 0, 9, "Wochenliste Nr. 49/2026 – Seltene Erden", made.look(bold=True))
    page.merge_range(1, 0, 1, 9, "Fictional Verband, nur für den Dienstgebrauch", made.look())
    made.put(page, grid(cols, rows), 3)
    yield lst(
        "xlsx_de_merged_title.xlsx",
        made.done(),
        said(cols, rows),
        "Two merged title rows and a blank one above the headings.",
    )
    cols = plan("en", "number state as_of urgency rank stop_on @company @phone", day=real)
    made = Book("d mmm yyyy")
    page = made.sheet("List")
    centre = made.look(align="center", bold=True)
    for first, last, text in (
        (0, 2, "Application"),
        (3, 5, "Priority"),
        (6, 7, "Member (internal)"),
    ):
        page.merge_range(0, first, 0, last, text, centre)
    lines = grid(cols, rows)
    lines[0] = ["Number", "State", "As of", "Urgency", "Rank", "Line stop on", "Company", "Phone"]
    made.put(page, lines, 1)
    yield lst(
        "xlsx_en_headings_two_rows.xlsx",
        made.done(),
        said(cols, rows),
        "Headings in two rows, the upper ones merged across groups: “Application” over “Number”.",
    )
    cols = plan("de", _SHORT, day=dots)
    made = Book()
    page = made.sheet("Tabelle1")
    page.write_row(0, 0, ["Antrags-", "Dringlich-", "Rang", "Bandstillstand"])
    page.write_row(1, 0, ["nummer", "keit", "", "am"])
    made.put(page, grid(cols, rows, head=False), 2)
    yield lst(
        "xlsx_de_heading_cut_in_two.xlsx",
        made.done(),
        said(cols, rows),
        "One heading cut over two rows: “Antrags-” above “nummer”.",
    )
    cols = plan("en", _ALL, form=1, day=dots2)
    yield lst(
        "xlsx_en_abbreviations.xlsx",
        book(grid(cols, rows), name="wk49"),
        said(cols, rows),
        "Abbreviated headings: Appl. no., Urg., Rk, 1st listed, x listed.",
    )
    cols = plan("en", _ALL, form=2, day=iso, head=str.upper)
    yield lst(
        "xlsx_en_capitals.xlsx",
        book(grid(cols, rows), top=4),
        said(cols, rows),
        "Headings in capitals in the fifth row, nothing above.",
    )
    cols = plan("fr", _ALL, day=real, words="code")
    lines = grid(cols, rows)
    lines[0] = [str(head).replace(" ", "\u00a0\n") for head in lines[0]]
    yield lst(
        "xlsx_fr_broken_headings.xlsx",
        book(lines),
        said(cols, rows),
        "Headings with line breaks and spaces that don't break; codes in the cells.",
    )


def _cells() -> Iterator[Workbook]:
    rows = listed(4301)
    as_text = plan("en", "rank number times_listed urgency stop_on", count=str, day=real)
    yield lst(
        "xlsx_counts_as_text.xlsx",
        book(grid(as_text, rows)),
        said(as_text, rows),
        "Ranks and counts stored as text.",
    )
    cols = plan("de", _ALL, day=turns(real, dots, iso, dots2))
    yield lst(
        "xlsx_dates_and_texts.xlsx",
        book(grid(cols, rows)),
        said(cols, rows),
        "Real dates and typed ones in the same columns.",
    )
    cols = plan("en", _ALL, day=real)
    made = Book("yyyy-mm-dd", date_1904=True)
    made.sheet("List", grid(cols, rows))
    yield lst(
        "xlsx_1904.xlsx",
        made.done(),
        said(cols, rows),
        "From an old Mac: days are counted from 1904.",
    )
    cols = plan("en", _ALL, day=stamp)
    yield lst(
        "xlsx_dates_with_times.xlsx",
        book(grid(cols, rows)),
        said(cols, rows),
        "Dates with a time of day, as an export from a database has them.",
    )
    cols = plan("zh", _ALL, num=wide, day=cjk)
    made = Book(constant_memory=True)
    made.sheet("名单", grid(cols, rows))
    yield lst(
        "xlsx_zh_inline.xlsx",
        made.done(),
        said(cols, rows),
        "Texts inside the cells, not in the shared table; numbers in full width.",
    )
    cols = plan("en", _SHORT, day=upper)
    lines = grid(cols, rows)
    made = Book()
    page = made.sheet("List", lines)
    bold = made.look(bold=True, color="red")
    for down in range(1, len(lines)):
        text = str(lines[down][0])
        page.write_rich_string(down, 0, text[:10], bold, text[10:])
    yield lst(
        "xlsx_rich_numbers.xlsx",
        made.done(),
        said(cols, rows),
        "A part of each number bold and red.",
    )
    for line in lines[1:]:
        line[0] = f"\u200b{line[0]}\u00a0"
        line[1] = f"{line[1]}\n"
    lines[2][1] = " Urgent "
    yield lst(
        "xlsx_breaks_and_spaces.xlsx",
        book(lines),
        said(cols, rows),
        "Line breaks, spaces that don't break and signs of zero width in cells.",
    )
    made = Book()
    page = made.sheet("List", grid(cols, rows))
    for down, row in enumerate(rows, 1):
        page.write_url(down, 0, "https://fictional.example/" + row["number"], string=row["number"])
        page.write_number(down, 2, int(row["rank"]), made.look(num_format='0". place"'))
    yield lst(
        "xlsx_links_and_formats.xlsx",
        made.done(),
        said(cols, rows),
        "Numbers as links; ranks that a format shows as “1. place”.",
    )
    cols = plan("en", "number @company urgency rank stop_on times_listed", day=real)
    made = Book()
    page = made.sheet("List", grid(cols, rows))
    page.write_string(0, 6, "Share of company's need")
    for down, row in enumerate(rows, 1):
        page.write_number(down, 6, 0.05 * down, made.look(num_format="0 %"))
        start = later("2026-11-30", -7 * (int(row["times_listed"]) - 1))
        formula = f"=1+(DATE(2026,11,30)-DATE({start.replace('-0', '-').replace('-', ',')}))/7"
        page.write_formula(down, 5, formula, None, int(row["times_listed"]))
    yield lst(
        "xlsx_formula_with_value.xlsx",
        made.done(),
        said(cols, rows),
        "Times listed by a formula, saved with its value; a private column of percentages.",
    )


def _layout() -> Iterator[Workbook]:
    rows = listed(4601, 8)
    cols = plan("it", f"@contact {_SHORT} @company", day=real)
    body = grid(cols, rows, head=False)
    spaced: Grid = grid(cols, rows)[:1]
    for line in body:
        spaced += [line, []] if len(spaced) % 3 else [line]
    yield lst(
        "xlsx_it_blank_rows.xlsx",
        book([[], *spaced]),
        said(cols, rows),
        "Blank rows between, at no regular distance.",
    )
    cols = plan("es", "@company rank urgency number stop_on", day=real)
    made = Book()
    page = made.sheet("Lista")
    made.put(page, grid(cols, rows), 4, 2)
    page.write_string(1, 2, "Lista semanal, semana 49 de 2026")
    page.write_string(14, 2, "Nota: los datos proceden de las empresas (Fictional).")
    yield lst(
        "xlsx_es_from_c5.xlsx",
        made.done(),
        said(cols, rows),
        "The list begins in C5, with a title above and a note below, behind a blank row.",
    )
    cols = plan("pl", "urgency rank number stop_on", day=real)
    ordered = sorted(rows, key=lambda row: row["urgency"])
    made = Book("yyyy-mm-dd")
    page = made.sheet("Lista", grid(cols, ordered))
    words = [str(line[0]) for line in grid(cols, ordered, head=False)]
    for word in dict.fromkeys(words):
        first = words.index(word)
        last = first + words.count(word) - 1
        page.merge_range(first + 1, 0, last + 1, 0, word, made.look(valign="vcenter"))
    yield lst(
        "xlsx_pl_merged_urgency.xlsx",
        made.done(),
        said(cols, ordered),
        "One merged cell of urgency beside several rows: it holds for each of them.",
    )
    cols = plan("en", _ALL, day=real)
    many = listed(4701, 120)
    head, body = grid(cols, many)[:1], grid(cols, many, head=False)
    pages = [line for at in range(0, 120, 40) for line in [*head, *body[at : at + 40]]]
    yield lst(
        "xlsx_headings_repeated.xlsx",
        book(pages),
        said(cols, many),
        "120 rows; the headings stand again above each page of 40.",
    )
    made = Book()
    page = made.sheet("List", grid(cols, rows))
    page.conditional_format(1, 2, 8, 2, {"type": "data_bar"})
    for down in (3, 4, 5):
        page.set_row(down, None, made.look(bg_color="#FFFF00"), {"level": 1})
    page.insert_textbox(12, 1, "Yellow: new this week")
    page.write_comment(0, 0, "Numbers as on MOFCOM's receipt.", {"author": "A. Fictional"})
    yield lst(
        "xlsx_colours.xlsx",
        made.done(),
        said(cols, rows),
        "Colours, an open outline, a text box and a comment on a heading that say nothing of rows.",
    )
