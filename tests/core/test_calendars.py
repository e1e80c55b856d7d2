from datetime import UTC, date, datetime, timedelta

import chinese_calendar  # type: ignore[import-untyped]  # it ships no stubs
import holidays
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from special_channel.core.bytes.errors import Malformed
from special_channel.core.time.calendars import days_between, merge, parse_release
from tests.core.calendar_files import both_sides, raw

DAYS_2026 = days_between(date(2026, 1, 1), date(2026, 12, 31))

PINNED = {
    "cn-2025": "5a581eb91ede2733",
    "cn-2026": "fc1ad752e52116c3",
    "eu-2025": "5d0f571e19ed5418",
    "eu-2026": "66ed1089c5e1a852",
}


def broken(**changes):
    return raw("cn", 2026) | changes


def test_2026_has_the_working_days_that_were_counted_by_hand():
    cn, eu = both_sides()["cn"], both_sides()["eu"]
    worked_cn = {day for day in DAYS_2026 if cn.is_working_day(day)}
    worked_eu = {day for day in DAYS_2026 if eu.is_working_day(day)}
    assert len(worked_cn) == 248
    assert len(worked_eu) == 244
    assert len(worked_cn & worked_eu) == 229
    assert len(worked_cn - worked_eu) == 19
    assert len(worked_eu - worked_cn) == 15


def test_longest_closures_of_2026_leave_no_day_worked_by_both():
    cn, eu = both_sides()["cn"], both_sides()["eu"]
    for first, last in [("02-14", "02-23"), ("12-24", "12-31"), ("10-01", "10-07")]:
        span = days_between(date.fromisoformat(f"2026-{first}"), date.fromisoformat(f"2026-{last}"))
        assert not any(cn.is_working_day(day) and eu.is_working_day(day) for day in span)


@pytest.mark.parametrize("year", [2025, 2026])
def test_china_agrees_with_two_independent_packages(year):
    china = holidays.country_holidays("CN", years=year)
    cn = both_sides()["cn"]
    for day in days_between(date(year, 1, 1), date(year, 12, 31)):
        assert cn.is_working_day(day) == chinese_calendar.is_workday(day), day
        assert cn.is_working_day(day) == china.is_working_day(day), day


def test_no_date_at_all_is_covered():
    for calendar in both_sides().values():
        beyond = calendar.last_covered + timedelta(days=2)
        assert calendar.covers_all(beyond, beyond - timedelta(days=1))
        assert not calendar.covers_all(beyond, beyond)


def test_the_eu_lists_say_that_they_are_derived():
    for release in both_sides()["eu"].releases:
        assert release.source.status == "derived"
        assert "Official Journal" in release.source.note.en
    assert all(one.source.status == "official" for one in both_sides()["cn"].releases)


def test_weekdays_closed_by_the_eu_lists():
    eu = both_sides()["eu"]
    for year, closed in {2025: 18, 2026: 17}.items():
        days = days_between(date(year, 1, 1), date(year, 12, 31))
        assert sum(day.weekday() < 5 and not eu.is_working_day(day) for day in days) == closed


def test_past_coverage_nothing_is_invented():
    cn = both_sides()["cn"]
    national_day = date(2027, 10, 1)
    assert cn.last_covered == date(2026, 12, 31)
    assert not cn.covers(national_day)
    assert cn.note(national_day).kind == "assumed"
    assert cn.note(date(2027, 10, 2)).kind == "assumed-weekend"
    assert not cn.covers(date(2024, 12, 31))


def test_a_day_says_why_it_counts_or_not():
    cn = both_sides()["cn"]
    assert cn.note(date(2026, 2, 14)).name.zh == "春节调休"
    assert cn.note(date(2026, 2, 14)).works
    assert cn.note(date(2026, 2, 15)).kind == "closed"
    assert cn.note(date(2026, 3, 1)).kind == "weekend"
    assert cn.note(date(2026, 3, 2)).kind == "workday"


