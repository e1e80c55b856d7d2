"""Questions, threads, points and list rows as recorded up to earlier sizes of both logs.

Applications and licences are in `recorded.py`. Does not change rows and does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from special_channel.core.bytes.ids import Party
from special_channel.core.entries import Urgent
from special_channel.core.rows.batches import ListingRow
from special_channel.core.rows.meetings import PointRow
from special_channel.core.rows.past import Fact
from special_channel.core.rows.question_facts import Answer
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import NoteRow, ThreadRow

_F = TypeVar("_F", bound=Fact)

Sizes = Mapping[Party, int]
"""Number of entries by log."""


def recorded_facts(facts: Iterable[_F], sizes: Sizes) -> tuple[_F, ...]:
    """Return the facts of the first entries of each log."""
    return tuple(each for each in facts if each.index < sizes[each.party])


def question_as_recorded(row: QuestionRow, sizes: Sizes) -> QuestionRow | None:
    """Return a question with the facts of the first entries; None if it was not asked then."""
    asker, answering = sizes[row.asker], sizes[row.answering]
    if row.index >= asker:
        return None
    return replace(
        row,
        answers=tuple(
            _answer_as_recorded(each, answering) for each in row.answers if each.index < answering
        ),
        proposals=tuple(each for each in row.proposals if each.index < answering),
        moves=tuple(each for each in row.moves if each.index < asker),
        passed=tuple(each for each in row.passed if each.index < asker),
        referred=tuple(each for each in row.referred if each.index < asker),
        ended=tuple(index for index in row.ended if index < asker),
        acceptances=tuple(each for each in row.acceptances if each.index < answering),
    )


def _answer_as_recorded(answer: Answer, size: int) -> Answer:
    withdrawn = answer.withdrawn
    return replace(answer, withdrawn=withdrawn if withdrawn and withdrawn.index < size else None)


def thread_as_recorded(row: ThreadRow, sizes: Sizes) -> ThreadRow | None:
    """Return a thread's openings and closes of the first entries; None without an opening."""
    opened = recorded_facts(row.opened, sizes)
    if not opened:
        return None
    closes, reopened = recorded_facts(row.closes, sizes), recorded_facts(row.reopened, sizes)
    opened = tuple(
        replace(each, translated=recorded_facts(each.translated, sizes)) for each in opened
    )
    return replace(row, opened=opened, closes=closes, reopened=reopened)


def note_as_recorded(row: NoteRow, sizes: Sizes) -> NoteRow:
    """Return a note with the translations and acknowledgements of the first entries."""
    return replace(
        row,
        translated=recorded_facts(row.translated, sizes),
        acknowledged=recorded_facts(row.acknowledged, sizes),
    )


def point_as_recorded(row: PointRow, sizes: Sizes) -> PointRow | None:
    """Return a point with the marks and questions of the first entries; None without the point."""
    if row.index >= sizes[row.party]:
        return None
    marks, asks = recorded_facts(row.marks, sizes), recorded_facts(row.asks, sizes)
    return replace(row, marks=marks, asks=asks)


def listing_as_recorded(row: ListingRow, size: int, stated: Urgent | None = None) -> ListingRow:
    """Return a list row, without CN's answer, as of the first entries of the EU's log.

    `stated`: urgency as last stated in these entries; needed only for a row amended since.
    """
    if row.withdrawn >= size:
        row = replace(row, withdrawn=-1, reason="")
    if stated is None:
        return row
    return replace(
        row,
        urgency=stated.urgency,
        rank=stated.rank,
        stop_on=stated.stop_on or "",
        amended=-1,
        was="",
    )
