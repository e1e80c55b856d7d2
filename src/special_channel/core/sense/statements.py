"""Rules for a statement on an application outside a sheet: its state and course, or a single act.

Fields of an assertion are read by the rules of return sheets, the acts by their order. Of a
correction, the replaced statement is not among those before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.entries import ReturnRow, StatementRef
from special_channel.core.entries.batches import Assertion, ClockAct
from special_channel.core.entries.permits import Mark
from special_channel.core.rows.applications import (
    COUNTING,
    ApplicationRow,
    ClockFact,
)
from special_channel.core.sense.codes import unknown
from special_channel.core.sense.corrections import of_application
from special_channel.core.sense.course import ENDING, Misplaced, misplaced, round_of, standing
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.findings import Fact, FactKind, Finding, Grade, facts_of, in_order
from special_channel.core.sense.history import Before, before
from special_channel.core.sense.overtime import (
    FIRST_ANSWERS,
    events_in,
    late_answer,
    late_pause,
    overtime,
    uncovered,
)
from special_channel.core.sense.return_case import Around, Case
from special_channel.core.sense.return_past import grade_of_early, overdue
from special_channel.core.sense.return_rows import overlong, stated
from special_channel.core.sense.sides import Across, Said, as_said
from special_channel.core.sense.stages import GRANTED, NOT_COUNTED, OUT, RUNNING, START
from special_channel.core.sense.vocabularies import DECISION, STATE, UNCOUNTED

SOURCES: Final[Mapping[Party, frozenset[str]]] = {
    "eu": frozenset({"supplier", "company", "applicant", "member_state", "delegation", "meeting"}),
    "cn": frozenset({"applicant", "meeting", "bureau", "province", "customs"}),
}
"""Sources that a side's officials may name."""

_KNOWN: Final = frozenset().union(
    *SOURCES.values(), {"list", "return-sheet", "sheet", "licence", "revocation"}
)
"""All sources, with those that the system sets."""

_BY_AUTHORITY: Final = frozenset(
    {"supplement", "accepted", "uncounted", "counted", "council", "returned", "decided",
     "not_accepted"}
)  # fmt: skip
"""Acts of the authority; an applicant files and withdraws on any day."""

_FAR: Final = timedelta(days=180)
"""Time ahead from which on an expected end is asked about."""

_SENTENCES: Final = frozenset({"S-047", "S-053"})
"""Rules of return sheets whose sentence speaks of a row."""


_NOTHING_SAID: Final = Said("", "", "")

_STARTS: Final = frozenset({"accepted", "counted"})
"""Acts from which on the days for the decision are counted, or counted again."""

_COMPARED: Final = frozenset({"accepted", "decided"})
"""Acts whose days both sides state."""

_IN_ROUND: Final = frozenset({"S-052", "S-055", "S-057"})
"""Rules that ask for the end of a round before: a course with that end answers them."""


@dataclass(frozen=True, slots=True)
class StatementAround:
    """Values with which a statement is read.

    Attributes:
        party: The side that speaks.
        today: The date in Beijing.
        days: Working days in China.
        application: The application before; None for a number unknown to the record.
        licence: A licence in force that names the application; empty without one. Only a
            correction needs it.
    """

    party: Party
    today: date
    days: WorkingDays
    application: ApplicationRow | None = None
    licence: str = ""

    @property
    def sides(self) -> Across:
        """What the other side states of the application."""
        return Across(self.party, before(self.application, peer_of(self.party)), self.days)


