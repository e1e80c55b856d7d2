import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.bytes.errors import Malformed
from special_channel.core.time.ladder import TakenStep, next_step, parse_ladder, steps_ahead
from tests.core.calendar_files import both_sides

LADDERS = Path(__file__).resolve().parents[2] / "config" / "ladders"
# 17:30 in Beijing, 10:30 in Brussels, a Thursday.
DUE = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)


def raw(side="eu"):
    return tomllib.loads((LADDERS / f"{side}.toml").read_text(encoding="utf-8"))


EU = parse_ladder(raw())
BRUSSELS = both_sides()["eu"]


def ahead(last=None, absent=frozenset(), due=DUE):
    return next_step(EU, BRUSSELS, due, last, absent)


def test_the_first_step_is_taken_at_the_instant_the_due_time_passes():
    planned = ahead()
    assert (planned.step.role, planned.at) == ("head", DUE)
    assert planned.is_due(DUE)
    assert not planned.is_due(DUE - timedelta(microseconds=1))


def test_the_second_waits_two_working_days_of_its_own_side():
    planned = ahead(TakenStep(1, DUE))
    assert planned.step.role == "director"
    # Thursday, Friday, Monday: 10:30 in Brussels.
    assert planned.at == datetime(2026, 11, 30, 9, 30, tzinfo=UTC)


def test_after_an_outage_nobody_is_told_in_the_same_second_as_the_one_beneath():
    late = DUE + timedelta(days=7)
    planned = ahead(TakenStep(1, late))
    assert planned.planned == datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
    assert planned.at == datetime(2026, 12, 4, 9, 30, tzinfo=UTC)
    assert not planned.is_due(late)


@pytest.mark.parametrize("side", ["eu", "cn"])
def test_no_machine_ever_takes_the_top_two(side):
    ladder, calendar = parse_ladder(raw(side)), both_sides()[side]
    last, by_machine = None, []
    for _ in ladder.steps:
        planned = next_step(ladder, calendar, DUE, last)
        if not planned.is_due(DUE + timedelta(days=3650)):
            break
        by_machine.append(planned.step.level)
        last = TakenStep(planned.step.number, planned.at)
    assert by_machine == [1, 2, 3]
    assert planned.step.by_hand


def test_absence_of_everyone_beneath_never_reaches_the_top_two():
    planned = ahead(absent={1, 2, 3})
    assert planned.step.number == 1
    assert planned.unmanned
    assert planned.is_due(DUE)


def test_the_absent_are_skipped_and_the_next_takes_their_turn_at_their_time():
    planned = ahead(absent={1})
    assert planned.step.role == "director"
    assert planned.at == DUE
    assert planned.skipped == (1,)
    assert not planned.unmanned


def test_after_the_last_step_nothing_is_ahead():
    assert ahead(TakenStep(5, DUE)) is None


def test_next_steps_on_our_side_are_foreseen_in_order():
    plan = steps_ahead(EU, BRUSSELS, DUE)
    assert [one.step.number for one in plan] == [1, 2, 3, 4, 5]
    assert [one.at for one in plan] == sorted(one.at for one in plan)
    assert [one.step.by_hand for one in plan] == [False, False, False, True, True]
    assert steps_ahead(EU, BRUSSELS, DUE, TakenStep(4, DUE))[0].step.number == 5


def test_both_sides_have_each_level_at_the_same_time_and_the_third_a_desk_of_the_charter():
    eu, cn = (parse_ladder(raw(side)) for side in ("eu", "cn"))
    assert [step.level for step in eu.steps] == [1, 2, 3, 4, 5]
    shapes = [[(one.level, one.after, one.min_dwell) for one in side.steps] for side in (eu, cn)]
    assert shapes[0] == shapes[1]
    charter = tomllib.loads((LADDERS.parent / "charter" / "demo.toml").read_text(encoding="utf-8"))
    desks = {(desk["party"], desk["desk"]) for desk in charter["desks"]}
    assert {(side.side, side.steps[2].desk) for side in (eu, cn)} <= desks


def test_of_two_steps_of_one_role_a_desk_that_one_of_them_names_is_told_by_that_alone():
    told = {
        who: [step.level for step in EU.steps if EU.tells(step, *who)]
        for who in (("head", "unit"), ("director", "unit"), ("director", "leadership"))
    }
    assert list(told.values()) == [[1], [2], [3]]


def test_a_due_time_at_night_on_the_other_side_waits_for_office_hours():
    # Due 17:30 in Brussels is 00:30 in Beijing.
    ladder = parse_ladder(raw("cn"))
    due = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)
    planned = next_step(ladder, both_sides()["cn"], due, TakenStep(1, due))
    assert planned.at == datetime(2026, 12, 1, 0, 30, tzinfo=UTC)


@given(
    st.datetimes(
        datetime.fromisoformat("2025-01-01"),
        datetime.fromisoformat("2026-12-31"),
        timezones=st.just(UTC),
    ),
    st.integers(0, 60 * 24 * 40),
    st.integers(1, 4),
)
def test_a_step_is_never_before_its_plan_nor_before_the_last_was_taken(due, late_minutes, number):
    fired = due + timedelta(minutes=late_minutes)
    planned = ahead(TakenStep(number, fired), due=due)
    assert planned.at >= planned.planned >= due
    assert planned.at > fired


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda it: it["steps"][1].update(number=3), "without a gap"),
        (lambda it: it["steps"][1].update(level=0), "lower level"),
        (lambda it: it["steps"][2].update(after={"working_days": 1}), "comes before"),
        (lambda it: it.update(steps=[it["steps"][3] | {"number": 1}]), "may not take"),
        (lambda it: it["steps"][1].update(role="vice-director"), "does not know"),
        (lambda it: it["steps"][0].update(after={"seconds": 1.5}), "after.seconds"),
        (lambda it: it["steps"][0].update(colour="red"), "colour"),
        (lambda it: it["steps"][0].update(repeat=repeated(59, 2)), "no time to read"),
        (lambda it: it["steps"][0].update(repeat=repeated(60, 10)), "repeat.times"),
        (lambda it: it.update(steps=[]), "steps"),
        (lambda it: it.update(side="us"), "side"),
        (lambda it: it.pop("v"), "v"),
    ],
)
def test_a_ladder_that_does_not_hold_together_is_refused(change, fault):
    ladder = raw()
    change(ladder)
    with pytest.raises(Malformed, match=fault) as refusal:
        parse_ladder(ladder)
    assert refusal.value.code == "ladder-malformed"


def repeated(seconds: int, times: int) -> dict[str, object]:
    return {"every": {"seconds": seconds}, "times": times}


def test_a_step_may_be_repeated_and_an_old_ladder_keeps_its_digest():
    ladder = raw()
    ladder["steps"][0]["repeat"] = repeated(60, 9)
    ladder["steps"][1]["repeat"] = {"every": {"working_days": 1}, "times": 1}
    first, second, *_ = parse_ladder(ladder).steps
    assert first.repeat is not None
    assert first.repeat.times == 9
    assert second.repeat is not None
    assert parse_ladder(raw()).digest == EU.digest


def test_digest_names_the_content():
    other = raw()
    other["version"] += 1
    assert parse_ladder(raw()).digest == EU.digest != parse_ladder(other).digest


def test_ladders_of_one_name_and_version_are_found_together():
    assert hash(EU) == hash(parse_ladder(raw()))
    assert hash(EU) != hash(parse_ladder(raw() | {"version": EU.version + 1}))
