"""Return sheets of CN, copied by people into workbooks of their own."""

from __future__ import annotations

from collections.abc import Iterator

from tests.desk.kept_by_people.base import (
    Book,
    Cell,
    Workbook,
    ans,
    answered,
    book,
    cjk,
    compact,
    dots2,
    grid,
    iso,
    listed,
    plan,
    real,
    said,
    text_file,
    turns,
    upper,
    wide,
    wide_digits,
    ymd,
    ymd_dots,
)
from tests.desk.kept_by_people.words import WORDS

_CODED = [field for field in ("clock", "missing", "decision", "remark") if WORDS[field]]
_ALL = " ".join(
    [
        "row number match state as_of accepted_on",
        "days_used",
        *_CODED[:3],
        "decided_on",
        *_CODED[3:],
    ]
)
_MARK = "\ufeff"


def workbooks() -> Iterator[Workbook]:
    """Yield the return sheets."""
    yield from _texts()
    yield from _plain()
    yield from _messy()
    yield from _rare()


def _texts() -> Iterator[Workbook]:
    rows = answered(6001)
    cols = plan("zh", _ALL, day=iso, words="code")
    yield ans(
        "answer_zh_codes_gb18030.csv",
        text_file(grid(cols, rows), encoding="gb18030"),
        said(cols, rows),
        "Chinese headings, the codes in the cells, GB18030.",
    )
    cols = plan("zh", f"{_ALL} @contact @phone", form=1, day=cjk)
    yield ans(
        "answer_zh_terms_gb18030.csv",
        text_file(grid(cols, rows), encoding="gb18030", sep="\t"),
        said(cols, rows),
        "Chinese terms, 年月日, private columns of the office.",
    )
    cols = plan("zht", _ALL, day=ymd)
    yield ans(
        "answer_zht_utf16.txt",
        text_file(grid(cols, rows), encoding="utf-16-le", sep="\t", first=_MARK),
        said(cols, rows),
        "Traditional characters, UTF-16 with tabs.",
    )
    cols = plan("en", _ALL, day=upper)
    yield ans(
        "answer_en_bom.csv",
        text_file(grid(cols, rows), first=_MARK),
        said(cols, rows),
        "English terms, 02-MAR-2026.",
    )
    cols = plan("de", f"{_ALL} @company", day=dots2, words="en")
    yield ans(
        "answer_de_1252.csv",
        text_file(grid(cols, rows), sep=";", encoding="cp1252"),
        said(cols, rows),
        "An embassy's copy with German headings and English terms, Windows-1252.",
    )
    cols = plan("zh", "number match row @company", num=wide_digits, count=wide_digits)
    yield ans(
        "answer_zh_wide_digits.csv",
        text_file(grid(cols, rows), sep=";", first=_MARK),
        said(cols, rows),
        "Digits in full width, the letters not.",
    )
    cols = plan("zh", "row number match state as_of accepted_on", day=compact, num=str.lower)
    yield ans(
        "answer_zh_compact_dates.csv",
        text_file(grid(cols, rows), encoding="gb18030", end="\n"),
        said(cols, rows),
        "20261127 as dates; small letters in the numbers.",
    )


def _plain() -> Iterator[Workbook]:
    rows = answered(6401)
    forms = {
        "zh": ('yyyy"年"m"月"d"日"', "simplified Chinese"),
        "zht": ("yyyy/m/d", "traditional Chinese"),
        "en": ("dd-mmm-yyyy", "English"),
        "de": ("dd.mm.yyyy", "German headings and codes"),
    }
    for lang, (form, why) in forms.items():
        cols = plan(lang, f"{_ALL} @file @contact", day=real)
        made = Book(form)
        page = made.sheet("反馈表" if lang == "zh" else "Sheet1", grid(cols, rows))
        page.freeze_panes(1, 2)
        page.autofilter(0, 0, len(rows), len(cols) - 1)
        page.set_column(0, 12, 14)
        yield ans(
            f"answer_{lang}.xlsx",
            made.done(),
            said(cols, rows),
            f"Real dates, private columns at the right; {why}.",
        )
    cols = plan("en", "number match state as_of", day=real, words="code", case=str.upper)
    yield ans(
        "answer_en_no_rows.xlsx",
        book(grid(cols, rows)),
        said(cols, rows),
        "Without row numbers; codes in capitals.",
    )
    cols = plan("zh", "match state number @contact as_of row days_used accepted_on", day=real)
    back = list(reversed(rows))
    yield ans(
        "answer_zh_other_order.xlsx",
        book(grid(cols, back), form="yyyy-mm-dd"),
        said(cols, back),
        "Columns and rows in another order; the row numbers are those of the list.",
    )


