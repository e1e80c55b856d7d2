"""The earliest due time that a reply rule gives, by what both sides adopted (rules 11 and 12).

Counted by the calendars that the charter itself states, so that judge, mirror and verifier come
to the same result from the record alone. Does not read files and does not read a clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.charter import Charter, Limits, ReplyRule
from special_channel.core.rows.charter_calendars import CharterCalendar, counted_by
from special_channel.core.rules.replying import notice_ends
from special_channel.core.time.due import Calendars, Suspension, check_year, due


class Earliest(NamedTuple):
    """A due time as entries carry it; `provisional` if a date is needed that nothing covers."""

    due: str
    provisional: bool


def earliest(
    charter: Charter,
    rule: ReplyRule,
    answering: Party,
    start: datetime,
    suspended: tuple[Suspension, ...] = (),
) -> Earliest:
    """Count a rule from `start` by the charter's own calendars.

    Raises:
        RuleBroken: `ask-uncounted` where the charter does not state a calendar that it needs.
        Malformed: As `due.due`.
    """
    return _earliest(charter.calendars, rule, answering, start, suspended)


# A note may ask a hundred questions by one rule, and each is counted under the log's lock.
@lru_cache(maxsize=256)
def _earliest(
    named: tuple[CharterCalendar, ...],
    rule: ReplyRule,
    answering: Party,
    start: datetime,
    suspended: tuple[Suspension, ...],
) -> Earliest:
    check_year(start)
    if rule.seconds:
        return Earliest(timestamp(start + timedelta(seconds=rule.seconds)), provisional=False)
    calendars = _needed(named, rule, answering)
    counted = due(calendars, answering, start, rule.working_days, rule.count, suspended)
    return Earliest(counted.stamp, counted.provisional)


def notice_from(charter: Charter, rule: ReplyRule, answering: Party, start: datetime) -> datetime:
    """Return the first instant that leaves the minimum notice, by the charter's own calendars.

    Raises:
        RuleBroken: `ask-uncounted`.
        Malformed: As `due.due`.
    """
    return _notice(charter.calendars, charter.limits, rule, answering, start)


@lru_cache(maxsize=256)
def _notice(
    named: tuple[CharterCalendar, ...],
    limits: Limits,
    rule: ReplyRule,
    answering: Party,
    start: datetime,
) -> datetime:
    check_year(start)
    calendars = {} if rule.seconds else _needed(named, rule, answering)
    return notice_ends(limits, rule, calendars, answering, start)


def stated_calendars(named: tuple[CharterCalendar, ...]) -> Calendars:
    """Return the calendars whose days a charter states; of two of one side, the first."""
    made = {each.party: counted_by(each) for each in reversed(named)}
    return {party: calendar for party, calendar in made.items() if calendar is not None}


def _needed(named: tuple[CharterCalendar, ...], rule: ReplyRule, answering: Party) -> Calendars:
    found = stated_calendars(named)
    needed = PARTIES if rule.count == "both" else (answering,)
    if any(party not in found for party in needed):
        raise RuleBroken(
            "ask-uncounted", "The charter states no calendar for this rule.", rule=rule.rule
        )
    return found
