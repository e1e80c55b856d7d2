"""Both sides' assertions of an application: stored separately, compared, each with a clock."""

from __future__ import annotations

from datetime import date

import pytest

from special_channel.core.bytes.errors import Malformed
from special_channel.core.rows.applications import ApplicationRow, events
from special_channel.core.time.statutory import statutory_clock
from tests.core.calendar_files import both_sides
from tests.core.judging import code_of

NUMBER = "FIKTIV-26-0009317"


def state(world, party, state, as_of="2026-11-20", **more):
    body = {"number": NUMBER, "state": state, "as_of": as_of, "source": "bureau", **more}
    return world.append(party, world.payload(party, "application.asserted", body=body))


def act(name, on, **more):
    return {"act": name, "on": on, **more}


def link(world, party, number=NUMBER, former="FIKTIV-26-0001111", basis="refiled"):
    body = {"number": number, "former": former, "basis": basis}
    return world.append(party, world.payload(party, "application.linked", body=body))


def row(world, number=NUMBER) -> ApplicationRow:
    world.exchange()
    found = world.eu.replay.rows["application", number]
    assert isinstance(found, ApplicationRow)
    assert found == world.cn.replay.rows["application", number]
    return found


def stated(world, party):
    return [(event.act, str(event.on)) for event in events(row(world), party)]


def test_what_one_side_alone_states_is_no_difference(world):
    state(world, "eu", "review", clock=[act("accepted", "2026-09-21")])
    assert row(world).differences() == ()
    assert not row(world).differences()


def test_each_thing_in_which_two_statements_differ_is_named(world):
    state(world, "eu", "review", clock=[act("accepted", "2026-09-18")])
    state(
        world,
        "cn",
        "approved",
        clock=[act("accepted", "2026-09-21")],
        decision="approved",
        decided_on="2026-11-19",
    )
    assert row(world).differences() == ("state", "accepted")
    state(world, "eu", "approved", decision="refused", decided_on="2026-11-18")
    assert row(world).differences() == ("accepted", "decided", "decision")


def test_a_number_that_one_side_alone_links_is_a_difference_until_the_other_does(world):
    state(world, "eu", "review")
    state(world, "cn", "review")
    link(world, "eu")
    assert row(world).differences() == ("link",)
    link(world, "cn")
    assert row(world).differences() == ()
    assert [(each.party, each.former) for each in row(world).links] == [
        ("cn", "FIKTIV-26-0001111"),
        ("eu", "FIKTIV-26-0001111"),
    ]
    assert row(world, "FIKTIV-26-0001111").links == row(world).links


def test_link_taken_back_counts_as_if_it_had_not_been_stated(world):
    state(world, "eu", "review")
    state(world, "cn", "review")
    link(world, "eu")
    back = link(world, "eu", basis="withdrawn")
    assert row(world).live_links == ()
    assert row(world).differences() == ()
    assert [each.basis for each in row(world).links] == ["refiled", "withdrawn"]
    assert row(world, "FIKTIV-26-0001111").links == row(world).links
    again = link(world, "eu", basis="corrected")
    assert [each.id for each in row(world).live_links] == [again.id]
    assert back.position.index < again.position.index


@pytest.mark.parametrize("also", [(), ("withdrawn",)])
def test_nothing_is_taken_back_that_is_not_stated(world, also):
    link(world, "cn")
    world.exchange()
    for basis in also:
        link(world, "eu")
        link(world, "eu", basis=basis)
    assert code_of(link, world, "eu", basis="withdrawn") == "link-unknown"
    assert code_of(link, world, "cn", former="FIKTIV-26-0002222", basis="withdrawn") == (
        "link-unknown"
    )
    assert len(row(world).live_links) == 1


def test_a_number_is_not_linked_to_itself(world):
    assert code_of(link, world, "eu", former=NUMBER) == "entry-malformed"


@pytest.mark.parametrize(
    "clock",
    [
        [act("decided", "2026-10-02"), act("accepted", "2026-10-01")],
        [act("accepted", "2026-10-01", basis="expert_opinion")],
        [act("counted", "2026-10-01", expected_until="2026-12-01")],
    ],
)
def test_a_course_that_does_not_hold_together_is_refused(world, clock):
    assert code_of(state, world, "cn", "review", clock=clock) == "entry-malformed"


def test_the_course_stated_last_takes_the_place_of_the_one_before(world):
    state(world, "cn", "accepted", clock=[act("accepted", "2026-09-18")])
    state(
        world,
        "cn",
        "expert",
        clock=[
            act("accepted", "2026-09-21"),
            act("uncounted", "2026-10-12", basis="expert_opinion", expected_until="2026-11-30"),
        ],
    )
    assert stated(world, "cn") == [("accepted", "2026-09-21"), ("uncounted", "2026-10-12")]
    waiting = events(row(world), "cn")[1]
    assert (waiting.basis, str(waiting.expected_until)) == ("expert_opinion", "2026-11-30")


