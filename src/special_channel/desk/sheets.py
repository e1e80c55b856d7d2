"""Write sheets to fill in: MOFCOM's return sheet for a batch, as XLSX or CSV.

Heads are in both languages, words in the reader's, with a drop-down list for every vocabulary. The
record's state, urgency and question follow the number and are not read back. Every cell is text:
spreadsheets never turn a code into a number or a name into a formula. Completed
sheets are read by `returns.py`. Does not sign or send.

Written for WPS Office and Excel 2016: lists refer to ranges of a sheet, and there are no macros, no
dynamic arrays, and no sheet protection: protection forbids sorting and deleting rows.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from special_channel.core.bytes.fields import is_reference
from special_channel.core.sense.vocabularies import VOCABULARIES, Vocabulary
from special_channel.desk.cells import name_of, neutral
from special_channel.desk.given import GIVEN_OUT
from special_channel.desk.layout import INSTRUCTIONS, WORDS
from special_channel.desk.lists import CORRECTS, REMARK, RETURN_COLUMNS
from special_channel.messages.catalogue import LANGS, Catalogue, Lang, catalogue

KEYS: Final = ("list_id", "row", "application_no")
"""Columns by which a line finds its row."""

_INTERNAL: Final[Mapping[Lang, str]] = {"en": "remark_en", "zh-CN": "remark_zh"}
"""The internal remark in the reader's language; it stays with its author."""

SheetLine = Mapping[str, str]

_VOCABULARIES: Final[Mapping[str, str]] = {
    "eu_asserted_status": "state", "urgency": "urgency", "question_code": "question",
    "match": "match", "cn_status": "state", "clock_state": "clock", "missing_items": "missing",
    "decision": "decision", "remark_code": "remark",
}  # fmt: skip
"""Columns with words of a vocabulary."""

_FONTS: Final[Mapping[Lang, str]] = {"en": "Arial", "zh-CN": "宋体"}
"""Fonts of both Excel 2016 and WPS Office."""

_WIDTHS: Final[Mapping[str, int]] = {
    "list_id": 11, "row": 6, "application_no": 24, "found_as": 24, "eu_as_of": 12, "cn_as_of": 12,
    "accepted_on": 12, "decided_on": 12, "days_used": 9, "missing_items": 26, "cn_status": 20,
    "eu_asserted_status": 20, "question_code": 22, "remark_code": 24, CORRECTS: 14, REMARK: 28,
    "remark_zh": 28, "remark_en": 28,
}  # fmt: skip
_WIDTH: Final = 14
_HELP_LINES: Final = 9
_HELP_WIDTH: Final = 100
_NAME: Final = re.compile(r"[\[\]:*?/\\']")
_NAME_LENGTH: Final = 31


def columns(lang: Lang, lines: Sequence[SheetLine] = ()) -> tuple[str, ...]:
    """Return the columns of a return sheet for a reader of `lang`.

    The column of found numbers stands only in a sheet with references.
    """
    referred = any(is_reference(line.get("application_no", "")) for line in lines)
    stated = (
        name for name in RETURN_COLUMNS if name not in KEYS and (referred or name != "found_as")
    )
    return (*KEYS, *GIVEN_OUT, *stated, CORRECTS, REMARK, _INTERNAL[lang])


def head(column: str, lang: Lang) -> str:
    """Return a column's head in both languages, the reader's first."""
    both = sorted(LANGS, key=lambda each: each != lang)
    return "\n".join(catalogue(each).label("head", column) for each in both)


def return_lines(
    list_: str, rows: Iterable[Mapping[str, Any]], t: Catalogue
) -> list[dict[str, str]]:
    """Return one line a row of a batch, in the reader's words.

    Args:
        list_: The list's number.
        rows: Fields of CN's earlier answer, with `row`, `number`, and the EU's statement and
            question: `eu_state`, `eu_as_of`, `urgency`, `question`.
        t: The reader's language.
    """
    lines = []
    for row in rows:
        fields = {column: row.get(field) for column, (field, _) in RETURN_COLUMNS.items()}
        given = {
            "eu_asserted_status": row.get("eu_state"),
            "eu_as_of": row.get("eu_as_of"),
            "urgency": row.get("urgency"),
            "question_code": row.get("question"),
        }
        lines.append(
            {
                "list_id": list_,
                **{column: _cell(column, each, t) for column, each in {**given, **fields}.items()},
            }
        )
    return lines


def return_xlsx(list_: str, lines: Sequence[SheetLine], lang: Lang) -> bytes:
    """Write a workbook: the lines, instructions, and the words of the drop-down lists."""
    t, names = catalogue(lang), columns(lang, lines)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.formats[0].set_font_name(_FONTS[lang])
    table = book.add_worksheet(_NAME.sub("-", list_)[:_NAME_LENGTH] or "1")
    _explain(book.add_worksheet(INSTRUCTIONS[lang]), list_, len(lines), t, _format(book, lang))
    ranges = _word_lists(book, lang)
    _fill(book, table, lines, lang)
    for at, name in enumerate(names):
        _validate(table, at, len(lines), _rule(name, ranges, t))
    table.activate()
    book.close()
    return out.getvalue()


