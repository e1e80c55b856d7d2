"""Lists that are amended, marks on the clock, licences and priority: judged and folded."""

from __future__ import annotations

import pytest

from special_channel.core.rows.applications import events
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.rows.licences import DrawRow, LicenceRow, balances
from special_channel.core.rows.priorities import PriorityRow
from tests.core.judging import code_of
from tests.permits import (
    LICENCE,
    amend,
    draw,
    issue,
    licence_body,
    line,
    list_row,
    mark,
    reply,
    request,
)
from tests.world import World

STOP = {"urgency": "line_stop", "stop_on": "2026-12-08"}


def held(world, table, key):
    world.exchange()
    assert world.eu.digest == world.cn.digest
    return world.eu.replay.rows[table, key]


@pytest.fixture
def batch(world):
    listed = world.list_batch(["A-1", "A-2", "A-3"])
    world.exchange()
    return listed


# Lists -------------------------------------------------------------------------------


def test_an_amendment_adds_changes_and_withdraws_rows(world, batch):
    entry = amend(
        world,
        batch,
        added=[list_row(4, "A-4", state="review", as_of="2026-11-20")],
        changed=[{"row": 1, "rank": 9} | STOP],
        withdrawn=[{"row": 2, "reason": "issued"}],
    )
    row = held(world, "batch", batch.id)
    assert isinstance(row, BatchRow)
    assert (row.rows, row.standing) == (3, 3)
    assert [(a.id, a.added, a.changed, a.withdrawn) for a in row.amendments] == [
        (entry.id, 1, 1, 1)
    ]
    rows = {n: world.cn.replay.rows["listing", f"{batch.id}:{n}"] for n in range(1, 5)}
    assert (rows[1].urgency, rows[1].rank, rows[1].stop_on) == ("line_stop", 9, "2026-12-08")
    assert rows[1].amended == rows[2].withdrawn == rows[4].listed_in == entry.position.index
    assert (rows[2].reason, rows[3].withdrawn, rows[3].amended) == ("issued", -1, -1)
    added = held(world, "application", "A-4")
    assert [(each.batch, each.row) for each in added.listed] == [(batch.id, 4)]
    assert added.latest("eu").state == "review"


def test_a_row_that_was_withdrawn_and_answered_meanwhile_shows_both(world, batch):
    amend(world, batch, withdrawn=[{"row": 1}])
    world.answer_batch(batch, [{"row": 1, "number": "A-1", "state": "issued"}])
    row = held(world, "listing", f"{batch.id}:1")
    assert isinstance(row, ListingRow)
    assert (row.withdrawn >= 0, row.match, row.state) == (True, "found", "issued")


def test_a_return_sheet_answers_only_rows_that_its_author_had(world, batch):
    """Row 4 is added while CN answers its own row 4: no order of entries merges the rows."""
    amend(world, batch, added=[list_row(4, "A-4")])
    world.answer_batch(batch, [{"row": 4, "number": "A-9"}])
    assert held(world, "listing", f"{batch.id}:4").answered == -1
    world.answer_batch(batch, [{"row": 4, "number": "A-4"}])
    assert held(world, "listing", f"{batch.id}:4").answered >= 0


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        ({"added": [list_row(3, "A-4")]}, "reference"),
        ({"changed": [{"row": 7, "urgency": "urgent", "rank": 1}]}, "reference"),
        ({"withdrawn": [{"row": 7}]}, "reference"),
        ({"withdrawn": [{"row": 1}], "changed": [{"row": 1, "urgency": "normal", "rank": 1}]},
         "data-malformed"),
        ({"withdrawn": [{"row": 1}, {"row": 1}]}, "data-malformed"),
        ({"rows": 2, "withdrawn": [{"row": 1}]}, "data-malformed"),
        ({"rows": 1, "dropped": []}, "field-unknown"),
        ({"changed": [{"row": 1, "rank": 1, "urgency": "line_stop"}]}, "entry-malformed"),
        ({"changed": [{"row": 1, "rank": 1, "urgency": "urgent", "stop_on": "2026-12-08"}]},
         "entry-malformed"),
        ({"also": (), "withdrawn": [{"row": 1}]}, "clearance-missing"),
    ],
)  # fmt: skip
def test_an_amendment_that_does_not_fit_the_list_is_refused(world, batch, sheet, code):
    assert code_of(amend, world, batch, **sheet) == code