def test_states_that_are_acts_count_with_the_date_of_the_statement(world):
    state(world, "cn", "accepted", "2026-09-21", clock=[act("accepted", "2026-09-21")])
    state(world, "cn", "returned", "2026-10-12")
    assert stated(world, "cn") == [("accepted", "2026-09-21"), ("returned", "2026-10-12")]
    state(world, "cn", "returned", "2026-10-13", clock=[act("returned", "2026-10-12")])
    assert stated(world, "cn") == [("returned", "2026-10-12")]


@pytest.fixture
def listed(world):
    batch = world.list_batch([NUMBER])
    world.exchange()
    return batch


def sheet(world, batch, state="accepted", **more):
    return world.answer_batch(
        batch, [{"row": 1, "number": NUMBER, "match": "found"} | more | {"state": state}]
    )


def test_a_sheet_says_one_date_and_corrects_the_one_before_it(world, listed):
    sheet(world, listed, as_of="2026-11-10", accepted_on="2026-09-18")
    sheet(world, listed, as_of="2026-11-17", accepted_on="2026-09-21")
    assert stated(world, "cn") == [("accepted", "2026-09-21")]
    sheet(
        world, listed, "approved", as_of="2026-11-24", decision="approved", decided_on="2026-11-23"
    )
    assert stated(world, "cn") == [("accepted", "2026-09-21"), ("decided", "2026-11-23")]


def test_accepted_again_after_a_return_is_a_new_round(world, listed):
    sheet(world, listed, as_of="2026-09-21", accepted_on="2026-09-21")
    sheet(world, listed, "returned", as_of="2026-10-12")
    sheet(world, listed, as_of="2026-11-02", accepted_on="2026-11-02")
    assert stated(world, "cn") == [
        ("accepted", "2026-09-21"),
        ("returned", "2026-10-12"),
        ("accepted", "2026-11-02"),
    ]
    clock = statutory_clock(both_sides()["cn"], events(row(world), "cn"), date(2026, 11, 10))
    assert (clock.acceptances, clock.day) == (2, 6)


def test_a_sheet_that_says_not_counted_stops_the_count_until_one_says_that_it_runs(world, listed):
    sheet(world, listed, as_of="2026-09-21", accepted_on="2026-09-21", clock="runs")
    for week in ("2026-10-12", "2026-10-19", "2026-10-26"):
        sheet(world, listed, "expert", as_of=week, clock="not_counted")
    assert stated(world, "cn") == [("accepted", "2026-09-21"), ("uncounted", "2026-10-12")]
    waiting = statutory_clock(both_sides()["cn"], events(row(world), "cn"), date(2026, 11, 24))
    assert (waiting.standing, waiting.day, waiting.over) == ("uncounted", 9, False)
    sheet(world, listed, "review", as_of="2026-11-02", clock="runs")
    sheet(world, listed, "review", as_of="2026-11-09", clock="runs")
    assert stated(world, "cn")[2:] == [("counted", "2026-11-02")]
    clock = statutory_clock(both_sides()["cn"], events(row(world), "cn"), date(2026, 11, 4))
    assert (clock.standing, clock.day) == ("running", 12)


def test_a_sheet_that_says_no_limit_is_a_referral(world, listed):
    sheet(world, listed, as_of="2026-10-12", accepted_on="2026-09-21", clock="no_limit")
    assert stated(world, "cn") == [("accepted", "2026-09-21"), ("council", "2026-10-12")]


def test_with_experts_time_is_not_counted_even_where_only_the_state_says_so(world):
    state(world, "eu", "accepted", clock=[act("accepted", "2026-09-21")])
    state(world, "eu", "expert", "2026-10-12")
    state(world, "eu", "review", "2026-10-26")
    assert stated(world, "eu") == [
        ("accepted", "2026-09-21"),
        ("uncounted", "2026-10-12"),
        ("counted", "2026-10-26"),
    ]
    named = [act("accepted", "2026-09-21"), act("uncounted", "2026-10-12", basis="on_site")]
    state(world, "eu", "review", "2026-10-26", clock=named)
    assert stated(world, "eu") == [("accepted", "2026-09-21"), ("uncounted", "2026-10-12")]


def test_an_unknown_act_is_not_in_the_vocabulary(world):
    with pytest.raises(Malformed):
        state(world, "cn", "review", clock=[act("paused", "2026-10-01")])


def test_the_last_date_of_an_act_counts_and_of_none_there_is_none(world):
    state(world, "cn", "review", clock=[act("accepted", "2026-09-21")])
    assert row(world).dated("cn", "accepted") == "2026-09-21"
    assert row(world).dated("cn", "decided") == ""
    assert row(world).dated("eu", "accepted") == ""
