"""Which statement brought a licence's quantity to 80 %, or beyond it: each is found once."""

from __future__ import annotations

import pytest

from special_channel.core.rows.licence_use import reached_marks
from special_channel.core.rows.licences import DrawRow, LicenceRow
from tests.permits import LICENCE, draw, issue, line

TODAY = "2026-12-10"


def found(world):
    """Return the marks by the entry that reached them: place among the entries, code, mark."""
    world.exchange()
    rows = world.eu.replay.rows
    licence = rows["licence", LICENCE]
    assert isinstance(licence, LicenceRow)
    draws = [each for each in rows.values() if isinstance(each, DrawRow)]
    indexes = sorted({*(each.index for each in licence.issues), *(each.index for each in draws)})
    return [
        (place, each.code, each.mark)
        for place, index in enumerate(indexes)
        for each in reached_marks(licence, draws, index, TODAY)
    ]


def test_marks_are_reached_once_each(world):
    issue(world, lines=[line(quantity="100", unit="kg")])
    for drawn in ("79.999999", "0.000001", "15", "5", "0.000001", "7"):
        draw(world, drawn)
    assert found(world) == [(2, "1C905.a", "most"), (5, "1C905.a", "over")]


def test_who_draws_beyond_the_quantity_at_once_is_told_of_that_alone(world):
    issue(world, lines=[line(quantity="100", unit="kg"), line("1C904.a")])
    draw(world, "101")
    assert found(world) == [(1, "1C905.a", "over")]


def test_a_correction_takes_back_what_it_replaces_and_later_entries_change_nothing(world):
    issue(world, lines=[line(quantity="100", unit="kg")])
    wrong = draw(world, "90")
    draw(world, "9", corrects=wrong.id)
    draw(world, "72")
    assert found(world) == [(1, "1C905.a", "most"), (3, "1C905.a", "most")]


@pytest.mark.parametrize(("quantity", "mark"), [("70", "most"), ("50", "over"), ("90", "")])
def test_new_terms_can_reach_a_mark(world, quantity, mark):
    issue(world, lines=[line(quantity="100", unit="kg")])
    draw(world, "60")
    issue(world, lines=[line(quantity=quantity, unit="kg")])
    assert found(world) == ([(2, "1C905.a", mark)] if mark else [])


def test_each_period_counts_anew(world):
    issue(
        world,
        lines=[line(quantity="100", unit="kg")],
        per="calendar_year",
        valid_to="2027-12-31",
    )
    draw(world, "70", on="2026-12-08")
    draw(world, "70", on="2027-01-04")
    draw(world, "15", on="2027-01-05")
    assert found(world) == [(3, "1C905.a", "most")]
