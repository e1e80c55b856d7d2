"""Classification marks are found however they are written, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.sense.marks import PATTERNS, RULES, SOFT_PATTERNS, fold, marked
from tests.core.marks_vectors import VECTORS


@pytest.mark.parametrize(("text", "rule"), VECTORS)
def test_mark_is_found_by_its_rule(text, rule):
    found = marked(["Nothing here.", text])
    assert (found.rule if found else "") == rule


def test_every_rule_has_patterns_and_vectors():
    ids = {"S-093", "S-094", "S-095"}
    assert {pattern.rule for pattern in PATTERNS} == ids
    assert {pattern.rule for pattern in SOFT_PATTERNS} == {
        rule.id for rule in RULES if "confirm" in rule.grades
    }
    assert {rule for _, rule in VECTORS} == {"", *ids}
    assert all("refuse" in rule.grades for rule in RULES if rule.id in ids)


def test_words_are_those_of_the_text_as_folded():
    found = marked(["See ＲＥＳＴＲＥＩＮＴ　ＵＥ／ＥＵ　ＲＥＳＴＲＩＣＴＥＤ."])
    assert found
    assert found.words == "RESTREINT UE EU RESTRICTED"


def test_line_of_one_text_is_no_line_of_another():
    # Five texts before it: the mark is on the first line of its own text.
    assert marked([*"abcdef", "机密"]) == marked(["机密"]) is not None
    assert marked(["a\nb\nc\nd\ne\n机密"]) is None


@given(st.text())
def test_folding_twice_folds_once(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="机密★级 (NATOSECRT)\n.-/", max_size=60))
def test_invisible_signs_and_width_hide_nothing(text):
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
    hidden = "\u200b".join(text)
    assert marked([text]) == marked([hidden]) == marked([wide])
