"""A side's statuses of an application over time, as needed for applications in numbers.

The status as of a date is the last whose `as_of` is not after the date. A replaced statement has no
status on any date. Does not count applications, and does not count days: callers with a calendar
do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.applications import (
    COUNTING,
    SHEETS,
    ApplicationRow,
    AssertedStatement,
    ClockFact,
    ClockMark,
    Course,
    Stated,
    acts_in,
    course_after,
)

End = Literal["", "approved", "refused", "decided", "not_accepted", "withdrawn", "returned"]
"""The end of an application, if any. `decided`: the decision is not stated."""

Begun = Literal["", "now", "before"]
"""Whether a state implies acceptance, without a stated date of acceptance."""


@dataclass(frozen=True, slots=True)
class ApplicationStatus:
    """Status of an application after a statement. Dates are ISO text, empty if not stated.

    Attributes:
        as_of: The date of the statement.
        accepted: Date of the last acceptance.
        ended: Date of the end; with `returned`, valid until the next acceptance.
        end: The kind of end.
        paused: The clock was paused since acceptance, or the application has no limit.
        returned: Date when the application was first sent back, or reported as returned.
        begun: Without a date of acceptance: the present state (`now`) or an earlier state
            (`before`) implies acceptance.
    """

    as_of: str
    accepted: str = ""
    ended: str = ""
    end: End = ""
    paused: bool = False
    returned: str = ""
    begun: Begun = ""


_APPROVED: Final = ("approved", "issued", "used", "expired", "customs_query")
_ENDS: Final[Mapping[str, End]] = {
    **dict.fromkeys(_APPROVED, "approved"),
    "refused": "refused",
    "not_accepted": "not_accepted",
    "withdrawn": "withdrawn",
    "returned": "returned",
}
"""Ends by state. Approval precedes issue, use, lapse and customs' questions."""

_ACCEPTED: Final = frozenset({"accepted", "review", "expert", "council", "refused", *_APPROVED})
"""States that imply acceptance."""

_DECISIONS: Final[Mapping[str, End]] = {"approved": "approved", "refused": "refused"}


def statuses(row: ApplicationRow, party: Party) -> tuple[ApplicationStatus, ...]:
    """Return a side's statuses, ordered by date, then by log index; repetitions are omitted."""
    results: list[ApplicationStatus] = []
    begun = False
    before: tuple[object, ...] | None = None
    last: AssertedStatement | None = None
    course: Course = {}
    for statement in row.live(party):
        if isinstance(statement, AssertedStatement):
            last = statement
        course = course_after(course, statement)
        substance = _substance(statement)
        if substance == before:
            continue
        before = substance
        acts = acts_in(course)
        status = (
            _asserted(statement, acts)
            if isinstance(statement, AssertedStatement)
            else _marked(statement, acts, last)
        )
        now = last is not None and last.state in _ACCEPTED
        results.append(_begun(status, now=now, before=begun))
        begun = begun or now or bool(status.accepted)
    return tuple(sorted(results, key=lambda each: each.as_of))


def _substance(statement: Stated) -> tuple[object, ...]:
    """Return the content of a statement without its date; equal content is a repetition."""
    if isinstance(statement, ClockMark):
        return (statement.index,)
    # Weekly sheets repeat, with their own date, that the clock runs or is paused.
    sheet = statement.source in SHEETS
    acts = tuple(
        (fact.act, "" if sheet and fact.act in COUNTING else fact.on) for fact in statement.clock
    )
    return statement.state, statement.decision, statement.decided_on, acts


def _asserted(statement: AssertedStatement, acts: Sequence[ClockFact]) -> ApplicationStatus:
    status = _after(statement.as_of, acts)
    end = _ENDS.get(statement.state) or _DECISIONS.get(statement.decision, "")
    if status.end == "decided":
        decision = _DECISIONS.get(statement.decision) or (end if end in _DECISIONS else "decided")
        return replace(status, end=decision)
    if end and end != status.end:
        return replace(status, end=end, ended=statement.decided_on or statement.as_of)
    if status.end and not end:  # the application goes on; the date of acceptance is not stated
        return replace(status, end="", ended="", accepted="")
    return status


def _marked(
    mark: ClockMark, acts: Sequence[ClockFact], last: AssertedStatement | None
) -> ApplicationStatus:
    """Return the status after a marked act, which overrides the state stated before."""
    status = _after(mark.on, acts)
    decision = _DECISIONS.get(last.decision) if last is not None else None
    return replace(status, end=decision) if decision and status.end == "decided" else status


def _begun(status: ApplicationStatus, *, now: bool, before: bool) -> ApplicationStatus:
    if status.accepted or not (now or before):
        return status
    return replace(status, begun="now" if now else "before")


def _after(as_of: str, acts: Sequence[ClockFact]) -> ApplicationStatus:
    accepted = ended = returned = ""
    end: End = ""
    paused = False
    for fact in acts:
        match fact.act:
            case "accepted":
                accepted, ended, end, paused = fact.on, "", "", False
            case "uncounted" | "council":
                paused = True
            case "returned":
                end, ended, returned = "returned", fact.on, returned or fact.on
            case "decided" | "not_accepted" | "withdrawn":
                end, ended = fact.act, fact.on
            case _:
                pass
    return ApplicationStatus(as_of, accepted, ended, end, paused, returned)
