"""Properties of every due time: order, inverse, both sides, summer time, year end, midnights.

Failure mode 24: weekend, holiday, make-up working day, change of summer time, and closures
that differ between the sides, all in one count.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import chinese_calendar  # type: ignore[import-untyped]  # it ships no stubs
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.time.calendars import days_between
from special_channel.core.time.due import counts_from, due, explain, not_before, working_days_left
from tests.core.calendar_files import both_sides
from tests.core.golden import naive_due

SIDES = both_sides()
SOURCES = Path(__file__).resolve().parents[2] / "src"

starts = st.datetimes(
    datetime.fromisoformat("2025-01-01"),
    datetime.fromisoformat("2026-12-31T23:59"),
    timezones=st.just(UTC),
)
sides = st.sampled_from(PARTIES)
spans = st.integers(1, 60)


@given(starts, sides, spans, st.sampled_from(["answering", "both"]))
def test_one_working_day_more_is_later(start, side, days, count):
    assert (
        due(SIDES, side, start, days, count).instant
        < due(SIDES, side, start, days + 1, count).instant
    )


@given(starts, st.integers(0, 60 * 24 * 30), sides, spans, st.sampled_from(["answering", "both"]))
def test_what_starts_later_is_never_due_earlier(start, minutes, side, days, count):
    later = start + timedelta(minutes=minutes)
    assert (
        due(SIDES, side, start, days, count).instant <= due(SIDES, side, later, days, count).instant
    )


@given(starts, sides, spans, st.sampled_from(["answering", "both"]))
def test_days_left_are_the_inverse_of_counting(start, side, days, count):
    counted = due(SIDES, side, start, days, count)
    assert working_days_left(SIDES, side, start, counted.instant, count) == days
    assert len(counted.counted) == days


@given(starts, sides, spans)
def test_a_joint_count_is_never_shorter_than_either_sides(start, side, days):
    other: Party = "cn" if side == "eu" else "eu"
    joint = due(SIDES, side, start, days, "both")
    assert joint.instant >= due(SIDES, side, start, days).instant
    # The other side's own count may begin a date later: its midnight is another.
    theirs = due(SIDES, other, start, max(days - 1, 1))
    assert joint.counted[-1] >= theirs.counted[-1] or days == 1
    assert all(SIDES[other].is_working_day(day) for day in joint.counted)


@given(starts, sides, spans)
def test_every_date_that_counts_is_worked_and_after_the_event(start, side, days):
    counted = due(SIDES, side, start, days)
    own = SIDES[side]
    assert all(own.is_working_day(day) for day in counted.counted)
    assert own.local(start).date() < counted.counted[0]
    assert list(counted.counted) == sorted(set(counted.counted))
    assert f"{own.local(counted.instant):%H:%M}" == "17:30"
    assert counted.provisional == any(not own.covers(day) for day in counted.counted)


@given(starts, sides, spans)
def test_an_explanation_numbers_every_date_that_counts(start, side, days):
    runs = explain(SIDES, due(SIDES, side, start, days))
    numbered = [run.numbers for run in runs if run.numbers]
    assert [number for first, last in numbered for number in range(first, last + 1)] == list(
        range(1, days + 1)
    )


@given(starts, sides, spans, st.integers(-100, 200))
def test_what_is_put_off_is_put_off_to_a_close_of_business(start, side, days, hours):
    counted = due(SIDES, side, start, days)
    earliest = counted.instant + timedelta(hours=hours)
    put_off = not_before(SIDES, counted, earliest)
    assert put_off.instant >= max(earliest, counted.instant)
    assert SIDES[side].is_working_day(SIDES[side].local(put_off.instant).date())
    if hours <= 0:
        assert put_off == counted


def test_what_is_put_off_past_coverage_is_provisional():
    counted = due(SIDES, "cn", datetime.fromisoformat("2026-12-29T02:00Z"), 2)
    assert not counted.provisional
    assert not_before(SIDES, counted, datetime.fromisoformat("2027-01-02T00:00Z")).provisional


SUMMER_TIME = ["2025-03-30", "2025-10-26", "2026-03-29", "2026-10-25"]


@pytest.mark.parametrize("sunday", SUMMER_TIME)
def test_mode_24_the_close_stays_at_half_past_five_over_a_change_of_summer_time(sunday):
    """Fault put in: adding hours instead of dates is an hour off on Monday."""
    change = datetime.fromisoformat(f"{sunday}T01:00Z")
    instants = []
    for hours in range(-48, 49):
        counted = due(SIDES, "eu", change + timedelta(hours=hours), 1)
        assert f"{SIDES['eu'].local(counted.instant):%H:%M}" == "17:30"
        instants.append(counted.instant)
    assert instants == sorted(instants)
    friday = due(SIDES, "eu", change - timedelta(days=3), 1).instant
    monday = due(SIDES, "eu", change - timedelta(days=1), 1).instant
    assert (monday - friday) % timedelta(days=1) in {timedelta(hours=1), timedelta(hours=23)}


MIDNIGHTS = [
    "2026-02-13",  # before a make-up Saturday
    "2026-02-14",  # before the Spring Festival
    "2026-03-28",  # into the change to summer time
    "2026-10-24",
    "2026-12-31",  # year end
    "2025-12-31",
    "2026-11-26",
    "2026-04-01",
]


@pytest.mark.parametrize("day", MIDNIGHTS)
def test_mode_24_every_minute_around_both_midnights(day):
    """Brussels still has the day before while Beijing has the day after."""
    for hour in (15, 16, 21, 22, 23):
        for minute in range(60):
            start = datetime.fromisoformat(f"{day}T{hour}:{minute:02}Z")
            for side in PARTIES:
                naive = naive_due.naive_due(side, start.replace(tzinfo=None), 1, "answering")
                found = due(SIDES, side, start, 1)
                assert (found.instant.replace(tzinfo=None), found.provisional) == naive, (
                    side,
                    start,
                )
                assert counts_from(SIDES, side, start).first == found.counted[0]


def test_mode_24_all_of_it_in_one_count():
    """Qingming in Beijing, Easter in Brussels, and the change to summer time, by hand."""
    start = datetime.fromisoformat("2026-03-27T10:00+01:00")
    joint = due(SIDES, "eu", start, 5, "both")
    # 30, 31 March, 1 April; 2, 3 and 6 April closed here, 4 to 6 there; 7, 8 April.
    assert [day.isoformat() for day in joint.counted] == [
        "2026-03-30",
        "2026-03-31",
        "2026-04-01",
        "2026-04-07",
        "2026-04-08",
    ]
    assert joint.stamp == "2026-04-08T15:30:00Z"
    # Sunday 20 September is worked in Beijing alone; 25 to 27 is closed there alone.
    start = datetime.fromisoformat("2026-09-18T10:00+08:00")
    assert due(SIDES, "cn", start, 2).counted == (date(2026, 9, 20), date(2026, 9, 21))
    assert due(SIDES, "cn", start, 1, "both").counted == (date(2026, 9, 21),)


# nothing is guessed --------------------------------------------------------------------


def test_no_librarys_guess_reaches_beyond_the_coverage():
    """`holidays` names closures of 2027 that nobody has announced; `chinesecalendar` refuses.

    Fault put in: asking either where no release covers a date would close these days.
    """
    days = days_between(date(2027, 1, 1), date(2027, 12, 31))
    china = holidays.country_holidays("CN", years=2027)
    guessed = [day for day in days if day.weekday() in range(5) and day in china]
    assert len(guessed) > 5, "it does guess, or this test shows nothing"
    for day in days:
        weekday = day.weekday() in range(5)
        for side in PARTIES:
            assert not SIDES[side].covers(day)
            assert SIDES[side].note(day).kind == ("assumed" if weekday else "assumed-weekend")
            assert SIDES[side].note(day).name is None
    with pytest.raises(NotImplementedError):
        chinese_calendar.is_workday(date(2027, 1, 4))


def test_the_program_asks_no_calendar_library():
    guessing = {"holidays", "chinese_calendar", "workalendar", "exchange_calendars", "lunardate"}
    imported = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)
    for file in SOURCES.rglob("*.py"):
        assert not set(imported.findall(file.read_text(encoding="utf-8"))) & guessing, file
