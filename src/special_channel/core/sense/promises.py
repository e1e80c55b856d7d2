"""Rules for the days of a meeting and of its promises (S-009, S-088)."""

from __future__ import annotations

from datetime import date
from typing import Final

from special_channel.core.entries.meetings import Noting
from special_channel.core.sense.findings import Finding, Rule, facts_of
from special_channel.core.sense.read_rows import as_read
from special_channel.core.time.calendars import Calendar

PROMISE_RULES: Final = {
    "S-009": Rule("S-009", ("refuse",)),
    "S-088": Rule("S-088", ("refuse", "confirm", "note"), "calendar-both"),
}
"""The rules by number."""


def meeting(on: date, today: date) -> tuple[Finding, ...]:
    """Check the day of a meeting that is recorded as held; `today` in Beijing."""
    if on <= today:
        return ()
    return (Finding("S-009", "refuse", 1, ("on",), facts_of(date=("date", str(on))), "meeting"),)


def promise(body: Noting, held_on: date | None, calendar: Calendar) -> tuple[Finding, ...]:
    """Check the date of a promise; nothing for a statement.

    Args:
        body: The point.
        held_on: The day of the meeting; None if the meeting is unknown.
        calendar: The calendar of the side that promises.
    """
    if body.point != "promise":
        return ()
    if body.due is None:
        return (Finding("S-088", "note", 1, ("due",), {}, "undated"),)
    due = date.fromisoformat(body.due)
    facts = facts_of(date=("date", body.due))
    if held_on and due < held_on:
        facts |= facts_of(held=("date", held_on.isoformat()))
        return (Finding("S-088", "refuse", 1, ("due",), facts, "before"),)
    if held_on and due > _year_after(held_on):
        return (Finding("S-088", "confirm", 1, ("due",), facts, "far"),)
    if calendar.covers(due) and not calendar.is_working_day(due):
        facts |= facts_of(who=("side", body.who))
        return (Finding("S-088", "confirm", 1, ("due",), facts, "closed"),)
    return ()


def read_promise(body: Noting, held_on: date, calendar: Calendar) -> tuple[Finding, ...]:
    """Return what a reader may note of the other side's point; arguments as `promise`."""
    return as_read(promise(body, held_on, calendar))


def _year_after(day: date) -> date:
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if leap_day else day.day)
