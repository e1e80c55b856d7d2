"""The fictional year: its totals are the published ones, and it comes out the same everywhere."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from special_channel.core.entries import ListSheet, ReturnSheet
from special_channel.core.entries.batches import Assertion
from special_channel.core.entries.permits import Licence
from special_channel.sample.year import Turn, turns
from special_channel.sample.year_lives import closes
from special_channel.wiring.files import calendars

UNTIL = date(2026, 11, 29)
CONFIG = Path(__file__).resolve().parents[2] / "config"
ENDS = {"approved", "refused", "not_accepted", "withdrawn"}


@pytest.fixture(scope="module")
def told() -> tuple[Turn, ...]:
    both = calendars(CONFIG / "calendars")
    return turns(both["eu"], both["cn"], UNTIL)


def stated(told: tuple[Turn, ...], on: str, end: str | None = None) -> tuple[int, int]:
    """Count naively: how many the EU side says ended by a date, and how many were listed."""
    listed = {
        str(row["number"]) for turn in told for row in turn.rows if str(row["first_listed"]) <= on
    }
    ended = {
        str(said["number"])
        for turn in told
        for said in turn.stated
        if str(said["as_of"]) <= on and said["state"] in ({end} if end else ENDS)
    }
    return len(ended & listed), len(listed)


def test_eight_lists_bring_two_thousand_applications_by_21_october(told) -> None:
    early = [turn for turn in told if turn.closed <= date(2025, 10, 21)]
    assert len(early) == 8
    assert all(50 <= len(turn.rows) <= 500 for turn in told)
    addressed, listed = stated(told, "2025-10-21")
    assert listed == 2003
    assert 0.5 < addressed / listed < 0.55


def test_just_over_half_are_approved_by_5_november_and_seventy_per_cent_by_15_december(told):
    approved, listed = stated(told, "2025-11-05", "approved")
    assert 1950 < listed < 2100
    assert 0.5 < approved / listed < 0.55
    approved, listed = stated(told, "2025-12-15", "approved")
    assert 0.69 < approved / listed < 0.71


def test_all_bodies_are_what_entries_may_hold(told) -> None:
    for turn in told:
        ListSheet.model_validate({"rows": turn.rows}, strict=False)
        ReturnSheet.model_validate({"rows": turn.answers}, strict=False)
        for body in (*turn.stated, *turn.acts):
            said = Assertion.model_validate(body, strict=False)
            dates = [act.on for act in said.clock]
            assert dates == sorted(dates)
            assert all(on <= said.as_of or on <= turn.answered.isoformat() for on in dates)


def test_returns_uncounted_time_and_different_words_of_both_sides_are_in_it(told) -> None:
    acts: Counter[Any] = Counter(
        act["act"] for turn in told for body in turn.acts for act in body["clock"]
    )
    assert min(acts[name] for name in ("returned", "uncounted", "council", "withdrawn")) > 10
    matches: Counter[Any] = Counter(row["match"] for turn in told for row in turn.answers)
    assert matches["not_found"] > 10
    by_suppliers = {body["number"] for turn in told for body in turn.stated}
    by_bureau = {body["number"] for turn in told for body in turn.acts if body["state"] in ENDS}
    assert len(by_suppliers - by_bureau) > 10, "approved by suppliers' word, not by MOFCOM's"


def test_the_first_general_licences_are_those_of_2_december(told) -> None:
    general = [(turn, body) for turn in told for body in turn.licences if body["type"] == "general"]
    assert len(general) == 3
    assert {body["issued_on"] for _, body in general} == {"2025-12-02"}
    for turn in told:
        for body in turn.licences:
            licence = Licence.model_validate(body, strict=False)
            assert licence.issued_on <= turn.answered.isoformat()
    individual = [body for turn in told for body in turn.licences if body["type"] == "individual"]
    assert len({body["licence"] for body in individual}) == len(individual) > 100


def test_firms_are_fictional_and_stay_at_home(told) -> None:
    names = {row["columns"]["eu_company"] for turn in told for row in turn.kept}
    assert all(str(name).startswith("Fictional ") for name in names)
    crossing = {name for turn in told for row in (*turn.rows, *turn.answers) for name in row}
    assert crossing.isdisjoint({"eu_company", "member_state", "is_sme", "control_code"})


def test_some_numbers_stand_in_place_of_others_by_one_sides_word_or_both(told) -> None:
    closed = {row["number"]: turn.closed for turn in reversed(told) for row in turn.rows}
    said: dict[tuple[str, str], set[str]] = {}
    for turn in told:
        for link in turn.links:
            said.setdefault((link.number, link.former), set()).add(link.by)
            assert closed[link.number] == turn.closed, "stated with the list on which it is new"
            assert closed[link.former] < turn.closed
            assert link.basis in {"refiled", "corrected"}
    assert 8 <= len(said) <= 20
    assert len({number for number, _ in said}) == len(said)
    assert {frozenset(sides) for sides in said.values()} == {
        frozenset({"eu"}),
        frozenset({"eu", "cn"}),
    }
    firms = {row["number"]: row["columns"]["eu_company"] for turn in told for row in turn.kept}
    assert all(firms[number] == firms[former] for number, former in said)


def test_general_licences_of_the_year_are_tied_to_named_fictional_customers(told) -> None:
    general = [body for turn in told for body in turn.licences if body["type"] == "general"]
    assert [len(body["customers"]) for body in general] == [3, 3, 3]
    assert all(str(name).startswith("Fictional ") for each in general for name in each["customers"])


def test_it_comes_out_the_same_and_another_seed_another_way(told) -> None:
    both = calendars(CONFIG / "calendars")
    assert turns(both["eu"], both["cn"], UNTIL, first=1) == told[:1]
    assert turns(both["eu"], both["cn"], UNTIL, first=1, seed=1) != told[:1]


def test_lists_go_on_to_the_last_day_with_new_applications(told) -> None:
    assert UNTIL - timedelta(days=14) < told[-1].closed <= UNTIL
    for turn, before in zip(told[1:], told, strict=False):
        # Between Christmas and New Year there is no list.
        assert timedelta(days=10) < turn.closed - before.closed <= timedelta(days=28)
        assert turn.stated
        assert turn.acts
        assert turn.answers
        assert any(row["times_listed"] == 1 for row in turn.rows)
    both = calendars(CONFIG / "calendars")
    a_year = turns(both["eu"], both["cn"])
    assert a_year[-1].closed == date(2026, 7, 10)
    assert [turn.list for turn in a_year] == [turn.list for turn in told[: len(a_year)]]


def test_lists_are_closed_on_days_worked_in_brussels() -> None:
    eu = calendars(CONFIG / "calendars")["eu"]
    assert all(eu.is_working_day(day) for day in closes(eu, UNTIL))
