"""Earliest due time under a reply rule, counted by the adopted charter (rules 11 and 12).

Counts by the calendars in the charter, so that judge, mirror and verifier reach the same result
from the record alone. Does not read files or a clock.
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
    """A due time in the form of entries; `provisional` if the count needed uncovered dates."""

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
        RuleBroken: `ask-uncounted` if the charter does not state a calendar for the rule.
        Malformed: As `due.due`.
    """
    return _earliest(charter.calendars, rule, answering, start, suspended)


# Cached: a note may hold a hundred questions under one rule, all counted under the log's lock.
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
    """Return the first instant after the minimum notice, by the charter's own calendars.

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
    """Return the calendars that a charter states with their days; the first for each side."""
    by_party = {each.party: counted_by(each) for each in reversed(named)}
    return {party: calendar for party, calendar in by_party.items() if calendar is not None}


def _needed(named: tuple[CharterCalendar, ...], rule: ReplyRule, answering: Party) -> Calendars:
    calendars = stated_calendars(named)
    needed = PARTIES if rule.count == "both" else (answering,)
    if any(party not in calendars for party in needed):
        raise RuleBroken(
            "ask-uncounted", "The charter states no calendar for this rule.", rule=rule.rule
        )
    return calendars
