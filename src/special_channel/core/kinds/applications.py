"""Applications: states, links between numbers, marks on the clock, revocations, differences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.bytes.fields import is_reference
from special_channel.core.entries import (
    ApplicationAsserted,
    ApplicationLinked,
    ApprovalRevoked,
    ClockMarked,
    DifferenceMarked,
)
from special_channel.core.entries.batches import Link
from special_channel.core.entries.permits import DifferenceMark, Mark
from special_channel.core.kinds.correcting import (
    CORRECTABLE,
    DIFFERING,
    answers_behind,
    corrected,
    judge_corrections,
    judge_statement,
    restated_answers,
    statement_needs,
)
from special_channel.core.kinds.kind import (
    Case,
    Kind,
    application_row,
    row,
)
from special_channel.core.rows import applications, corrections, links
from special_channel.core.rows.application_facts import WITHDRAWN
from special_channel.core.rows.applications import COUNTING, ApplicationRow, ClockFact, Statement
from special_channel.core.rows.past import Placed
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.judge_context import owned
from special_channel.core.rules.state import Row, RowKey, Rows, question_key

_Correcting = ApplicationAsserted | ApprovalRevoked | ClockMarked


def _asserted_needs(entry: _Correcting, _: bytes | None) -> Iterator[RowKey]:
    yield "application", entry.body.number
    yield from statement_needs([entry.body.corrects])


def _answers_behind(entry: _Correcting, _: bytes | None, rows: Rows) -> Iterator[RowKey]:
    return answers_behind(rows, [(entry.body.number, entry.body.corrects)])


def _judge_correction(entry: _Correcting, case: Case) -> None:
    judge_corrections(case, [(entry.body.number, entry.body.corrects)])


def _judge_asserted(entry: ApplicationAsserted, case: Case) -> None:
    """Refuse acts out of date order, and a reason for any act but `uncounted`."""
    dates = [act.on for act in entry.body.clock]
    reasons = [act for act in entry.body.clock if act.basis or act.expected_until]
    if dates != sorted(dates) or any(act.act != "uncounted" for act in reasons):
        raise _malformed("The acts of the procedure don't hold together.", "body.clock")
    _judge_correction(entry, case)


def _fold_asserted(entry: ApplicationAsserted, rows: Rows, placed: Placed) -> Iterator[Row]:
    number, statement = entry.body.number, _statement(entry)
    row = applications.asserted(application_row(rows, number), number, placed, statement)
    row = corrected(row, rows, placed, entry.body.corrects)
    yield row
    yield from restated_answers(row, rows, placed, statement)


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


def _judge_linked(entry: ApplicationLinked, case: Case) -> None:
    """Refuse a malformed link, and one that takes back what its side has not stated.

    Raises:
        Malformed: As `judge_link`.
        RuleBroken: `link-unknown`.
    """
    link = entry.body
    judge_link(link)
    if link.basis != WITHDRAWN:
        return
    known = case.context.row(("application", link.former), ApplicationRow)
    if not any(
        (each.party, each.number, each.former) == (case.past.party, link.number, link.former)
        and not each.row
        for each in (known.live_links if known else ())
    ):
        raise RuleBroken(
            "link-unknown",
            "The side has not linked these numbers.",
            number=link.number,
            former=link.former,
        )


def judge_link(link: Link) -> None:
    """Refuse a number linked to itself, and a reference with the basis of a number, or the reverse.

    Raises:
        Malformed: `entry-malformed`.
    """
    if link.number == link.former:
        raise _malformed("A number is not linked to itself.", "body.former")
    if link.basis != WITHDRAWN and is_reference(link.former) != (link.basis == "matched"):
        raise _malformed("A reference, and nothing else, is matched.", "body.basis")


def _fold_linked(entry: ApplicationLinked, rows: Rows, placed: Placed) -> Iterator[Row]:
    for number in (entry.body.number, entry.body.former):
        yield links.linked(application_row(rows, number), number, placed, entry.body)


def _judge_marked(entry: ClockMarked, case: Case) -> None:
    # Only CN states that the clock stops or runs again; the EU's estimate of the clock is part
    # of its own `application.asserted`.
    if entry.body.act in COUNTING:
        owned("cn", case.past)
    judge_mark(entry.body)
    _judge_correction(entry, case)


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
    row = applications.marked(application_row(rows, entry.body.number), placed, entry)
    row = corrected(row, rows, placed, entry.body.corrects)
    yield row
    yield from restated_answers(row, rows, placed, None)


def _revoked_needs(entry: ApprovalRevoked, data: bytes | None) -> Iterator[RowKey]:
    yield from _asserted_needs(entry, data)
    yield from statement_needs([entry.body.approval])


def _judge_revoked(entry: ApprovalRevoked, case: Case) -> None:
    """Refuse a revocation that names no approval of this number by CN."""
    owned("cn", case.past)
    body = entry.body
    statement = judge_statement(case, body.number, body.approval, "cn", CORRECTABLE)
    place = statement.index, body.approval.row or 0
    application = case.context.row(("application", body.number), ApplicationRow)
    history = application.cn if application else ()
    if not any((each.index, each.row) == place and _approves(each) for each in history):
        raise RuleBroken("reference", "The statement is no approval.", id=body.approval.id)
    _judge_correction(entry, case)


def _approves(statement: Statement) -> bool:
    return statement.decision == "approved" or statement.state in _GRANTED


_GRANTED: Final = frozenset({"approved", "issued", "used", "expired"})
"""States of an application after an approval."""


def _fold_revoked(entry: ApprovalRevoked, rows: Rows, placed: Placed) -> Iterator[Row]:
    body = entry.body
    refused = body.after == "refused"
    statement = Statement(
        state=body.after,
        as_of=body.on,
        source=applications.REVOCATION,
        decision="refused" if refused else "",
        decided_on=body.on if refused else "",
    )
    application = row(rows, ApplicationRow, ("application", body.number))
    application = applications.asserted(application, body.number, placed, statement)
    application = corrected(application, rows, placed, body.corrects)
    yield application
    yield from restated_answers(application, rows, placed, statement)


def _difference_needs(entry: DifferenceMarked, _: bytes | None) -> Iterator[RowKey]:
    body = entry.body
    yield "application", body.number
    yield from statement_needs([body.eu, body.cn])
    if body.ask is not None:
        yield question_key(body.ask.id, body.ask.q)


def _judge_difference(entry: DifferenceMarked, case: Case) -> None:
    """Refuse a mark without one statement of each side, or with another side's question."""
    body = entry.body
    judge_difference_mark(body)
    judge_statement(case, body.number, body.eu, "eu", DIFFERING)
    judge_statement(case, body.number, body.cn, "cn", DIFFERING)
    if body.ask is None:
        return
    question = case.context.row(question_key(body.ask.id, body.ask.q), QuestionRow)
    if question is None or not case.past.holds(question.position):
        raise RuleBroken("reference", "The past holds no such question.", id=body.ask.id)
    owned(question.asker, case.past)


def judge_difference_mark(mark: DifferenceMark) -> None:
    """Refuse a reason for any act but `explained`, and a question for any act but `asked`.

    Raises:
        Malformed: `entry-malformed`.
    """
    if (mark.act == "explained") != (mark.reason is not None):
        raise _malformed("A difference is explained by a reason.", "body.reason")
    if (mark.act == "asked") != (mark.ask is not None):
        raise _malformed("A difference is asked about by a question.", "body.ask")


def _fold_difference(entry: DifferenceMarked, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield corrections.difference_marked(application_row(rows, entry.body.number), placed, entry)


def _malformed(detail: str, field: str) -> Malformed:
    return Malformed("entry-malformed", detail, field=field)


KINDS = (
    Kind(ApplicationAsserted, _asserted_needs, _judge_asserted, _fold_asserted, _answers_behind),
    Kind(ApplicationLinked, _linked_needs, _judge_linked, _fold_linked),
    Kind(ClockMarked, _asserted_needs, _judge_marked, _fold_marked, _answers_behind),
    Kind(ApprovalRevoked, _revoked_needs, _judge_revoked, _fold_revoked, _answers_behind),
    Kind(DifferenceMarked, _difference_needs, _judge_difference, _fold_difference),
)
