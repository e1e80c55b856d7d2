"""160 lists and return sheets as people keep them: what is certain is read, the rest is asked.

`kept_by_people/` was written by somebody who had the formats of rows and not the reader, with what
a careful person would take from each file, and what has to be asked. The reader's questions are
answered here as an official would: a head by its column, a cell by what the person meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final

from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries.batches import OPTED
from special_channel.desk import cells, heads, tables
from special_channel.desk.defaults import Defaults
from special_channel.desk.known_numbers import KnownNumbers
from special_channel.desk.lists import weekly_list
from special_channel.desk.returns import AnsweredList, return_sheet
from special_channel.desk.sheet import AsideRow, Sheet
from special_channel.desk.similar import ListedNumber, PastNumbers, similar_numbers
from special_channel.desk.table import Choices
from tests.desk.kept_by_people.base import number
from tests.desk.kept_by_people.words import HEADS
from tests.desk.kept_by_people.workbooks import Workbook, workbooks

LIST: Final = "L2026-48"
ON: Final = date(2026, 11, 30)
COLUMNS: Final[Mapping[str, tuple[str, str]]] = {
    # field: column of a list, of a return sheet
    "number": ("application_no", "application_no"),
    "urgency": ("urgency", "urgency"),
    "rank": ("priority_rank", "priority_rank"),
    "stop_on": ("stop_on", "stop_on"),
    "first_listed": ("first_listed", "first_listed"),
    "times_listed": ("times_listed", "times_listed"),
    "state": ("eu_asserted_status", "cn_status"),
    "as_of": ("eu_as_of", "cn_as_of"),
    "question": ("question_code", "question_code"),
    "control_code": ("control_code", "control_code"),
    "row": ("row", "row"),
    "match": ("match", "match"),
    "accepted_on": ("accepted_on", "accepted_on"),
    "clock": ("clock_state", "clock_state"),
    "days_used": ("days_used", "days_used"),
    "missing": ("missing_items", "missing_items"),
    "decision": ("decision", "decision"),
    "decided_on": ("decided_on", "decided_on"),
    "remark": ("remark_code", "remark_code"),
}
FILLED: Final = frozenset({"row", "rank", "first_listed", "times_listed", "match"})
"""Fields that the channel fills where a file leaves them out."""


ENCODED: Final = {
    "csv_de_1252.csv": "windows-1252",
    "csv_fr_1252.csv": "windows-1252",
    "csv_pl_1250.csv": "windows-1250",
    "csv_cs_1250.csv": "windows-1250",
    "csv_de_english_words.csv": "windows-1252",
    "csv_headings_broken.csv": "windows-1252",
    "answer_de_1252.csv": "windows-1252",
}
"""CSV files that don't tell their encoding, and what their makers would choose."""
UNREAD: Final = {
    "csv_codes_in_capitals.csv": "list-columns",  # has no urgency at all
    "xlsx_en_headings_two_rows.xlsx": "list-columns",
    "xlsx_de_heading_cut_in_two.xlsx": "list-columns",
    "xlsx_urgency_as_section.xlsx": "list-columns",
    "xlsx_urgency_as_crosses.xlsx": "list-head-twice",
    "xlsx_turned.xlsx": "list-columns",
    "xlsx_nl_legend_sheet.xlsx": "list-two-sheets",
    "xlsx_nl_choices_sheet.xlsx": "list-two-sheets",
    "answer_zh_long.xlsx": "list-two-sheets",
}
"""Files without a doubt for a person that the reader refuses or asks about."""
MISTYPED: Final = [
    "csv_numbers_joined.csv",
    "csv_numbers_small.csv",
    "number_too_short.xlsx",
    "number_too_long.xlsx",
    "number_letters.xlsx",
]
APART: Final = frozenset(
    {
        *(("xlsx_two_tables.xlsx", number(each)) for each in (5_701, 5_708, 5_715)),
        ("number_twice_alike.xlsx", number(9_208)),
    }
)
"""Rows that stay aside, named: of a second table below with other columns, and a row twice."""


@dataclass
class Taken:
    """What came of a file.

    Attributes:
        rows: The rows that could be sent, by application number.
        aside: Rows set aside.
        asked: The code with which the file was refused, or heads that can be several columns.
        marks: Whether lines, sheets or comments were named that need a decision.
    """

    rows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    aside: Sequence[AsideRow] = ()
    asked: str = ""
    marks: bool = False


@lru_cache(maxsize=1)
def files() -> Sequence[Workbook]:
    return tuple(workbooks())


def known_heads(kind: str) -> dict[str, str]:
    return {
        heads.folded(text): COLUMNS[name][kind == "answer"]
        for of_language in HEADS.values()
        for name, forms in of_language.items()
        for text in forms
    }


