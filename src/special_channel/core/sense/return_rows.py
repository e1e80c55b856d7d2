"""Rules for a row of a return sheet: what it states can be true, alone and after what came before.

Of a row that corrects an earlier statement, that statement is not among those before. Rules that
read the law of the side that speaks name it; they are that side's reading aid alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from special_channel.core.bytes.fields import is_reference
from special_channel.core.entries import ReturnRow
from special_channel.core.rows.applications import COUNTING
from special_channel.core.sense import vocabularies
from special_channel.core.sense.codes import unknown
from special_channel.core.sense.findings import Fact, FactKind, Finding, Grade, in_order
from special_channel.core.sense.overtime import overtime, unanswered
from special_channel.core.sense.return_case import Around, Case
from special_channel.core.sense.return_past import after_before, overdue
from special_channel.core.sense.sides import Across, Said
from special_channel.core.sense.stages import (
    BEFORE,
    FINAL,
    FLAG,
    GRANTED,
    OUT,
    RUNNING,
    START,
)
from special_channel.core.time.statutory import DECISION_DAYS, Event

_STATED: Final = (
    "state",
    "as_of",
    "accepted_on",
    "clock",
    "days_used",
    "missing",
    "decision",
    "decided_on",
)
"""Fields that say something of an application that was found."""

_CLOCKS: Final[Mapping[str, frozenset[str]]] = {
    "runs": frozenset({"accepted", "review"}),
    "not_counted": frozenset({"expert", "review", "accepted"}),
    "no_limit": frozenset({"council"}),
    "stopped": FINAL | OUT | FLAG,
    "not_started": BEFORE | {"returned", "not_accepted"},
}
"""States that go with each state of the clock."""

_REFUSED_CLOCKS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("runs", "not_counted", "no_limit"), BEFORE | FINAL | OUT),
    "not_started": RUNNING | FINAL,
}
"""States that can't go with a state of the clock."""

_MATCHES: Final[Mapping[str, frozenset[str]]] = {
    "typo": frozenset({"not_found"}),
    "duplicate": frozenset({"duplicate"}),
    "other_destination": frozenset({"not_eu"}),
}
"""The match that a remark needs."""

_STATES: Final[Mapping[str, frozenset[str]]] = {
    "law": frozenset({"", "refused", "not_accepted"}),
    "resubmit": frozenset({"supplement", "returned", "not_accepted"}),
    "applicant_told": frozenset({"supplement", "returned"}),
    "supplement_received": BEFORE | {"accepted", "review"},
    "provincial_stage": frozenset({"provincial", "submitted"}),
    "accepted_again": RUNNING,
    "testing": frozenset({"expert"}),
    "site_check": frozenset({"expert"}),
    "consulting": frozenset({"review", "expert", "council"}),
    "council_referred": frozenset({"council"}),
    "end_use_unclear": frozenset({"supplement", "returned", "refused", "not_accepted", "review"}),
    "quantity_differs": frozenset({"supplement", "returned", "refused", "not_accepted", "review"}),
    "number_replaced": frozenset({"withdrawn", "returned"}),
    "general_licence": GRANTED | {"withdrawn"},
    "licence_ready": frozenset({"approved", "issued"}),
    "applicant_withdrew": frozenset({"withdrawn"}),
}
"""The states with which a remark goes; other remarks go with any."""

# A match that says as much as the state.
_INSTEAD: Final[Mapping[str, str]] = {"law": "withheld", "number_replaced": "not_found"}

_SILENT: Final = frozenset({"not_found", "not_ours", "withheld"})
"""Matches beside which nothing can be stated."""


def return_row(row: ReturnRow, around: Around) -> tuple[Finding, ...]:
    """Check a row; return every finding, the gravest first."""
    return in_order(finding for rule in _CHECKS for finding in rule(Case(row, around)))


def stated(case: Case) -> Iterator[Finding]:
    """Yield findings about state, decision and dates, alone and after earlier statements."""
    for rule in (_state, _decision, _dates, after_before):
        yield from rule(case)


