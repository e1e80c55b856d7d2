"""Where an application's clock stands without a calendar: never another answer than with one."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.time.standing import ClockState, clock_state, deemed_by, over_by
from special_channel.core.time.statutory import (
    DECISION_DAYS,
    Act,
    Event,
    deemed_after,
    statutory_clock,
)
from tests.core.calendar_files import both_sides

CN = both_sides()["cn"]
FIRST = date(2026, 8, 3)
ACTS: list[Act] = [
    "received", "supplement", "accepted", "uncounted", "counted", "council", "decided", "returned",
]  # fmt: skip


@st.composite
def courses(draw):
    day, made = FIRST, []
    for act in draw(st.lists(st.sampled_from(ACTS), max_size=7)):
        day += timedelta(days=draw(st.integers(0, 15)))
        made.append(Event(act, day))
    return tuple(made), day + timedelta(days=draw(st.integers(0, 80)))


def standing(found: ClockState, on: date) -> str:
    """The status, read as a search does."""
    if found.word not in {"received", "received-again"}:
        return found.word
    if found.since <= deemed_by(CN, on).isoformat():
        return "running"
    return "none" if found.word == "received" else "ended"


@given(courses())
def test_it_is_what_the_calendar_says_or_is_weighed(course):
    events, on = course
    found, clock = clock_state(events), statutory_clock(CN, events, on)
    if found.word == "weigh":
        return
    assert standing(found, on) == clock.standing
    if clock.standing == "running":
        assert clock.accepted is not None
        assert found.since == clock.accepted.isoformat()
        over = found.since <= over_by(CN, on, DECISION_DAYS).isoformat()
        assert (over and not found.paused) == clock.over


def test_only_receipts_that_waited_long_are_weighed():
    received = Event("received", FIRST)
    late = Event("supplement", FIRST + timedelta(days=8))
    assert clock_state([received, late]).word == "weigh"
    assert clock_state([received, Event("supplement", FIRST + timedelta(days=5))]).word == "none"
    assert clock_state([received, late, Event("accepted", late.on)]).word == "running"
    assert clock_state([received, Event("returned", late.on)]).word == "ended"
    assert clock_state(()) == ClockState()
    accepted = Event("accepted", FIRST)
    acts: list[tuple[Act, str]] = [
        ("council", "unlimited"), ("uncounted", "uncounted"), ("counted", "running"),
        ("supplement", "running"), ("received", "running"), ("decided", "ended"),
    ]  # fmt: skip
    for act, word in acts:
        assert clock_state([accepted, Event(act, late.on)]).word == word
    again = [accepted, Event("returned", late.on), Event("received", late.on)]
    assert clock_state(again).word == "received-again"


def test_a_pause_ends_where_counting_begins_again():
    acts: list[Act] = ["accepted", "uncounted", "counted"]
    events = [Event(act, FIRST + timedelta(days=10 * at)) for at, act in enumerate(acts)]
    assert clock_state(events[:2]).word == "uncounted"
    found = clock_state(events)
    assert (found.word, found.since) == ("running", FIRST.isoformat())


def test_the_two_limits_are_the_very_last_dates():
    for days in range(0, 120, 3):
        on = FIRST + timedelta(days=days)
        deemed = deemed_by(CN, on)
        assert on > deemed_after(CN, deemed)
        assert on <= deemed_after(CN, deemed + timedelta(days=1))
        last = over_by(CN, on, DECISION_DAYS)
        for accepted, is_over in ((last, True), (last + timedelta(days=1), False)):
            clock = statutory_clock(CN, [Event("accepted", accepted)], on)
            assert clock.over is is_over
