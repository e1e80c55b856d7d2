"""Bodies of licences, draw-downs and acts of the clock, built from what an official typed."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes.errors import Malformed
from special_channel.desk import clock_marks, licences

LICENCE: dict[str, Any] = {
    "licence": "FIKTIV-L-1", "type": "general", "per": "calendar_year",
    "issued_on": "2026-11-23", "valid_from": "2026-12-01", "valid_to": "2027-11-30",
    "lines": [{"code": "1C905.a", "quantity": "1.5", "unit": "t", "basis": "gross"}],
    "applications": [], "customers": [], "ended": None,
}  # fmt: skip
DRAW: dict[str, Any] = {
    "licence": "FIKTIV-L-1", "code": "1C905.a", "quantity": "12.25", "unit": "kg",
    "basis": "gross", "on": "2026-11-24", "corrects": "", "customer": "",
}  # fmt: skip
MARK = {
    "number": "A-1",
    "act": "accepted",
    "on": "2026年11月2日",
    "source": " bureau ",
    "basis": "",
}


def field_of(act, *args) -> tuple[str, object]:
    with pytest.raises(Malformed) as refused:
        act(*args)
    return refused.value.code, refused.value.facts["field"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("1C905.a:5000:kg:gross", ("1C905.a", "5000", "kg", "gross")),
        (" 1C905.a:1.5:t:contained ", ("1C905.a", "1.5", "t", "contained")),
        ("１Ｃ９０５：３：pcs：gross", ("1C905", "3", "pcs", "gross")),  # noqa: RUF001
    ],
)
def test_line_of_a_licence_is_four_words(text, line):
    code, quantity, unit, basis = line
    assert licences.line_of(text) == {
        "code": code, "quantity": quantity, "unit": unit, "basis": basis,
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "1C905.a", "1C905.a:5000:kg", "a:5,5:kg:gross", "a:5:lb:gross", "a:5:kg:net",
             "a b:5:kg:gross", "a:5:kg:gross:x"],
)  # fmt: skip
def test_line_of_another_form_is_refused(text):
    assert field_of(licences.line_of, text) == ("licence-malformed", "lines")


def test_empty_values_of_a_body_are_left_out():
    assert licences.licence(LICENCE) == {
        name: value for name, value in LICENCE.items() if value not in ([], None)
    }
    assert licences.draw(DRAW) == {name: value for name, value in DRAW.items() if value != ""}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"licence": "two words"}, "licence"),
        ({"type": "royal"}, "type"),
        ({"valid_to": "2026-11-01"}, "valid_to"),
        ({"lines": LICENCE["lines"] * 2}, "lines"),
        ({"applications": ["A-1", "A-1"]}, "applications"),
    ],
)
def test_wrong_field_of_a_licence_is_named(changed, field):
    assert field_of(licences.licence, LICENCE | changed) == ("licence-malformed", field)


@pytest.mark.parametrize(
    ("changed", "field"), [({"quantity": "1,5"}, "quantity"), ({"on": "today"}, "on")]
)
def test_wrong_field_of_a_draw_down_is_named(changed, field):
    assert field_of(licences.draw, DRAW | changed) == ("licence-malformed", field)


def test_act_of_the_clock_is_normalised():
    assert clock_marks.mark(MARK) == {
        "number": "A-1", "act": "accepted", "on": "2026-11-02", "source": "bureau",
    }  # fmt: skip
    counted = MARK | {"act": "uncounted", "basis": "hearing", "expected_until": "1.12.2026"}
    assert clock_marks.mark(counted)["expected_until"] == "2026-12-01"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"act": "stopped"}, "act"),
        ({"act": "uncounted"}, "basis"),
        ({"basis": "hearing"}, "basis"),
        ({"on": "soon"}, "on"),
        ({"act": "uncounted", "basis": "hearing", "expected_until": "2026-11-01"},
         "expected_until"),
    ],
)  # fmt: skip
def test_wrong_field_of_an_act_is_named(changed, field):
    assert field_of(clock_marks.mark, MARK | changed) == ("act-malformed", field)


def test_usual_source_of_a_side_and_the_known_grounds():
    assert clock_marks.SOURCES == {"eu": "supplier", "cn": "bureau"}
    assert clock_marks.BASES == ("test", "expert_opinion", "site_check", "hearing")


def test_words_are_normalised_and_come_once():
    assert licences.words([" A-1", "", "  ", "Ａ-1", "A-2"]) == ["A-1", "A-2"]  # noqa: RUF001
