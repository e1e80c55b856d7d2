"""Asks of one thread, in the words of the record (rule 14).

Does not decide an outcome: `core.rows.questions` does. Says where each time comes from: an answer's
own log, a cosignature, a stamped head.
"""

from __future__ import annotations

from collections.abc import Mapping

from special_channel.core.bytes.ids import EntryId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.rows.question_facts import DuePassedFact
from special_channel.core.rows.questions import QuestionRow
from special_channel.ports import Stored
from special_channel.web.pages.thread import Ask, TakenBack
from special_channel.web.reading.dates import (
    acceptance,
    offers,
    rebase_offer,
    referrals,
    renewals,
    said_dates,
    suspension_offer,
)
from special_channel.web.shared.dues import due_of
from special_channel.web.shared.references import ask_number
from special_channel.web.shell.content import Content, question, question_in
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.deliveries import Deliveries
from special_channel.web.shell.last_heard import LastHeard, passed_of


def page_ask(
    context: PageContext,
    row: QuestionRow,
    said: Content,
    reached: Deliveries,
    held: Mapping[EntryId, Stored],
) -> Ask:
    """Return an ask as pages show it.

    Args:
        context: Who reads, and when.
        row: The ask.
        said: What the asking note says.
        reached: When answers reached the asker.
        held: The thread's entries by id, among them what says that a date passed.
    """
    first = row.answer
    answer = None if first is None else Position(row.answering, first.index)
    return Ask(
        number=ask_number(row),
        q=row.q,
        entry_id=row.note,
        text=question(said, row.part),
        read=question_in(said, row.part, context.lang),
        due=due_of(context, row),
        outcome=row.outcome(),
        answered_in=None if answer is None else str(answer),
        answered_url=None if answer is None else f"#{answer}",
        answered_at=None if first is None else instant(first.accepted),
        arrived_at=None if answer is None else reached.at(answer),
        held_up_to=_held(row, passed_of(row)),
        last_heard=LastHeard(context.parties, held).at(row),
        dates=said_dates(context, row),
        offers=offers(context, row),
        referrals=referrals(context, row),
        rebase=rebase_offer(context, row, reached.at(row.position)),
        suspension=suspension_offer(context, row),
        accept=acceptance(context, row),
        renewals=renewals(context, row),
        taken_back=_taken_back(row),
    )


def _taken_back(row: QuestionRow) -> TakenBack | None:
    found = row.taken_back if row.is_open else None
    if found is None:
        return None
    answer, gone = found
    return TakenBack(
        answered_in=str(Position(row.answering, answer.index)),
        answered_at=instant(answer.accepted),
        withdrawn_in=str(Position(row.answering, gone.index)),
        withdrawn_at=instant(gone.accepted),
    )


def _held(row: QuestionRow, passed: DuePassedFact | None) -> str | None:
    if passed is None or not passed.heard:
        return None
    return str(Position(row.answering, passed.heard - 1))