def read(
    book: Workbook,
    corrected: Mapping[int, Mapping[str, str]] | None = None,
    encodings: Mapping[str, str] = ENCODED,
) -> Taken:
    choices = Choices(
        list=LIST,
        heads=known_heads(book.kind),
        cells=corrected or {},
        encoding=encodings.get(book.name, ""),
    )
    try:
        sheet = _sheet(book, choices)
    except Malformed as refused:
        return Taken(asked=refused.code)
    good, aside = sheet.parted()
    table = sheet.table
    assert table is not None
    return Taken(
        {str(row["number"]): row for row in good.rows},
        aside,
        " ".join(each.text for each in table.asked()),
        bool(table.others or table.comments or any(line.marks for line in table.lines)),
    )


def _sheet(book: Workbook, choices: Choices) -> Sheet:
    if book.kind == "list":
        return weekly_list(book.data, OPTED, choices, Defaults(on=ON))
    numbers = {int(row.get("row", at)): row["number"] for at, row in enumerate(book.rows, 1)}
    return return_sheet(book.data, AnsweredList(LIST, numbers), choices)


def said(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")


def wrong(book: Workbook, taken: Taken) -> list[tuple[str, str, str]]:
    """Return what came out otherwise than its maker meant it."""
    meant = {row["number"]: row for row in book.rows}
    found = []
    for name, row in taken.rows.items():
        if name not in meant:
            continue
        fields = {*row, *meant[name]} - (FILLED - meant[name].keys())
        found += [
            (name, each, said(row.get(each)))
            for each in fields
            if said(row.get(each)) != meant[name].get(each, "")
        ]
    return found


def joined(number: str) -> str:
    """Letters and digits alone: no two numbers of one of these files differ in the rest."""
    return "".join(filter(str.isalnum, cells.plain(number))).casefold()


def corrections(book: Workbook, aside: Sequence[AsideRow]) -> dict[int, dict[str, str]]:
    """Answer for each cell of the rows set aside what its maker meant, as on screen."""
    meant = {joined(row["number"]): row for row in book.rows}
    answered: dict[int, dict[str, str]] = {}
    for each in aside:
        row = meant.get(joined(each.number))
        if row is None or any(fault.code == "list-duplicate" for fault in each.faults):
            continue
        answered[each.line] = {
            COLUMNS[name][book.kind == "answer"]: value
            for name, value in row.items()
            if name not in FILLED or value
        }
    return answered


def test_no_cell_comes_out_with_another_value():
    assert [
        (book.name, wrong(book, read(book))) for book in files() if wrong(book, read(book))
    ] == []


def test_what_needs_a_decision_does_not_go_through_unasked():
    for book in files():
        if not book.needs or book.needs == {"bad-number"}:
            continue
        taken = read(book)
        assert taken.aside or taken.asked or taken.marks, book.name


def strange(book: Workbook, taken: Taken) -> list[ListedNumber]:
    """Return the rows with a number that its maker did not mean, or writes otherwise."""
    meant = {row["number"] for row in book.rows}
    return [
        ListedNumber(int(str(row.get("row", at))), name, {})
        for at, (name, row) in enumerate(taken.rows.items(), 1)
        if name not in meant
    ]


def test_a_number_written_otherwise_is_seen_beside_the_numbers_of_the_record():
    known = PastNumbers(KnownNumbers(map(number, range(1, 10_000))))
    seen = []
    for book in files():
        if book.needs <= {"bad-number"} and (rows := strange(book, read(book))):
            found = {each.row for each in similar_numbers(rows, known, ON.year)}
            assert found == {each.row for each in rows}, book.name
            seen.append(book.name)
    assert seen == MISTYPED


def test_every_certain_row_is_read_at_once_or_after_its_cells_are_answered():
    lost, refused = [], []
    for book in files():
        first = read(book)
        if first.asked:
            refused += [(book.name, first.asked)] if not book.needs else []
            continue
        then = read(book, corrections(book, first.aside))
        assert wrong(book, then) == [], book.name
        taken = {joined(each) for each in (*first.rows, *then.rows)}
        lost += [
            (book.name, row["number"]) for row in book.rows if joined(row["number"]) not in taken
        ]
    assert {*lost} == APART
    assert dict(refused) == UNREAD


def test_a_file_that_tells_no_encoding_is_asked_about_and_the_first_is_right():
    asked = {book.name: read(book, encodings={}).asked for book in files()}
    found = {name for name, code in asked.items() if code == "list-encoding"}
    in_doubt = {"several_doubts.csv", "totals_in_csv.csv", "bytes_mixed.csv"}
    assert found == ENCODED.keys() | in_doubt
    for book in files():
        if book.name in ENCODED:
            assert ENCODED[book.name] in tables.read(book.data)[0].encodings, book.name
