"""Warnings before a due time, office hours, and the desk on duty."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.rows.charter import DutyDesk, ReplyRule
from special_channel.core.rows.question_facts import DateProposal, DueMove
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.alerting import (
    closed_dates,
    hearing,
    next_warning,
    share_times,
    warnings,
)
from special_channel.core.time.due import due
from tests.core.calendar_files import both_sides

CN = both_sides()["cn"]
DUTY = DutyDesk(party="cn", desk="duty", closure_days=5)


def rule(**changed):
    fields: dict[str, Any] = {
        "rule": "reply",
        "working_days": 5,
        "count": "answering",
        "warnings": (50, 80),
    }
    return ReplyRule(**(fields | changed))


def asked(accepted="2026-11-23T00:30:00Z", days=5, **changed):
    """A question of EU's to CN, signed Monday 08:30 in Beijing."""
    counted = due(both_sides(), "cn", instant(accepted), days)
    fields = {
        "note": "a" * 64,
        "q": "1",
        "asker": "eu",
        "index": 7,
        "thread": "b" * 32,
        "first_due": counted.stamp,
        "accepted": accepted,
        "charter": "c" * 64,
        "rule": "reply",
    }
    return QuestionRow(**(fields | changed))


def times(row, of=None):
    return [(one.share, timestamp(one.at)) for one in warnings(row, of or rule(), both_sides())]


def test_warnings_fall_at_shares_of_the_office_hours():
    # Monday to the Monday after: six days of nine hours; half of 54 is Wednesday's close,
    # which is Thursday's opening; 80 % is 43.2 hours.
    assert times(asked()) == [(50, "2026-11-26T00:30:00Z"), (80, "2026-11-27T07:42:00Z")]


def test_nobody_is_warned_of_a_provisional_date_nor_without_a_rule():
    assert times(asked("2026-12-30T02:00:00Z", provisional=True)) == []
    assert warnings(asked(), None, both_sides()) == ()
    assert times(asked(), rule(warnings=())) == []


def test_share_of_a_requested_date_is_of_the_working_days_of_who_answers():
    row = asked(rule="")
    halves = share_times(row, (50,), None, both_sides())
    assert halves == {50: instant("2026-11-26T00:30:00Z")}, "Wednesday's close, as by the rule"


def test_a_due_time_outside_all_office_hours_warns_nobody():
    row = asked("2026-11-28T02:00:00Z", first_due="2026-11-28T03:00:00Z")
    assert times(row) == []


def test_after_a_move_only_what_lies_ahead_of_it_is_warned_of():
    move = DueMove(9, "2026-12-02T09:30:00Z", "agreed", "d" * 64, "2026-11-27T01:00:00Z")
    row = replace(asked(), moves=(move,))
    assert times(row) == [(80, "2026-12-01T04:06:00Z")]


def test_suspended_days_are_no_time_that_goes():
    span = ("2026-11-24T00:00:00Z", "2026-11-26T12:00:00Z")
    proposal = DateProposal(3, "2026-12-03T09:30:00Z", "e" * 64, "2026-11-23T05:00:00Z", span)
    move = DueMove(
        9, "2026-12-03T09:30:00Z", "suspended", "f" * 64, "2026-11-23T06:00:00Z", "e" * 64
    )
    plain = replace(asked(), moves=(replace(move, basis="agreed"),), proposals=(proposal,))
    suspended = replace(plain, moves=(move,))
    assert times(suspended)[0] > times(plain)[0]
    assert times(suspended) == [(50, "2026-12-01T00:30:00Z"), (80, "2026-12-02T07:42:00Z")]


def test_for_a_date_years_away_plain_time_is_shared():
    row = asked(first_due="2036-11-23T00:30:00Z")
    assert times(row, rule(warnings=(50,))) == [(50, "2031-11-23T12:30:00Z")]


def test_of_several_that_came_unseen_only_the_last_is_told():
    row, sides = asked(), both_sides()
    first, second = warnings(row, rule(), sides)

    def ahead(now, told=0):
        return next_warning(row, rule(), sides, now, told)

    assert ahead(first.at - timedelta(seconds=1)) == first
    assert ahead(first.at) == first
    assert ahead(first.at, 50) == second
    assert ahead(second.at) == second
    assert ahead(second.at, 80) is None


@given(
    st.datetimes(
        datetime.fromisoformat("2025-01-01"),
        datetime.fromisoformat("2026-11-01"),
        timezones=st.just(UTC),
    ),
    st.integers(1, 20),
    st.lists(st.integers(1, 99), unique=True, max_size=5),
)
def test_a_warning_is_in_office_hours_between_question_and_due_time(start, days, shares):
    row = asked(timestamp(start), days)
    found = warnings(row, rule(warnings=tuple(sorted(shares))), both_sides())
    assert [one.share for one in found] == sorted(one.share for one in found)
    assert [one.at for one in found] == sorted(one.at for one in found)
    for one in found:
        assert instant(row.accepted) < one.at < instant(row.due)
        assert CN.is_open(one.at)


GOLDEN_WEEK = datetime.fromisoformat("2026-10-03T11:00+08:00")
BACK = datetime.fromisoformat("2026-10-08T08:30+08:00")


def test_in_a_long_closure_a_line_stop_reaches_the_desk_on_duty_and_all_else_waits():
    stop = rule(urgency="line_stop")
    told = hearing(CN, GOLDEN_WEEK, stop, DUTY)
    assert (told.at, told.duty) == (BACK, "duty")
    for other in (rule(), rule(urgency="urgent"), None):
        assert hearing(CN, GOLDEN_WEEK, other, DUTY).duty == ""
        assert hearing(CN, GOLDEN_WEEK, other, DUTY).at == BACK
    assert hearing(CN, GOLDEN_WEEK, stop).duty == ""


def test_what_breaks_through_does_not_wait_for_the_opening():
    assert hearing(CN, GOLDEN_WEEK, rule(breaks_through=True)).at == GOLDEN_WEEK
    assert hearing(CN, GOLDEN_WEEK, urgent=True).at == GOLDEN_WEEK
    at_work = datetime.fromisoformat("2026-09-30T11:00+08:00")
    assert hearing(CN, at_work, rule()).at == at_work


@pytest.mark.parametrize(
    ("now", "dates"),
    [
        ("2026-09-30T17:29+08:00", 0),  # at work
        ("2026-09-30T17:30+08:00", 7),  # the evening before Golden Week
        ("2026-10-03T11:00+08:00", 7),
        ("2026-10-08T08:29+08:00", 7),  # the morning after
        ("2026-10-08T08:30+08:00", 0),
        ("2026-11-27T20:00+08:00", 2),  # an ordinary weekend
        ("2026-11-24T22:00+08:00", 0),  # an ordinary night
        ("2026-02-14T12:00+08:00", 0),  # a make-up Saturday
        ("2026-02-14T18:00+08:00", 9),  # and the Spring Festival behind it
    ],
)
def test_how_long_a_closure_is_that_one_stands_in(now, dates):
    assert closed_dates(CN, datetime.fromisoformat(now)) == dates


def test_an_ordinary_weekend_is_no_long_closure():
    friday_evening = datetime.fromisoformat("2026-11-27T20:00+08:00")
    assert hearing(CN, friday_evening, rule(urgency="line_stop"), DUTY).duty == ""