def test_what_was_withdrawn_is_neither_changed_nor_withdrawn_again(world, batch):
    amend(world, batch, withdrawn=[{"row": 1}])
    assert code_of(amend, world, batch, withdrawn=[{"row": 1}]) == "reference"
    changed = [{"row": 1, "urgency": "normal", "rank": 1}]
    assert code_of(amend, world, batch, changed=changed) == "reference"
    assert code_of(amend, world, batch, added=[list_row(1, "A-1")]) == "reference"


def test_only_a_list_is_amended_and_only_by_the_eu(world, noted, batch):
    assert code_of(amend, world, noted, withdrawn=[{"row": 1}]) == "reference"
    payload = world.payload("cn", "batch.amended", ref=batch.id, body={"rows": 1})
    parts = [world.data("list-amendment", {"withdrawn": [{"row": 1}]})]
    assert code_of(world.append, "cn", payload, parts, also=["head"]) == "owner"


def test_a_line_stop_has_a_date_and_the_clearance_of_a_head_of_unit(world):
    assert code_of(world.list_batch, ["A-1"], urgency="line_stop") == "entry-malformed"
    assert code_of(world.list_batch, ["A-1"], stop_on="2026-12-08") == "entry-malformed"
    world.list_batch(["A-1"], **STOP)


def test_a_line_stop_is_cleared_by_a_head_of_unit_whatever_the_charter_asks():
    world = World.founded(release=[{"kind": "batch.listed", "roles": ["desk", "head"]}])
    payload = world.payload("eu", "batch.listed", body={"list": "W1", "rows": 1})
    parts = [world.data("list", {"rows": [list_row(1, "A-1", **STOP)]})]
    assert code_of(world.append, "eu", payload, parts, also=["clerk"]) == "clearance-missing"
    world.append("eu", payload, parts, also=["head"])


# The clock ---------------------------------------------------------------------------


def acts(world, party, number="A-1"):
    row = held(world, "application", number)
    return [(each.act, str(each.on), each.basis) for each in events(row, party)]


def test_marks_make_the_same_clock_as_acts_in_an_assertion(world):
    mark(world, "cn", "A-1", "received", "2026-09-14")
    mark(world, "cn", "A-1", "accepted", "2026-09-20")
    mark(world, "cn", "A-1", "accepted", "2026-09-21")
    mark(world, "cn", "A-1", "uncounted", "2026-10-12", basis="expert", expected_until="2026-11-02")
    mark(world, "cn", "A-1", "counted", "2026-10-30")
    told = [
        ("received", "2026-09-14", ""),
        ("accepted", "2026-09-21", ""),
        ("uncounted", "2026-10-12", "expert"),
        ("counted", "2026-10-30", ""),
    ]
    assert acts(world, "cn") == told
    clock = [
        {"act": act, "on": on} | ({"basis": basis} if basis else {}) for act, on, basis in told
    ]
    body = {"number": "A-2", "state": "review", "as_of": "2026-11-20", "source": "own"}
    stated = world.payload("cn", "application.asserted", body=body | {"clock": clock})
    world.append("cn", stated)
    assert acts(world, "cn", "A-2") == told
    assert acts(world, "eu") == []


def test_each_side_marks_its_own_clock(world):
    mark(world, "eu", "A-1", "accepted", "2026-09-18", source="supplier")
    mark(world, "cn", "A-1", "accepted", "2026-09-21")
    assert acts(world, "eu") == [("accepted", "2026-09-18", "")]
    assert acts(world, "cn") == [("accepted", "2026-09-21", "")]
    row = held(world, "application", "A-1")
    assert [each.source for each in (*row.marks("eu"), *row.marks("cn"))] == ["supplier", "bureau"]


