"""Suspending a courtesy clock: days that don't count, and the resulting date."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any

import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.charter import CharterRow
from special_channel.core.rows.charter_calendars import stated as stated_by
from special_channel.core.rules.suspending import (
    SuspensionPlan,
    may_suspend,
    suspend,
    suspended_days,
)
from tests.core.calendar_files import both_sides
from tests.core.test_rules_moves import RULE
from tests.core.test_rules_time import Asked, moved
from tests.world import World

FRIDAY = "2026-11-27T09:30:00Z"
"""Close of business in Beijing of the third working day after the question."""
CALENDARS = [stated_by(both_sides()["cn"]) | {"digest": "c" * 64}, stated_by(both_sides()["eu"])]
COUNTED = {"rule": RULE, "working_days": 3, "count": "answering"}


def by_rule(due: str = FRIDAY, **rule: Any) -> Asked:
    """A question of Tue 24 Nov, counted by a rule of its charter."""
    made = Asked.__new__(Asked)
    stated: dict[str, Any] = {"reply_rules": [COUNTED | rule], "calendars": CALENDARS}
    made.world = World.founded(**stated)
    made.thread = made.world.open_thread("eu")
    digest = sha256(canonical.dumps(made.world.charter(**stated))).hexdigest()
    ask = made.world.ask("eu", due, rule=RULE, calendar="c" * 64, charter=digest)
    made.note = made.world.note("eu", made.thread.leaf.thread, asks=[ask])
    made.world.exchange()
    return made


def bare() -> Asked:
    """A question with a date of its own."""
    made = by_rule()
    made.note = made.world.note(
        "eu",
        made.thread.leaf.thread,
        asks=[made.world.ask("eu", FRIDAY, rule=None, charter=made.row().charter)],
    )
    made.world.exchange()
    return made


def charters(asked: Asked) -> tuple[CharterRow, ...]:
    rows = asked.world.eu.replay.rows.values()
    return tuple(row for row in rows if isinstance(row, CharterRow))


def at(asked: Asked, first: date, last: date) -> SuspensionPlan:
    return suspend(asked.row(), charters(asked), both_sides(), first, last)


def code_of(*args: Any) -> str:
    with pytest.raises(ChannelError) as caught:
        at(*args)
    return caught.value.code


def test_the_date_moves_on_by_the_days_that_would_have_counted_and_the_judge_takes_it():
    asked = by_rule()  # asked on Tue 24 Nov, due on Fri 27
    found = at(asked, date(2026, 11, 26), date(2026, 11, 29))
    assert found.days == 2  # Thursday and Friday; the weekend would not have counted
    body = found.body("1")
    assert body == {
        "q": "1", "due": "2026-12-01T09:30:00Z",
        "suspended": {"first": "2026-11-25T16:00:00Z", "last": "2026-11-29T16:00:00Z"},
    }  # fmt: skip
    proposal = asked.world.about("cn", "date.proposed", asked.note, body=body)
    asked.world.exchange()
    moved(asked, str(body["due"]), basis="suspended", proposal=proposal.id)
    assert asked.row().due == "2026-12-01T09:30:00Z"
    # What was agreed stays agreed: days that are suspended already are not lost again.
    again = at(asked, date(2026, 11, 27), date(2026, 12, 1))
    assert (again.days, timestamp(again.due)) == (2, "2026-12-03T09:30:00Z")


def test_days_after_the_date_are_skipped_only_as_far_as_it_reaches_them():
    asked = by_rule()
    found = at(asked, date(2026, 11, 27), date(2026, 12, 2))
    assert (found.days, timestamp(found.due)) == (1, "2026-12-03T09:30:00Z")


def test_only_days_that_both_sides_work_are_lost_where_both_are_counted():
    asked = by_rule("2026-12-28T09:30:00Z", count="both")
    assert code_of(asked, date(2026, 12, 24), date(2026, 12, 27)) == "suspension-empty"
    alone = by_rule("2026-12-28T09:30:00Z")  # Brussels is closed on 24 and 25, Beijing is not
    assert at(alone, date(2026, 12, 24), date(2026, 12, 27)).days == 2


def test_a_bare_date_moves_by_the_answering_sides_days():
    asked = bare()
    found = at(asked, date(2026, 11, 25), date(2026, 11, 25))
    assert (found.days, timestamp(found.due)) == (1, "2026-11-30T09:30:00Z")


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (date(2026, 11, 23), date(2026, 11, 25), "suspension-malformed"),  # before the question
        (date(2901, 1, 1), date(2901, 1, 2), "suspension-malformed"),
        (date(2026, 11, 26), date(2026, 11, 25), "suspension-malformed"),
        (date(2026, 11, 26), date(2027, 11, 27), "suspension-malformed"),  # longer than a year
        (date(2026, 11, 24), date(2026, 11, 24), "suspension-empty"),  # the day of asking
        (date(2026, 11, 28), date(2026, 12, 4), "suspension-empty"),  # after the date
        (date(2026, 11, 26), date(2027, 1, 4), "suspension-provisional"),
    ],
)
def test_days_that_cannot_be_suspended_are_refused_by_their_code(first, last, code):
    assert code_of(by_rule(), first, last) == code


def test_a_rule_may_forbid_it_and_what_is_answered_has_no_clock():
    asked = by_rule()
    assert may_suspend(asked.row(), charters(asked))
    assert may_suspend(bare().row(), charters(asked))
    never = by_rule(suspends="never")
    assert not may_suspend(never.row(), charters(never))
    asked.world.answer("cn", asked.note)
    asked.world.exchange()
    assert not may_suspend(asked.row(), charters(asked))


@pytest.mark.parametrize(
    ("span", "days"),
    [
        (("2026-11-25T16:00:00Z", "2026-11-29T16:00:00Z"), (26, 29)),  # midnights in Beijing
        (("2026-11-26T09:30:00Z", "2026-11-27T09:30:00Z"), (26, 26)),  # from close to close
        (("2026-11-26T09:31:00Z", "2026-11-27T09:31:00Z"), (27, 27)),
        (("2026-11-26T10:00:00Z", "2026-11-26T11:00:00Z"), (27, 27)),  # no close of business
    ],
)
def test_a_span_is_told_by_the_days_that_do_not_count(span, days):
    first, last = suspended_days(both_sides()["cn"], span)
    assert (first.day, last.day) == days
