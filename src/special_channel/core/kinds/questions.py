"""Questions: proposal, move and passing of a due time; referral to a higher level.

Checks of moves and passed due times are in `deadlines.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.entries import (
    AskRef,
    DateProposed,
    DeadlineMoved,
    DeadlinePassed,
    ReferralSent,
)
from special_channel.core.kinds.deadlines import judge_moved, judge_passed
from special_channel.core.kinds.kind import (
    Case,
    Kind,
    question_row,
    row,
)
from special_channel.core.log.checkpoint import parse_body
from special_channel.core.log.note import Note
from special_channel.core.rows import questions
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.log_keys import cosigned_time, trusted
from special_channel.core.rows.past import Placed
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.judge_context import owned
from special_channel.core.rules.state import Row, RowKey, Rows, question_key

_About = DateProposed | DeadlineMoved | DeadlinePassed | ReferralSent


def question_in(case: Case, thread_id: str, ref: AskRef) -> QuestionRow:
    """Look up a question in the entry's past and thread.

    Raises:
        RuleBroken: `reference`.
    """
    # Entries about a question belong to its thread, so that the thread's leaves are complete and
    # an export of the thread can be proven complete.
    question = case.context.row(question_key(ref.id, ref.q), QuestionRow)
    if question is None or not case.past.holds(question.position) or question.thread != thread_id:
        raise RuleBroken(
            "reference",
            "The entry names a question that its past does not hold in this thread.",
            id=ref.id,
        )
    return question


def _question_of(entry: _About, case: Case) -> QuestionRow:
    return question_in(case, entry.thread, AskRef(id=entry.ref, q=entry.body.q))


def _needs(entry: _About, _: bytes | None) -> Iterator[RowKey]:
    yield "entry", entry.ref
    yield question_key(entry.ref, entry.body.q)


def _judge_proposed(entry: DateProposed, case: Case) -> None:
    owned(_question_of(entry, case).answering, case.past)


def _fold_proposed(entry: DateProposed, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield questions.proposed(question_row(rows, entry.ref, entry.body.q), placed, entry)


def _judge_moved(entry: DeadlineMoved, case: Case) -> None:
    judge_moved(entry, case.past, case.context, _question_of(entry, case))


def _fold_moved(entry: DeadlineMoved, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield questions.moved(question_row(rows, entry.ref, entry.body.q), placed, entry)


def _judge_passed(entry: DeadlinePassed, case: Case) -> None:
    judge_passed(entry, case.past, case.context, _question_of(entry, case))


def _fold_passed(entry: DeadlinePassed, rows: Rows, placed: Placed) -> Iterator[Row]:
    question = question_row(rows, entry.ref, entry.body.q)
    yield questions.passed(
        question, placed, entry, _stamped(rows, question, placed, entry.body.head)
    )


def _stamped(
    rows: Rows, question: QuestionRow, placed: Placed, head: str | None
) -> tuple[int, int]:
    """Return (POSIX time, log size) of the answering side's stamped head; (0, 0) if absent."""
    if head is None:
        return 0, 0
    party = row(rows, PartyRow, ("party", question.answering))
    note = Note.parse(head)
    keys = trusted(party.cosigning, placed.past.size(party.party))
    return cosigned_time(note, keys), parse_body(note.text).size


def _judge_referred(entry: ReferralSent, case: Case) -> None:
    owned(_question_of(entry, case).asker, case.past)


def _fold_referred(entry: ReferralSent, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield questions.referred(question_row(rows, entry.ref, entry.body.q), placed, entry.body.level)


KINDS = (
    Kind(DateProposed, _needs, _judge_proposed, _fold_proposed),
    Kind(DeadlineMoved, _needs, _judge_moved, _fold_moved),
    Kind(DeadlinePassed, _needs, _judge_passed, _fold_passed),
    Kind(ReferralSent, _needs, _judge_referred, _fold_referred),
)