def _messy() -> Iterator[Workbook]:
    rows = answered(6601)
    cols = plan("zh", f"{_ALL} @contact", day=real)
    made = Book("yyyy/m/d")
    page = made.sheet("答复")
    page.merge_range(0, 0, 0, len(cols) - 1, "出口许可申请办理情况反馈表", made.look(bold=True))
    page.write_string(1, 0, "日期：2026年11月27日")
    made.put(page, grid(cols, rows), 2)
    page.write_string(11, 0, "制表：虚构甲　　复核：虚构乙")
    yield ans(
        "answer_zh_title_and_signers.xlsx",
        made.done(),
        said(cols, rows),
        "A merged title, the date of the sheet, and below a blank row who made it and checked it.",
    )
    cols = plan("zh", "row number match state as_of days_used", day=ymd_dots, count=str)
    lines = grid(cols, rows)
    lines[0] = [
        "名单行号\nList row",
        "申请编号\nApplication No.",
        "查询结果\nMatch",
        "状态\nState",
        "状态日期\nAs of",
        "已用工作日\nDays used",
    ]
    made = Book(constant_memory=True)
    made.sheet("Sheet1", lines)
    yield ans(
        "answer_two_languages.xlsx",
        made.done(),
        said(cols, rows),
        "Headings in two languages with a line break; texts inside the cells; counts as text.",
    )
    for line in lines[1:]:
        line[5] = f"{line[5]} 个工作日" if line[5] else ""
    yield ans(
        "answer_zh_days_with_unit.xlsx",
        book(lines),
        said(cols, rows),
        "“15 个工作日” in the column of working days used.",
    )
    cols = plan("zh", "row number match accepted_on days_used state as_of", day=real)
    made = Book('yyyy"年"m"月"d"日"')
    page = made.sheet("Sheet1")
    look = made.look(align="center", valign="vcenter")
    heads = ["行号", "申请编号", "查询结果", "", "", "办理情况", ""]
    under = ["", "", "", "受理日期", "已用天数", "状态", "状态日期"]
    for at, text in enumerate(heads[:3]):
        page.merge_range(0, at, 1, at, text, look)
    page.merge_range(0, 3, 0, 4, "法定期限", look)
    page.merge_range(0, 5, 0, 6, heads[5], look)
    page.write_row(1, 3, under[3:])
    made.put(page, grid(cols, rows, head=False), 2)
    yield ans(
        "answer_zh_two_rows.xlsx",
        made.done(),
        said(cols, rows),
        "Headings in two rows: three merged downwards, two merged across groups.",
    )
    cols = plan("zh", "row number match state as_of", num=turns(wide, str, str.lower), day=cjk)
    lines = grid(cols, rows)
    spaced: list[list[Cell]] = [[], lines[0]]
    for line in lines[1:]:
        line[2] = f"\u3000{line[2]}\u3000"
        spaced += [line, []]
    yield ans(
        "answer_zh_wide_spaces.xlsx",
        book(spaced),
        said(cols, rows),
        "Wide spaces around words, blank rows between, numbers in full width here and there.",
    )
    cols = plan("zh", "row number match state as_of decided_on", day=turns(real, cjk, ymd, iso))
    yield ans(
        "answer_zh_dates_and_texts.xlsx",
        book(grid(cols, rows), form="yyyy-mm-dd"),
        said(cols, rows),
        "Real dates and three habits of typing in the same columns.",
    )
    back = listed(6601)
    cols = plan("en", "row number match state as_of", day=real, words="en")
    lines = grid(cols, rows)
    lines[0] += ["EU urgency (copied)", "Officer"]
    for line, was in zip(lines[1:], back, strict=True):
        line += [was["urgency"].replace("_", " "), "虚构甲"]
    yield ans(
        "answer_en_with_copied_urgency.xlsx",
        book(lines),
        said(cols, rows),
        "The EU's urgency copied beside: no field of an answer; private, like the officer.",
    )
    cols = plan("zh", "row number match state as_of clock missing decision remark", day=real)
    yield ans(
        "answer_zh_empty_columns.xlsx",
        book(grid(cols, rows)),
        said(cols, rows),
        "The columns of clock, missing papers, decision and remark stand there, empty.",
    )
    many = answered(6701, 90)
    cols = plan("zh", "row number match state as_of accepted_on days_used", day=real)
    made = Book("yyyy-mm-dd")
    page = made.sheet("反馈", grid(cols, many))
    page.repeat_rows(0)
    page.conditional_format(1, 2, 90, 2, {"type": "duplicate", "format": made.look(bold=True)})
    made.sheet("说明", [["查询结果含义"], ["已查到", "系统中有此编号"]])
    yield ans(
        "answer_zh_long.xlsx",
        made.done(),
        said(cols, many),
        "90 rows, and a second sheet that explains a word.",
    )
    cols = plan("en", "row number match state as_of", day=real)
    refs = [row | {"number": row["number"].replace("-", "\u2014")} for row in rows]
    yield ans(
        "answer_en_long_dashes.xlsx",
        book(grid(cols, refs)),
        said(cols, rows),
        "Long dashes in the numbers, as Chinese keyboards make them.",
    )


def _han(text: str) -> Cell:
    """Write 二〇二六年十一月二十七日."""
    year, month, day = text.split("-")
    digits = "〇一二三四五六七八九"
    words = []
    for part in (int(month), int(day)):
        tens, ones = divmod(part, 10)
        ten = "" if not tens else "十" if tens == 1 else digits[tens] + "十"
        words.append(ten + (digits[ones] if ones else ""))
    return "".join(digits[int(c)] for c in year) + f"年{words[0]}月{words[1]}日"


def _rare() -> Iterator[Workbook]:
    rows = answered(7061)
    cols = plan("zh", "row number match state as_of decided_on", day=_han)
    yield ans(
        "answer_zh_dates_in_words.csv",
        text_file(grid(cols, rows), encoding="gb18030"),
        said(cols, rows),
        "Dates in Chinese numerals, as in the office's letters.",
    )
    six = [
        row | {"match": match}
        for row, match in zip(
            ({"row": row["row"], "number": row["number"]} for row in rows),
            WORDS["match"],
            strict=True,
        )
    ]
    for lang, words in (("en", "en"), ("zh", "code")):
        cols = plan(lang, "row number match @contact", words=words)
        yield ans(
            f"answer_{lang}_each_match.csv",
            text_file(grid(cols, six), sep=";", first=_MARK),
            said(cols, six),
            "Each of the six results of a search once, as English words or as codes.",
        )
