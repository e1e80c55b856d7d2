"""Priority: requests by the EU, answers by CN."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.entries import PriorityAnswered, PriorityRequested
from special_channel.core.kinds.kind import (
    Case,
    Kind,
    application_row,
    row,
)
from special_channel.core.rows import applications, priorities
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.past import Placed
from special_channel.core.rows.priorities import PriorityRow
from special_channel.core.rules.judge_context import named, owned
from special_channel.core.rules.state import Row, RowKey, Rows


def _requested_needs(entry: PriorityRequested, _: bytes | None) -> Iterator[RowKey]:
    for number in entry.body.applications:
        yield "application", number


def _judge_requested(entry: PriorityRequested, case: Case) -> None:
    owned("eu", case.past)
    _judge_once(entry.body.applications)


def _fold_requested(entry: PriorityRequested, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield priorities.requested(placed, entry)
    for number in entry.body.applications:
        yield applications.requested(application_row(rows, number), number, placed, entry)


def _answered_needs(entry: PriorityAnswered, _: bytes | None) -> Iterator[RowKey]:
    yield "entry", entry.ref
    yield "priority", entry.ref
    for answer in entry.body.answers:
        yield "application", answer.number


def _judge_answered(entry: PriorityAnswered, case: Case) -> None:
    owned("cn", case.past)
    named(case.context, case.past, entry.ref)
    request = case.context.row(("priority", entry.ref), PriorityRow)
    requested = {each.number for each in request.wanted} if request else set()
    numbers = [answer.number for answer in entry.body.answers]
    if not requested.issuperset(numbers):
        raise RuleBroken(
            "reference", "The request for priority names no such application.", id=entry.ref
        )
    _judge_once(numbers)


def _fold_answered(entry: PriorityAnswered, rows: Rows, placed: Placed) -> Iterator[Row]:
    request = row(rows, PriorityRow, ("priority", entry.ref))
    yield priorities.answered(request, placed, entry)
    for answer in entry.body.answers:
        application = row(rows, ApplicationRow, ("application", answer.number))
        yield applications.replied(application, placed, entry)


def _judge_once(numbers: Sequence[str]) -> None:
    if len(set(numbers)) != len(numbers):
        raise Malformed("entry-malformed", "An application is named once.", field="body")


KINDS = (
    Kind(PriorityRequested, _requested_needs, _judge_requested, _fold_requested),
    Kind(PriorityAnswered, _answered_needs, _judge_answered, _fold_answered),
)
