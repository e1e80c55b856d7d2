"""Counts of what each desk holds: by desk, in the order given, nobody last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from special_channel.core.numbers.units import (
    AnswerDate,
    DeskLoad,
    OpenThread,
    answer_date,
    coming_days,
    days_open,
    desk_loads,
)
from tests.core.calendar_files import both_sides
from tests.core.test_briefing import ANSWER, ASK, GONE, PASSED

FRIDAY, SATURDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 30)


@pytest.mark.parametrize(("today", "first"), [(FRIDAY, FRIDAY), (SATURDAY, MONDAY)])
def test_coming_days_are_five_working_days(today, first):
    days = coming_days(both_sides()["eu"], today)
    assert days[0] == first
    assert len(days) == 5
    assert all(day.weekday() < 5 for day in days)


@pytest.mark.parametrize(
    ("opened", "today", "days"),
    [(FRIDAY, FRIDAY, 0), (FRIDAY, SATURDAY, 0), (FRIDAY, MONDAY, 1), (MONDAY, FRIDAY, 0)],
)
def test_days_open_are_working_days_after_the_opening(opened, today, days):
    assert days_open(both_sides()["eu"], opened, today) == days


def test_desks_come_in_order_and_nobody_last():
    threads = [
        OpenThread("1", "b", FRIDAY),
        OpenThread("2", "b", MONDAY),
        OpenThread("3", "", MONDAY),
        OpenThread("4", "z", MONDAY),
        OpenThread("5", "c", MONDAY),
    ]
    dates = [
        AnswerDate("1", FRIDAY, passed=True),
        AnswerDate("1", MONDAY, passed=False),
        AnswerDate("2", MONDAY, passed=False),
        AnswerDate("3", FRIDAY, passed=False),
        AnswerDate("another", FRIDAY, passed=True),
    ]
    assert desk_loads(["b", "a"], threads, dates, [FRIDAY, MONDAY]) == (
        DeskLoad("b", 2, FRIDAY, 1, (0, 2)),
        DeskLoad("a", 0, None, 0, (0, 0)),
        DeskLoad("c", 1, MONDAY, 0, (0, 0)),
        DeskLoad("z", 1, MONDAY, 0, (0, 0)),
        DeskLoad("", 1, MONDAY, 0, (1, 0)),
    )
    assert [each.desk for each in desk_loads([], threads[:1], [], [])] == ["b"]


AFTER = datetime(2026, 12, 24, 9, tzinfo=UTC)
BEFORE = datetime(2026, 11, 26, 8, 59, tzinfo=UTC)
AGREED = replace(ASK, rule="r")


@pytest.mark.parametrize(
    ("row", "now", "delivered", "passed"),
    [
        (AGREED, AFTER, 8, True),
        (AGREED, BEFORE, 8, False),
        (AGREED, AFTER, 7, False),
        (replace(AGREED, passed=(PASSED,)), AFTER, 7, True),
        (replace(AGREED, provisional=True), AFTER, 8, False),
        (ASK, AFTER, 8, False),
    ],
)
def test_date_passes_only_if_agreed_and_arrived(row, now, delivered, passed):
    found = answer_date(row, both_sides()["cn"], now, delivered)
    assert found == AnswerDate(ASK.thread, date(2026, 11, 26), passed=passed)


def test_date_of_a_withdrawn_answer_is_none():
    gone = replace(AGREED, answers=(replace(ANSWER, withdrawn=GONE),))
    assert gone.outcome() == "withdrawn"
    assert answer_date(gone, both_sides()["cn"], AFTER, 8) is None
