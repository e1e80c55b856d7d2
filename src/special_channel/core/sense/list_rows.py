"""Rules for a row of a weekly list: what it states can be true, alone and after what came before.

The format itself refuses a production stop without its date, and a date without one (S-015).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from special_channel.core.entries import ListRow
from special_channel.core.sense import control_codes, vocabularies
from special_channel.core.sense.codes import unknown
from special_channel.core.sense.findings import FactKind, Finding, in_order
from special_channel.core.sense.list_case import ListAround, ListCase, NumberRecord
from special_channel.core.sense.list_past import after_record, urgent_in_vain
from special_channel.core.sense.stages import FINAL, GRANTED, RUNNING, START

FAR: Final = timedelta(days=90)
"""Longest time until a production stop that needs no second look."""

_DATED: Final = frozenset({"state", "as_of"})

_FITTING: Final[Mapping[str, frozenset[str]]] = {
    "reason": frozenset({"returned", "refused", "not_accepted"}),
    "licence": GRANTED,
    "until": frozenset({"expert", "council"}),
}
"""The states with which a question goes."""

_ANSWERED: Final[Mapping[str, frozenset[str]]] = dict.fromkeys(
    ("accepted", "missing"), RUNNING | FINAL
)
"""The states that leave nothing of a question open."""


def list_row(row: ListRow, around: ListAround, record: NumberRecord) -> tuple[Finding, ...]:
    """Check a row of a list, or a row that an amendment adds; the gravest finding comes first."""
    case = ListCase(row, around, record)
    return in_order(finding for rule in _CHECKS for finding in rule(case))


def changed_row(row: ListRow, around: ListAround, record: NumberRecord) -> tuple[Finding, ...]:
    """Check a row whose urgency, rank or stop date an amendment changes, and nothing else of it."""
    case = ListCase(row, around, record)
    return in_order(finding for rule in _PRIORITY for finding in rule(case))


def _dates(case: ListCase) -> Iterator[Finding]:
    around = case.around
    for name, day in case.dates():
        place: tuple[FactKind, str] = ("field", name)
        written: tuple[FactKind, str] = ("date", day)
        if day > around.today.isoformat():
            yield case.found("S-009", "refuse", name, field=place, date=written)
        elif name == "first_listed" and day > around.day.isoformat():
            # Brussels is some hours behind Beijing, and a list is dated by Brussels.
            listed: tuple[FactKind, str] = ("date", around.day.isoformat())
            yield case.found("S-012", "refuse", name, date=written, day=listed)
        if day < START.isoformat():
            yield case.found("S-010", "confirm", name, field=place, date=written)


def _state(case: ListCase) -> Iterator[Finding]:
    row = case.row
    # A charter that opts in only one of the columns leaves the other out of every row.
    if case.around.opted >= _DATED and bool(row.state) != bool(row.as_of):
        yield case.found("S-011", "refuse", "state" if row.as_of else "as_of")


def _question(case: ListCase) -> Iterator[Finding]:
    question, state = case.row.question or "", case.own_state
    fits = state in _FITTING.get(question, {state})
    if state and (not fits or state in _ANSWERED.get(question, ())):
        named: tuple[FactKind, str] = ("question", question)
        yield case.found("S-019", "note", "question", question=named, state=("state", state))


def _words(case: ListCase) -> Iterator[Finding]:
    """Yield codes that no vocabulary has: the words of a file are read before there is a row."""
    row = case.row
    yield from unknown("state", row.state, "state", vocabularies.STATE.codes, row.row)
    yield from unknown("question", row.question, "question", vocabularies.QUESTION.codes, row.row)


def _control_code(case: ListCase) -> Iterator[Finding]:
    code = case.row.control_code
    if code and not control_codes.is_code(code):
        yield case.found("S-020", "refuse", "control_code", code=("text", code))


def _stop(case: ListCase) -> Iterator[Finding]:
    if not case.row.stop_on:
        return
    ahead = date.fromisoformat(case.row.stop_on) - case.around.day
    day: tuple[FactKind, str] = ("date", case.row.stop_on)
    # A line that stands already is why its application is urgent; another year is an error.
    if ahead < -FAR:
        yield case.found("S-016", "confirm", "stop_on", variant="past", date=day)
    elif ahead > FAR:
        count: tuple[FactKind, str] = ("text", str(ahead.days))
        yield case.found("S-016", "confirm", "stop_on", variant="far", date=day, n=count)


_PRIORITY: Final[tuple[Callable[[ListCase], Iterator[Finding]], ...]] = (_stop, urgent_in_vain)
_CHECKS: Final[tuple[Callable[[ListCase], Iterator[Finding]], ...]] = (
    *_PRIORITY,
    _words,
    _dates,
    _state,
    _question,
    _control_code,
    after_record,
)
