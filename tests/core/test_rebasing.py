"""Rule 12, basis `rebase`: a question is counted again by calendars adopted later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from special_channel.core.bytes.times import instant
from special_channel.core.rows.charter import CharterRow, InForce, in_force
from special_channel.core.rows.past import Past
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.rebasing import Rebase, RebaseTimes, rebase, started
from tests.core.calendar_files import both_sides
from tests.core.test_rules_moves import CALENDAR, NEW_CALENDAR, RULE, adopt, by_rule, recounted
from tests.core.test_rules_time import Asked, moved
from tests.stories import DUE

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
TEN_DAYS = "2026-12-08T09:30:00Z"
"""Close of business of the tenth working day in Beijing after the question."""


def rule(days: int) -> dict[str, Any]:
    return {"rule": RULE, "working_days": days, "count": "answering"}


def charters(asked: Asked) -> tuple[CharterRow, ...]:
    rows = asked.world.eu.replay.rows.values()
    return tuple(row for row in rows if isinstance(row, CharterRow))


def anew(asked: Asked, row: QuestionRow | None = None, now: datetime = NOW) -> Rebase | None:
    force = in_force(charters(asked), Past("eu", 10**6, 10**6))
    assert isinstance(force, InForce)
    return rebase(row or asked.row(), charters(asked), force, both_sides(), RebaseTimes(now))


def test_a_longer_rule_gives_a_later_date_and_the_judge_takes_it():
    asked = by_rule()
    named = adopt(asked, reply_rules=[rule(10)])
    found = anew(asked)
    assert found is not None
    assert found.changes(asked.row())
    body = found.body(asked.row())
    assert body == {
        "q": "1", "due": TEN_DAYS, "basis": "rebase", "charter": named[0], "calendar": named[1],
    }  # fmt: skip
    recounted(asked, TEN_DAYS, "rebase", named)
    assert asked.row().due == TEN_DAYS
    assert anew(asked) is None, "counted by the charter in force already"


def test_a_shorter_rule_never_makes_it_earlier():
    asked = by_rule(provisional=True)  # due in January
    adopt(asked, reply_rules=[rule(1)])
    found = anew(asked)
    assert found is not None
    assert found.counted.instant >= instant(asked.row().due)


def test_what_no_calendar_covers_is_said_to_be_provisional():
    asked = by_rule()
    adopt(asked, reply_rules=[rule(40)])
    found = anew(asked)
    assert found is not None
    assert found.body(asked.row())["provisional"] is True


def test_the_other_side_has_the_minimum_notice():
    asked = by_rule()
    adopt(asked, reply_rules=[rule(4)])
    late = instant("2026-11-30T09:29:40Z")  # twenty seconds before the fourth day closes
    found, early = anew(asked, now=late), anew(asked, now=late - timedelta(seconds=10))
    assert found is not None
    assert early is not None
    assert (early.counted.stamp, found.counted.stamp) == (
        "2026-11-30T09:30:00Z",
        "2026-12-01T09:30:00Z",
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"reply_rules": []},
        {"reply_rules": [rule(10)], "calendars": [NEW_CALENDAR | {"party": "eu"}]},
        {"columns": ["state"], "calendars": [CALENDAR]},
    ],
    ids=["no-rule", "no-calendar", "nothing-that-counts"],
)
def test_a_charter_that_counts_nothing_otherwise_moves_nothing(changed):
    asked = by_rule()
    adopt(asked, **changed)
    assert anew(asked) is None


def test_a_question_that_is_over_or_has_no_rule_keeps_its_date():
    asked = by_rule()
    asked.due()
    asked.passed()
    adopt(asked, reply_rules=[rule(10)])
    assert anew(asked) is None
    plain, answered = Asked(), by_rule()
    answered.world.answer("cn", answered.note)
    for each in (plain, answered):
        adopt(each, reply_rules=[rule(10)])
        assert anew(each) is None


def test_a_question_that_names_an_unknown_charter_is_not_counted():
    asked = by_rule()
    adopt(asked, reply_rules=[rule(10)])
    force = in_force(charters(asked), Past("eu", 10**6, 10**6))
    assert force is not None
    assert rebase(asked.row(), (), force, both_sides(), RebaseTimes(NOW)) is None


def test_one_that_was_delivered_late_counts_from_its_delivery():
    asked = Asked(deliver=False)
    asked.due()
    asked.world.exchange()
    delivered = instant("2026-11-25T08:00:00Z")
    assert started(asked.row(), delivered) == instant(asked.row().accepted)
    moved(asked, "2026-11-27T09:30:00Z")
    assert started(asked.row(), delivered) == delivered
    assert started(asked.row(), None) == instant(asked.row().accepted)
    assert asked.row().due != DUE
