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
from special_channel.core.sense.stages import BEFORE, NOT_COUNTED, OUT
from special_channel.core.time.statutory import DECISION_DAYS, ENDING, Event, statutory_clock

_REQUEST_DAYS: Final = 5
"""Working days from receipt to a request for papers: Administrative Licensing Law, Art. 32(4)."""

FIRST_ANSWERS: Final = frozenset({"supplement", "not_accepted"})
"""Answers to papers that come within these days, else the application counts as accepted."""

_FIRST: Final = {"supplement": "", "not_accepted": "refused", "accepted": "accepted"}
"""Sentence of the rule by the first answer."""


def overtime(
    days: WorkingDays, course: Sequence[Event], until: str, today: date, row: int, field: str
) -> Iterator[Finding]:
    """Yield more than 45 counted days up to a date; nothing without a stated acceptance.

    Nothing if acts other than a new filing follow the end of the round: a revoked decision leaves
    open how much time counts.

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
    known = [each for each in course if each.on <= on]
    clock = statutory_clock(days.calendar, known, on)
    if clock.accepted is None or clock.limit is None or clock.day <= DECISION_DAYS:
        return
    if _went_on(known, clock.accepted):
        return
    facts, variant = facts_of(day=("text", str(clock.day))), ""
    if clock.spans:
        ends = [each.on for each in known if each.act in ENDING]
        last = ends[-1] if clock.standing == "ended" else on
        whole = days.calendar.count_working_days(clock.accepted, last)
        whole -= days.calendar.is_working_day(clock.accepted)
        facts |= facts_of(n=("text", str(whole - clock.day)))
        # Time can be stated as not counted of days on which nobody works.
        variant = "counted" if whole > clock.day else "closed"
    yield Finding("S-050", "note", row, (field,), facts, variant)


def _went_on(course: Sequence[Event], accepted: date) -> bool:
    """Return whether acts other than a new filing follow the end of an acceptance's round."""
    first = max(
        place
        for place, each in enumerate(course)
        if each.act in {"accepted", "received"} and each.on == accepted
    )
    of_round = course[first:]
    ends = [place for place, each in enumerate(of_round) if each.act in ENDING]
    later = of_round[ends[0] + 1 :] if ends else ()
    return any(each.act not in _FILED for each in later)


_FILED: Final = frozenset({"received", "supplement"})
"""Acts of a new filing before its acceptance."""


def events_in(acts: Sequence[ClockFact]) -> list[Event]:
    """Return acts as events of the statutory clock."""
    return [Event(each.act, date.fromisoformat(each.on), each.basis) for each in acts]


def late_pause(
    days: WorkingDays, acts: Sequence[ClockFact], place: int, today: date, field: str
) -> Iterator[Finding]:
    """Yield a pause, or a referral to the State Council, that begins after the days of the law.

    Args:
        days: Working days in China.
        acts: Acts in order of their dates.
        place: Index of the act; nothing is yielded for another act than these two.
        today: The date in Beijing.
        field: The field that the finding names.
    """
    act = acts[place]
    if act.act in NOT_COUNTED:
        earlier = events_in([*acts[:place], *acts[place + 1 :]])
        for late in overtime(days, earlier, act.on, today, 1, field):
            yield Finding("S-050", "note", 1, (field,), {"day": late.facts["day"]}, "paused")


def uncovered(days: WorkingDays, acts: Sequence[ClockFact], today: date) -> Iterator[Finding]:
    """Yield a last day for the decision that no calendar covers yet."""
    last_day = statutory_clock(days.calendar, events_in(acts), today).last_day
    if last_day and last_day > days.last:
        facts = facts_of(until=("date", days.last.isoformat()))
        yield Finding("S-072", "note", 1, ("clock",), facts)


def late_answer(days: WorkingDays, acts: Sequence[ClockFact]) -> Iterator[Finding]:
    """Yield the first answer to the papers received last, if later than the law allows."""
    of_round = round_of(acts)
    places = [place for place, act in enumerate(of_round) if act.act == "received"]
    after = of_round[places[-1] :] if places else ()
    first = next((act for act in after if act.act in _FIRST), None)
    if first is None:
        return
    late = _late(days, after[0].on, first.on)
    if late:
        facts = facts_of(n=("text", str(late)), received=("date", after[0].on))
        yield Finding("S-069", "note", 1, ("clock",), facts, _FIRST[first.act])


def unanswered(
    days: WorkingDays, course: Sequence[Event], state: str, as_of: str, row: int
) -> Iterator[Finding]:
    """Yield papers without an answer in the days of the law, or with one of a later statement.

    Args:
        days: Working days in China.
        course: Acts stated before, in order of their dates.
        state: The state that a row states without an acceptance.
        as_of: Its date; the act itself may be earlier.
        row: Number of the row.
    """
    first = [each for each in course if each.act in {"received", *_FIRST, *OUT}]
    if not first or first[-1].act != "received" or state not in BEFORE | {"not_accepted"}:
        return
    received = first[-1].on.isoformat()
    late = _late(days, received, as_of)
    if late:
        facts = facts_of(n=("text", str(late)), received=("date", received), date=("date", as_of))
        variant = "stated" if state in FIRST_ANSWERS else "none"
        yield Finding("S-069", "note", row, ("state",), facts, variant)


def _late(days: WorkingDays, received: str, answered: str) -> int:
    """Return the working days from receipt to an answer if they are too many, else 0."""
    late = days.between(date.fromisoformat(received), date.fromisoformat(answered))
    return late if late is not None and late > _REQUEST_DAYS else 0
