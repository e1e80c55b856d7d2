"""Build questions due by a reply rule of the charter in force.

Does not sign: the asker signs the computed instant. Does not read files: calendars are arguments,
and their digests must be the charter's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import Party
from special_channel.core.rows.charter import Charter
from special_channel.core.rules.replying import due_by
from special_channel.core.time.calendars import Calendar
from special_channel.desk.payloads import Question

SIGNED_WITHIN: Final = timedelta(seconds=5)
"""Longest time from computing a date to signing the note; a later date is allowed."""


def by_rule(
    charter: Charter, rule: str, calendar: Mapping[Party, Calendar], who: Party, start: datetime
) -> Question:
    """Return a question without words, due by a reply rule counted from `start`.

    Raises:
        RuleBroken: `ask-rule`, `charter-mismatch` if the calendar is not the charter's.
    """
    reply_rule = charter.reply_rule(rule)
    if reply_rule is None:
        raise RuleBroken("ask-rule", "The charter has no such reply rule.", rule=rule)
    digest = calendar[who].digest
    if digest not in {release.digest for release in charter.calendars}:
        raise RuleBroken("charter-mismatch", "The calendar here is not the charter's.")
    # The judge counts seconds from the note's own time, later than `start`.
    begun = start + SIGNED_WITHIN if reply_rule.seconds else start
    counted = due_by(reply_rule, calendar, who, begun)
    return Question(
        "", "", who, counted.stamp, rule=rule, calendar=digest, provisional=counted.provisional
    )
