"""What a kind of entry is to the judge and to the fold: one row of the table in `table.py`.

Does not know a single kind: the modules beside it do, one a noun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from special_channel.core.entries import SharedEntry
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.charter import InForce
from special_channel.core.rows.past import Past, Placed
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.judge_context import Candidate, JudgeContext
from special_channel.core.rules.state import Row, RowKey, Rows, question_key

E = TypeVar("E", bound=SharedEntry)
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Case:
    """What the judge of a kind looks at beside the entry.

    Attributes:
        candidate: The entry with its signers and its `data`.
        past: What counts before it.
        context: Where rows, keys and roots are looked up.
        charter: The charter in force in that past, if any is.
    """

    candidate: Candidate
    past: Past
    context: JudgeContext
    charter: InForce | None


def nothing(*_: object) -> tuple[()]:
    """Need no rows, refuse nothing, change no rows."""
    return ()


@dataclass(frozen=True, slots=True)
class Kind(Generic[E]):
    """One kind of entry.

    Attributes:
        model: The class of its payload.
        needs: Keys of the rows that its judge and its fold look at, beyond those that every
            entry needs; `data` is that of the entry, which may be absent or malformed.
        judge: Refuses what the kind may not say in its past, after what holds for all kinds.
        fold: The rows that a valid entry changes, beyond its own `entry` row.
    """

    model: type[E]
    needs: Callable[[E, bytes | None], Iterable[RowKey]] = nothing
    judge: Callable[[E, Case], object] = nothing
    fold: Callable[[E, Rows, Placed], Iterable[Row]] = nothing


# Rows that the judge has seen ----------------------------------------------------------


def row(rows: Rows, kind: type[_R], key: RowKey) -> _R:
    """Return a row that is there: the judge has seen it."""
    found = rows[key]
    assert isinstance(found, kind)  # noqa: S101 - own bug, not input: the judge has seen this row
    return found


def row_or_none(rows: Rows, kind: type[_R], key: RowKey) -> _R | None:
    """Return a row, or None where there is none yet."""
    return row(rows, kind, key) if key in rows else None


def application_row(rows: Rows, number: str) -> ApplicationRow | None:
    """Return an application's row, if anybody has named it before."""
    return row_or_none(rows, ApplicationRow, ("application", number))


def thread_row(rows: Rows, id_: str) -> ThreadRow:
    """Return the row of an open thread."""
    return row(rows, ThreadRow, ("thread", id_))


def question_row(rows: Rows, note: str, q: str) -> QuestionRow:
    """Return the row of a question that was put."""
    return row(rows, QuestionRow, question_key(note, q))
