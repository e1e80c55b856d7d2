"""Threads: opening, closing, reopening."""

from __future__ import annotations

from collections.abc import Iterator

from special_channel.core.bytes.errors import Malformed, NotAllowed, RuleBroken
from special_channel.core.entries import ThreadClosed, ThreadOpened, ThreadReopened
from special_channel.core.kinds.kind import (
    Case,
    Kind,
    question_row,
    row_or_none,
    thread_row,
)
from special_channel.core.kinds.questions import question_in
from special_channel.core.kinds.translation import judge_translation
from special_channel.core.rows import questions, threads
from special_channel.core.rows.past import Past, Placed
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.judge_context import named, owned
from special_channel.core.rules.state import Row, RowKey, Rows, question_key


def opened_in(row: ThreadRow, past: Past) -> bool:
    """Return whether a thread was opened in a past."""
    return any(map(past.holds, row.opened))


def _opened_needs(entry: ThreadOpened, _: bytes | None) -> Iterator[RowKey]:
    if entry.body.batch != "standing":
        yield "entry", entry.body.batch


def _judge_opened(entry: ThreadOpened, case: Case) -> None:
    row = case.context.row(("thread", entry.thread), ThreadRow)
    if row is not None and opened_in(row, case.past):
        raise RuleBroken("thread-known", "A thread with this id is already open.")
    if any(part.k != "subject" for part in entry.parts):
        raise Malformed("entry-malformed", "A thread is opened with subjects alone.", field="parts")
    judge_translation(entry)
    batch = entry.body.batch
    if batch != "standing" and named(case.context, case.past, batch).kind != "batch.listed":
        raise RuleBroken("reference", "A thread is opened on a batch.", id=batch)


def _fold_opened(entry: ThreadOpened, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield threads.opened(row_or_none(rows, ThreadRow, ("thread", entry.thread)), placed, entry)


def _closed_needs(entry: ThreadClosed, _: bytes | None) -> Iterator[RowKey]:
    for listed in entry.body.asks:
        yield question_key(listed.id, listed.q)


def _judge_closed(entry: ThreadClosed, case: Case) -> None:
    row = case.context.row(("thread", entry.thread), ThreadRow)
    assert row is not None  # noqa: S101 - own bug, not input: `judge` has looked it up
    owned(next(fact.party for fact in row.opened if case.past.holds(fact)), case.past)
    for listed in entry.body.asks:
        question = question_in(case, entry.thread, listed)
        if question.asker != case.past.party:
            raise NotAllowed("owner", "A close ends the own questions of its thread alone.")


def _fold_closed(entry: ThreadClosed, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield threads.closed(threads.touched(thread_row(rows, entry.thread), placed), placed)
    for listed in dict.fromkeys(entry.body.asks):
        yield questions.ended(question_row(rows, listed.id, listed.q), placed)


def _reopened_needs(entry: ThreadReopened, _: bytes | None) -> Iterator[RowKey]:
    yield "entry", entry.ref


def _judge_reopened(entry: ThreadReopened, case: Case) -> None:
    close = named(case.context, case.past, entry.ref)
    if close.kind != "thread.closed" or close.thread != entry.thread:
        raise RuleBroken("reference", "The entry names no close of this thread.", id=entry.ref)


def _fold_reopened(entry: ThreadReopened, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield threads.reopened(threads.touched(thread_row(rows, entry.thread), placed), placed, entry)


KINDS = (
    Kind(ThreadOpened, _opened_needs, _judge_opened, _fold_opened),
    Kind(ThreadClosed, _closed_needs, _judge_closed, _fold_closed),
    Kind(ThreadReopened, _reopened_needs, _judge_reopened, _fold_reopened),
)
