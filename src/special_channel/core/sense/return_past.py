"""Rules for a row of a return sheet against what CN stated of the number before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.applications import COUNTING, AssertedStatement
from special_channel.core.sense.corrections import approves, of_application
from special_channel.core.sense.course import ENDING
from special_channel.core.sense.findings import FactKind, Finding, Grade
from special_channel.core.sense.return_case import Case
from special_channel.core.sense.stages import FINAL, FLAG, OUT, RUNNING, leads_to

_PATIENCE: Final = 10
"""Working days after an expected end until another date is missed, and until news reaches the EU.
"""


def after_before(case: Case) -> Iterator[Finding]:
    """Yield what of a row does not follow from the statements before."""
    yield from _correction(case)
    row, state, own = case.row, case.state, case.own
    last = own.newest
    if not own.correction:
        yield from _found_otherwise(case)
        yield from _after_acts(case, last)
    if last is None or not state:
        return
    said: tuple[FactKind, str] = ("state", last.state)
    if row.as_of and last.as_of and row.as_of < last.as_of:
        date_: tuple[FactKind, str] = ("date", last.as_of)
        yield case.found("S-047", "confirm", "as_of", state=said, date=date_)
    elif not own.correction and not leads_to(last.state, state):
        yield case.found(
            "S-052",
            "confirm",
            "state",
            before=said,
            date=("date", last.as_of),
            after=case.named_state(),
        )
    yield from _early_decision(case)
    if not own.correction:
        yield from _early(case)
        yield from _acceptance(case, last)
    yield from _after_decision(case)


def _found_otherwise(case: Case) -> Iterator[Finding]:
    """Yield another number for the same reference than the one stated before."""
    before, after = case.own.found_as, case.row.found_as or ""
    if before and after and before != after:
        facts: dict[str, tuple[FactKind, str]] = {
            "before": ("number", before), "after": ("number", after),
        }  # fmt: skip
        yield case.found("S-101", "confirm", "found_as", **facts)


def _after_acts(case: Case, last: AssertedStatement | None) -> Iterator[Finding]:
    """Yield a decision that does not follow from an end stated by its act alone."""
    row, course = case.row, case.own.course
    end = next((each for each in reversed(course) if each.act in ENDING), None)
    if end is None or not row.decided_on or (last is not None and last.as_of >= end.on.isoformat()):
        return
    known = any((each.act, each.on.isoformat()) == ("decided", row.decided_on) for each in course)
    on = end.on.isoformat()
    if known or case.acceptance > on:
        return
    date_: tuple[FactKind, str] = ("date", row.decided_on)
    if end.act == "decided":
        yield case.found("S-054", "refuse", "decided_on", before=("date", on), after=date_)
    # An applicant can withdraw after a decision.
    elif end.act != "withdrawn" or row.decided_on > on:
        facts: dict[str, tuple[FactKind, str]] = {
            "act": ("act", "decided"), "date": date_, "other": ("act", end.act), "on": ("date", on),
        }  # fmt: skip
        found = case.found("S-068", "confirm", "decided_on", **facts)
        yield replace(found, variant="after" if row.decided_on > on else "ended")


def overdue(case: Case) -> Iterator[Finding]:
    """Yield time not counted beyond its expected end, without another date."""
    # A pause that was counted again is over, and states no end.
    last = next((each for each in reversed(case.own.course) if each.act in COUNTING), None)
    until = last.expected_until if last else None
    late = case.around.days.between(until, case.around.today) if until else None
    if case.state == "expert" and until and late is not None and late > _PATIENCE:
        yield case.found("S-060", "note", "state", date=("date", until.isoformat()))


def _early(case: Case) -> Iterator[Finding]:
    """Yield a date before a later day of which an earlier stage was stated."""
    row = case.row
    dates = (
        ("accepted_on", "accepted", row.accepted_on),
        ("decided_on", "decided", row.decided_on),
    )
    for name, act, on in dates:
        if on and (stage := case.own.still(act, on)):
            found = case.found(
                "S-047",
                grade_of_early(case.own.party, case.working_days(on, stage.as_of)),
                name,
                field=("field", name),
                on=("date", on),
                state=("state", stage.state),
                date=("date", stage.as_of),
            )
            yield replace(found, variant="date")
            return  # the later date stands after the same stage


def grade_of_early(party: Party, days: int | None) -> Grade:
    """Return how grave a date is that lies working days before a day of an earlier stage."""
    heard = party == "eu" and days is not None and days <= _PATIENCE
    return "note" if heard else "confirm"


def _early_decision(case: Case) -> Iterator[Finding]:
    """Yield a decision before the acceptance of the same round, which was stated before."""
    row, own = case.row, case.own
    accepted, decided = own.accepted_on, row.decided_on
    if row.accepted_on or not decided or not accepted or decided >= accepted:
        return
    # After an end, a date before the acceptance can be that of the round before.
    ends = [each.on.isoformat() for each in own.course if each.act in ENDING]
    ends += [each.as_of for each in own.statements if each.state in FINAL]
    ended = any(on <= accepted for on in ends)
    if not ended:
        facts: dict[str, tuple[FactKind, str]] = {
            "decided": ("date", decided), "accepted": ("date", accepted),
        }  # fmt: skip
        yield case.found("S-045", "refuse", "decided_on", **facts)


def _acceptance(case: Case, last: AssertedStatement) -> Iterator[Finding]:
    row, own = case.row, case.own
    said: tuple[FactKind, str] = ("state", last.state)
    ended = last.state in FINAL | {"withdrawn"}
    again = (
        last.state == "withdrawn"
        and case.state in RUNNING | FINAL
        and (row.as_of or last.as_of) >= last.as_of  # else S-047
    )
    later = ended and (row.accepted_on or "") > last.as_of
    if (again or later) and not own.filed_since(last.as_of):
        yield case.found("S-057", "confirm", "accepted_on", date=("date", last.as_of), state=said)
    elif (
        own.accepted_on and row.accepted_on not in {None, own.accepted_on} and last.state not in OUT
    ):
        yield case.found(
            "S-055",
            "confirm",
            "accepted_on",
            before=("date", own.accepted_on),
            after=("date", row.accepted_on or ""),
        )


def _correction(case: Case) -> Iterator[Finding]:
    """Yield why the statement that a row corrects does not fit."""
    row = case.row
    yield from of_application(
        case.own, case.around.licence, row=row.row, still_approved=approves(row)
    )


def _after_decision(case: Case) -> Iterator[Finding]:
    row, decided = case.row, case.own.decided
    if decided is None:
        return
    # A correction replaces one statement. The decision is left in another one, such as that of an
    # earlier week, which is corrected by itself: the author decides which comes first.
    grade: Grade = "confirm" if case.own.correction else "refuse"
    decision: tuple[FactKind, str] = ("decision", decided.decision)
    if case.state not in FINAL | FLAG:
        day: tuple[FactKind, str] = ("date", decided.decided_on or decided.as_of)
        said_in: tuple[FactKind, str] = ("number", case.own.position(decided))
        facts = {"decision": decision, "date": day, "position": said_in}
        yield case.found("S-053", grade, "state", **facts)
        return
    changed = row.decision and row.decision != decided.decision
    moved = row.decided_on and decided.decided_on and row.decided_on != decided.decided_on
    if changed:
        after: tuple[FactKind, str] = ("decision", row.decision or "")
        yield case.found("S-054", grade, "decision", before=decision, after=after)
    elif moved:
        yield case.found(
            "S-054",
            grade,
            "decided_on",
            before=("date", decided.decided_on),
            after=("date", row.decided_on or ""),
        )
