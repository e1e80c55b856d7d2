"""Cells of spreadsheets: names, dates, characters that are easily mistaken."""

from __future__ import annotations

import pytest

from special_channel.desk import cells


@pytest.mark.parametrize(
    ("row", "column", "name"),
    [(1, 1, "A1"), (3, 2, "B3"), (9, 26, "Z9"), (1, 27, "AA1"), (7, 52, "AZ7"), (2, 53, "BA2"),
     (5, 702, "ZZ5"), (5, 703, "AAA5"), (1_048_576, 16_384, "XFD1048576")],
)  # fmt: skip
def test_cell_is_named_as_a_spreadsheet_names_it(row, column, name):
    assert cells.name_of(row, column) == name


@pytest.mark.parametrize(
    ("written", "same"),
    [("O", "0"), ("I", "1"), ("l", "1"), ("|", "1"), ("B", "8"), ("s", "5"), ("\uff21", "a"),
     ("a-1", "A1"), ("a\u20131", "a1"), ("a\u22121", "a1"), ("a_1", "a1"), ("a./\\1", "a1"),
     ("a 1", "a1")],
)  # fmt: skip
def test_characters_that_are_easily_mistaken_have_one_skeleton(written, same):
    assert cells.skeleton(written) == cells.skeleton(same)


def test_other_characters_keep_their_own_skeleton():
    letters = "0123456789ACDEFGHJKMNPQRTUVWXYZ"
    assert len({cells.skeleton(each) for each in letters}) == len(letters)


@pytest.mark.parametrize(
    ("text", "mark"),
    [("a\u202eb", "U+202E"), ("\u200b", "U+200B"), ("\x00", "U+0000"), ("\ue000", "U+E000"),
     ("a\nb\tc\rd", ""), ("plain", ""), ("", "")],
)  # fmt: skip
def test_first_character_that_nobody_sees_is_named(text, mark):
    assert cells.hidden(text) == mark


@pytest.mark.parametrize(
    ("cell", "calculated"),
    [("=1", True), ("+1+1", True), ("-A1", True), ("@x", True), ("-1", False), ("+49", False),
     ("-1.5", False), ("-1,5", False), ("+1.", True), ("x=1", False), ("\t1", False), ("", False),
     ("+49 000 0001", False), ("+49(0)30/123-4", False), ("+1-2", True), ("+cmd|x", True)],
)  # fmt: skip
def test_spreadsheet_calculates_formulas_and_not_amounts(cell, calculated):
    assert cells.begins_formula(cell) is calculated


@pytest.mark.parametrize(
    ("text", "date"),
    [("2026-1-7", "2026-01-07"), ("2026年1月7日", "2026-01-07"), ("7.1.2026", "2026-01-07"),
     ("2026-01-07 00:00", "2026-01-07"), ("2026-01-07T00:00:00", "2026-01-07"),
     ("2026-01-07 12:00", "2026-01-07"), ("2026-02-30", "2026-02-30"),
     ("7. 1. 2026", "2026-01-07"), ("7 stycznia 2026 r.", "2026-01-07"),
     ("07/01/2026", "07/01/2026"), ("26-01-07", "26-01-07"), ("", "")],
)  # fmt: skip
def test_date_is_read_where_it_is_clear_and_left_where_not(text, date):
    assert cells.iso_date(text) == date


@pytest.mark.parametrize(
    ("text", "shortened"),
    [("1.2E+16", True), ("12e5", True), ("1,2E+16", True), ("1E+100", True), ("1E", False),
     ("E5", False), ("1.2E-5", False), ("A1E5", False), ("12", False)],
)  # fmt: skip
def test_number_that_lost_digits_is_known_by_its_exponent(text, shortened):
    assert cells.is_shortened(text) is shortened


def test_text_and_each_text_without_one_character():
    assert cells.shortened_by_one("abc") == {"abc", "bc", "ac", "ab"}


@pytest.mark.parametrize(
    "text",
    ["2026-11-26", "2026/11/26", "2026.11.26", "20261126", "2026年11月26日", "26.11.2026",
     "二〇二六年十一月二十六日", "二零二六年十一月二十六日", "26-Nov-2026", "26 Nov 2026",
     "26 november 2026", "Nov 26, 2026", "Nov. 26 2026", "26/11/2026", "11/26/2026", "26-11-2026",
     "2026-11-26 14:30", "2026-11-26T09:00:00", "26.11.2026 8:15"],
)  # fmt: skip
def test_date_is_read_in_every_clear_form(text):
    assert cells.iso_date(text) == "2026-11-26"


