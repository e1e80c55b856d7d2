from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.time.due import counts_from, due, explain, working_days_left
from tests.core.calendar_files import both_sides

instants = st.datetimes(
    datetime.fromisoformat("2024-12-01"),
    datetime.fromisoformat("2027-02-01"),
    timezones=st.just(UTC),
) | st.builds(
    # Around midnights, closes and the hours in which the clocks change.
    lambda day, seconds: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day, seconds=seconds),
    st.integers(0, 730),
    st.sampled_from(
        [at + shift for at in (0, 3600, 7200, 34200, 57600, 79200, 82800) for shift in (-1, 0, 1)]
    ),
)
sides = st.sampled_from(["eu", "cn"])
counts = st.sampled_from(["answering", "both"])
spans = st.integers(1, 70)


@given(sides, counts, instants, spans)
def test_one_day_more_is_later_and_adds_one_date(side, count, start, n):
    one, more = (due(both_sides(), side, start, days, count) for days in (n, n + 1))
    assert one.instant < more.instant
    assert more.counted[:-1] == one.counted


@given(sides, counts, instants, instants, spans)
def test_a_later_start_is_never_due_earlier(side, count, one, other, n):
    first, second = sorted([one, other])
    assert (
        due(both_sides(), side, first, n, count).instant
        <= due(both_sides(), side, second, n, count).instant
    )


@given(sides, instants, spans)
def test_counting_both_sides_is_never_shorter(side, start, n):
    both = both_sides().values()
    joint, own = (due(both_sides(), side, start, n, count) for count in ("both", "answering"))
    assert joint.instant >= own.instant
    assert all(calendar.is_working_day(day) for day in joint.counted for calendar in both)


@given(sides, counts, instants, spans)
def test_a_due_time_is_a_close_of_business_on_a_worked_date_after_the_event(side, count, start, n):
    calendar = both_sides()[side]
    found = due(both_sides(), side, start, n, count)
    local = calendar.local(found.instant)
    assert (local.hour, local.minute) == (17, 30)
    assert calendar.is_working_day(local.date())
    assert local.date() > calendar.local(start).date() == found.started_on
    assert found.instant > start
    assert len(found.counted) == n
    assert found.provisional == any(
        not each.covers(day)
        for each in ([calendar] if count == "answering" else both_sides().values())
        for day in _walked(found)
    )


def _walked(found):
    day = found.started_on
    while day < found.counted[-1]:
        day += timedelta(days=1)
        yield day


@given(sides, counts, instants, spans)
def test_days_left_undoes_the_count(side, count, start, n):
    found = due(both_sides(), side, start, n, count)
    assert working_days_left(both_sides(), side, start, found.instant, count) == n


@given(sides, counts, instants, spans)
def test_the_whole_day_of_the_event_is_one_start(side, count, start, n):
    calendar = both_sides()[side]
    midnight = calendar.midnight(calendar.local(start).date())
    assert (
        due(both_sides(), side, midnight, n, count).instant
        == due(both_sides(), side, start, n, count).instant
    )


@given(sides, counts, instants, spans)
def test_an_explanation_numbers_every_counted_date_once(side, count, start, n):
    found = due(both_sides(), side, start, n, count)
    runs = explain(both_sides(), found)
    numbers = [
        number
        for run in runs
        if run.numbers
        for number in range(run.numbers[0], run.numbers[1] + 1)
    ]
    assert numbers == list(range(1, n + 1))
    assert runs[-1].last == found.counted[-1]
    assert all(one.last < following.first for one, following in pairwise(runs))
    assert any(run.kind == "assumed" for run in runs) <= found.provisional


@given(sides, counts, instants)
def test_counts_from_is_the_first_counted_date(side, count, start):
    shown = counts_from(both_sides(), side, start, count)
    assert shown.first == due(both_sides(), side, start, 5, count).counted[0]
    assert shown.outside_hours != both_sides()[side].is_open(start)


@given(sides, instants)
def test_next_opening_is_open_and_not_before(side, at):
    calendar = both_sides()[side]
    opens = calendar.next_opening(at)
    assert opens >= at
    assert calendar.is_open(opens)
    assert calendar.is_open(at) == (opens == at)
    assert calendar.next_opening(opens) == opens
