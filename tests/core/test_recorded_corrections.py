"""What a record of earlier sizes states, with and without the corrections made since."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.numbers.corrected import (
    corrections_since,
    licence_corrections_since,
    status_on,
)
from special_channel.core.rows.application_facts import MatchFact
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.core.rows.licences import LicenceRow
from special_channel.core.rows.recorded import Extent, as_recorded, licence_as_recorded
from tests.core.test_replacements import APPROVED, NUMBER, REVIEW, answer, application, ref, state
from tests.permits import LICENCE, issue, line, mark
from tests.world import Entry, World

ON = "2026-11-24"


@pytest.fixture
def batch(world: World) -> Entry:
    listed = world.list_batch([NUMBER, "A-2"])
    world.exchange()
    return listed


def extent(world: World) -> Extent:
    return Extent(world.eu.own.size, world.cn.own.size)


def with_corrections(world: World, then: Extent) -> Extent:
    return Extent(then.eu, then.cn, world.eu.own.size, world.cn.own.size)


def test_correction_of_a_correction_counts_as_the_last(world, batch):
    wrong = answer(world, batch, **APPROVED)
    then = extent(world)
    second = answer(world, batch, **REVIEW | {"state": "expert"}, corrects=ref(wrong, 1))
    between = with_corrections(world, then)
    third = answer(world, batch, **REVIEW, corrects=ref(second, 1))
    row, now = application(world), with_corrections(world, then)
    [made] = corrections_since(row, now, ON)
    assert (made.before_at, made.after_at) == ((wrong.position.index, 1), (third.position.index, 1))
    [earlier] = corrections_since(row, between, ON)
    assert earlier.after_at == (second.position.index, 1)
    assert as_recorded(row, then.sizes, now.corrected).latest("cn") == row.latest("cn")
    assert then.recorded == then


def test_correction_of_a_later_statement_is_no_difference(world, batch):
    answer(world, batch, **REVIEW)
    then = extent(world)
    late = answer(world, batch, **APPROVED)
    answer(world, batch, **REVIEW, corrects=ref(late, 1))
    row, now = application(world), with_corrections(world, then)
    assert corrections_since(row, now, ON) == ()
    recorded = as_recorded(row, then.sizes)
    assert as_recorded(row, then.sizes, now.corrected) == recorded


def test_correction_before_the_extent_is_part_of_it(world, batch):
    wrong = answer(world, batch, **APPROVED)
    answer(world, batch, **REVIEW, corrects=ref(wrong, 1))
    then = extent(world)
    row = application(world)
    assert as_recorded(row, then.sizes) == row
    assert corrections_since(row, with_corrections(world, then), ON) == ()


def test_correction_by_a_match_alone_states_the_match(world, batch):
    wrong = answer(world, batch, **APPROVED)
    then = extent(world)
    answer(world, batch, match="not_found", corrects=ref(wrong, 1))
    [made] = corrections_since(application(world), with_corrections(world, then), ON)
    assert isinstance(made.after, MatchFact)
    assert made.after.match == "not_found"


def test_corrected_match_alone_is_named(world, batch):
    wrong = answer(world, batch, match="not_found")
    then = extent(world)
    answer(world, batch, **APPROVED, corrects=ref(wrong, 1))
    [made] = corrections_since(application(world), with_corrections(world, then), ON)
    assert made.before_at == (wrong.position.index, 1)
    assert isinstance(made.before, MatchFact)
    assert made.before.match == "not_found"


def test_corrected_list_row_without_a_state_is_named(world, batch):
    then = extent(world)
    state(world, "eu", corrects=ref(batch, 1))
    world.exchange()
    [made] = corrections_since(application(world), with_corrections(world, then), ON)
    assert (made.party, made.before) == ("eu", None)
    assert made.before_at == (batch.position.index, 1)


def test_later_list_that_corrects_is_not_in_an_earlier_record(world, batch):
    wrong = state(world, "eu", state="returned")
    world.exchange()
    then = extent(world)
    world.list_batch([NUMBER], list_="W49", state="submitted", as_of="2026-11-20",
                     corrects=ref(wrong))  # fmt: skip
    world.exchange()
    row, now = application(world), with_corrections(world, then)
    earlier = as_recorded(row, then.sizes, now.corrected)
    assert [each.batch for each in earlier.listed] == [batch.id]
    latest = earlier.latest("eu")
    assert latest is not None
    assert latest.state == "submitted"


def test_statement_beside_a_corrected_one_is_not_named(world, batch):
    answer(world, batch, **REVIEW)
    wrong = answer(world, batch, **APPROVED)
    then = extent(world)
    answer(world, batch, **REVIEW | {"state": "expert"}, corrects=ref(wrong, 1))
    [made] = corrections_since(application(world), with_corrections(world, then), ON)
    assert made.before_at == (wrong.position.index, 1)


def test_correction_that_changes_no_status_is_left_out(world, batch):
    wrong = state(world, "cn", as_of="2026-11-19")
    then = extent(world)
    state(world, "cn", corrects=ref(wrong))
    row, now = application(world), with_corrections(world, then)
    assert corrections_since(row, now, ON) == ()
    # On the day before the new date, the statement is not there yet.
    [made] = corrections_since(row, now, "2026-11-19")
    assert made.before_at == (wrong.position.index, 0)


def test_each_side_corrects_its_own_statements(world):
    theirs = state(world, "eu", state="returned")
    acted = mark(world, "cn", NUMBER, "accepted", "2026-11-02")
    world.exchange()
    then = extent(world)
    state(world, "eu", corrects=ref(theirs))
    mark(world, "cn", NUMBER, "accepted", "2026-11-03", corrects=ref(acted))
    world.exchange()
    row = application(world)
    made = corrections_since(row, with_corrections(world, then), ON)
    assert [each.party for each in made] == list(PARTIES)
    only_eu = Extent(then.eu, then.cn, world.eu.own.size)
    assert [each.party for each in corrections_since(row, only_eu, ON)] == ["eu"]


def test_status_before_the_first_statement_is_none():
    assert status_on(ApplicationRow(NUMBER), "cn", ON) is None


def licence(world: World) -> LicenceRow:
    row = world.eu.replay.rows["licence", LICENCE]
    assert isinstance(row, LicenceRow)
    return row


def issued(world: World, **changed: Any) -> Entry:
    terms: dict[str, Any] = {
        "applications": [NUMBER], "lines": [line()], "issued_on": "2026-11-20",
        "valid_from": "2026-11-20", "valid_to": "2027-11-19",
    }  # fmt: skip
    return issue(world, **(terms | changed))


def test_corrected_issue_takes_the_place_of_the_first(world):
    wrong = issued(world)
    then = extent(world)
    later = issued(world, valid_to="2027-10-01")
    right = issued(world, issued_on="2026-11-18", corrects=ref(wrong))
    again = issued(world, issued_on="2026-11-17", corrects=ref(wrong))
    world.exchange()
    row, now = licence(world), with_corrections(world, then)
    # A second correction of one issue is an issue like any other.
    assert [each.id for each in row.live] == [right.id, later.id, again.id]
    assert row.now.id == again.id
    recorded, corrected = licence_as_recorded(row, then), licence_as_recorded(row, now)
    assert recorded is not None
    assert corrected is not None
    assert (recorded.now.id, corrected.now.id) == (wrong.id, right.id)
    nothing: dict[Party, int] = {"eu": 0, "cn": 0}
    assert licence_as_recorded(row, Extent(nothing["eu"], nothing["cn"])) is None


def test_corrected_terms_of_a_licence_are_named_where_they_count(world):
    issued(world)
    wrong = issued(world, valid_to="2027-10-01")
    then = extent(world)
    between = issued(world, type="individual", corrects=ref(wrong))
    right = issued(world, type="certificate", corrects=ref(between))
    issued(world, valid_to="2027-09-01")
    world.exchange()
    row, now = licence(world), with_corrections(world, then)
    [made] = licence_corrections_since(row, now, ON)
    assert (made.number, made.party) == (LICENCE, "cn")
    assert (made.before_at[0], made.after_at[0]) == (wrong.position.index, right.position.index)
    assert licence_corrections_since(row, now, "2026-11-19") == ()
    assert licence_corrections_since(row, then, ON) == ()
    assert licence_corrections_since(row, Extent(0, 0), ON) == ()


# Statements of a licence on its applications --------------------------------------------


def states(world: World, number: str = NUMBER) -> list[tuple[str, str]]:
    """CN's states of an application that no correction replaces."""
    world.exchange()
    assert world.eu.digest == world.cn.digest
    row = world.eu.replay.rows.get(("application", number))
    live = row.live("cn") if isinstance(row, ApplicationRow) else ()
    return [(each.state, each.as_of) for each in live if isinstance(each, AssertedStatement)]


