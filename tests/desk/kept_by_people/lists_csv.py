"""Lists of the EU as people save them from a sheet: CSV in many encodings and habits."""

from __future__ import annotations

from collections.abc import Iterator

from tests.desk.kept_by_people.base import (
    Workbook,
    cjk,
    compact,
    dashes,
    dots,
    dots2,
    grid,
    iso,
    listed,
    lst,
    named,
    plan,
    said,
    slashes,
    text_file,
    turns,
    upper,
    wide,
    wide_digits,
    written,
    ymd,
    ymd_dots,
)

_ALL = "number urgency rank stop_on first_listed times_listed state as_of control_code"
_MARK = "\ufeff"


def workbooks() -> Iterator[Workbook]:
    """Yield the lists."""
    yield from _languages()
    yield from _chinese()
    yield from _dates()
    yield from _numbers()


def _languages() -> Iterator[Workbook]:
    rows = listed(101)
    cols = plan("en", _ALL, words="code")
    yield lst(
        "csv_en_plain.csv",
        text_file(grid(cols, rows)),
        said(cols, rows),
        "Codes and ISO dates: the plain case.",
    )
    cols = plan("de", "@company @file number urgency stop_on rank state as_of @phone", day=dots)
    rows = listed(201)
    yield lst(
        "csv_de_1252.csv",
        text_file(grid(cols, rows), sep=";", encoding="cp1252"),
        said(cols, rows),
        "German Excel: semicolons, Windows-1252, umlauts in the firms' names.",
    )
    cols = plan("de", _ALL, form=1, day=dots2)
    rows = listed(251, day="2026-03-02")
    title: list[list[str]] = [
        ["Wochenliste Seltene Erden, KW 10/2026"],
        ["Fictional Verband e. V."],
    ]
    yield lst(
        "csv_de_bom_title.csv",
        text_file([*title, [], *grid(cols, rows)], sep=";", first=_MARK),
        said(cols, rows),
        "UTF-8 with a mark, two title rows and a blank one above the headings.",
    )
    cols = plan("fr", "number @company urgency rank stop_on first_listed times_listed", day=slashes)
    rows = listed(301)
    rows[0]["stop_on"] = "2026-12-14"
    yield lst(
        "csv_fr_1252.csv",
        text_file(grid(cols, rows), sep=";", encoding="cp1252"),
        said(cols, rows),
        "Days before months, as 23/11/2026 and 14/12/2026 show in both columns.",
    )
    cols = plan("pl", "@company number state as_of urgency stop_on rank first_listed", day=dots2)
    rows = listed(351)
    yield lst(
        "csv_pl_1250.csv",
        text_file(grid(cols, rows), sep=";", encoding="cp1250"),
        said(cols, rows),
        "Polish Excel: Windows-1250; states as codes.",
    )
    cols = plan("cs", "@company number urgency rank stop_on times_listed @contact", day=dots)
    rows = listed(401)
    yield lst(
        "csv_cs_1250.csv",
        text_file(grid(cols, rows), sep=";", encoding="cp1250"),
        said(cols, rows),
        "Czech Excel: Windows-1250, háčky in headings and words.",
    )
    cols = plan("es", "rank number @company urgency stop_on first_listed", day=dots2)
    rows = listed(451)
    yield lst(
        "csv_es_utf16.txt",
        text_file(grid(cols, rows), sep="\t", encoding="utf-16-le", first=_MARK),
        said(cols, rows),
        "Excel's “Unicode text”: UTF-16 with a mark, tabs.",
    )
    cols = plan(
        "it", "number urgency @tonnage rank stop_on first_listed state as_of", form=1, day=slashes
    )
    rows = listed(501)
    rows[0]["stop_on"] = "2026-12-15"
    yield lst(
        "csv_it_utf8.csv",
        text_file(grid(cols, rows), sep=";"),
        said(cols, rows),
        "All date columns have days above 12 in the first place.",
    )
    cols = plan("nl", "number @company urgency stop_on rank times_listed first_listed", day=dashes)
    rows = listed(551)
    rows[0]["stop_on"] = "2026-12-14"
    yield lst(
        "csv_nl_dashes.csv",
        text_file(grid(cols, rows), sep=";", first=_MARK),
        said(cols, rows),
        "23-11-2026: days first with hyphens.",
    )
    cols = plan("sv", _ALL, day=iso, case=str.capitalize)
    rows = listed(601)
    yield lst(
        "csv_sv_tab.csv",
        text_file(grid(cols, rows), sep="\t", end="\n"),
        said(cols, rows),
        "Swedish, tabs, ISO dates as is usual there, codes of states capitalised.",
    )
    cols = plan(
        "de",
        "number @company urgency stop_on rank state as_of",
        day=dots,
        words="en",
        case=str.upper,
    )
    rows = listed(651)
    yield lst(
        "csv_de_english_words.csv",
        text_file(grid(cols, rows), sep=";", encoding="cp1252"),
        said(cols, rows),
        "German headings, the English terms in capitals.",
    )


