"""Figures: counted entries, separate counts, and independence of order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from special_channel.core.numbers.figures import (
    ACKNOWLEDGED_WITHIN,
    DEFINITIONS,
    MORE_IS_BETTER,
    NAMES,
    OUTCOMES,
    Case,
    Mean,
    Measure,
    Name,
    Period,
    Share,
    are_counted,
    case_of,
    figures,
    meets,
)
from special_channel.core.rows.charter import AgreedFigures, Threshold
from special_channel.core.rows.question_facts import Answer, DuePassedFact, ReferralFact
from special_channel.core.rows.questions import Outcome, QuestionRow
from special_channel.core.rows.threads import Mark, NoteRow
from tests.stories import DUE
from tests.world import World

ASKED = datetime(2026, 9, 24, 8, tzinfo=UTC)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)


def case(outcome: Outcome = "in-time", **changed) -> Case:
    """An ask of EU's to CN, answered after two days if its outcome says so."""
    answered = ASKED + timedelta(days=2) if outcome in {"in-time", "late", "crossed"} else None
    stated = {"acknowledged": answered, "answered": answered} | changed
    return Case("cn", stated.pop("asked", ASKED), outcome=outcome, **stated)


def count(*cases: Case, known: datetime = NOW, **more) -> dict[Name, Share | Mean]:
    return {each.name: each.value for each in figures(cases, "cn", known, **more).measures}


def test_the_five_of_imi_come_first_and_in_its_order():
    assert NAMES[:5] == (
        "acknowledged-in-time",
        "days-to-answer",
        "answered-in-time",
        "date-passed",
        "referred",
    )
    assert set(NAMES) == set(get_args(Name))
    assert set(OUTCOMES) == set(get_args(Outcome))


def test_of_nothing_there_is_no_figure():
    none = figures([], "cn", NOW)
    assert none.asks == none.counted == 0
    assert [each.value.tenths for each in none.measures] == [None] * len(NAMES)
    assert [meets(each, 80) for each in none.measures] == [None] * len(NAMES)
    assert none.months == ()


def test_each_side_has_its_own():
    ours = Case("eu", ASKED, None, None, "open")
    assert figures([ours, case()], "cn", NOW).asks == 1
    assert figures([ours, case()], "eu", NOW).measure("answered-in-time").undecided == 1


@pytest.mark.parametrize("after", [timedelta(0), WEEK - SECOND, WEEK])
def test_seven_days_are_seven_times_24_hours_the_last_second_included(after):
    found = count(case(acknowledged=ASKED + after), case(acknowledged=ASKED + WEEK + SECOND))
    assert found["acknowledged-in-time"] == Share(1, 2)


def test_an_ask_without_acknowledgement_is_undecided_until_its_week_is_over():
    waiting = case("open")
    early = figures([waiting], "cn", ASKED + WEEK - SECOND)
    assert early.measure("acknowledged-in-time") == Measure("acknowledged-in-time", Share(0, 0), 1)
    assert early.measure("acknowledged-in-time").value.tenths is None
    over = figures([waiting], "cn", ASKED + WEEK)
    assert over.measure("acknowledged-in-time") == Measure("acknowledged-in-time", Share(0, 1))


def test_five_kinds_of_asks_are_in_no_measure():
    apart: list[Outcome] = ["crossed", "unanswered-unconfirmed", "withdrawn", "answered", "ended"]
    alone, mixed = count(case()), count(case(), *map(case, apart))
    assert mixed == alone
    found = figures([case(), *map(case, apart)], "cn", NOW)
    assert (found.asks, found.counted) == (6, 1)
    listed = ("crossed", "unconfirmed", "withdrawn", "requested", "ended")
    assert found.apart == tuple((name, 1) for name in listed)


def test_requested_date_counts_in_no_measure_answered_or_not():
    """A date that the asker alone chose says nothing about the other side's timeliness."""
    requested = [case(outcome, requested=True) for outcome in ("open", "answered", "ended")]
    assert count(case(), *requested) == count(case())
    found = figures(requested, "cn", NOW)
    assert (found.asks, found.counted) == (3, 0)
    assert dict(found.apart) == {
        "crossed": 0,
        "unconfirmed": 0,
        "withdrawn": 0,
        "requested": 2,
        "ended": 1,
    }


def test_answered_by_the_date_counts_what_is_decided():
    found = count(case(), case(), case("late"), case("unanswered-confirmed"), case("open"))
    assert found["answered-in-time"] == Share(2, 4)
    assert found["answered-in-time"].tenths == 500


def test_the_waiting_sides_two_signed_acts_stand_for_the_ratings():
    found = count(case(), case("late", passed=True, referred=True), case("open", referred=True))
    assert found["date-passed"] == Share(1, 2)
    assert found["referred"] == Share(1, 2)


