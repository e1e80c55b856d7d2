"""One kind of entry for judge and fold: a row of the table in `table.py`.

Names no kind: the other modules of this package do, one for each noun.
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
    """Arguments of a kind's judge next to the entry.

    Attributes:
        candidate: The entry with its signers and its `data`.
        past: The entry's past.
        context: Lookup of rows, keys and roots.
        charter: The charter in force in the past; None before the first.
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
        needs: Keys of rows that judge and fold read, on top of the rows for every entry.
            Arguments: entry and `data` part, which may be absent or malformed.
        judge: Raises a refusal if an entry breaks a rule of its kind. Runs after the checks
            common to all kinds.
        fold: The rows that a valid entry changes, on top of its own `entry` row.
        behind: Keys of further rows that the fold reads, named by rows of `needs` that were found.
            Arguments: entry, its `data` part, and the rows found so far.
    """

    model: type[E]
    needs: Callable[[E, bytes | None], Iterable[RowKey]] = nothing
    judge: Callable[[E, Case], object] = nothing
    fold: Callable[[E, Rows, Placed], Iterable[Row]] = nothing
    behind: Callable[[E, bytes | None, Rows], Iterable[RowKey]] = nothing


# Lookup of rows in a fold, after the judge ---------------------------------------------


def row(rows: Rows, kind: type[_R], key: RowKey) -> _R:
    """Look up a row that must exist, of the given class."""
    value = rows[key]
    assert isinstance(value, kind)  # noqa: S101 - own bug, not input: the judge has read this row
    return value


def row_or_none(rows: Rows, kind: type[_R], key: RowKey) -> _R | None:
    """Look up a row; None before its first entry."""
    return row(rows, kind, key) if key in rows else None


def application_row(rows: Rows, number: str) -> ApplicationRow | None:
    """Look up an application's row; None before the first entry that names the number."""
    return row_or_none(rows, ApplicationRow, ("application", number))


def thread_row(rows: Rows, id_: str) -> ThreadRow:
    """Look up the row of an opened thread."""
    return row(rows, ThreadRow, ("thread", id_))


def question_row(rows: Rows, note: str, q: str) -> QuestionRow:
    """Look up the row of a question by note and number."""
    return row(rows, QuestionRow, question_key(note, q))