def assertion(body: Assertion, around: StatementAround) -> tuple[Finding, ...]:
    """Check a state with its course; return every finding, the gravest first."""
    acts = _course(body)
    own = before(around.application, around.party, body.corrects)
    row = ReturnRow(
        row=1,
        number=body.number,
        match="found",
        state=body.state,
        as_of=body.as_of,
        accepted_on=next(
            (act.on for act in reversed(round_of(acts)) if act.act == "accepted"), None
        ),
        decision=body.decision,
        decided_on=body.decided_on,
    )
    case = Case(row, Around(around.today, around.days, own, licence=around.licence))
    again = len(round_of(acts)) < len(acts)
    read = [_in_words(each) for each in stated(case) if not (again and each.rule in _IN_ROUND)]
    dated = {row.accepted_on, row.decided_on}
    found = [
        *read,
        *unknown("state", body.state, "state", STATE.codes),
        *unknown("decision", body.decision, "decision", DECISION.codes),
        *_source(body.source, around.party),
        *(each for act in body.clock if _is_further(act, dated) for each in _act(act, around)),
        *(each for act in body.clock for each in _pause(act, around.party, marked=False)),
    ]
    if not any(act.expected_until for act in body.clock):
        found += [_in_words(each) for each in overdue(case)]
    if around.party == "cn":
        found += _overtime(case, acts, whole=bool(body.clock))
    found += _beside(body, acts, own, around)
    if any(act.act in _STARTS for act in acts):
        found += uncovered(around.days, acts, around.today)
    if body.clock:
        found += _last_act(body.state, acts)
        found += _dated_otherwise(body, acts)
        found += late_answer(around.days, acts) if around.party == "cn" else ()
        for place, act in enumerate(acts):
            found += _misplaced(acts, place, body.state)
            if around.party == "cn" and act.act == "council":
                found += late_pause(around.days, acts, place, around.today, "clock")
    return in_order(found)


def mark(body: Mark, around: StatementAround) -> tuple[Finding, ...]:
    """Check a single act; return every finding, the gravest first."""
    act = ClockFact(body.act, body.on, body.basis or "", body.expected_until or "")
    acts, place, state = _with_earlier(act, around, body.corrects)
    own = before(around.application, around.party, body.corrects)
    found = [
        *of_application(own, around.licence, row=1, still_approved=False),
        *_source(body.source, around.party),
        *_act(body, around),
        *_pause(body, around.party, marked=True),
        *_misplaced(acts, place, state),
        *_early(act, around, body.corrects),
        *_act_beside(act, own, around),
        *(uncovered(around.days, acts, around.today) if act.act in _STARTS else ()),
    ]
    if around.party == "cn" and act.act in FIRST_ANSWERS | {"received", "accepted"}:
        found += late_answer(around.days, acts)
    if around.party == "cn" and act.act in {"decided", "returned"}:
        found += overtime(around.days, events_in(acts), act.on, around.today, 1, "on")
    if around.party == "cn":
        found += late_pause(around.days, acts, place, around.today, "on")
    if place == 0 and act.act in {"withdrawn", "accepted"} and (first := _received_later(acts)):
        found.append(_sentence(act, Misplaced("S-068", "confirm", "before", first)))
    if body.expected_until:
        until = date.fromisoformat(body.expected_until)
        variant = "past" if until <= around.today else "far"
        if not around.today < until <= around.today + _FAR:
            facts = facts_of(date=("date", body.expected_until))
            found.append(Finding("S-070", "confirm", 1, ("expected_until",), facts, variant))
    return in_order(found)


def _received_later(acts: Sequence[ClockFact]) -> ClockFact | None:
    """Return the first receipt that is stated for a later day than the first act."""
    return next((each for each in acts[1:] if each.act == "received"), None)


def _beside(
    body: Assertion, acts: Sequence[ClockFact], own: Before, around: StatementAround
) -> Iterator[Finding]:
    """Yield what the other side states otherwise."""
    sides = around.sides
    of_round = round_of(acts)
    events = events_in(acts)
    # Without a course of its own, a statement stands on the acts that its side stated before.
    course = events if body.clock else [*own.course, *events]
    said = Said(body.state, body.as_of or "", body.source, course, own.revoked)
    yield from sides.state(said, newer=True)
    dates: dict[str, tuple[str, str]] = {
        each.act: (f"{each.act}_on", each.on) for each in of_round if each.act in _COMPARED
    }
    yield from sides.dates(said, dates)
    for each in of_round:
        yield from sides.act(each.act, each.on)


def _act_beside(act: ClockFact, own: Before, around: StatementAround) -> Iterator[Finding]:
    """Yield an act that the other side dates otherwise, or excludes."""
    said, sides = as_said(own.last, own) or _NOTHING_SAID, around.sides
    if act.act in _COMPARED:
        yield from sides.dates(said, {act.act: ("on", act.on)})
    yield from sides.act(act.act, act.on)