def test_days_are_elapsed_days_and_never_less_than_none():
    slow = case("late", answered=ASKED + timedelta(days=5, hours=12))
    quick = case(answered=ASKED - timedelta(minutes=2), acknowledged=ASKED - timedelta(minutes=2))
    found = count(case(), slow, quick)
    assert found["days-to-answer"] == Mean(timedelta(days=7, hours=12), 3)
    assert found["days-to-answer"].tenths == 25
    assert found["days-to-acknowledge"] == Mean(timedelta(days=4), 3)


def test_a_period_is_half_open():
    first, last = case(asked=ASKED), case(asked=ASKED + WEEK)
    assert figures([first, last], "cn", NOW, Period(ASKED, ASKED + WEEK)).asks == 1
    assert figures([first, last], "cn", NOW, Period(ASKED + SECOND)).asks == 1
    assert figures([first, last], "cn", NOW, Period(None, ASKED)).asks == 0
    assert figures([first, last], "cn", NOW, Period()).asks == 2


def test_months_hold_every_ask_under_its_outcome():
    found = figures([case(), case("crossed"), case("open", asked=NOW)], "cn", NOW)
    assert [(each.year, each.month, each.total) for each in found.months] == [
        (2026, 9, 2),
        (2026, 12, 1),
    ]
    assert dict(found.months[0].outcomes)["crossed"] == 1


def test_a_threshold_is_met_exactly_and_rounding_never_helps():
    share = Measure("answered-in-time", Share(4, 5))
    assert meets(share, 80)
    assert not meets(Measure("answered-in-time", Share(7996, 9999)), 80)
    assert Share(7996, 9999).tenths == 800
    assert meets(Measure("date-passed", Share(1, 20)), 5)
    assert not meets(Measure("date-passed", Share(1, 19)), 5)
    days = Measure("days-to-answer", Mean(timedelta(days=32), 2))
    assert meets(days, 16)
    assert not meets(Measure("days-to-answer", Mean(timedelta(days=32, seconds=1), 2)), 16)
    assert set(NAMES) >= MORE_IS_BETTER


def test_a_charter_names_definitions_and_at_least_one_threshold():
    agreed = AgreedFigures(
        definitions=DEFINITIONS, thresholds=(Threshold(name="answered-in-time", value=80),)
    )
    assert are_counted(agreed)
    assert agreed.threshold("answered-in-time") == 80
    assert agreed.threshold("referred") is None
    assert not are_counted(agreed.model_copy(update={"definitions": "imi-2"}))
    with pytest.raises(ValueError, match="thresholds"):
        AgreedFigures(definitions=DEFINITIONS, thresholds=())


# What an ask brings ------------------------------------------------------------------


def row(**changed) -> QuestionRow:
    stated: dict[str, Any] = {
        "note": "n" * 64,
        "q": "1",
        "asker": "eu",
        "index": 7,
        "thread": "t" * 32,
        "first_due": "2026-09-29T09:30:00Z",
        "accepted": "2026-09-24T08:00:00Z",
        "charter": "c" * 64,
        "rule": "reply-3wd",
    }
    return QuestionRow(**(stated | changed))


def mark(party: str, at: str, index: int = 9) -> Mark:
    return Mark(party, index, "m" * 64, "key", at)  # type: ignore[arg-type]


def note(*marks: Mark) -> NoteRow:
    return NoteRow("n" * 64, "eu", 7, "t" * 32, "key", acknowledged=marks)


ANSWER = Answer(9, 8, "2026-09-28T07:00:00Z", "a" * 64)


def test_who_answers_without_acknowledging_has_acknowledged_by_answering():
    found = case_of(row(answers=(ANSWER,)), note())
    assert found.acknowledged == found.answered == datetime(2026, 9, 28, 7, tzinfo=UTC)
    assert found.outcome == "in-time"


def test_the_first_acknowledgement_of_the_answering_side_counts():
    marks = (mark("eu", "2026-09-24T08:01:00Z"), mark("cn", "2026-09-25T02:00:00Z", 10))
    found = case_of(row(answers=(ANSWER,)), note(*marks))
    assert found.acknowledged == datetime(2026, 9, 25, 2, tzinfo=UTC)
    assert case_of(row(), note(*marks[:1])).acknowledged is None
    assert case_of(row(), None).acknowledged is None


def test_only_a_confirmed_passing_counts_as_one_and_an_earlier_due_does_too():
    def passed(due: str, *, confirmed: bool) -> DuePassedFact:
        return DuePassedFact(9, due, due, confirmed, 1, "p" * 64)

    earlier = passed("2026-09-28T09:30:00Z", confirmed=True)
    unconfirmed = passed("2026-09-29T09:30:00Z", confirmed=False)
    assert case_of(row(passed=(earlier,)), None).passed
    assert not case_of(row(passed=(unconfirmed,)), None).passed
    assert case_of(row(referred=(ReferralFact(9, "director", "r" * 64),)), None).referred


