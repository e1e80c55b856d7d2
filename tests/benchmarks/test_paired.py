from __future__ import annotations

import pytest

from benchmarks.paired import Ratio, paired_ratio, turn_order


def test_ratio_is_the_median_of_pairs_not_of_values():
    # The machine is ten times slower in the second pair; the ratio of medians would be 0.6.
    assert paired_ratio([10, 100, 12], [20, 200, 8]) == Ratio(0.5, 0.5, 1.5, 3)


def test_ratio_of_an_even_number_of_pairs_lies_between_two():
    assert paired_ratio([1, 3], [1, 1]).median == 2


@pytest.mark.parametrize(
    ("values", "others"), [([], []), ([1.0], []), ([1.0], [1.0, 2.0]), ([1.0], [0.0])]
)
def test_ratio_refuses_what_makes_no_pairs(values, others):
    with pytest.raises(ValueError, match=r"pairs|above 0"):
        paired_ratio(values, others)


def test_two_variants_take_turns_forwards_and_backwards():
    assert [turn_order("AB", turn) for turn in range(4)] == [
        ["A", "B"],
        ["B", "A"],
        ["A", "B"],
        ["B", "A"],
    ]


def test_each_of_many_is_first_as_often_as_last():
    orders = [turn_order("ABCD", turn) for turn in range(8)]
    assert all(sorted(order) == list("ABCD") for order in orders)
    assert sorted(order[0] for order in orders) == sorted(order[-1] for order in orders)
    assert {order[0] for order in orders} == set("ABCD")


def test_ratio_names_its_spread_and_its_pairs():
    assert str(Ratio(0.5, 0.25, 1.5, 3)) == "0.50 (0.25 to 1.50, 3 pairs)"
