"""Rows without an application number: listed under a reference of our own if somebody says so."""

from __future__ import annotations

import io

import pytest
import xlsxwriter

from special_channel.desk.answers import FIELDS
from special_channel.desk.lists import weekly_list
from special_channel.desk.returns import AnsweredList, return_sheet
from special_channel.desk.sheets import columns, return_csv, return_lines, return_xlsx
from special_channel.desk.table import Choices
from special_channel.desk.tables import read
from special_channel.messages.catalogue import catalogue
from tests.desk.test_line_marks import Fill
from tests.desk.test_lists import csv

HEADER = "list_id,row,application_no,urgency,priority_rank,first_listed,times_listed,case_id,state"
OWN_AT = HEADER.split(",").index("case_id")
OPTED = frozenset({"state", "as_of"})


def line(row: int, number: str, own: str, state: str = "") -> str:
    return f"L2026-47,{row},{number},urgent,{row},2026-11-06,1,{own},{state}"


def listed(*lines: str, sent: frozenset[str] = frozenset(), header: str = HEADER):
    return weekly_list(csv(*lines, header=header), OPTED, Choices(sent=sent))


def test_row_without_a_number_waits_for_a_decision():
    sheet = listed(line(1, "A-1", "FK 16"), line(2, "", "FK 17"), line(3, "", ""))
    good, aside = sheet.parted()
    assert [row["number"] for row in good.rows] == ["A-1"]
    assert [(row.line, row.number, [each.code for each in row.faults]) for row in aside] == [
        (3, "REF:FK-17", ["list-unnumbered"]),
        (4, "", ["list-number-missing"]),
    ]
    assert aside[0].faults[0].cell == "REF:FK-17"


@pytest.mark.parametrize("sent", ["unnumbered", "3:unnumbered"])
def test_row_is_listed_under_its_reference_if_chosen(sent):
    sheet = listed(line(1, "A-1", "FK 16"), line(2, "", "FK 17"), sent=frozenset({sent})).checked()
    assert [row["number"] for row in sheet.rows] == ["A-1", "REF:FK-17"]
    # Our own column stays with us, as ever.
    assert sheet.columns == ("case_id",)
    assert "FK 16" not in repr(sheet.rows)


@pytest.mark.parametrize("sent", ["3", "2:unnumbered", "3:row-hidden"])
def test_reference_is_not_sent_by_another_choice(sent):
    sheet = listed(line(1, "A-1", "FK 16"), line(2, "", "FK 17"), sent=frozenset({sent}))
    assert [each.code for each in sheet.faults] == ["list-unnumbered"]


def test_list_without_a_column_of_numbers_is_listed_by_references():
    header = HEADER.replace("application_no,", "")
    lines = [f"L2026-47,{row},urgent,{row},2026-11-06,1,FK{row}," for row in (1, 2)]
    sheet = listed(*lines, sent=frozenset({"unnumbered"}), header=header).checked()
    assert [row["number"] for row in sheet.rows] == ["REF:FK1", "REF:FK2"]


@pytest.mark.parametrize("own", ["REF:FK 17", "ref: FK 17", "REF:FK-17"])
def test_reference_with_the_mark_is_marked_once(own):
    sheet = listed(line(1, "", own), sent=frozenset({"unnumbered"})).checked()
    assert [row["number"] for row in sheet.rows] == ["REF:FK-17"]


@pytest.mark.parametrize("own", ["1.2E+16", "=A1", "REF:"])
def test_lost_reference_is_not_offered(own):
    _, aside = listed(line(1, "A-1", "FK 16"), line(2, "", own)).parted()
    assert "list-unnumbered" not in [each.code for row in aside for each in row.faults]


