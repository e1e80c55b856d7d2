"""Due time under a reply rule: by working days, or by seconds in a demonstration.

Does not choose a rule or read files: calendars are arguments.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.charter import Limits, ReplyRule
from special_channel.core.time.due import Calendars, Due, Suspension, due, due_in_seconds


def due_by(
    rule: ReplyRule,
    calendars: Calendars,
    answering: Party,
    start: datetime,
    suspended: tuple[Suspension, ...] = (),
) -> Due:
    """Count a rule from `start`, an aware instant.

    Raises:
        Malformed: As `due.due`.
    """
    if rule.seconds:
        return due_in_seconds(calendars, answering, start, rule.seconds)
    return due(calendars, answering, start, rule.working_days, rule.count, suspended)


def notice_ends(
    limits: Limits, rule: ReplyRule, calendars: Calendars, answering: Party, start: datetime
) -> datetime:
    """Return the end of the answering side's minimum notice from `start`.

    Raises:
        Malformed: As `due.due`.
    """
    days = limits.minimum_notice_working_days
    if rule.seconds or not days:
        return start + timedelta(seconds=limits.minimum_notice_seconds)
    return due(calendars, answering, start, days).instant
