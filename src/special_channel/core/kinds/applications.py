"""Applications: state by each side, links between numbers, marks on the statutory clock."""

from __future__ import annotations

from collections.abc import Iterator

from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries import ApplicationAsserted, ApplicationLinked, ClockMarked
from special_channel.core.entries.permits import Mark
from special_channel.core.kinds.kind import (
    Case,
    Kind,
    application_row,
)
from special_channel.core.rows import applications
from special_channel.core.rows.applications import COUNTING, ClockFact, Statement
from special_channel.core.rows.past import Placed
from special_channel.core.rules.judge_context import owned
from special_channel.core.rules.state import Row, RowKey, Rows


def _asserted_needs(entry: ApplicationAsserted | ClockMarked, _: bytes | None) -> Iterator[RowKey]:
    yield "application", entry.body.number


def _judge_asserted(entry: ApplicationAsserted, _: Case) -> None:
    """Refuse acts out of date order, and a reason for any act but `uncounted`."""
    dates = [act.on for act in entry.body.clock]
    reasons = [act for act in entry.body.clock if act.basis or act.expected_until]
    if dates != sorted(dates) or any(act.act != "uncounted" for act in reasons):
        raise _malformed("The acts of the procedure don't hold together.", "body.clock")


def _fold_asserted(entry: ApplicationAsserted, rows: Rows, placed: Placed) -> Iterator[Row]:
    number = entry.body.number
    yield applications.asserted(application_row(rows, number), number, placed, _statement(entry))


def _statement(entry: ApplicationAsserted) -> Statement:
    body = entry.body
    return Statement(
        state=body.state,
        as_of=body.as_of,
        source=body.source,
        clock=tuple(
            ClockFact(act.act, act.on, act.basis or "", act.expected_until or "")
            for act in body.clock
        ),
        decision=body.decision or "",
        decided_on=body.decided_on or "",
    )


def _linked_needs(entry: ApplicationLinked, _: bytes | None) -> Iterator[RowKey]:
    yield "application", entry.body.number
    yield "application", entry.body.former


def _judge_linked(entry: ApplicationLinked, _: Case) -> None:
    if entry.body.number == entry.body.former:
        raise _malformed("A number is not linked to itself.", "body.former")


def _fold_linked(entry: ApplicationLinked, rows: Rows, placed: Placed) -> Iterator[Row]:
    for number in (entry.body.number, entry.body.former):
        yield applications.linked(application_row(rows, number), number, placed, entry)


def _judge_marked(entry: ClockMarked, case: Case) -> None:
    # Only CN states that the clock stops or runs again; the EU's estimate of the clock is part
    # of its own `application.asserted`.
    if entry.body.act in COUNTING:
        owned("cn", case.past)
    judge_mark(entry.body)


def judge_mark(mark: Mark) -> None:
    """Refuse an `uncounted` act without a reason, and a reason or expected end for other acts.

    Raises:
        Malformed: `entry-malformed`.
    """
    if (mark.act == "uncounted") != (mark.basis is not None):
        raise _malformed("Time that is not counted has a reason.", "body.basis")
    if mark.expected_until is not None and (
        mark.act != "uncounted" or mark.expected_until < mark.on
    ):
        raise _malformed("What is expected comes after it.", "body.expected_until")


def _fold_marked(entry: ClockMarked, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield applications.marked(application_row(rows, entry.body.number), placed, entry)


def _malformed(detail: str, field: str) -> Malformed:
    return Malformed("entry-malformed", detail, field=field)


KINDS = (
    Kind(ApplicationAsserted, _asserted_needs, _judge_asserted, _fold_asserted),
    Kind(ApplicationLinked, _linked_needs, _judge_linked, _fold_linked),
    Kind(ClockMarked, _asserted_needs, _judge_marked, _fold_marked),
)