def _chinese() -> Iterator[Workbook]:
    cols = plan("zh", f"@company {_ALL}", day=cjk)
    rows = listed(701)
    yield lst(
        "csv_zh_gb18030.csv",
        text_file(grid(cols, rows), encoding="gb18030"),
        said(cols, rows),
        "Chinese Excel or WPS: GB18030, dates with 年月日.",
    )
    cols = plan("zht", f"{_ALL} @contact", day=ymd)
    rows = listed(751)
    yield lst(
        "csv_zht_bom.csv",
        text_file(grid(cols, rows), first=_MARK),
        said(cols, rows),
        "Traditional characters in UTF-8 with a mark; 2026/3/2.",
    )
    cols = plan("zh", _ALL, form=1, day=ymd_dots)
    rows = listed(801)
    yield lst(
        "csv_zh_utf16be.csv",
        text_file(grid(cols, rows), sep="\t", encoding="utf-16-be", first=_MARK),
        said(cols, rows),
        "UTF-16 with the high byte first.",
    )
    cols = plan("zh", "number urgency rank stop_on @phone", num=wide, day=cjk, count=wide_digits)
    rows = listed(851)
    yield lst(
        "csv_zh_wide.csv",
        text_file(grid(cols, rows), encoding="gb18030", sep="\t"),
        said(cols, rows),
        "Numbers and ranks typed in full width by a Chinese keyboard.",
    )
    both = plan("zh", "number urgency stop_on rank", day=iso, words="en")
    lines = grid(both, rows)
    lines[0] = [
        "申请编号 / Application no.",
        "紧急程度 / Urgency",
        "停线日期 / Line stop on",
        "排序 / Rank",
    ]
    yield lst(
        "csv_zh_en_headings.csv",
        text_file(lines, sep=";", first=_MARK),
        said(both, rows),
        "Headings in two languages with a stroke between.",
    )


def _dates() -> Iterator[Workbook]:
    fields = "number urgency rank stop_on first_listed"
    habits = {
        "upper": ("en", upper, "02-MAR-2026."),
        "long_en": ("en", named("{d} {n} {y}", "en"), "2 March 2026."),
        "american": ("en", named("{n} {d}, {y}", "en"), "March 2, 2026."),
        "long_fr": ("fr", named("{d} {n} {y}", "fr"), "2 mars 2026."),
        "long_de": ("de", named("{d}. {n} {y}", "de"), "2. März 2026."),
        "long_pl": ("pl", named("{d} {n} {y} r.", "pl"), "2 marca 2026 r."),
        "long_es": ("es", named("{d} de {n} de {y}", "es"), "2 de marzo de 2026."),
        "compact": ("en", compact, "20260302."),
        "short_de": ("de", written("{dd}.{mm}.{yy}"), "02.03.26 in a German sheet, 16.02.26, too."),
        "spaced_cs": ("cs", written("{d}. {m}. {y}"), "2. 3. 2026, the Czech norm."),
    }
    for at, (name, (lang, day, why)) in enumerate(habits.items()):
        cols = plan(lang, fields, day=day)
        rows = listed(1001 + 50 * at, day="2026-03-09")
        yield lst(
            f"csv_dates_{name}.csv",
            text_file(grid(cols, rows), sep=";", first=_MARK),
            said(cols, rows),
            "Dates such as " + why,
        )
    cols = plan("en", fields, day=turns(iso, dots2, upper, ymd))
    rows = listed(1601, day="2026-03-09")
    yield lst(
        "csv_dates_of_several_hands.csv",
        text_file(grid(cols, rows)),
        said(cols, rows),
        "Four habits in one column, each clear by itself.",
    )


def _numbers() -> Iterator[Workbook]:
    habits = {
        "spaces": (lambda text: text.replace("-", " "), "FIKTIV 26 0000123"),
        "joined": (lambda text: text.replace("-", ""), "FIKTIV260000123, as long as the others"),
        "small": (str.lower, "fiktiv-26-0000123"),
        "dash": (lambda text: text.replace("-", "\u2013"), "dashes put in by a word processor"),
        "hyphen": (lambda text: text.replace("-", "\u2011"), "hyphens that don't break"),
        "padded": (lambda text: f"\u00a0{text} \u200b", "spaces that don't break, zero width"),
        "spaced": (lambda text: text.replace("-", " - "), "spaces around the hyphens"),
        "guarded": (lambda text: f'="{text}"', "Excel's guard against reading it as a number"),
        "apostrophe": (lambda text: "'" + text, "the apostrophe for text, kept by the export"),
    }
    for at, (name, (num, why)) in enumerate(habits.items()):
        cols = plan("en", "@company number urgency stop_on rank first_listed", num=num)
        rows = listed(2001 + 50 * at)
        yield lst(
            f"csv_numbers_{name}.csv",
            text_file(grid(cols, rows)),
            said(cols, rows),
            f"Numbers written with habits: {why}.",
        )
