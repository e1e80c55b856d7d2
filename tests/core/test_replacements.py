"""A correction takes the place of the statement that it names; nothing of that statement stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.bytes.ids import Party
from special_channel.core.numbers.changes import state_changes, state_since
from special_channel.core.numbers.statuses import statuses
from special_channel.core.rows.application_facts import CorrectionFact, MatchFact
from special_channel.core.rows.applications import (
    ApplicationRow,
    AssertedStatement,
    ClockFact,
    ClockMark,
    Stated,
    events,
)
from special_channel.core.rows.batches import ListingRow
from special_channel.core.rows.recorded import as_recorded
from special_channel.core.rows.replacements import NONE, replacements
from special_channel.core.rules.state import listing_key
from tests.core.judging import code_of
from tests.permits import mark, reply, request
from tests.world import Entry, World

NUMBER = "A-1"
REVIEW: dict[str, Any] = {"state": "review", "as_of": "2026-11-20"}
APPROVED: dict[str, Any] = {
    "state": "approved",
    "as_of": "2026-11-20",
    "accepted_on": "2026-11-02",
    "decision": "approved",
    "decided_on": "2026-11-19",
}


@pytest.fixture
def batch(world: World) -> Entry:
    listed = world.list_batch([NUMBER, "A-2"])
    world.exchange()
    return listed


def answer(world: World, batch: Entry, row: int = 1, **fields: Any) -> Entry:
    stated: dict[str, Any] = {"row": row, "number": NUMBER} | fields
    return world.answer_batch(batch, [stated])


def state(world: World, party: Party = "cn", **changed: Any) -> Entry:
    body = {"number": NUMBER, "source": "bureau"} | REVIEW | changed
    return world.append(party, world.payload(party, "application.asserted", body=body))


def ref(entry: Entry, row: int = 0) -> dict[str, Any]:
    return {"id": entry.id} | ({"row": row} if row else {})


def application(world: World) -> ApplicationRow:
    world.exchange()
    assert world.eu.digest == world.cn.digest
    row = world.eu.replay.rows["application", NUMBER]
    assert isinstance(row, ApplicationRow)
    return row


def listing(world: World, batch: Entry, row: int = 1) -> ListingRow:
    world.exchange()
    assert world.eu.digest == world.cn.digest
    found = world.eu.replay.rows[listing_key(batch.id, row)]
    assert isinstance(found, ListingRow)
    return found


def latest(row: ApplicationRow, party: Party = "cn") -> tuple[str, int]:
    found = row.latest(party)
    return (found.state, found.index) if found else ("", -1)


def acts(row: ApplicationRow, party: Party = "cn") -> list[tuple[str, str]]:
    return [(each.act, each.on.isoformat()) for each in events(row, party)]


# The whole statement ------------------------------------------------------------------


def test_correction_replaces_state_decision_and_acts(world, batch):
    wrong = answer(world, batch, **APPROVED)
    before = application(world)
    assert statuses(before, "cn")[-1].end == "approved"
    right = answer(world, batch, **REVIEW, corrects=ref(wrong, 1))
    row = application(world)
    assert latest(row) == ("review", right.position.index)
    assert acts(row) == []
    assert row.dated("cn", "accepted") == "", "what the correcting row does not state is not stated"
    assert [(each.as_of, each.end, each.accepted) for each in statuses(row, "cn")] == [
        ("2026-11-20", "", "")
    ]
    assert [each.state for each in row.history("cn")] == ["approved", "review"]


def test_correction_without_a_state_leaves_the_one_before(world, batch):
    first = answer(world, batch, **REVIEW)
    wrong = answer(world, batch, **APPROVED)
    right = answer(world, batch, match="not_found", corrects=ref(wrong, 1))
    row = application(world)
    assert latest(row) == ("review", first.position.index)
    assert [each.as_of for each in statuses(row, "cn")] == ["2026-11-20"]
    shown = listing(world, batch)
    assert (shown.match, shown.state, shown.answered) == ("not_found", "", right.position.index)


def test_correction_of_a_match_alone_states_what_was_found(world, batch):
    wrong = answer(world, batch, match="not_found")
    answer(world, batch, **REVIEW, corrects=ref(wrong, 1))
    assert latest(application(world))[0] == "review"
    assert listing(world, batch).match == "found"


def test_only_statement_is_replaced_by_none(world, batch):
    wrong = answer(world, batch, **APPROVED)
    answer(world, batch, match="not_ours", corrects=ref(wrong, 1))
    row = application(world)
    assert (row.latest("cn"), row.live("cn"), statuses(row, "cn")) == (None, (), ())
    assert (state_since(row, "cn"), state_changes(row, {"eu": 99, "cn": 99})) == (-1, ())


def test_correction_is_corrected_again(world, batch):
    first = answer(world, batch, **APPROVED)
    second = answer(world, batch, state="refused", as_of="2026-11-20", corrects=ref(first, 1))
    third = answer(world, batch, **REVIEW, corrects=ref(second, 1))
    row = application(world)
    assert latest(row) == ("review", third.position.index)
    assert len(row.live("cn")) == 1
    assert listing(world, batch).answer_of == first.position.index
    places = row.replacements("cn")
    assert places.chain((third.position.index, 1)) == (
        (first.position.index, 1),
        (second.position.index, 1),
        (third.position.index, 1),
    )


def test_second_correction_of_one_statement_replaces_nothing(world, batch):
    wrong = answer(world, batch, **APPROVED)
    answer(world, batch, **REVIEW, corrects=ref(wrong, 1))
    later = answer(world, batch, state="expert", as_of="2026-11-23", corrects=ref(wrong, 1))
    row = application(world)
    assert latest(row) == ("expert", later.position.index)
    assert [each.state for each in row.live("cn") if isinstance(each, AssertedStatement)] == [
        "review",
        "expert",
    ]
    assert listing(world, batch).state == "expert"


def test_correction_of_an_older_statement_leaves_the_newer_news(world, batch):
    wrong = answer(world, batch, state="accepted", as_of="2026-11-10", accepted_on="2026-11-02")
    newer = answer(world, batch, **REVIEW)
    answer(
        world, batch, state="accepted", as_of="2026-11-10", accepted_on="2026-11-05",
        corrects=ref(wrong, 1),
    )  # fmt: skip
    row = application(world)
    assert latest(row) == ("review", newer.position.index)
    assert acts(row) == [("accepted", "2026-11-05")]
    shown = listing(world, batch)
    assert (shown.state, shown.answered) == ("review", newer.position.index)


def test_each_side_replaces_its_own_statements_alone(world, batch):
    theirs = state(world, "eu")
    wrong = answer(world, batch, **APPROVED)
    assert application(world).differences() == ("state",)
    answer(world, batch, **REVIEW, corrects=ref(wrong, 1))
    row = application(world)
    assert row.differences() == ()
    assert latest(row, "eu") == ("review", theirs.position.index)
    assert row.replacements("eu") == NONE
    right = state(world, "eu", state="accepted", corrects=ref(theirs))
    row = application(world)
    assert latest(row, "eu") == ("accepted", right.position.index)
    assert listing(world, batch).answered == row.cn[-1].index


def test_a_marked_act_is_replaced_with_its_day(world):
    state(world, as_of="2026-11-20", clock=[{"act": "accepted", "on": "2026-11-02"}])
    wrong = mark(world, "cn", NUMBER, "uncounted", "2026-11-10", basis="expert")
    assert ("uncounted", "2026-11-10") in acts(application(world))
    moved = mark(
        world, "cn", NUMBER, "uncounted", "2026-11-12", basis="expert", corrects=ref(wrong)
    )
    assert acts(application(world))[-1] == ("uncounted", "2026-11-12")
    state(world, "cn", as_of="2026-11-12", corrects=ref(moved))
    assert [act for act, _ in acts(application(world))] == ["accepted"]


def test_a_statement_replaced_by_an_act_leaves_the_state_before(world, batch):
    answer(world, batch, **REVIEW)
    wrong = answer(world, batch, **APPROVED)
    act = mark(world, "cn", NUMBER, "council", "2026-11-18", corrects=ref(wrong, 1))
    row = application(world)
    assert latest(row)[0] == "review"
    assert acts(row) == [("council", "2026-11-18")]
    shown = listing(world, batch)
    assert (shown.answer_place, shown.state, shown.match) == ((act.position.index, 0), "", "found")


# The list row -------------------------------------------------------------------------


def test_answer_is_shown_corrected_wherever_it_is_corrected(world, batch):
    wrong = answer(world, batch, **APPROVED, remark="licence_ready")
    later = world.list_batch(["A-9", NUMBER], list_="W48")
    world.exchange()
    right = answer(world, later, 2, **REVIEW, clock="runs", corrects=ref(wrong, 1))
    for shown in (listing(world, batch), listing(world, later, 2)):
        assert (shown.state, shown.decision, shown.remark, shown.clock) == (
            "review", "", "", "runs",
        )  # fmt: skip
        assert shown.answer_place == (right.position.index, 2)
        assert shown.answer_of == wrong.position.index
    again = state(
        world,
        state="expert",
        as_of="2026-11-23",
        clock=[{"act": "accepted", "on": "2026-11-03"}],
        corrects=ref(right, 2),
    )
    for shown in (listing(world, batch), listing(world, later, 2)):
        assert (shown.state, shown.accepted_on, shown.clock, shown.answered_row) == (
            "expert", "2026-11-03", "", 0,
        )  # fmt: skip
    last = answer(world, later, 2, state="review", as_of="2026-11-24", corrects=ref(again))
    assert listing(world, batch).answered == last.position.index
    assert latest(application(world)) == ("review", last.position.index)


def test_row_answered_again_keeps_its_answer(world, batch):
    wrong = answer(world, batch, **APPROVED)
    newer = answer(world, batch, state="issued", as_of="2026-11-23")
    state(world, corrects=ref(wrong, 1))
    assert listing(world, batch).answered == newer.position.index
    row = application(world)
    assert latest(row) == ("issued", newer.position.index)


def test_rows_of_one_sheet_replace_two_statements(world):
    listed = world.list_batch([NUMBER, NUMBER])
    world.exchange()
    first = answer(world, listed, 1, **APPROVED)
    second = answer(world, listed, 2, state="issued", as_of="2026-11-23")
    world.answer_batch(
        listed,
        [
            {"row": 1, "number": NUMBER, **REVIEW, "corrects": ref(second, 2)},
            {"row": 2, "number": NUMBER, "match": "not_found", "corrects": ref(first, 1)},
        ],
    )
    row = application(world)
    assert latest(row)[0] == "review"
    assert len(row.live("cn")) == 1
    # Row 2 showed the statement that row 1 of the new sheet replaces, and is answered by its own.
    assert listing(world, listed, 1).match == "found"
    assert listing(world, listed, 2).state == "review"


def test_revocation_in_place_of_a_wrong_answer_is_shown(world, batch):
    approved = answer(world, batch, **APPROVED)
    wrong = answer(world, batch, state="refused", as_of="2026-11-20", corrects=ref(approved, 1))
    body = {
        "number": NUMBER, "approval": ref(approved, 1), "on": "2026-11-23", "after": "review",
        "corrects": ref(wrong, 1),
    }  # fmt: skip
    revoked = world.append("cn", world.payload("cn", "approval.revoked", body=body))
    assert listing(world, batch).state == "review"
    assert latest(application(world)) == ("review", revoked.position.index)


# Recorded then ------------------------------------------------------------------------


def test_as_recorded_shows_the_record_before_a_correction(world, batch):
    theirs = state(world, "eu", state="accepted")
    request(world, NUMBER)
    link = {"number": NUMBER, "former": "A-0", "basis": "refiled"}
    world.append("eu", world.payload("eu", "application.linked", body=link))
    wrong = answer(world, batch, **APPROVED)
    mark(world, "eu", NUMBER, "accepted", "2026-11-02")
    then = application(world)
    sizes: dict[Party, int] = {"eu": world.eu.own.size, "cn": world.cn.own.size}
    assert as_recorded(then, sizes) == then
    asked = request(world, NUMBER, reason="long_pending")
    world.exchange()
    reply(world, asked, {NUMBER: "cannot"})
    right = answer(world, batch, **REVIEW, corrects=ref(wrong, 1))
    answer(world, batch, match="not_found")
    mark(world, "cn", NUMBER, "accepted", "2026-11-03")
    state(world, "eu", corrects=ref(theirs))
    world.append("eu", world.payload("eu", "application.linked", body=link | {"former": "A-8"}))
    world.list_batch([NUMBER], list_="W48")
    difference = {
        "number": NUMBER, "field": "state", "act": "maintained",
        "eu": ref(theirs), "cn": ref(right, 1),
    }  # fmt: skip
    world.exchange()
    world.append("cn", world.payload("cn", "difference.marked", body=difference))
    now = application(world)
    assert as_recorded(now, sizes) == then
    assert as_recorded(now, {"eu": 0, "cn": 0}) == ApplicationRow(NUMBER)
    [eu, cn] = state_changes(now, sizes)
    assert cn.before is not None
    assert (cn.before.state, cn.after.state) == ("approved", "review")
    assert state_since(now, "cn") == right.position.index
    assert (eu.party, eu.after.state) == ("eu", "review")


def test_state_is_the_present_one_since_the_correction(world, batch):
    answer(world, batch, **REVIEW)
    wrong = answer(world, batch, **APPROVED)
    right = answer(world, batch, **REVIEW, corrects=ref(wrong, 1))
    row = application(world)
    assert state_since(row, "cn") == right.position.index
    none = answer(world, batch, match="not_found", corrects=ref(right, 1))
    row = application(world)
    assert state_since(row, "cn") == right.position.index, "the first answer says the same"
    assert none.position.index > right.position.index


def test_state_is_new_after_all_statements_were_replaced(world, batch):
    wrong = answer(world, batch, **REVIEW)
    answer(world, batch, match="not_found", corrects=ref(wrong, 1))
    later = answer(world, batch, **REVIEW)
    assert state_since(application(world), "cn") == later.position.index


# As if the error had never happened ---------------------------------------------------

DAYS = [f"2026-{month:02d}-{day:02d}" for month in (9, 10, 11) for day in range(3, 24, 4)]
STATES = ["submitted", "accepted", "review", "expert", "approved", "refused", "returned"]


def stated(draw_index: int) -> st.SearchStrategy[Stated]:
    """One statement or act, without a place."""
    day = st.sampled_from(DAYS)
    clock = st.lists(
        st.builds(ClockFact, st.sampled_from(["accepted", "uncounted", "counted"]), day), max_size=2
    ).map(tuple)
    statement = st.builds(
        AssertedStatement,
        st.sampled_from(STATES),
        day,
        st.sampled_from(["return-sheet", "bureau"]),
        clock,
        st.sampled_from(["", "approved", "refused"]),
        st.just("") | day,
        row=st.just(draw_index % 3),
        index=st.just(draw_index),
        id=st.just(f"{draw_index:064x}"),
    )
    act = st.builds(
        ClockMark,
        st.sampled_from(["accepted", "council", "decided"]),
        day,
        source=st.just("bureau"),
        index=st.just(draw_index),
        id=st.just(f"{draw_index:064x}"),
    )
    return statement | act


def row_of(units: Sequence[Stated], corrections: Sequence[CorrectionFact] = ()) -> ApplicationRow:
    return ApplicationRow(
        NUMBER,
        cn=tuple(each for each in units if isinstance(each, AssertedStatement)),
        cn_marks=tuple(each for each in units if isinstance(each, ClockMark)),
        corrections=tuple(corrections),
    )


def moved(unit: Stated, index: int) -> Stated:
    return replace(unit, index=index, id=f"{index:064x}")


@st.composite
def mistaken(draw: st.DrawFn) -> tuple[ApplicationRow, ApplicationRow]:
    """A record, and the same with some statements wrong at first and corrected later."""
    count = draw(st.integers(1, 6))
    right = [draw(stated(index)) for index in range(count)]
    recorded, corrections, end = [*right], [], count
    wrong = draw(st.lists(st.integers(0, count - 1), unique=True, max_size=count))
    for index in wrong:
        recorded[index] = draw(stated(index))
        named = recorded[index].place
        for _ in range(draw(st.integers(0, 2))):  # corrections that were wrong themselves
            again = draw(stated(end))
            recorded.append(again)
            corrections.append(CorrectionFact("cn", *again.place, "", *named))
            named, end = again.place, end + 1
        mended = moved(right[index], end)
        recorded.append(mended)
        corrections.append(CorrectionFact("cn", *mended.place, "", *named))
        end += 1
    return row_of(right), row_of(recorded, corrections)


@given(mistaken())
def test_corrected_record_equals_one_without_the_error(rows):
    right, mended = rows
    assert events(mended, "cn") == events(right, "cn")
    assert statuses(mended, "cn") == statuses(right, "cn")
    for one, other in zip(right.live("cn"), mended.live("cn"), strict=True):
        assert moved(other, one.index) == one
    last, then = right.latest("cn"), mended.latest("cn")
    assert (last and last.state) == (then and then.state)
    assert mended.latest("eu") is None


@given(mistaken())
def test_replacements_are_the_same_in_any_order(rows):
    facts = rows[1].corrections
    assert replacements(facts, "cn") == replacements(tuple(reversed(facts)), "cn")
    other = tuple(replace(each, party="eu") for each in facts)
    assert replacements((*facts, *other), "cn") == replacements(facts, "cn")


def test_match_names_its_sheet(world, batch):
    entry = answer(world, batch, match="duplicate")
    assert application(world).matches == (
        MatchFact(entry.position.index, 1, "duplicate", entry.id),
    )


def test_correction_of_the_other_sides_statement_is_refused(world, batch):
    theirs = answer(world, batch, **APPROVED)
    world.exchange()
    assert code_of(state, world, "eu", corrects=ref(theirs, 1)) == "owner"
