"""Escalation's planned checks in PostgreSQL, schema `work`, and its queries of the views.

Does not decide when to check or whom to alert.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from special_channel.core.bytes.ids import EntryId, Party, QuestionNumber, peer_of
from special_channel.core.rows.private import EscalationRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.stores.owed import steps_owed
from special_channel.stores.store import Store

QuestionKey = tuple[EntryId, QuestionNumber]
"""Key of a question: the note's id, and the question's number in the note."""

LookState = Literal["armed", "waiting", "stuck"]
"""`armed`: due at a time. `waiting`: for an event instead of a time, such as the proof of delivery.
`stuck`: given up after several failures, with an alarm for the operator."""


@dataclass(frozen=True, slots=True)
class Look:
    """The next look at a question: when escalation checks the question again.

    Attributes:
        ask: The question's key.
        at: Time of the next look; of the last look, if `waiting` or `stuck`.
        generation: Rises with each fact about the question; an older plan never replaces a newer.
        state: `armed`, `waiting` or `stuck`.
        undelivered: Whether there was no proof of delivery at the due time (rule 11: later steps
            are written only once the mirror has reached the peer's head).
        attempts: Number of consecutive failures.
    """

    ask: QuestionKey
    at: datetime
    generation: int
    state: LookState = "armed"
    undelivered: bool = False
    attempts: int = 0


TOUCHING: Final = (
    "note.posted",
    "note.withdrawn",
    "thread.closed",
    "deadline.moved",
)
"""Kinds that make, answer, move or end a question, all in the question's thread. Without
`deadline.passed`: its writer plans the next step, and the other side has nothing to plan."""

LOOK_COLUMNS: Final = ("note", "q", "at", "generation", "state", "undelivered", "attempts")
"""Every column in the order of the table: checks are written as tuples of the row type, since the
driver tests each value of an array for being an array."""

_LOOK: Final = ", ".join(LOOK_COLUMNS)

_PLAN: Final = """
INSERT INTO work.looks AS held SELECT * FROM unnest($1::work.looks[])
ON CONFLICT (note, q) DO UPDATE SET
    at = excluded.at,
    generation = excluded.generation,
    state = excluded.state,
    undelivered = excluded.undelivered
        OR (held.undelivered AND held.generation = excluded.generation),
    attempts = excluded.attempts
WHERE held.generation < excluded.generation
    OR (held.generation = excluded.generation AND ($2 OR held.state <> 'stuck'))
"""


class Looks(Store):
    """Planned looks, from which lost timers are rebuilt.

    Each call is atomic, durable when it returns, and safe to retry.
    """

    async def plan(self, looks: Sequence[Look], *, afresh: bool = False) -> None:
        """Store looks; ignore older generations.

        `undelivered` and `stuck` are kept within a generation, unless `afresh`.
        """
        if not looks:
            return
        # In one order, so that two processes never deadlock.
        ordered = sorted(looks, key=lambda look: look.ask)
        await self._pool.execute(_PLAN, [_columns_of(look) for look in ordered], afresh)

    async def drop(self, asks: Sequence[QuestionKey]) -> None:
        """Delete the looks of questions without further steps."""
        if asks:
            await self._pool.execute(
                "DELETE FROM work.looks AS l USING unnest($1::text[], $2::text[]) AS gone (note, q)"
                " WHERE (l.note, l.q) = (gone.note, gone.q)",
                *_columns(asks),
            )

    async def get(self, asks: Sequence[QuestionKey]) -> Mapping[QuestionKey, Look]:
        """Look up looks by question, in any state."""
        looks = await self._looks(
            " JOIN unnest($1::text[], $2::text[]) AS wanted (note, q) USING (note, q)",
            *_columns(asks),
        )
        return {look.ask: look for look in looks}

    async def due(self, until: datetime, limit: int) -> Sequence[Look]:
        """Return up to `limit` armed looks due by `until`, earliest first."""
        return await self._looks(
            " WHERE state = 'armed' AND at <= $1 ORDER BY at, note, q LIMIT $2", until, limit
        )

    async def armed(self, after: QuestionKey | None, limit: int) -> Sequence[Look]:
        """Return a page of armed looks in order of questions; `after`: last key of the previous."""
        return await self._looks(
            " WHERE state = 'armed' AND (note, q) > ($1, $2) ORDER BY note, q LIMIT $3",
            *(after or ("", "")),
            limit,
        )

    async def _looks(self, which: str, *values: object) -> list[Look]:
        rows = await self._pool.fetch(f"SELECT {_LOOK} FROM work.looks{which}", *values)  # noqa: S608
        return [Look((note, q), *state) for note, q, *state in rows]


class OpenQuestions(Store):
    """Queries of open questions for escalation, one SQL query for each method."""

    async def open(self, after: QuestionKey | None, limit: int) -> Sequence[QuestionRow]:
        """Return a page of open questions in order of keys; `after`: last key of the previous."""
        which = "WHERE open AND key > $1 ORDER BY key LIMIT $2"
        return await self._select(QuestionRow, which, _text(after) if after else "", limit)

    async def get(self, asks: Sequence[QuestionKey]) -> Sequence[QuestionRow]:
        """Look up questions by key; unknown keys are omitted."""
        which = "WHERE key = ANY ($1::text[]) ORDER BY key"
        return await self._select(QuestionRow, which, [_text(ask) for ask in asks])

    async def changed(self, log: Party, first: int, size: int) -> Sequence[QuestionRow]:
        """Return the questions of threads changed by a range of a log's entries.

        If the range adopts a charter, and so perhaps a calendar release, open questions with
        provisional due times are included.
        """
        return await self._rows(
            QuestionRow,
            "WITH new AS (SELECT kind, thread FROM record.entries"
            " WHERE log = $1 AND idx >= $2 AND idx < $3 AND code = '')"
            " SELECT doc FROM record.asks WHERE thread IN"
            " (SELECT thread FROM new WHERE kind = ANY ($4::text[]))"
            " UNION SELECT doc FROM record.asks"
            " WHERE EXISTS (SELECT FROM new WHERE kind = 'charter.adopted') AND open"
            " AND (doc @> $5::jsonb OR doc @> $6::jsonb)",
            log,
            first,
            size,
            list(TOUCHING),
            '{"provisional": true}',
            '{"moves": [{"provisional": true}]}',
        )

    async def ahead(
        self, answering: Party, after: tuple[str, str], limit: int
    ) -> Sequence[QuestionRow]:
        """Return a side's open questions in order of date; `after`: date and key of the last one.

        For the first page, the date alone: earlier dates are omitted.
        """
        which = "WHERE open AND answering = $1 AND (due, key) > ($2, $3) ORDER BY due, key LIMIT $4"
        return await self._select(QuestionRow, which, answering, *after, limit)

    async def delivered(self, asker: Party, first: int, size: int) -> Sequence[QuestionRow]:
        """Return a side's open questions at indexes from `first` up to `size` of its log."""
        which = "WHERE open AND answering = $1 AND idx >= $2 AND idx < $3 ORDER BY key"
        return await self._select(QuestionRow, which, peer_of(asker), first, size)

    async def raised(
        self, asks: Sequence[QuestionKey]
    ) -> Mapping[QuestionKey, Sequence[EscalationRow]]:
        """Return our side's ladder steps raised for questions, for all due times, in order."""
        notes = sorted({note for note, _ in asks})
        which = "WHERE note = ANY ($1::text[]) ORDER BY note, q, due, step"
        raised = await self._select(EscalationRow, which, notes)
        by_question: dict[QuestionKey, list[EscalationRow]] = {ask: [] for ask in asks}
        # Queued entries count as well: steps taken while the private log is not writable.
        owed = await self._pool.fetch(
            "SELECT number, kind, body, at FROM work.owed WHERE key <> ''"
            " AND split_part(key, ':', 1) = ANY ($1::text[]) ORDER BY number",
            notes,
        )
        for step in (*raised, *steps_owed(owed)):
            if (step.note, step.q) in by_question:
                by_question[step.note, step.q].append(step)
        return by_question


def _columns_of(look: Look) -> tuple[object, ...]:
    note, q = look.ask
    return note, q, look.at, look.generation, look.state, look.undelivered, look.attempts


def _columns(asks: Sequence[QuestionKey]) -> tuple[list[str], list[str]]:
    return [note for note, _ in asks], [q for _, q in asks]


def _text(ask: QuestionKey) -> str:
    return f"{ask[0]}:{ask[1]}"
