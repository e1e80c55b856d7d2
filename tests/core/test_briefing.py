"""Briefs: order of questions, and outcome of promises."""

from __future__ import annotations

from dataclasses import replace

import pytest

from special_channel.core.numbers.briefing import leading, promise_state
from special_channel.core.rows.meetings import PointQuestion, PointRow
from special_channel.core.rows.question_facts import (
    Answer,
    DuePassedFact,
    ReferralFact,
    WithdrawalFact,
)
from special_channel.core.rows.questions import QuestionRow

ASK = QuestionRow(
    "a" * 64, "1", "eu", 7, "b" * 32, "2026-11-26T09:00:00Z", "2026-11-20T09:00:00Z", "c"
)
POINT = PointRow("d" * 64, "e" * 64, "eu", 5, "eu:1", "2026-11-20T09:00:00Z", 1, "promise", "cn")
ANSWER = Answer(3, 8, "2026-11-25T09:00:00Z", "f" * 64)
GONE = WithdrawalFact(4, ASK.first_due, "e" * 64)
PASSED = DuePassedFact(
    9, ASK.first_due, "2026-11-26T09:00:01Z", confirmed=True, heard=3, id="0" * 64
)


def normal(_row: QuestionRow) -> str:
    return "normal"


def test_line_stops_lead_then_urgent_questions_then_the_nearest_due():
    late = replace(ASK, q="1", rule="line_stop", first_due="2026-12-20T09:00:00Z")
    soon = replace(ASK, q="2", rule="normal", first_due="2026-11-24T09:00:00Z")
    urgent = replace(ASK, q="3", rule="urgent", first_due="2026-12-10T09:00:00Z")
    last = replace(ASK, q="4", rule="normal", first_due="2026-12-24T09:00:00Z")
    found = leading([last, soon, urgent, late], lambda row: row.rule)  # type: ignore[arg-type, return-value]
    assert [row.q for row in found] == ["1", "3", "2"]


def test_what_a_person_took_higher_comes_before_what_is_due_sooner():
    taken = replace(ASK, q="2", first_due="2026-12-01T09:00:00Z")
    taken = replace(taken, referred=(ReferralFact(9, "director", "0" * 64),))
    found = leading([ASK, taken], normal)  # type: ignore[arg-type]
    assert [row.q for row in found] == ["2", "1"]


def test_what_is_answered_or_ended_does_not_lead():
    answered = replace(ASK, answers=(ANSWER,))
    ended = replace(ASK, ended=(8,))
    assert leading([answered, ended], normal) == ()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (None, "unasked"),
        (ASK, "open"),
        (replace(ASK, passed=(PASSED,)), "unanswered"),
        (replace(ASK, answers=(ANSWER,)), "answered"),
        (replace(ASK, rule="agreed", answers=(ANSWER,)), "answered"),
        (replace(ASK, answers=(replace(ANSWER, withdrawn=GONE),)), "open"),
        (replace(ASK, ended=(8,)), "ended"),
    ],
    ids=["unasked", "open", "unanswered", "answered", "in-time", "withdrawn", "ended"],
)
def test_a_promise_stands_as_the_last_question_about_it_does(row, state):
    point = replace(POINT, asks=(PointQuestion("eu", 7, ASK.note, "1"),))
    asks = {} if row is None else {(row.note, row.q): row}
    assert promise_state(point, asks) == state
