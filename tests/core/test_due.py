import csv
from datetime import UTC, date, datetime, timedelta

import pytest

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Party
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.due import (
    Suspension,
    counts_from,
    due,
    due_from_date,
    explain,
    headline,
    working_days_left,
)
from tests.core.calendar_files import both_sides
from tests.core.golden import naive_due


def counted(answering, start, working_days, count="answering", **more):
    return due(both_sides(), answering, datetime.fromisoformat(start), working_days, count, **more)


HAND_CHECKED = [
    # The make-up Saturday counts; a list of holidays alone would say Wednesday.
    ("cn", "2026-02-12T10:00+01:00", 3, "answering", "2026-02-24 17:30 Asia/Shanghai"),
    # Over Easter.
    ("eu", "2026-04-01T15:00+08:00", 3, "answering", "2026-04-09 17:30 Europe/Brussels"),
    # Saturday 9 May is worked in China only.
    ("eu", "2026-04-30T12:00+02:00", 3, "both", "2026-05-08 17:30 Europe/Brussels"),
    # Mid-Autumn closes 25 to 27 September.
    ("cn", "2026-09-21T10:00+02:00", 5, "answering", "2026-09-29 17:30 Asia/Shanghai"),
    # Friday 23:30 in Brussels is Saturday in Beijing.
    ("cn", "2026-01-09T23:30+01:00", 1, "answering", "2026-01-12 17:30 Asia/Shanghai"),
    # Signed in the last minute of Thursday in Beijing: Friday counts.
    ("cn", "2026-11-26T16:59+01:00", 1, "answering", "2026-11-27 17:30 Asia/Shanghai"),
    # One minute later it is Friday there: Monday.
    ("cn", "2026-11-26T17:00+01:00", 1, "answering", "2026-11-30 17:30 Asia/Shanghai"),
    # 45 working days over the Spring Festival.
    ("cn", "2025-12-15T00:00+08:00", 45, "answering", "2026-02-24 17:30 Asia/Shanghai"),
]


@pytest.mark.parametrize(("answering", "start", "working_days", "count", "expected"), HAND_CHECKED)
def test_hand_checked_due_times(answering, start, working_days, count, expected):
    found = counted(answering, start, working_days, count)
    assert headline(found) == expected
    assert not found.provisional


def test_forty_five_working_days_from_the_first_of_september():
    found = due_from_date(both_sides(), "cn", date(2026, 9, 1), 45)
    assert headline(found) == "2026-11-09 17:30 Asia/Shanghai"
    assert found.stamp == "2026-11-09T09:30:00Z"
    assert found.counted[0] == date(2026, 9, 2)
    assert [
        (run.kind, run.first.isoformat(), run.last.isoformat(), run.numbers)
        for run in explain(both_sides(), found)
    ] == [
        ("workday", "2026-09-02", "2026-09-18", (1, 13)),
        ("make-up", "2026-09-20", "2026-09-20", (14, 14)),
        ("workday", "2026-09-21", "2026-09-24", (15, 18)),
        ("closed", "2026-09-25", "2026-09-27", None),
        ("workday", "2026-09-28", "2026-09-30", (19, 21)),
        ("closed", "2026-10-01", "2026-10-07", None),
        ("workday", "2026-10-08", "2026-10-09", (22, 23)),
        ("make-up", "2026-10-10", "2026-10-10", (24, 24)),
        ("workday", "2026-10-12", "2026-11-09", (25, 45)),
    ]


def test_past_coverage_a_due_time_is_provisional_on_plain_weekdays():
    found = counted("cn", "2026-12-29T10:00+08:00", 5)
    assert found.provisional
    assert headline(found) == "2027-01-05 17:30 Asia/Shanghai"
    assert [(run.kind, run.numbers) for run in explain(both_sides(), found)] == [
        ("workday", (1, 2)),
        ("assumed", (3, 5)),
    ]


def test_a_clock_that_ends_on_the_last_covered_day_is_firm():
    assert not counted("cn", "2026-12-29T10:00+08:00", 2).provisional


def test_both_sides_needs_both_coverages():
    only_one_year: dict[Party, Calendar] = {
        "cn": both_sides()["cn"],
        "eu": _without_2026("eu"),
    }
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert due(only_one_year, "cn", start, 1, "both").provisional
    assert not due(only_one_year, "cn", start, 1).provisional


def _without_2026(side):
    from special_channel.core.time.calendars import merge

    return merge(both_sides()[side].releases[:1])


def test_golden_table_of_an_independent_count():
    """The second count reads the raw lists and shares no code with the first."""
    assert naive_due.TABLE.read_text(encoding="utf-8").splitlines() == list(naive_due.rows())
    with naive_due.TABLE.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    assert len(rows) >= 2000
    differing = []
    for row in rows:
        found = counted(row["answering"], row["start"], int(row["working_days"]), row["count"])
        got = (
            f"{found.instant:%Y-%m-%dT%H:%MZ}",
            "provisional" if found.provisional else "firm",
        )
        if got != (row["due"], row["provisional"]):
            differing.append((row, got))
    assert differing == []