@pytest.mark.parametrize("more", [{"act": "uncounted", "basis": "expert"}, {"act": "counted"}])
def test_that_time_is_not_counted_is_chinas_to_state(world, more):
    body = {"number": "A-1", "on": "2026-10-12", "source": "supplier"} | more
    payload = world.payload("eu", "clock.marked", body=body)
    assert code_of(world.append, "eu", payload) == "owner"


def test_a_whole_course_stated_later_takes_the_place_of_marks(world):
    mark(world, "cn", "A-1", "accepted", "2026-09-21")
    clock = [{"act": "accepted", "on": "2026-10-08"}]
    body = {"number": "A-1", "state": "review", "as_of": "2026-11-20", "source": "own"}
    world.append("cn", world.payload("cn", "application.asserted", body=body | {"clock": clock}))
    mark(world, "cn", "A-1", "council", "2026-11-02")
    assert acts(world, "cn") == [("accepted", "2026-10-08", ""), ("council", "2026-11-02", "")]


@pytest.mark.parametrize(
    "more",
    [
        {"act": "uncounted"},
        {"act": "counted", "basis": "expert"},
        {"act": "accepted", "expected_until": "2026-12-01"},
        {"act": "uncounted", "basis": "expert", "expected_until": "2026-10-01"},
    ],
)
def test_a_mark_gives_the_reason_of_time_that_is_not_counted_and_of_no_other(world, more):
    body = {"number": "A-1", "on": "2026-10-12", "source": "bureau"} | more
    payload = world.payload("cn", "clock.marked", body=body)
    assert code_of(world.append, "cn", payload) == "entry-malformed"


# Licences ----------------------------------------------------------------------------


def licence(world) -> LicenceRow:
    row = held(world, "licence", LICENCE)
    assert isinstance(row, LicenceRow)
    return row


def draws(world):
    world.exchange()
    rows = world.eu.replay.rows.values()
    return sorted((row for row in rows if isinstance(row, DrawRow)), key=lambda row: row.index)


def left(world, on="2026-12-10"):
    now = licence(world).now
    return {each.line.code: each.left.amount for each in balances(now, draws(world), on)}


def test_what_is_left_is_counted_exactly_in_kilograms(world):
    issue(world, lines=[line(), line("1C904.a", "0.3", "t"), line("1C908.b", "40", "pcs")])
    draw(world, "0.1")
    draw(world, "0.2")
    draw(world, "1.5", unit="t")
    draw(world, "3", code="1C908.b", unit="pcs")
    assert left(world) == {"1C905.a": "3499.7", "1C904.a": "300", "1C908.b": "37"}


def test_more_drawn_than_allowed_is_shown_as_stated(world):
    issue(world, lines=[line(quantity="1", unit="kg")])
    draw(world, "1.25")
    assert left(world) == {"1C905.a": "-0.25"}


def test_a_corrected_draw_down_counts_no_more(world):
    issue(world)
    wrong = draw(world, "4000")
    right = draw(world, "400", corrects=wrong.id)
    assert left(world) == {"1C905.a": "4600"}
    draw(world, "0", corrects=right.id)
    assert left(world) == {"1C905.a": "5000"}
    assert [row.corrected >= 0 for row in draws(world)] == [True, True, False]


@pytest.mark.parametrize(
    ("per", "valid_from", "day", "since"),
    [
        ("licence", "2026-03-10", "2028-01-01", "2026-03-10"),
        ("calendar_year", "2026-03-10", "2027-02-01", "2027-01-01"),
        ("licence_year", "2026-03-10", "2027-03-09", "2026-03-10"),
        ("licence_year", "2026-03-10", "2027-03-10", "2027-03-10"),
        ("licence_year", "2028-02-29", "2029-02-28", "2028-02-29"),
        ("licence_year", "2028-02-29", "2029-03-01", "2029-03-01"),
    ],
)
def test_a_quantity_is_for_the_period_that_the_licence_states(world, per, valid_from, day, since):
    issue(world, per=per, valid_from=valid_from, valid_to="2029-12-31")
    assert licence(world).now.period_of(day) == since