def _match(case: Case) -> Iterator[Finding]:
    row, state = case.row, case.state
    filled = [name for name in _STATED if getattr(row, name) not in (None, ())]
    match: tuple[FactKind, str] = ("match", row.match)
    if row.match in _SILENT and filled:
        yield case.found("S-027", "refuse", *filled, match=match, field=("field", filled[0]))
    if row.match in {"not_eu", "duplicate"} and state:
        yield case.found("S-028", "confirm", "match", "state", match=match)
    if row.match == "found" and is_reference(row.number):
        if row.found_as is None:
            yield Finding("S-029", "note", row.row, ("found_as",), variant="reference")
    elif row.match == "found" and not state:
        yield case.found("S-029", "note", "state")
    last = case.own.last
    if row.match in {"not_found", "not_ours"} and last and last.state:
        place = case.own.position(last)
        said: tuple[FactKind, str] = ("state", last.state)
        yield case.found("S-030", "confirm", "match", state=said, position=("number", place))


def _state(case: Case) -> Iterator[Finding]:
    row, state, named = case.row, case.state, case.named_state()
    if state and not row.as_of:
        yield case.found("S-031", "refuse", "as_of", state=named)
    if row.accepted_on and state in {"drafted", "submitted", "provincial", "not_accepted"}:
        yield case.found("S-039", "refuse", "accepted_on", "state", state=named)
    if row.accepted_on and state == "supplement":
        yield case.found("S-039", "confirm", "accepted_on", "state", state=named)
    if state in RUNNING | FINAL and not case.acceptance:
        yield case.found("S-040", "note", "accepted_on")


def _reasons(case: Case) -> Iterator[Finding]:
    row, state = case.row, case.state
    if state in {"refused", "not_accepted"} and not case.explained:
        yield case.found("S-041", "note", "remark")
    if state == "returned" and not row.missing and not case.explained:
        yield case.found("S-042", "confirm", "missing", "remark")


def _decision(case: Case) -> Iterator[Finding]:
    row, state = case.row, case.state
    decision: tuple[FactKind, str] = ("decision", row.decision or "")
    if row.decision and state not in FINAL | FLAG:
        named = case.named_state()
        yield case.found("S-032", "refuse", "state", "decision", decision=decision, state=named)
    opposite = {"approved": {"refused"}, "refused": GRANTED}.get(row.decision or "", frozenset())
    if state in opposite:
        yield case.found("S-033", "refuse", "decision", "state")
    if row.decided_on and not row.decision and state not in FINAL:
        yield case.found("S-034", "refuse", "decided_on", "decision")
    if state in FINAL and not case.decision:
        yield case.found("S-035", "confirm", "decided_on")


def _missing(case: Case) -> Iterator[Finding]:
    row, state = case.row, case.state
    if state == "supplement" and not row.missing:
        yield case.found("S-036", "refuse", "missing")
    if row.missing and state in RUNNING | FINAL | {"not_accepted", "withdrawn"}:
        yield case.found("S-037", "confirm", "missing", "state", state=case.named_state())
    new = [paper for paper in row.missing if paper not in case.around.asked]
    if case.around.asked and new and not case.own.correction:
        yield case.found("S-056", "confirm", "missing", items=("missing", ",".join(new)))
    if "other" in row.missing and not case.explained:
        yield case.found("S-038", "confirm", "remark")


def _remark(case: Case) -> Iterator[Finding]:
    row = case.row
    remark = row.remark or ""
    told: tuple[FactKind, str] = ("remark", remark)
    if remark in _MATCHES and row.match not in _MATCHES[remark]:
        match: tuple[FactKind, str] = ("match", row.match)
        yield case.found("S-043", "confirm", "remark", "match", remark=told, value=match)
    fits = case.state in _STATES.get(remark, {case.state}) or row.match == _INSTEAD.get(remark)
    fits = fits or (remark == "number_replaced" and case.around.linked)
    again = remark != "accepted_again" or bool(row.accepted_on)
    if not (fits and again):
        value = case.named_state()
        yield case.found("S-043", "confirm", "remark", "state", remark=told, value=value)