def test_golden_table_also_holds_the_hand_checked_cases():
    """The independent count itself is checked by hand."""
    for answering, start, working_days, count, expected in HAND_CHECKED:
        utc = datetime.fromisoformat(start).astimezone(UTC).replace(tzinfo=None)
        close, provisional = naive_due.naive_due(answering, utc, working_days, count)
        local = close + timedelta(hours=naive_due.offset_hours(answering, close))
        assert f"{local:%Y-%m-%d %H:%M}" == expected[:16]
        assert not provisional


def test_days_closed_on_the_other_side_are_named_in_a_joint_count():
    found = counted("eu", "2026-04-30T12:00+02:00", 3, "both")
    assert [(run.kind, run.first, run.numbers) for run in explain(both_sides(), found)] == [
        ("closed", date(2026, 5, 1), None),
        ("other-side", date(2026, 5, 4), None),
        ("workday", date(2026, 5, 6), (1, 3)),
    ]


def test_friday_evening_in_brussels_counts_from_monday_in_beijing():
    reached = counts_from(both_sides(), "cn", datetime.fromisoformat("2026-11-27T10:30+01:00"))
    assert reached.outside_hours
    assert reached.first == date(2026, 11, 30)
    assert f"{reached.reached:%H:%M}" == "17:30"


def test_within_office_hours_it_counts_from_the_next_working_day():
    reached = counts_from(both_sides(), "cn", datetime.fromisoformat("2026-11-24T09:00+08:00"))
    assert not reached.outside_hours
    assert reached.first == date(2026, 11, 25)
    assert not reached.provisional


def test_year_end_says_that_the_first_day_is_not_known():
    reached = counts_from(both_sides(), "cn", datetime.fromisoformat("2026-12-31T18:00+08:00"))
    assert reached.first == date(2027, 1, 1)
    assert reached.provisional


def test_a_suspension_over_the_close_of_business_takes_the_day_out():
    span = Suspension(
        datetime.fromisoformat("2026-11-25T17:29+08:00"),
        datetime.fromisoformat("2026-11-26T17:30+08:00"),
    )
    found = counted("cn", "2026-11-24T10:00+08:00", 2, suspended=(span,))
    # Wednesday's close lies in it; Thursday's, its first instant after, does not.
    assert found.counted == (date(2026, 11, 26), date(2026, 11, 27))
    assert [run.kind for run in explain(both_sides(), found)] == ["suspended", "workday"]


def test_a_suspension_between_two_closes_costs_nobody_a_day():
    span = Suspension(
        datetime.fromisoformat("2026-11-25T17:31+08:00"),
        datetime.fromisoformat("2026-11-26T17:29+08:00"),
    )
    with_span = counted("cn", "2026-11-24T10:00+08:00", 2, suspended=(span,))
    assert with_span.instant == counted("cn", "2026-11-24T10:00+08:00", 2).instant


@pytest.mark.parametrize(
    ("start", "working_days", "suspended", "code"),
    [
        ("2026-11-24T10:00Z", 0, (), "working-days-out-of-range"),
        ("2026-11-24T10:00Z", 1001, (), "working-days-out-of-range"),
        ("9999-12-31T23:00Z", 1, (), "date-out-of-range"),
        ("0001-01-01T00:00Z", 1, (), "date-out-of-range"),
        (
            "2026-11-24T10:00Z",
            1,
            (Suspension(datetime(2026, 11, 24, tzinfo=UTC)),),
            "suspension-open",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused(start, working_days, suspended, code):
    with pytest.raises(Malformed) as refusal:
        counted("cn", start, working_days, suspended=suspended)
    assert refusal.value.code == code


def test_a_date_beyond_all_years_is_refused():
    with pytest.raises(Malformed) as refusal:
        due_from_date(both_sides(), "cn", date(1, 1, 1), 1)
    assert refusal.value.code == "date-out-of-range"


def test_the_longest_count_ends():
    found = counted("eu", "2900-12-31T10:00Z", 1000, "both")
    assert found.provisional
    assert len(found.counted) == 1000


def test_days_left_on_the_due_date_is_none():
    now = datetime.fromisoformat("2026-11-27T09:00+08:00")
    until = datetime.fromisoformat("2026-11-27T17:30+08:00")
    assert working_days_left(both_sides(), "cn", now, until) == 0
    assert working_days_left(both_sides(), "cn", now - timedelta(days=1), until) == 1
    assert working_days_left(both_sides(), "cn", now + timedelta(days=9), until) == 0


def test_the_independent_count_agrees_with_what_was_counted_by_hand():
    for line in naive_due.BY_HAND.splitlines():
        answering, count, start, working_days, expected, firmness = line.split(",")
        utc = datetime.fromisoformat(start).replace(tzinfo=None)
        close, provisional = naive_due.naive_due(answering, utc, int(working_days), count)
        assert f"{close:%Y-%m-%dT%H:%MZ}" == expected
        assert provisional == (firmness == "provisional")