def test_each_period_has_its_quantity_anew(world):
    issue(world, per="calendar_year", valid_to="2027-12-31")
    draw(world, "1000", on="2026-12-08")
    draw(world, "500", on="2027-01-04")
    assert left(world, "2026-12-31") == {"1C905.a": "4000"}
    assert left(world, "2027-06-30") == {"1C905.a": "4500"}


def test_what_a_later_statement_states_in_another_unit_stands_apart(world):
    issue(world)
    draw(world, "1000")
    issue(world, lines=[line("1C905.a", "200", "kg", basis="contained")])
    [balance] = balances(licence(world).now, draws(world), "2026-12-10")
    assert (balance.left.amount, balance.drawn.amount) == ("200", "0")
    assert [row.quantity for row in balance.apart] == ["1000"]


@pytest.mark.parametrize(
    ("on", "ended", "standing"),
    [
        ("2026-11-30", None, "to_come"),
        ("2026-12-01", None, "in_force"),
        ("2027-11-30", None, "in_force"),
        ("2027-12-01", None, "expired"),
        ("2027-02-01", {"how": "revoked", "on": "2027-02-02"}, "in_force"),
        ("2027-02-02", {"how": "revoked", "on": "2027-02-02"}, "ended"),
    ],
)
def test_a_licence_is_in_force_from_its_first_day_to_its_last_unless_it_ended(
    world, on, ended, standing
):
    issue(world, **({"ended": ended} if ended else {}))
    assert licence(world).standing(on) == standing


def test_issued_is_another_state_than_approved_and_is_said_once(world):
    body = {"number": "A-1", "state": "approved", "as_of": "2026-11-19", "source": "bureau"}
    world.append("cn", world.payload("cn", "application.asserted", body=body))
    issue(world, applications=["A-1"])
    issue(world, applications=["A-1", "A-2"], ended={"how": "used", "on": "2026-12-20"})
    one, other = held(world, "application", "A-1"), held(world, "application", "A-2")
    assert [said.state for said in one.cn] == ["approved", "issued"]
    assert [(said.state, said.as_of, said.source) for said in other.cn] == [
        ("issued", "2026-11-20", "licence")
    ]
    assert len(licence(world).issues) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"lines": [line(), line()]},
        {"lines": [line(quantity="0")]},
        {"lines": [line(quantity="1.5", unit="pcs")]},
        {"valid_to": "2026-11-30"},
        {"applications": ["A-1", "A-1"]},
        {"lines": []},
        {"lines": [line(code="dysprosium")]},
    ],
)
def test_a_licence_that_does_not_hold_together_is_refused(world, changed):
    assert code_of(issue, world, **changed) == "entry-malformed"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"licence": "another"}, "reference"),
        ({"code": "1C904.a"}, "licence-line"),
        ({"unit": "pcs"}, "licence-line"),
        ({"basis": "contained"}, "licence-line"),
        ({"quantity": "0"}, "entry-malformed"),
        ({"corrects": "a" * 64}, "reference"),
    ],
)
def test_a_draw_down_without_a_line_of_its_licence_is_refused(world, changed, code):
    issue(world)
    assert code_of(draw, world, changed.pop("quantity", "5"), **changed) == code


def test_a_draw_down_is_corrected_once_and_by_its_own_licence(world):
    issue(world)
    issue(world, licence="another")
    wrong = draw(world, "10")
    assert code_of(draw, world, "1", licence="another", corrects=wrong.id) == "reference"
    draw(world, "1", corrects=wrong.id)
    assert code_of(draw, world, "2", corrects=wrong.id) == "reference"


