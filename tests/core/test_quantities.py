"""Quantities are decimal text, counted exactly; what is of two kinds is never added."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from special_channel.core.bytes.quantities import Amount, is_whole, quantity

AMOUNTS = st.from_regex(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?", fullmatch=True)


@pytest.mark.parametrize(
    ("amount", "unit", "kilograms"),
    [
        ("0", "kg", "0"),
        ("1850.000", "kg", "1850"),
        ("1.85", "t", "1850"),
        ("0.000001", "t", "0.001"),
        ("0.000001", "kg", "0.000001"),
        ("999999999999.999999", "t", "999999999999999.999"),
        ("12", "pcs", "12"),
    ],
)
def test_an_amount_is_read_in_its_base_unit_without_losing_a_digit(amount, unit, kilograms):
    assert quantity(amount, unit, "gross").amount == kilograms


@given(amounts=st.lists(st.tuples(AMOUNTS, st.sampled_from(["kg", "t"])), min_size=1))
def test_sums_of_kilograms_and_tonnes_are_exact(amounts):
    factor = {"kg": 1, "t": 1000}
    expected = sum(Fraction(amount) * factor[unit] for amount, unit in amounts)
    nothing = quantity("0", "kg", "gross")
    left = nothing.less(quantity(amount, unit, "gross") for amount, unit in amounts)
    assert Fraction(left.amount) == -expected


@pytest.mark.parametrize(("unit", "basis"), [("pcs", "gross"), ("kg", "contained")])
def test_pieces_and_contained_rare_earth_are_not_taken_from_gross_kilograms(unit, basis):
    goods, other = quantity("5", "kg", "gross"), quantity("1", unit, basis)
    assert not goods.of_one_kind(other)
    with pytest.raises(AssertionError):
        goods.less([other])


def test_more_taken_than_there_was_is_below_nothing():
    assert quantity("1", "kg", "gross").less([quantity("1.5", "kg", "gross")]).amount == "-0.5"


@pytest.mark.parametrize(
    "text", ["", "01", "1.", ".5", "1e3", "-1", "+1", "1,5", "\uff11", "1.0000000", "1" * 13, "NaN"]
)
def test_what_is_no_plain_decimal_text_is_refused(text):
    with pytest.raises(ValidationError):
        TypeAdapter(Amount).validate_python(text)


def test_pieces_are_whole():
    assert [is_whole(text) for text in ("3", "3.0", "3.5")] == [True, True, False]