@pytest.mark.parametrize(
    "text",
    ["26.11.26", "26 Nov", "soon", "31/02/2026", "2026-13-01", "03/12/2026", "26 Ma 2026",
     "二〇二六年十三月一日", "19991126"],
)  # fmt: skip
def test_text_that_is_no_clear_date_stays_as_it_is(text):
    assert cells.iso_date(text) == text


@pytest.mark.parametrize(
    ("text", "day_first", "month_first"),
    [("03/12/2026", "2026-12-03", "2026-03-12"), ("3-4-2026", "2026-04-03", "2026-03-04")],
)
def test_date_whose_day_and_month_can_be_exchanged_needs_an_order(text, day_first, month_first):
    assert cells.is_exchangeable(text)
    assert cells.readings(text) == (day_first, month_first)
    assert (cells.iso_date(text, "day"), cells.iso_date(text, "month")) == (day_first, month_first)


def test_order_of_dates_is_settled_by_a_clear_one_without_contradiction():
    assert cells.order_of(["03/12/2026", "28/11/2026", "x"]) == "day"
    assert cells.order_of(["03/12/2026", "11/28/2026"]) == "month"
    assert cells.order_of(["28/11/2026", "11/28/2026"]) == ""
    assert cells.order_of(["03/12/2026"]) == ""
    assert not cells.is_exchangeable("03/03/2026")
    assert cells.iso_date("03/03/2026") == "2026-03-03"


@pytest.mark.parametrize(
    ("text", "day"),
    [("二〇二六年十月十日", "2026-10-10"), ("二〇二六年九月三十日", "2026-09-30"),
     ("二〇二六年十二月二日", "2026-12-02"), ("5 Sept 2026", "2026-09-05")],
)  # fmt: skip
def test_numerals_and_short_names_of_months_are_read(text, day):
    assert cells.iso_date(text) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [("21. Dezember 2026", "2026-12-21"), ("22 décembre 2026", "2026-12-22"),
     ("1er mai 2026", "2026-05-01"), ("3 dicembre 2026", "2026-12-03"),
     ("3 de diciembre de 2026", "2026-12-03"), ("December 15th, 2026", "2026-12-15"),
     ("3 grudnia 2026", "2026-12-03"), ("12 Μαΐου 2026", "2026-05-12"),
     ("2026 年 12 月 20 日", "2026-12-20"), ("2026年12月23号", "2026-12-23"),
     ("'2026-12-20", "2026-12-20"), ("\u20192026-12-20", "2026-12-20")],
)  # fmt: skip
def test_dates_of_all_languages_of_the_eu_are_read(text, day):
    assert cells.iso_date(text) == day


@pytest.mark.parametrize("text", ["3 listopada 2026", "3 Dez. Uhr 2026", "3 lundi 2026"])
def test_month_of_two_languages_and_no_month_are_not_guessed(text):
    assert cells.iso_date(text) == text


@pytest.mark.parametrize(("letters", "column"), [("A", 1), ("Z", 26), ("AA", 27), ("XFD", 16384)])
def test_column_is_numbered_by_its_letters(letters, column):
    assert cells.column_of(letters) == column


@pytest.mark.parametrize(
    ("cell", "text"),
    [('="FIKTIV-1"', "FIKTIV-1"), ('="=1+1"', "=1+1"), ('="a"&"b"', '="a"&"b"'), ("=1", "=1")],
)
def test_guarded_text_of_a_csv_file_is_the_text(cell, text):
    assert cells.unguarded(cell) == text


def test_case_width_blanks_and_hyphens_make_no_other_number():
    alike = (
        "fiktiv-26-7",
        "\uff26\uff29\uff2b\uff34\uff29\uff36\uff0d\uff12\uff16\uff0d\uff17",
        "FIKTIV - 26 - 7",
        " FIKTIV\u201326\u2014\u20147 ",
    )
    assert {cells.number_key(each) for each in alike} == {cells.number_key("FIKTIV-26-7")}
    assert cells.number_key("FIKTIV-26-O") != cells.number_key("FIKTIV-26-0")
    assert cells.number_key("2025-11-2") != cells.number_key("2025-1-12")
    assert cells.number_key("2025-1 12") != cells.number_key("2025-112")
    assert cells.number("FIKTIV – 26 - 7") == "FIKTIV-26-7"
