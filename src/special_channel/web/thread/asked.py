"""Views of questions, from their rows; those of a thread with their texts.

Does not read texts: `queries.py` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from special_channel.core.bytes.ids import Position
from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.web.shared.doubts import doubt_at
from special_channel.web.shared.dues import due_history, due_of, question_dates
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.words import Words
from special_channel.web.shell.content import question, question_in, question_translation
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.questions import LastHeard, last_heard_of
from special_channel.web.shell.translations import in_both
from special_channel.web.thread.items import ThreadData
from special_channel.web.thread.views import QuestionItem, QuestionView, WithdrawnAnswer


def questions(data: ThreadData) -> tuple[QuestionView, ...]:
    """Return views of a thread's questions, note by note."""
    notes = {note: at for at, note in enumerate(dict.fromkeys(row.note for row in data.asks))}
    rows = sorted(data.asks, key=lambda row: (notes[row.note], int(row.q)))
    return tuple(_question(data, row) for row in rows)


async def open_questions(
    context: PageContext, rows: Sequence[QuestionRow]
) -> tuple[QuestionItem, ...]:
    """Read items of questions, from their rows alone."""
    heard = await last_heard_of(context, rows)
    return tuple(QuestionItem(**_question_facts(context, row, heard)) for row in rows)


def _question_facts(context: PageContext, row: QuestionRow, heard: LastHeard) -> dict[str, Any]:
    """Return the fields of `QuestionItem`."""
    return {
        "number": ask_number(row),
        "note": row.note,
        "q": row.q,
        "asker": row.asker,
        "index": row.index,
        "thread": row.thread,
        "accepted": row.accepted,
        "rule": row.rule,
        "due": due_of(context, row),
        "outcome": row.outcome(),
        "history": due_history(context, row, writes=context.writes),
        "known_up_to": heard.at(row),
        "doubt": doubt_at(context.doubts, row.position),
    }


def _question(data: ThreadData, row: QuestionRow) -> QuestionView:
    context, answer = data.context, row.answer
    texts = in_both(context.party, row.note, data.notes, data.contents)
    answered_in = Position(row.answering, answer.index) if answer else None
    return QuestionView(
        **_question_facts(context, row, data.heard),
        moved_by=row.moves[-1].id if row.moves else "",
        text=question(texts, row.part) if texts else Words("", context.lang, None, "damaged"),
        read=question_in(texts, row.part, context.lang) if texts else None,
        translation=question_translation(texts, row.part) if texts else None,
        answered_in=str(answered_in) if answered_in else None,
        answered_at=instant(answer.accepted) if answer else None,
        arrived_at=data.deliveries.at(answered_in) if answered_in else None,
        dates=question_dates(context.dates, row, data.deliveries.at(row.position)),
        withdrawn=_withdrawn(row),
    )


def _withdrawn(row: QuestionRow) -> WithdrawnAnswer | None:
    pair = row.taken_back if row.is_open else None
    if pair is None:
        return None
    answer, withdrawal = pair
    return WithdrawnAnswer(
        answered_in=str(Position(row.answering, answer.index)),
        answered_at=instant(answer.accepted),
        withdrawn_in=str(Position(row.answering, withdrawal.index)),
        withdrawn_at=instant(withdrawal.accepted),
    )