def _course(body: Assertion) -> list[ClockFact]:
    """Return the stated acts; a dated decision is one of them."""
    acts = [
        ClockFact(act.act, act.on, act.basis or "", act.expected_until or "") for act in body.clock
    ]
    if body.decided_on and not any(act.act == "decided" for act in acts):
        later = [place for place, act in enumerate(acts) if act.on > body.decided_on]
        acts.insert(later[0] if later else len(acts), ClockFact("decided", body.decided_on))
    # In any order of writing; acts of one day stay in theirs.
    return sorted(acts, key=lambda act: act.on)


def _with_earlier(
    act: ClockFact, around: StatementAround, corrects: StatementRef | None
) -> tuple[Sequence[ClockFact], int, str]:
    """Return the side's course with an act, the act's place, and the side's latest state."""
    row, party = around.application, around.party
    if row is None:
        return [act], 0, ""
    own = before(row, party, corrects)
    # The same act on the same day again changes its basis or its expected end.
    earlier = [
        ClockFact(each.act, each.on.isoformat(), each.basis)
        for each in own.course
        if (each.act, each.on.isoformat()) != (act.act, act.on)
    ]
    state = own.last.state if own.last else ""
    if own.last and state in RUNNING:
        earlier = _running_again(earlier, own.last.as_of)
    place = sum(each.on <= act.on for each in earlier)
    return [*earlier[:place], act, *earlier[place:]], place, state


def _running_again(acts: list[ClockFact], on: str) -> list[ClockFact]:
    """Return a course that runs on a day by the latest state, whatever ended it before."""
    # After a revocation, or a return without a stated acceptance since.
    place = sum(each.on <= on for each in acts)
    now = standing(acts[:place])
    ended = now.decided or now.over
    return [*acts[:place], ClockFact("counted", on), *acts[place:]] if ended else acts


def _in_words(finding: Finding) -> Finding:
    """Return a finding of a return row, with a sentence for a statement."""
    variant = finding.variant or ("statement" if finding.rule in _SENTENCES else "")
    return replace(finding, variant=variant)


def _source(source: str, party: Party) -> Iterator[Finding]:
    if source not in _KNOWN:
        yield from unknown("source", source, "source", sorted(SOURCES[party]))
    elif source not in SOURCES[party]:
        facts = facts_of(side=("side", party), source=("source", source))
        yield Finding("S-065", "refuse", 1, ("source",), facts)


def _is_further(act: ClockAct, dated: set[str | None]) -> bool:
    """Return whether an act is not one of the dates that are read with the state."""
    return act.act not in {"accepted", "decided"} or act.on not in dated


def _act(act: ClockAct, around: StatementAround) -> Iterator[Finding]:
    """Yield findings about the date of an act."""
    facts = facts_of(field=("act", act.act), date=("date", act.on))
    if act.on > around.today.isoformat():
        yield Finding("S-009", "refuse", 1, ("on",), facts)
    if act.on < START.isoformat():
        yield Finding("S-010", "confirm", 1, ("on",), facts)
    if act.act in _BY_AUTHORITY:
        yield from around.days.not_worked(1, "on", Fact("act", act.act), act.on)


def _pause(act: ClockAct, party: Party, *, marked: bool) -> Iterator[Finding]:
    """Yield time not counted without a reason, a reason for another act, or an end before it."""
    uncounted = act.act == "uncounted"
    facts = facts_of(act=("act", act.act), date=("date", act.on))
    if marked and party == "eu" and act.act in COUNTING:
        yield Finding("S-071", "refuse", 1, ("act",), facts, "authority")
    # The EU's estimate in a state may lack the reason: only MOFCOM knows it.
    elif uncounted and not act.basis and (marked or party == "cn"):
        yield Finding("S-071", "refuse", 1, ("basis",), facts, "basis")
    elif not uncounted and (act.basis or act.expected_until):
        field = "basis" if act.basis else "expected_until"
        yield Finding("S-071", "refuse", 1, (field,), facts, "stray")
    if uncounted:
        yield from unknown("basis", act.basis, "uncounted", UNCOUNTED.codes)
    if uncounted and act.expected_until and act.expected_until < act.on:
        facts |= facts_of(until=("date", act.expected_until))
        yield Finding("S-071", "refuse", 1, ("expected_until",), facts, "until")