def test_digest_is_of_content_and_not_of_layout():
    release = parse_release(raw("cn", 2026))
    shuffled = dict(reversed(raw("cn", 2026).items()))
    assert parse_release(shuffled).digest == release.digest
    assert len(release.digest) == 64
    assert parse_release(broken(release=2)).digest != release.digest
    later = broken(hours={"open": "08:30", "close": "17:31"})
    assert parse_release(later).digest != release.digest


def test_digests_of_the_shipped_releases_are_pinned():
    """A charter names these. Changed data is a new release, not an edit."""
    assert {
        f"{side}-{release.year}": release.digest[:16]
        for side in ("cn", "eu")
        for release in both_sides()[side].releases
    } == PINNED


@pytest.mark.parametrize(
    ("fault", "where"),
    [
        ({"hours": {"open": "17:30", "close": "08:30"}}, "closes before it opens"),
        ({"hours": {"open": "8:30", "close": "17:30"}}, "hours.open"),
        ({"hours": {"open": "09:30", "close": 570}}, "hours.close"),
        ({"zone": "Asia/Peking"}, "zone"),
        ({"zone": "../etc"}, "zone"),
        ({"workdays": []}, "workdays"),
        ({"workdays": ["montag"]}, "workdays"),
        ({"covers": {"first": date(2026, 12, 31), "last": date(2026, 1, 1)}}, "coverage ends"),
        ({"year": "2026"}, "year"),
        ({"v": 2}, "v"),
        ({"colour": "red"}, "colour"),
        ({"side": "us"}, "side"),
        (
            {"make_up": [{"day": date(2026, 2, 16), "name": {"en": "x", "zh": "x"}}]},
            "named twice",
        ),
        (
            {"make_up": [{"day": date(2026, 3, 2), "name": {"en": "x", "zh": "x"}}]},
            "worked anyway",
        ),
        (
            {"make_up": [{"day": date(2027, 2, 6), "name": {"en": "x", "zh": "x"}}]},
            "outside the coverage",
        ),
        (
            {
                "closed": [
                    {
                        "first": date(2026, 5, 5),
                        "last": date(2026, 5, 1),
                        "name": {"en": "x", "zh": "x"},
                    }
                ]
            },
            "ends before it begins",
        ),
    ],
)
def test_a_release_that_contradicts_itself_is_refused(fault, where):
    with pytest.raises(Malformed, match=where) as refusal:
        parse_release(broken(**fault))
    assert refusal.value.code == "calendar-malformed"


def test_releases_of_two_sides_or_twice_one_year_make_no_calendar():
    cn, eu = parse_release(raw("cn", 2026)), parse_release(raw("eu", 2026))
    for mixed in ([], [cn, eu], [cn, cn]):
        with pytest.raises(Malformed) as refusal:
            merge(mixed)
        assert refusal.value.code == "calendar-mixed"


def test_a_later_notice_may_rearrange_the_end_of_the_year_before():
    """As the notice for 2023 did with 31 December 2022."""
    name = {"en": "New Year", "zh": "元旦"}
    later = raw("cn", 2026) | {
        "closed": [{"first": date(2025, 12, 31), "last": date(2026, 1, 2), "name": name}],
        "make_up": [{"day": date(2025, 12, 28), "name": name}],
    }
    cn = merge([parse_release(later), parse_release(raw("cn", 2025))])
    assert not cn.is_working_day(date(2025, 12, 31))
    assert cn.is_working_day(date(2025, 12, 28))
    assert both_sides()["cn"].is_working_day(date(2025, 12, 31))


def test_a_release_of_half_a_year_speaks_for_that_half_alone():
    second_half = raw("eu", 2026) | {
        "covers": {"first": date(2026, 7, 1), "last": date(2026, 12, 31)},
        "closed": [],
    }
    eu = merge([parse_release(second_half)])
    assert not eu.covers(date(2026, 6, 30))
    assert eu.covers(date(2026, 7, 1))
    assert eu.note(date(2026, 5, 1)).kind == "assumed"