def return_file(ending: str, list_: str, lines: Sequence[SheetLine], lang: Lang) -> bytes:
    """Write the lines as the kind of file with this ending: `csv`, otherwise XLSX."""
    return return_csv(lines, lang) if ending == "csv" else return_xlsx(list_, lines, lang)


def return_csv(lines: Sequence[SheetLine], lang: Lang) -> bytes:
    """Write the lines as CSV under heads in both languages."""
    names = columns(lang, lines)
    heads = {name: head(name, lang).replace("\n", " / ") for name in names}
    return csv_bytes(names, [heads, *lines], header=False)


def csv_bytes(names: Sequence[str], lines: Iterable[SheetLine], *, header: bool = True) -> bytes:
    """Write UTF-8 with a byte order mark; cells that begin like a formula get an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, names, restval="", extrasaction="ignore", lineterminator="\r\n")
    if header:
        writer.writeheader()
    writer.writerows({name: neutral(cell) for name, cell in line.items()} for line in lines)
    return out.getvalue().encode("utf-8-sig")


def _cell(column: str, value: object, t: Catalogue) -> str:
    # The fold stores -1 for a missing number.
    if value is None or value == -1:
        return ""
    values = value if isinstance(value, list | tuple) else (value,)
    group = _VOCABULARIES.get(column)
    words = (t.label(group, str(each)) if group and each else str(each) for each in values)
    return ("; " if t.lang == "en" else "；").join(words)


def _format(book: Workbook, lang: Lang, **more: Any) -> Format:  # noqa: ANN401 - xlsxwriter's own
    return book.add_format(
        {"num_format": "@", "font_name": _FONTS[lang], "valign": "top", "text_wrap": True} | more
    )


def _fill(book: Workbook, sheet: Worksheet, lines: Sequence[SheetLine], lang: Lang) -> None:
    """Write heads and lines; columns that are not read back are shaded."""
    names = columns(lang, lines)
    text = _format(book, lang)
    shaded = _format(book, lang, bg_color="#EDEDED")
    bold = _format(book, lang, bold=True, bg_color="#D9E2EC", border=1)
    for at, name in enumerate(names):
        is_given = name in KEYS or name in GIVEN_OUT
        form = shaded if is_given else text
        sheet.set_column(at, at, _WIDTHS.get(name, _WIDTH), text)
        sheet.write_string(0, at, head(name, lang), bold)
        for number, line in enumerate(lines, 1):
            if line.get(name):
                sheet.write_string(number, at, line[name], form)
            elif is_given:
                sheet.write_blank(number, at, None, form)
    sheet.freeze_panes(1, len(KEYS))
    sheet.autofilter(0, 0, len(lines), len(names) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _explain(sheet: Worksheet, list_: str, rows: int, t: Catalogue, form: Format) -> None:
    """Write how the sheet is filled in."""
    sheet.set_column(0, 0, _HELP_WIDTH)
    for number in range(1, _HELP_LINES + 1):
        words = t.gettext(f"sheet-help.{number}", list=list_, rows=rows)
        sheet.write_string(number - 1, 0, words, form)


def _word_lists(book: Workbook, lang: Lang) -> dict[str, str]:
    """Write the words of all vocabularies on the last sheet; return their ranges."""
    t, form = catalogue(lang), _format(book, lang)
    sheet = book.add_worksheet(WORDS[lang])
    ranges = {}
    for at, vocabulary in enumerate(VOCABULARIES):
        words = [t.label(vocabulary.name, code) for code in vocabulary.codes]
        sheet.set_column(at, at, max(map(len, words)) + 4, form)
        for number, word in enumerate(words):
            sheet.write_string(number, at, word, form)
        first, last = name_of(1, at + 1), name_of(len(words), at + 1)
        ranges[vocabulary.name] = f"='{WORDS[lang]}'!{_fixed(first)}:{_fixed(last)}"
    return ranges


def _fixed(cell: str) -> str:
    letters = cell.rstrip("0123456789")
    return f"${letters}${cell.removeprefix(letters)}"


def _rule(column: str, ranges: Mapping[str, str], t: Catalogue) -> dict[str, Any] | None:
    """Return the check of a column's cells; None for free text."""
    if column in KEYS or column in GIVEN_OUT:
        # No value may be typed over; sorting and deleting rows stay possible.
        return {
            "validate": "custom",
            "value": "=FALSE",
            "ignore_blank": False,
            "error_title": t.gettext("sheet-check.title"),
            "error_message": t.gettext("sheet-check.fixed"),
        }
    group = _VOCABULARIES.get(column)
    if group is None:
        return None
    return {
        "validate": "list",
        "source": ranges[group],
        "error_type": "information" if _several(group) else "stop",
        "error_title": t.gettext("sheet-check.title"),
        "error_message": t.gettext(
            "sheet-check.several" if _several(group) else "sheet-check.word"
        ),
    }


def _several(group: str) -> bool:
    vocabularies: dict[str, Vocabulary] = {each.name: each for each in VOCABULARIES}
    return vocabularies[group].several


def _validate(sheet: Worksheet, at: int, rows: int, rule: dict[str, Any] | None) -> None:
    if rule and rows:
        sheet.data_validation(1, at, rows, at, rule)