def _dates(case: Case) -> Iterator[Finding]:
    row, around = case.row, case.around
    for name, day in case.dates():
        place: tuple[FactKind, str] = ("field", name)
        written: tuple[FactKind, str] = ("date", day)
        if day > around.today.isoformat():
            yield case.found("S-009", "refuse", name, field=place, date=written)
        if day < START.isoformat():
            yield case.found("S-010", "confirm", name, field=place, date=written)
        if name != "as_of" and row.as_of and day > row.as_of:
            as_of: tuple[FactKind, str] = ("date", row.as_of)
            yield case.found(
                "S-044", "refuse", name, "as_of", field=place, date=written, as_of=as_of
            )
        if name != "as_of":
            yield from around.days.not_worked(row.row, name, Fact(*place), day)
    if row.accepted_on and row.decided_on and row.decided_on < row.accepted_on:
        yield case.found(
            "S-045",
            "refuse",
            "decided_on",
            "accepted_on",
            decided=("date", row.decided_on),
            accepted=("date", row.accepted_on),
        )


def _clock(case: Case) -> Iterator[Finding]:
    row, state = case.row, case.state
    if not row.clock or not state or state not in _CLOCKS_OF:
        return
    if state in _REFUSED_CLOCKS.get(row.clock, frozenset()):
        grade: Grade = "refuse"
    elif row.clock in _CLOCKS and state not in _CLOCKS[row.clock]:
        grade = "confirm"
    else:
        return
    clock: tuple[FactKind, str] = ("clock", row.clock)
    yield case.found("S-048", grade, "clock", "state", clock=clock, state=case.named_state())


_CLOCKS_OF: Final = BEFORE | RUNNING | FINAL | OUT | FLAG
"""Known states."""


def _days(case: Case) -> Iterator[Finding]:
    row = case.row
    accepted, until = case.acceptance, case.counted_until
    counted = case.working_days(accepted, until)
    if row.days_used is not None:
        yield from _days_used(case, row.days_used, counted, accepted, until)
    yield from overlong(case, "days_used")


def overlong(case: Case, field: str) -> Iterator[Finding]:
    """Yield more days than the law allows, where no time is stated as not counted."""
    counted = case.working_days(case.acceptance, case.counted_until)
    if counted is not None and counted > DECISION_DAYS and not _stands_still(case):
        yield case.found("S-050", "note", field, day=("text", str(counted)))


def _overtime(case: Case) -> Iterator[Finding]:
    """Yield more days than the law allows without the time that is stated as not counted."""
    row, course = case.row, case.own.course
    known = [each.on.isoformat() for each in course if each.act == "accepted"]
    pauses = [each.act for each in course if each.act in COUNTING]
    # The row says that time is not counted, and no act says since when.
    since_when = pauses[-1:] != ["uncounted"] and case.state in {"expert", "council"}
    if since_when or not case.paused:
        return
    if row.accepted_on is None or row.accepted_on in known:
        around, until = case.around, case.counted_until
        yield from overtime(around.days, course, until, around.today, row.row, "days_used")


def _law_times(case: Case) -> Iterator[Finding]:
    """Yield days used beyond the limit at an end, and papers without an answer in time.

    Days used are left out if `_overtime` names days by the course.
    """
    row = case.row
    if case.state in OUT and (row.days_used or 0) > DECISION_DAYS and not [*_overtime(case)]:
        used = case.found("S-050", "note", "days_used", day=("text", str(row.days_used)))
        yield replace(used, variant="used")
    if row.as_of and not row.accepted_on:
        yield from unanswered(case.around.days, case.own.course, case.state, row.as_of, row.row)


def _words(case: Case) -> Iterator[Finding]:
    """Yield codes that no vocabulary has: the words of a file are read before there is a row."""
    row = case.row
    for name, stated, vocabulary in (
        ("state", (row.state,), vocabularies.STATE),
        ("clock", (row.clock,), vocabularies.CLOCK),
        ("missing", row.missing, vocabularies.MISSING),
        ("decision", (row.decision,), vocabularies.DECISION),
        ("remark", (row.remark,), vocabularies.REMARK),
    ):
        for word in stated:
            group: FactKind = vocabulary.name  # type: ignore[assignment]
            yield from unknown(name, word, group, vocabulary.codes, row.row)