def test_pieces_are_drawn_whole(world):
    issue(world, lines=[line(unit="pcs")])
    assert code_of(draw, world, "1.5", unit="pcs") == "entry-malformed"


def test_licences_are_chinas_to_state(world):
    assert code_of(issue, world, "eu") == "owner"
    issue(world)
    world.exchange()
    assert code_of(draw, world, "1", "eu") == "owner"


def test_companies_are_named_only_where_both_sides_opted_in(world):
    named = ["Fictional Antriebe Nord GmbH"]
    assert code_of(issue, world, customers=named) == "column-not-shared"
    issue(world)
    assert code_of(draw, world, "1", customer=named[0]) == "column-not-shared"
    opted = World.founded(columns=["customers"])
    issue(opted, customers=named)
    draw(opted, "1", customer=named[0], application="A-1")
    assert licence(opted).now.customers == tuple(named)
    assert [(row.customer, row.application) for row in draws(opted)] == [(named[0], "A-1")]


def test_a_quantity_is_never_a_number_of_the_wire(world):
    payload = world.payload("cn", "licence.issued", body=licence_body(lines=[line(quantity=5)]))
    assert code_of(world.append, "cn", payload) == "entry-malformed"


# Priority ----------------------------------------------------------------------------


def priority(world, asked) -> PriorityRow:
    row = held(world, "priority", asked.id)
    assert isinstance(row, PriorityRow)
    return row


def test_priority_is_asked_and_answered_application_by_application(world):
    asked = request(world, "A-1", "A-2")
    assert priority(world, asked).open == 2
    assert held(world, "application", "A-1").priority() == "asked"
    reply(world, asked, {"A-1": "not_now"})
    row = priority(world, asked)
    assert (row.open, [each.answer for each in row.wanted]) == (1, ["not_now", ""])
    reply(world, asked, {"A-1": "granted"})
    assert held(world, "application", "A-1").priority() == "granted"
    assert held(world, "application", "A-2").priority() == "asked"
    assert held(world, "application", "A-2").reply() is None


def test_a_new_request_is_open_until_it_is_answered_itself(world):
    first = request(world, "A-1")
    world.exchange()
    reply(world, first, {"A-1": "cannot"})
    request(world, "A-1")
    row = held(world, "application", "A-1")
    assert row.priority() == "asked"
    assert [each.answer for each in row.replies] == ["cannot"]


def test_an_application_nobody_asked_for_has_no_priority(world):
    mark(world, "cn", "A-1", "accepted", "2026-09-21")
    row = held(world, "application", "A-1")
    assert (row.priority(), row.reply()) == ("", None)


def test_the_eu_asks_and_china_answers(world):
    assert code_of(request, world, "A-1", party="cn") == "owner"
    asked = request(world, "A-1")
    assert code_of(reply, world, asked, {"A-1": "granted"}) == "reference"
    world.exchange()
    assert code_of(reply, world, asked, {"A-1": "granted"}, party="eu") == "owner"


def test_an_answer_is_on_what_was_asked_for_each_once(world, noted):
    asked = request(world, "A-1")
    assert code_of(request, world, "A-1", "A-1") == "entry-malformed"
    world.exchange()
    assert code_of(reply, world, asked, {"A-2": "granted"}) == "reference"
    assert code_of(reply, world, noted, {"A-1": "granted"}) == "reference"
    said = [{"number": "A-1", "answer": each} for each in ("granted", "cannot")]
    payload = world.payload("cn", "priority.answered", ref=asked.id, body={"answers": said})
    assert code_of(world.append, "cn", payload) == "entry-malformed"


def test_a_rows_field_is_taken_only_where_both_sides_opted_in():
    bare = World.founded(columns=[])
    assert code_of(bare.list_batch, ["A-7"], question="status") == "column-not-shared"
    opted = World.founded(columns=["question"])
    assert opted.list_batch(["A-7"], question="status").leaf.kind == "batch.listed"
