"""Escalation's planned checks in PostgreSQL, schema `work`, and its queries of the views.

Does not decide when to check or whom to alert.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import asyncpg

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.private import EscalationRow
from special_channel.ports.work import Look, QuestionKey
from special_channel.stores.database_errors import mapped
from special_channel.stores.owed import steps_owed
from special_channel.stores.rows import PRIVATE_TABLES, TABLES
from special_channel.stores.sessions import Pool

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


class PostgresLooks:
    """Port `Looks`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @mapped
    async def plan(self, looks: Sequence[Look], *, afresh: bool = False) -> None:
        """Upsert planned checks; older generations are ignored."""
        if not looks:
            return
        # In one order, so that two processes never deadlock.
        ordered = sorted(looks, key=lambda look: look.ask)
        await self._pool.execute(_PLAN, [_columns_of(look) for look in ordered], afresh)

    @mapped
    async def drop(self, asks: Sequence[QuestionKey]) -> None:
        """Delete the planned checks of questions."""
        if asks:
            await self._pool.execute(
                "DELETE FROM work.looks AS l USING unnest($1::text[], $2::text[]) AS gone (note, q)"
                " WHERE (l.note, l.q) = (gone.note, gone.q)",
                *_columns(asks),
            )

    @mapped
    async def get(self, asks: Sequence[QuestionKey]) -> Mapping[QuestionKey, Look]:
        """Return planned checks by question."""
        rows = await self._pool.fetch(
            f"SELECT {_LOOK} FROM work.looks"  # noqa: S608 - a constant
            " JOIN unnest($1::text[], $2::text[]) AS wanted (note, q) USING (note, q)",
            *_columns(asks),
        )
        return {look.ask: look for look in map(_look, rows)}

    @mapped
    async def due(self, until: datetime, limit: int) -> Sequence[Look]:
        """Return armed checks planned up to a time, earliest first."""
        rows = await self._pool.fetch(
            f"SELECT {_LOOK} FROM work.looks WHERE state = 'armed' AND at <= $1"  # noqa: S608 - a constant
            " ORDER BY at, note, q LIMIT $2",
            until,
            limit,
        )
        return [_look(row) for row in rows]

    @mapped
    async def armed(self, after: QuestionKey | None, limit: int) -> Sequence[Look]:
        """Return a page of armed checks in the order of their questions."""
        rows = await self._pool.fetch(
            f"SELECT {_LOOK} FROM work.looks WHERE state = 'armed' AND (note, q) > ($1, $2)"  # noqa: S608 - a constant
            " ORDER BY note, q LIMIT $3",
            *(after or ("", "")),
            limit,
        )
        return [_look(row) for row in rows]


class PostgresOpenAsks:
    """Port `OpenQuestions`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def open(self, after: QuestionKey | None, limit: int) -> Sequence[QuestionRow]:
        """Return a page of open questions in the order of their keys."""
        return await self._rows(
            "SELECT doc FROM record.asks WHERE open AND key > $1 ORDER BY key LIMIT $2",
            _text(after) if after else "",
            limit,
        )

    async def get(self, asks: Sequence[QuestionKey]) -> Sequence[QuestionRow]:
        """Look up questions; unknown ones are omitted."""
        return await self._rows(
            "SELECT doc FROM record.asks WHERE key = ANY ($1::text[]) ORDER BY key",
            [_text(ask) for ask in asks],
        )

    async def changed(self, log: Party, first: int, size: int) -> Sequence[QuestionRow]:
        """Return the questions of threads changed by a range of a log's entries.

        If the range adopts a charter, and so perhaps a calendar release, open questions with
        provisional due times are included.
        """
        return await self._rows(
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

    async def delivered(self, asker: Party, first: int, size: int) -> Sequence[QuestionRow]:
        """Return a side's open questions in a range of its log."""
        return await self._rows(
            "SELECT doc FROM record.asks WHERE open AND answering = $1 AND idx >= $2 AND idx < $3"
            " ORDER BY key",
            peer_of(asker),
            first,
            size,
        )

    @mapped
    async def raised(
        self, asks: Sequence[QuestionKey]
    ) -> Mapping[QuestionKey, Sequence[EscalationRow]]:
        """Return our side's ladder steps by question, written and queued."""
        rows = await self._pool.fetch(
            "SELECT doc FROM private.escalations WHERE note = ANY ($1::text[])"
            " ORDER BY note, q, due, step",
            sorted({note for note, _ in asks}),
        )
        by_question: dict[QuestionKey, list[EscalationRow]] = {ask: [] for ask in asks}
        for row in rows:
            written = PRIVATE_TABLES["escalation"].decode(row["doc"])
            if isinstance(written, EscalationRow) and (written.note, written.q) in by_question:
                by_question[written.note, written.q].append(written)
        # Queued entries count as well: steps taken while the private log is not writable.
        owed = await self._pool.fetch(
            "SELECT number, kind, body, at FROM work.owed WHERE key <> ''"
            " AND split_part(key, ':', 1) = ANY ($1::text[]) ORDER BY number",
            sorted({note for note, _ in asks}),
        )
        for step in steps_owed(owed):
            if (step.note, step.q) in by_question:
                by_question[step.note, step.q].append(step)
        return by_question

    @mapped
    async def _rows(self, statement: str, *arguments: object) -> list[QuestionRow]:
        rows = await self._pool.fetch(statement, *arguments)
        decoded = [TABLES["ask"].decode(row["doc"]) for row in rows]
        return [row for row in decoded if isinstance(row, QuestionRow)]


def _columns_of(look: Look) -> tuple[object, ...]:
    note, q = look.ask
    return note, q, look.at, look.generation, look.state, look.undelivered, look.attempts


def _columns(asks: Sequence[QuestionKey]) -> tuple[list[str], list[str]]:
    return [note for note, _ in asks], [q for _, q in asks]


def _text(ask: QuestionKey) -> str:
    return f"{ask[0]}:{ask[1]}"


def _look(row: asyncpg.Record) -> Look:
    return Look(
        ask=(row["note"], row["q"]),
        at=row["at"],
        generation=row["generation"],
        state=row["state"],
        undelivered=row["undelivered"],
        attempts=row["attempts"],
    )
