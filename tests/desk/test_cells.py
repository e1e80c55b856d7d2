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
     ("-1.5", False), ("-1,5", False), ("+1.", True), ("x=1", False), ("\t1", False), ("", False)],
)  # fmt: skip
def test_spreadsheet_calculates_formulas_and_not_amounts(cell, calculated):
    assert cells.begins_formula(cell) is calculated


@pytest.mark.parametrize(
    ("text", "date"),
    [("2026-1-7", "2026-01-07"), ("2026年1月7日", "2026-01-07"), ("7.1.2026", "2026-01-07"),
     ("2026-01-07 00:00", "2026-01-07"), ("2026-01-07T00:00:00", "2026-01-07"),
     ("2026-01-07 12:00", "2026-01-07 12:00"), ("2026-02-30", "2026-02-30"),
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