def test_corrected_licence_no_longer_states_a_wrong_number(world):
    wrong = issued(world)
    assert states(world) == [("issued", "2026-11-20")]
    issued(world, applications=["A-2"], corrects=ref(wrong))
    assert states(world) == []
    assert states(world, "A-2") == [("issued", "2026-11-20")]


def test_corrected_date_of_issue_takes_the_place_of_the_first(world):
    wrong = issued(world)
    state(world, "cn", state="used", as_of="2026-11-23")
    issued(world, issued_on="2026-11-18", corrects=ref(wrong))
    assert states(world) == [("issued", "2026-11-18"), ("used", "2026-11-23")]


def test_number_named_again_is_stated_again(world):
    wrong = issued(world)
    without = issued(world, applications=["A-2"], corrects=ref(wrong))
    issued(world, corrects=ref(without))
    assert states(world) == [("issued", "2026-11-20")]
    assert states(world, "A-2") == []


def test_number_that_another_issue_names_stays_issued(world):
    wrong = issued(world)
    issued(world, valid_to="2027-10-01")
    issued(world, applications=["A-2"], corrects=ref(wrong))
    assert states(world) == [("issued", "2026-11-20")]


def test_correction_of_later_terms_leaves_the_first_statement(world):
    issued(world)
    later = issued(world, applications=[NUMBER, "A-2"], issued_on="2026-11-21")
    issued(world, applications=[NUMBER], issued_on="2026-11-22", corrects=ref(later))
    assert states(world) == [("issued", "2026-11-20")]
    assert states(world, "A-2") == []


def test_second_correction_of_an_issue_is_an_issue_like_any_other(world):
    wrong = issued(world)
    issued(world, issued_on="2026-11-18", corrects=ref(wrong))
    issued(world, applications=[NUMBER, "A-2"], issued_on="2026-11-17", corrects=ref(wrong))
    assert states(world) == [("issued", "2026-11-18")]
    assert states(world, "A-2") == [("issued", "2026-11-17")]