def _days_used(
    case: Case, used: int, counted: int | None, accepted: str, until: str
) -> Iterator[Finding]:
    facts: dict[str, tuple[FactKind, str]] = {"n": ("text", str(used))}
    if not accepted:
        if used and case.state in BEFORE:
            found = case.found("S-049", "refuse", "days_used", "accepted_on", **facts)
            yield replace(found, variant="unaccepted")
        return
    as_of = case.row.as_of or until
    if as_of < accepted:
        return  # S-044
    both = [each for each in (counted, case.working_days(accepted, as_of)) if each is not None]
    facts |= {"m": ("text", str(max(both, default=0))), "accepted": ("date", accepted)}
    facts["until"] = "date", as_of
    if used > (date.fromisoformat(as_of) - date.fromisoformat(accepted)).days:
        yield case.found("S-049", "refuse", "days_used", **facts)
        return
    since = case.uncounted_since if case.row.clock == "not_counted" else ""
    most = case.working_days(accepted, since)
    if since and since <= as_of and most is not None and used > most + _ROUNDED:
        facts |= {"m": ("text", str(most)), "until": ("date", since)}
        yield replace(case.found("S-049", "confirm", "days_used", **facts), variant="paused")
        return
    apart = min((abs(used - each) for each in both), default=0)
    # Days that are not counted make fewer days used, never more.
    if apart and not (_stands_still(case) and used < max(both)):
        grade: Grade = "note" if apart <= _ROUNDED else "confirm"
        yield case.found("S-049", grade, "days_used", **facts)


def _stands_still(case: Case) -> bool:
    """Return whether time is not counted, or was counted up to an end whose day is not known."""
    uncounted = case.row.clock in {"not_counted", "no_limit"} or case.state in {"expert", "council"}
    return uncounted or case.paused or case.state in OUT or not case.counted_until


_ROUNDED: Final = 2
"""Working days by which two counts may differ without a reason."""


def _question(case: Case) -> Iterator[Finding]:
    question = case.around.question
    if question and not _answers(case, question):
        yield case.found("S-051", "note", "state", question=("question", question))


def _answers(case: Case, question: str) -> bool:
    """Return whether a row answers the question of its row in the list."""
    row, state = case.row, case.state
    # Of a number that was not found, or is not this authority's, nothing more can be said.
    if row.match != "found" or row.remark == "law" or is_reference(row.number):
        return True
    answers: Mapping[str, bool] = {
        "status": bool(state),
        "accepted": bool(row.accepted_on) or state in BEFORE | OUT,
        "missing": bool(row.missing) or state not in {"", "supplement", "returned"},
        "reason": case.explained or bool(row.missing),
        "decision": state in RUNNING | FINAL,
        "licence": state in GRANTED and state != "approved",
        "until": bool(state) and state not in {"expert", "council"},
    }
    return answers.get(question, True)


def _beside(case: Case) -> Iterator[Finding]:
    """Yield what the EU states otherwise."""
    row, around = case.row, case.around
    if around.peer is None:
        return
    # The acceptance of a new round may be stated here for the first time.
    taken = [Event("accepted", date.fromisoformat(row.accepted_on))] if row.accepted_on else []
    acts = (*case.own.course, *taken)
    said = Said(case.state, row.as_of or "", "return-sheet", acts, case.own.revoked)
    sides = Across("cn", around.peer, around.days, row.row)
    yield from sides.state(said)
    dates = {
        "accepted": ("accepted_on", row.accepted_on or ""),
        "decided": ("decided_on", row.decided_on or ""),
    }
    yield from sides.dates(said, dates)


_CHECKS: Final[tuple[Callable[[Case], Iterator[Finding]], ...]] = (
    _words,
    _match,
    stated,
    _reasons,
    _missing,
    _remark,
    _clock,
    _days,
    _question,
    overdue,
    _overtime,
    _law_times,
    _beside,
)