def test_both_nodes_come_to_the_same_figures_from_their_own_rows():
    world = World.founded()
    thread = world.open_thread("eu")
    note_ = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", DUE)])
    world.exchange()
    world.about("cn", "note.acknowledged", note_)
    world.clock.forward(120)
    world.answer("cn", note_)
    world.exchange()
    found = set()
    for side in (world.eu, world.cn):
        rows = side.replay.rows
        cases = [
            case_of(each, rows.get(("note", each.note)))  # type: ignore[arg-type]
            for each in rows.values()
            if isinstance(each, QuestionRow)
        ]
        found.add(figures(cases, "cn", NOW))
    (only,) = found
    assert only.measure("answered-in-time").value == Share(1, 1)
    assert only.measure("days-to-answer").value == Mean(timedelta(seconds=120), 1)
    assert only.measure("days-to-acknowledge").value == Mean(timedelta(0), 1)


# Properties --------------------------------------------------------------------------

spans = st.none() | st.integers(-3600, 40 * 86_400).map(lambda s: ASKED + timedelta(seconds=s))
cases_ = st.builds(
    Case,
    st.sampled_from(["eu", "cn"]),
    st.integers(-90 * 86_400, 60 * 86_400).map(lambda s: ASKED + timedelta(seconds=s)),
    spans,
    spans,
    st.sampled_from(OUTCOMES),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=50)
@given(st.lists(cases_, max_size=20), st.randoms(use_true_random=False))
def test_order_of_arrival_decides_nothing(cases, random):
    shuffled = list(cases)
    random.shuffle(shuffled)
    for side in ("eu", "cn"):
        assert figures(cases, side, NOW) == figures(shuffled, side, NOW)


@settings(max_examples=50)
@given(st.lists(cases_, max_size=20), st.integers(1, 99))
def test_a_naive_count_agrees(cases, threshold):
    """Counted again from the words of the definitions, in exact fractions."""
    found = figures(cases, "cn", NOW)
    own = [each for each in cases if each.answering == "cn"]
    apart = {"crossed", "unanswered-unconfirmed", "withdrawn", "answered", "ended"}
    wishes = [each for each in own if each.requested and each.outcome == "open"]
    counted = [each for each in own if each.outcome not in apart and each not in wishes]
    decided = [each for each in counted if each.outcome != "open"]
    assert (found.asks, found.counted) == (len(own), len(counted))
    assert sum(each.total for each in found.months) == len(own)

    def share(name: Name, part: list[Case], whole: list[Case]) -> None:
        measure = found.measure(name)
        assert measure.value == Share(len(part), len(whole))
        if whole:
            exact = Fraction(len(part) * 100, len(whole))
            assert abs(Fraction(measure.value.tenths or 0, 10) - exact) <= Fraction(1, 20)
            good = exact >= threshold if name in MORE_IS_BETTER else exact <= threshold
            assert meets(measure, threshold) == good

    share("answered-in-time", [e for e in decided if e.outcome == "in-time"], decided)
    share("date-passed", [e for e in decided if e.passed], decided)
    share("referred", [e for e in decided if e.referred], decided)
    judged = [e for e in counted if e.acknowledged or NOW - e.asked >= WEEK]
    quick = [e for e in judged if e.acknowledged and e.acknowledged <= e.asked + WEEK]
    share("acknowledged-in-time", quick, judged)
    days = found.measure("days-to-answer")
    took = [max((e.answered - e.asked).total_seconds(), 0) for e in counted if e.answered]
    assert days.value == Mean(timedelta(seconds=sum(took)), len(took))
    assert days.undecided == len(counted) - len(took)
    if took:
        exact = Fraction(int(sum(took)), 86_400 * len(took))
        assert abs(Fraction(days.value.tenths or 0, 10) - exact) <= Fraction(1, 20)


@settings(max_examples=50)
@given(st.lists(cases_, max_size=20), st.integers(0, 40 * 86_400))
def test_knowing_more_only_decides_what_was_undecided(cases, seconds):
    early, late = (
        figures(cases, "cn", at).measure("acknowledged-in-time")
        for at in (ASKED, ASKED + timedelta(seconds=seconds))
    )
    assert early.value.part == late.value.part
    assert early.value.whole <= late.value.whole
    assert early.undecided + early.value.whole == late.undecided + late.value.whole


def test_the_week_is_imis():
    assert ACKNOWLEDGED_WITHIN == WEEK
