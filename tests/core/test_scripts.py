# ruff: noqa: RUF001, RUF003 - look-alikes are what this is about
"""Marks of direction and mixed scripts: UAX 9 and UTS 39, level Highly Restrictive."""

from __future__ import annotations

import pytest

from special_channel.core.bytes import scripts


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("", ""),
        ("A plain text.\nTwo lines.", ""),
        ("عربي with English", ""),
        ("a \u2067right\u2069 b", ""),
        ("a \u202b\u2066both\u2069\u202c b", ""),
        ("a \u200e\u200f\u061c b", ""),  # single marks have no partner
        ("a \u202e b", "U+202E"),
        ("a \u2066 b", "U+2066"),
        ("a \u202c b", "U+202C"),
        ("a \u2069 b", "U+2069"),
        ("a \u202a\u2069 b", "U+2069"),  # closed by another's partner
        ("a \u2067 b\n c \u2069", "U+2067"),  # a paragraph ends what it opened
    ],
)
def test_marks_of_direction_need_their_partner(text, mark):
    assert scripts.unpaired(text) == mark


def test_marks_of_direction_are_written_out_for_a_terminal():
    assert scripts.visible("a\u202eb\u200f\x1b[0m\n\tc") == "a[U+202E]b[U+200F][U+001B][0m\n\tc"
    assert scripts.visible("来文 and text") == "来文 and text"


@pytest.mark.parametrize(
    ("number", "mixes"),
    [
        ("2026-商务-000123", False),
        ("FIKTIV-26-0000001", False),
        ("商军许字〔2026〕第12号", False),
        ("カタABC漢", False),
        ("ㄅABC漢", False),
        ("한ABC漢", False),
        ("ＡＢＣ１２", False),  # full width is what it stands for
        ("АВС-12", False),  # Cyrillic alone is one script
        ("FIКTIV-1", True),  # a Cyrillic К
        ("ΑBC-1", True),  # a Greek Alpha
        ("商А1", True),
        ("かㄅ", True),
        ("12-٣", False),  # digits of another script alone with signs of none
        ("A12-٣", True),
        ("々ABC〇", False),
        ("𝐀BC\u0301", False),
    ],
)
def test_numbers_mix_only_scripts_that_stand_together(number, mixes):
    assert scripts.mixed(number) is mixes


@pytest.mark.parametrize(
    ("number", "mark"), [("A-1", ""), ("A\u200b1", "U+200B"), ("A\u202e", "U+202E")]
)
def test_unseen_characters_of_a_number_are_named(number, mark):
    assert scripts.unseen(number) == mark
