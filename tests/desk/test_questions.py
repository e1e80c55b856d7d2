"""Questions that are due by a reply rule of the charter in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from special_channel.core.bytes.errors import RuleBroken
from special_channel.desk.charter import document
from special_channel.desk.payloads import Question
from special_channel.desk.questions import by_rule
from special_channel.wiring.files import calendars
from tests.architecture.project import ROOT

CALENDARS = calendars(ROOT / "config/calendars")
CHARTER = document(ROOT / "config/charter", list(CALENDARS.values()))[1]
START = datetime(2026, 11, 24, 9, tzinfo=UTC)
IN_DAYS = next(rule for rule in CHARTER.reply_rules if not rule.seconds)
IN_SECONDS = next(rule for rule in CHARTER.reply_rules if rule.seconds)


@pytest.mark.parametrize("who", ["eu", "cn"])
def test_question_by_rule_has_date_rule_and_calendar_and_no_words(who):
    question = by_rule(CHARTER, IN_DAYS.rule, CALENDARS, who, START)
    assert question == Question(
        "", "", who, question.due, rule=IN_DAYS.rule, calendar=CALENDARS[who].digest
    )
    due = datetime.fromisoformat(question.due)
    assert due == CALENDARS[who].close_of_business(CALENDARS[who].local(due).date())
    assert due > START


def test_rule_in_seconds_counts_from_five_seconds_later():
    question = by_rule(CHARTER, IN_SECONDS.rule, CALENDARS, "cn", START)
    left = (datetime.fromisoformat(question.due) - START).total_seconds()
    assert left == IN_SECONDS.seconds + 5


def test_rule_that_the_charter_lacks_is_named():
    with pytest.raises(RuleBroken) as refused:
        by_rule(CHARTER, "reply-never", CALENDARS, "cn", START)
    assert (refused.value.code, refused.value.facts) == ("ask-rule", {"rule": "reply-never"})


def test_calendar_that_is_not_the_charters_is_refused():
    other = replace(CALENDARS["cn"], digest="0" * 64)
    with pytest.raises(RuleBroken) as refused:
        by_rule(CHARTER, IN_DAYS.rule, {**CALENDARS, "cn": other}, "cn", START)
    assert refused.value.code == "charter-mismatch"