def workbook(fill: Fill) -> bytes:
    """A line without a number, extended by `fill`: its reference is cell H2."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for at, cells in enumerate((HEADER, line(1, "", "FK 17"))):
        sheet.write_row(at, 0, cells.split(","))
    fill(book, sheet)
    book.close()
    return out.getvalue()


def struck_in_part(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
    struck = book.add_format({"font_strikeout": True})
    sheet.write_rich_string(1, OWN_AT, "FK 17", struck, " 18", " ")


@pytest.mark.parametrize(
    ("fill", "code"),
    [
        (
            lambda book, sheet: sheet.write_string(
                1, OWN_AT, "FK 17", book.add_format({"font_strikeout": True})
            ),
            "list-cell-struck",
        ),
        (
            lambda book, sheet: sheet.write_string(
                1, OWN_AT, "FK 17", book.add_format({"font_color": "white"})
            ),
            "list-faint",
        ),
        (
            lambda _, sheet: sheet.set_column(OWN_AT, OWN_AT, None, None, {"hidden": True}),
            "list-column-hidden",
        ),
        (struck_in_part, "list-cell-unclear"),
        (lambda _, sheet: sheet.merge_range("H2:H3", "FK 17"), "list-cell-merged"),
    ],
    ids=["struck", "white", "hidden", "partly struck", "merged"],
)
def test_mark_of_a_reference_is_asked_about_as_its_number(fill, code):
    choices = Choices(sent=frozenset({"unnumbered"}))
    sheet = weekly_list(workbook(fill), OPTED, choices)
    assert ("application_no", code) in [(each.column, each.code) for each in sheet.faults]


def test_comment_on_a_reference_is_told_once():
    def fill(_: object, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write_comment(1, OWN_AT, "hold until Friday", {"author": ""})

    choices = Choices(sent=frozenset({"unnumbered"}))
    [fault] = weekly_list(workbook(fill), OPTED, choices).faults
    assert (fault.code, fault.cell) == ("list-comment", "hold until Friday")


def test_number_that_is_corrected_on_screen_needs_no_reference():
    choices = Choices(cells={2: {"application_no": "A-9"}})
    sheet = weekly_list(csv(line(1, "", "FK 17"), header=HEADER), OPTED, choices).checked()
    assert [row["number"] for row in sheet.rows] == ["A-9"]


def test_state_of_a_reference_is_refused():
    header = HEADER.replace(",state", ",eu_asserted_status")
    sheet = listed(line(1, "REF:FK-17", "", "review"), header=header)
    assert [(each.column, each.code) for each in sheet.faults] == [
        ("eu_asserted_status", "list-reference-stated")
    ]


# Return sheets --------------------------------------------------------------------------


ANSWERED = AnsweredList("W47", {1: "REF:FK-17", 2: "A-2"})


def returned(*lines: str):
    data = csv(*lines, header="list_id,row,application_no,match,found_as,cn_status")
    return return_sheet(data, ANSWERED)


def test_number_found_is_read_and_makes_the_match():
    sheet = returned("W47,1,REF:FK-17,,A-1,", "W47,2,A-2,not_found,,").checked()
    assert list(sheet.rows) == [
        {"row": 1, "number": "REF:FK-17", "found_as": "A-1", "match": "found"},
        {"row": 2, "number": "A-2", "match": "not_found"},
    ]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("W47,2,A-2,found,A-1,", ("found_as", "answer-found-as")),
        ("W47,1,REF:FK-17,not_found,A-1,", ("found_as", "answer-found-as")),
        ("W47,1,REF:FK-17,found,REF:FK-18,", ("found_as", "answer-found-as")),
        ("W47,1,REF:FK-17,found,A 1,", ("found_as", "answer-found-as")),
        ("W47,1,REF:FK-17,found,A-1,review", ("cn_status", "list-reference-stated")),
    ],
)
def test_what_a_reference_cannot_have_is_set_aside(given, fault):
    assert fault in [(each.column, each.code) for each in returned(given).faults]


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_sheet_given_out_has_the_column_only_for_references(lang):
    t = catalogue(lang)
    lines = return_lines("W47", [{"row": 1, "number": "REF:FK-17", "found_as": "A-1"}], t)
    plain = return_lines("W47", [{"row": 2, "number": "A-2"}], t)
    assert "found_as" in columns(lang, lines)
    assert "found_as" not in columns(lang, plain)
    for data in (return_xlsx("W47", lines, lang), return_csv(lines, lang)):
        assert return_sheet(data, ANSWERED).checked().rows[0]["found_as"] == "A-1"
    [grid] = read(return_csv(plain, lang))
    assert t.label("head", "found_as") not in repr(grid.rows)


def test_number_found_is_prefilled():
    assert "found_as" in FIELDS
