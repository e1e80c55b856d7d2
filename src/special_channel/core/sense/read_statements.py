"""What a reader may note of the other side's statements on an application or a licence.

Each is read as of its entry: against its day, and what its side had stated before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, cast

from special_channel.core.entries import StatementRef
from special_channel.core.entries.batches import Assertion, ClockAct
from special_channel.core.entries.permits import (
    Draw,
    Licence,
    LicenceEnd,
    LicenceLine,
    Mark,
)
from special_channel.core.rows.applications import (
    SHEETS,
    ApplicationRow,
    AssertedStatement,
    ClockFact,
    ClockMark,
    Stated,
)
from special_channel.core.rows.licences import DrawRow, Issue, LicenceRow
from special_channel.core.sense import licences, statements
from special_channel.core.sense.history import corrected_at, until
from special_channel.core.sense.licences import LicenceAround
from special_channel.core.sense.read_rows import Reading, reading
from special_channel.core.sense.statements import StatementAround

_FIELDS: Final = frozenset(
    {
        *("S-009", "S-032", "S-033", "S-039", "S-044", "S-045", "S-046", "S-052", "S-053"),
        *("S-054", "S-055"),
    }
)
"""Rules about state, decision and dates, of a row of a sheet as well."""

_COURSE: Final = frozenset({"S-040", "S-050", "S-060", "S-066", "S-067", "S-069", "S-071"})
"""Rules about the acts of a statement outside a sheet."""

_MARKS: Final = frozenset({"S-009", "S-046", "S-055", "S-067", "S-069", "S-071"})

# Codes of later lists would change what S-078 says with the day of reading.
_LICENCES: Final = frozenset(
    {"S-009", "S-046", "S-073", "S-074", "S-075", "S-076", "S-077", "S-079"}
)
_DRAWS: Final = frozenset({"S-009", "S-081", "S-082", "S-083"})

_BY_SYSTEM: Final = frozenset({"licence", "revocation"})
"""Sources of states that follow from an entry with rules of its own."""


def read_statement(stated: Stated, row: ApplicationRow, around: StatementAround) -> Reading:
    """Return what a reader may note of a state or an act.

    Args:
        stated: The statement.
        row: The application, with all statements.
        around: The side that speaks, the date in Beijing of its entry, and working days in China
            as known then.
    """
    then = replace(around, application=until(row, around.party, stated.index))
    corrects = corrected_at(row, around.party, stated.place)
    if isinstance(stated, ClockMark):
        mark = Mark.model_construct(
            **_act(stated), number=row.number, source=stated.source, corrects=corrects
        )
        return reading(statements.mark(mark, then), _MARKS, around.today)
    if stated.source in _BY_SYSTEM:
        return Reading()
    shown = _FIELDS if stated.source in SHEETS else _FIELDS | _COURSE
    body = _assertion(stated, row.number, corrects)
    return reading(statements.assertion(body, then), shown, around.today)


def _assertion(stated: AssertedStatement, number: str, corrects: StatementRef | None) -> Assertion:
    return Assertion.model_construct(
        number=number,
        state=stated.state,
        as_of=cast(Any, stated.as_of or None),
        source=stated.source,
        clock=tuple(ClockAct.model_construct(**_act(act)) for act in stated.clock),
        decision=stated.decision or None,
        decided_on=stated.decided_on or None,
        corrects=corrects,
    )


def _act(act: ClockFact) -> dict[str, Any]:
    return {
        "act": act.act,
        "on": act.on,
        "basis": act.basis or None,
        "expected_until": act.expected_until or None,
    }


def read_issue(issue: Issue, licence: LicenceRow, around: LicenceAround) -> Reading:
    """Return what a reader may note of an issue of a licence.

    `around`: as of the entry, with the draw-downs and applications as they are now.
    """
    then = _as_of(around, licence, issue.index)
    body = Licence.model_construct(
        licence=licence.licence,
        type=cast(Any, issue.type),
        lines=tuple(
            LicenceLine.model_construct(
                code=line.code, quantity=line.quantity, unit=line.unit, basis=line.basis
            )
            for line in issue.lines
        ),
        per=issue.per,
        issued_on=issue.issued_on,
        valid_from=issue.valid_from,
        valid_to=issue.valid_to,
        applications=issue.applications,
        customers=issue.customers,
        ended=LicenceEnd.model_construct(how=cast(Any, issue.ended.how), on=issue.ended.on)
        if issue.ended
        else None,
        corrects=_ref(issue.corrects),
    )
    return reading(licences.licence(body, then), _LICENCES, around.today)


def read_draw(draw: DrawRow, licence: LicenceRow, around: LicenceAround) -> Reading:
    """Return what a reader may note of a draw-down; `around` as of `read_issue`."""
    body = Draw.model_construct(
        licence=licence.licence,
        code=draw.code,
        quantity=draw.quantity,
        unit=draw.unit,
        basis=draw.basis,
        on=draw.on,
        application=draw.application or None,
        customer=draw.customer or None,
        corrects=_ref(draw.corrects),
    )
    then = _as_of(around, licence, draw.index)
    return reading(licences.draw(body, then), _DRAWS, around.today)


def _ref(id_: str) -> StatementRef | None:
    return StatementRef(id=id_) if id_ else None


def _as_of(around: LicenceAround, licence: LicenceRow, index: int) -> LicenceAround:
    """Return values without what CN stated in an entry and after it."""
    issues = tuple(each for each in licence.issues if each.index < index)
    return replace(
        around,
        licence=replace(licence, issues=issues) if issues else None,
        draws=_drawn(around.draws, index),
        applications={
            number: until(row, "cn", index) for number, row in around.applications.items()
        },
    )


def _drawn(draws: Sequence[DrawRow], index: int) -> Sequence[DrawRow]:
    return [
        replace(each, corrected=-1) if each.corrected >= index else each
        for each in draws
        if each.index < index
    ]
