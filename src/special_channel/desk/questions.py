"""Questions with a due time: by an instant, or by a reply rule of the charter in force.

Does not sign: the asker signs the instant that is counted here. Does not read files: the
calendars are handed in, and their digests must be the charter's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from special_channel.core.calendars import Calendar
from special_channel.core.charter import Charter
from special_channel.core.errors import RuleBroken
from special_channel.core.ids import Party
from special_channel.core.replying import due_by
from special_channel.desk.payloads import Question

SIGNED_WITHIN: Final = timedelta(seconds=5)
"""How long after the count a note is signed at most; a later date is allowed."""


def by_rule(
    charter: Charter, rule: str, calendar: Mapping[Party, Calendar], who: Party, start: datetime
) -> Question:
    """Return a question without words, due by a reply rule counted from `start`.

    Raises:
        RuleBroken: `ask-rule`, `charter-mismatch` if the calendar is not the charter's.
    """
    found = charter.reply_rule(rule)
    if found is None:
        raise RuleBroken("ask-rule", "The charter has no such reply rule.", rule=rule)
    digest = calendar[who].digest
    if digest not in {each.digest for each in charter.calendars}:
        raise RuleBroken("charter-mismatch", "The calendar here is not the charter's.")
    # The note states a later time than this: the judge counts seconds from that.
    begun = start + SIGNED_WITHIN if found.seconds else start
    counted = due_by(found, calendar, who, begun)
    return Question(
        "", "", who, counted.stamp, rule=rule, calendar=digest, provisional=counted.provisional
    )