def _last_act(state: str, acts: Sequence[ClockFact]) -> Iterator[Finding]:
    """Yield a state that the last act contradicts."""
    last, now = acts[-1], standing(acts)
    fits = True
    if state in GRANTED | {"refused"}:
        fits = last.act == "decided"
    elif state in OUT:
        fits = last.act == state
    elif state == "expert":
        fits = now.pause is not None
    elif state == "council":
        fits = any(act.act == "council" for act in round_of(acts)) and last.act not in ENDING
    elif state in RUNNING:
        fits = last.act not in ENDING
    if not fits:
        facts = facts_of(state=("state", state), act=("act", last.act), date=("date", last.on))
        yield Finding("S-066", "refuse", 1, ("clock", "state"), facts)


def _early(
    act: ClockFact, around: StatementAround, corrects: StatementRef | None
) -> Iterator[Finding]:
    """Yield an act before a later day of which an earlier stage was stated."""
    stage = before(around.application, around.party, corrects).still(act.act, act.on)
    if stage and not corrects:
        facts = facts_of(
            field=("act", act.act),
            on=("date", act.on),
            state=("state", stage.state),
            date=("date", stage.as_of),
        )
        days = around.days.between(date.fromisoformat(act.on), date.fromisoformat(stage.as_of))
        grade = grade_of_early(around.party, days)
        yield Finding("S-047", grade, 1, ("on",), facts, "date")


def _dated_otherwise(body: Assertion, acts: Sequence[ClockFact]) -> Iterator[Finding]:
    """Yield a decision of two dates, and an end that is later than the day of its state."""
    for each in body.clock:
        if each.act == "decided" and body.decided_on and each.on != body.decided_on:
            facts = facts_of(
                act=("act", each.act), date=("date", body.decided_on), other=("date", each.on)
            )
            yield Finding("S-066", "refuse", 1, ("clock", "decided_on"), facts, "decided")
    last = acts[-1]
    if body.state in OUT and last.act == body.state and last.on > body.as_of:
        facts = facts_of(
            state=("state", body.state),
            as_of=("date", body.as_of),
            act=("act", last.act),
            date=("date", last.on),
        )
        yield Finding("S-066", "refuse", 1, ("clock", "as_of"), facts, "later")


def _overtime(case: Case, acts: Sequence[ClockFact], *, whole: bool) -> Iterator[Finding]:
    """Yield more days than the law allows, by the stated course or by the dates alone.

    `whole`: The statement has a course of its own, which takes the place of the acts before.
    """
    events = events_in(acts)
    own = replace(case.own, course=(*(() if whole else case.own.course), *events))
    case = replace(case, around=replace(case.around, own=own))
    if any(act.act in NOT_COUNTED for act in acts):
        around = case.around
        yield from overtime(around.days, events, case.counted_until, around.today, 1, "as_of")
    else:
        yield from overlong(case, "as_of")


def _misplaced(acts: Sequence[ClockFact], place: int, state: str) -> Iterator[Finding]:
    act, wrong = acts[place], misplaced(acts, place, state)
    if wrong:
        yield _sentence(act, wrong)


def _sentence(act: ClockFact, wrong: Misplaced) -> Finding:
    other = wrong.other
    facts: dict[str, tuple[FactKind, str]] = {"act": ("act", act.act), "date": ("date", act.on)}
    grade: Grade = wrong.grade
    if wrong.rule == "S-055":
        facts = {"after": ("date", act.on)}
        facts |= {"before": ("date", other.on)} if other else {}
    elif wrong.rule == "S-057":
        facts = {"state": ("act", "decided")}
        facts |= {"date": ("date", other.on)} if other else {}
    elif other:
        facts["other"] = "act", other.act
    return Finding(wrong.rule, grade, 1, ("on",), facts_of(**facts), wrong.variant)