def test_close_of_business_follows_summer_time():
    eu = both_sides()["eu"]
    assert eu.close_of_business(date(2026, 3, 27)) == datetime(2026, 3, 27, 16, 30, tzinfo=UTC)
    assert eu.close_of_business(date(2026, 3, 30)) == datetime(2026, 3, 30, 15, 30, tzinfo=UTC)
    assert eu.close_of_business(date(2026, 10, 26)) == datetime(2026, 10, 26, 16, 30, tzinfo=UTC)


def test_office_is_open_until_the_close_and_not_at_it():
    cn = both_sides()["cn"]
    close = cn.close_of_business(date(2026, 2, 14))
    hours = cn.office_hours(date(2026, 2, 14))
    assert hours is not None
    assert hours[1] == close
    assert cn.is_open(close - timedelta(seconds=1))
    assert not cn.is_open(close)
    assert cn.office_hours(date(2026, 2, 15)) is None


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        # Open now.
        ("2026-02-14T02:00Z", "2026-02-14T02:00Z"),
        # Closed for the Spring Festival, until Tuesday the 24th, 08:30 Beijing.
        ("2026-02-14T09:30Z", "2026-02-24T00:30Z"),
        # Night before a working day.
        ("2026-03-02T18:00Z", "2026-03-03T00:30Z"),
        # Friday evening.
        ("2026-11-27T09:30Z", "2026-11-30T00:30Z"),
    ],
)
def test_next_opening_is_when_somebody_reads_it(at, opens):
    cn = both_sides()["cn"]
    assert cn.next_opening(datetime.fromisoformat(at)) == datetime.fromisoformat(opens)


@pytest.mark.parametrize(
    ("at", "working_days", "then"),
    [
        # 10:30 Brussels, next working day at the same time.
        ("2026-11-24T09:30Z", 1, "2026-11-25T09:30Z"),
        # Friday to Monday.
        ("2026-11-27T09:30Z", 1, "2026-11-30T09:30Z"),
        # 00:30 at night is drawn to the opening.
        ("2026-11-24T23:30Z", 1, "2026-11-26T08:00Z"),
        # 20:00 is drawn to the close.
        ("2026-11-24T19:00Z", 2, "2026-11-26T16:30Z"),
        # Over the end of the year, by plain weekdays.
        ("2026-12-23T09:30Z", 1, "2027-01-01T09:30Z"),
    ],
)
def test_working_days_later_falls_into_office_hours(at, working_days, then):
    eu = both_sides()["eu"]
    moved = eu.add_working_days(datetime.fromisoformat(at), working_days)
    assert moved == datetime.fromisoformat(then)


BARE: dict[str, object] = {"closed": [], "make_up": []}
GAP = merge(
    parse_release(raw("cn", 2026) | BARE | {"covers": {"first": first, "last": last}})
    for first, last in (
        (date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 7, 1), date(2026, 12, 31)),
    )
)


@given(
    first=st.dates(date(2024, 10, 1), date(2027, 6, 1)),
    last=st.dates(date(2024, 10, 1), date(2027, 6, 1)),
)
@example(first=date(2026, 1, 1), last=date(2025, 1, 1))
def test_days_are_counted_by_weeks_where_no_release_speaks(first: date, last: date):
    span = days_between(first, last)
    for calendar in (*both_sides().values(), GAP):
        worked = sum(calendar.is_working_day(day) for day in span)
        assert calendar.count_working_days(first, last) == worked
        assert calendar.covers_all(first, last) == all(calendar.covers(day) for day in span)


def test_weeks_of_other_centuries_have_five_working_days():
    calendar = both_sides()["cn"]
    assert calendar.count_working_days(date(1, 1, 1), date(1, 1, 14)) == 10
    assert calendar.count_working_days(date(9999, 12, 20), date(9999, 12, 31)) == 10
    assert calendar.count_working_days(date(202, 1, 1), date(9999, 12, 31)) > 2_000_000
