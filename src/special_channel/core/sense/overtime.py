"""Times that Chinese law sets: 45 days for a decision (S-050), five for a first answer (S-069).

Read for CN's own statements alone, as notes. Pauses count where they are stated with their reason;
a pause that only a state implies may have begun earlier.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from special_channel.core.rows.applications import ClockFact
from special_channel.core.sense.course import round_of
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.findings import Finding, facts_of
from special_channel.core.time.statutory import DECISION_DAYS, ENDING, Event, statutory_clock

_REQUEST_DAYS: Final = 5
"""Working days from receipt to a request for papers: Administrative Licensing Law, Art. 32(4)."""

FIRST_ANSWERS: Final = frozenset({"supplement", "not_accepted"})
"""Answers to papers that come within these days, else the application counts as accepted."""


def overtime(
    days: WorkingDays, course: Sequence[Event], until: str, today: date, row: int, field: str
) -> Iterator[Finding]:
    """Yield more than 45 counted days up to a date; nothing without a stated acceptance.

    Args:
        days: Working days in China.
        course: Acts in order of their dates.
        until: Date of the decision, or of the statement. Nothing is counted up to a day that has
            not come: no calendar ends there, and the date has a finding of its own (S-009).
        today: The date in Beijing.
        row: Row of the sheet, or 1.
        field: The field that the finding names.
    """
    pauses = [each for each in course if each.act == "uncounted"]
    if not until or any(not each.basis for each in pauses):
        return
    on = date.fromisoformat(until)
    if on > today:
        return
    clock = statutory_clock(days.calendar, [each for each in course if each.on <= on], on)
    if clock.accepted is None or clock.limit is None or clock.day <= DECISION_DAYS:
        return
    facts = facts_of(day=("text", str(clock.day)))
    if clock.spans:
        ends = [each.on for each in course if each.act in ENDING and each.on <= on]
        last = ends[-1] if clock.standing == "ended" else on
        whole = days.calendar.count_working_days(clock.accepted, last)
        whole -= days.calendar.is_working_day(clock.accepted)
        facts |= facts_of(n=("text", str(whole - clock.day)))
    yield Finding("S-050", "note", row, (field,), facts, "counted" if clock.spans else "")


def late_answer(days: WorkingDays, acts: Sequence[ClockFact]) -> Iterator[Finding]:
    """Yield a request for papers, or a refusal to accept, later than the law allows."""
    of_round = round_of(acts)
    received = next((act.on for act in of_round if act.act == "received"), "")
    first = next((act for act in of_round if act.act in FIRST_ANSWERS | {"accepted"}), None)
    if not received or first is None or first.act == "accepted":
        return
    late = days.between(date.fromisoformat(received), date.fromisoformat(first.on))
    if late is not None and late > _REQUEST_DAYS:
        facts = facts_of(n=("text", str(late)), received=("date", received))
        variant = "refused" if first.act == "not_accepted" else ""
        yield Finding("S-069", "note", 1, ("clock",), facts, variant)
