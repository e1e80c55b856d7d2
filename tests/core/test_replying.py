"""What a reply rule gives: working days, or a demonstration's seconds; and the minimum notice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from special_channel.core.rows.charter import Limits, ReplyRule
from special_channel.core.rules.replying import due_by, notice_ends
from special_channel.core.time.due import explain, not_before
from tests.core.calendar_files import both_sides

START = datetime(2026, 11, 24, 8, 0, 0, 400_000, tzinfo=UTC)
DAYS = ReplyRule(rule="days", working_days=3, count="answering")
SECONDS = ReplyRule(rule="seconds", seconds=90, count="answering")
LIMITS = Limits(file_bytes=1, minimum_notice_seconds=30, minimum_notice_working_days=1)
PLAIN = Limits(file_bytes=1, minimum_notice_seconds=30)
CALENDARS = both_sides()


def test_rule_of_working_days_gives_a_close_of_business():
    assert due_by(DAYS, CALENDARS, "cn", START).stamp == "2026-11-27T09:30:00Z"


def test_rule_of_seconds_gives_whole_seconds_whatever_the_hour():
    counted = due_by(SECONDS, CALENDARS, "cn", START)
    assert (counted.stamp, counted.counted, counted.provisional) == (
        "2026-11-24T08:01:31Z",
        (),
        False,
    )
    whole = due_by(SECONDS, CALENDARS, "cn", START.replace(microsecond=0))
    assert whole.stamp == "2026-11-24T08:01:30Z"
    assert explain(CALENDARS, counted) == ()


def test_seconds_are_put_off_to_the_instant_itself():
    counted = due_by(SECONDS, CALENDARS, "cn", START)
    later = START + timedelta(hours=1)
    assert not_before(CALENDARS, counted, later).instant == later
    assert not_before(CALENDARS, counted, START) == counted


def test_notice_is_a_working_day_of_the_answering_side():
    ends = notice_ends(LIMITS, DAYS, CALENDARS, "cn", START)
    assert ends == datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


def test_notice_of_seconds_is_plain_seconds():
    for limits, rule in ((LIMITS, SECONDS), (PLAIN, DAYS)):
        ends = notice_ends(limits, rule, CALENDARS, "cn", START)
        assert ends == START + timedelta(seconds=30)
