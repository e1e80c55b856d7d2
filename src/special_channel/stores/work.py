"""Escalation's work in PostgreSQL, schema `work`, and what it reads of the views.

Does not decide when to look or whom to tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import asyncpg

from special_channel.core.asks import AskRow
from special_channel.core.ids import Party, peer_of
from special_channel.core.private import EscalationRow
from special_channel.ports import PrivateTransaction
from special_channel.ports.work import AlertState, AskKey, Look, Outgoing
from special_channel.stores.database_errors import mapped
from special_channel.stores.rows import PRIVATE_TABLES, TABLES
from special_channel.stores.sessions import Pool

TOUCHING: Final = (
    "note.posted",
    "note.withdrawn",
    "thread.closed",
    "deadline.moved",
)
"""Kinds that make, answer, move or end an ask. Each stands in the ask's own thread. Not
`deadline.passed`: who writes it plans what follows, and it moves nothing for the other side."""

_LOOK: Final = "note, q, at, generation, state, undelivered, attempts"

_PLAN: Final = """
INSERT INTO work.looks AS held (note, q, at, generation, state, undelivered, attempts)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[], $5::text[],
    $6::boolean[], $7::integer[])
ON CONFLICT (note, q) DO UPDATE SET
    at = excluded.at,
    generation = excluded.generation,
    state = excluded.state,
    undelivered = excluded.undelivered
        OR (held.undelivered AND held.generation = excluded.generation),
    attempts = excluded.attempts
WHERE held.generation < excluded.generation
    OR (held.generation = excluded.generation AND ($8 OR held.state <> 'stuck'))
"""


class PostgresLooks:
    """Port `Looks`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @mapped
    async def plan(self, looks: Sequence[Look], *, afresh: bool = False) -> None:
        """Set looks; an older generation changes nothing."""
        if not looks:
            return
        # In one order, so that two processes never wait for each other in a circle.
        ordered = sorted(looks, key=lambda look: look.ask)
        await self._pool.execute(
            _PLAN,
            [look.ask[0] for look in ordered],
            [look.ask[1] for look in ordered],
            [look.at for look in ordered],
            [look.generation for look in ordered],
            [look.state for look in ordered],
            [look.undelivered for look in ordered],
            [look.attempts for look in ordered],
            afresh,
        )

    @mapped
    async def drop(self, asks: Sequence[AskKey]) -> None:
        """Forget asks."""
        if asks:
            await self._pool.execute(
                "DELETE FROM work.looks AS l USING unnest($1::text[], $2::text[]) AS gone (note, q)"
                " WHERE (l.note, l.q) = (gone.note, gone.q)",
                *_columns(asks),
            )

    @mapped
    async def get(self, asks: Sequence[AskKey]) -> Mapping[AskKey, Look]:
        """Return the looks of these asks."""
        rows = await self._pool.fetch(
            f"SELECT {_LOOK} FROM work.looks"  # noqa: S608 - a constant
            " JOIN unnest($1::text[], $2::text[]) AS wanted (note, q) USING (note, q)",
            *_columns(asks),
        )
        return {look.ask: look for look in map(_look, rows)}

    @mapped
    async def due(self, until: datetime, limit: int) -> Sequence[Look]:
        """Return armed looks not later than this, the earliest first."""
        rows = await self._pool.fetch(
            f"SELECT {_LOOK} FROM work.looks WHERE state = 'armed' AND at <= $1"  # noqa: S608 - a constant
            " ORDER BY at, note, q LIMIT $2",
            until,
            limit,
        )
        return [_look(row) for row in rows]

    @mapped
    async def armed(self, after: AskKey | None, limit: int) -> Sequence[Look]:
        """Return armed looks in the order of their asks."""
        rows = await self._pool.fetch(
            f"SELECT {_LOOK} FROM work.looks WHERE state = 'armed' AND (note, q) > ($1, $2)"  # noqa: S608 - a constant
            " ORDER BY note, q LIMIT $3",
            *(after or ("", "")),
            limit,
        )
        return [_look(row) for row in rows]


class PostgresOpenAsks:
    """Port `OpenAsks`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def open(self, after: AskKey | None, limit: int) -> Sequence[AskRow]:
        """Return open asks in the order of their keys."""
        return await self._rows(
            "SELECT doc FROM record.asks WHERE open AND key > $1 ORDER BY key LIMIT $2",
            _text(after) if after else "",
            limit,
        )

    async def get(self, asks: Sequence[AskKey]) -> Sequence[AskRow]:
        """Return those of these asks that exist."""
        return await self._rows(
            "SELECT doc FROM record.asks WHERE key = ANY ($1::text[]) ORDER BY key",
            [_text(ask) for ask in asks],
        )

    async def changed(self, log: Party, first: int, size: int) -> Sequence[AskRow]:
        """Return asks of the threads that these entries touch."""
        return await self._rows(
            "SELECT doc FROM record.asks WHERE thread IN (SELECT thread FROM record.entries"
            " WHERE log = $1 AND idx >= $2 AND idx < $3 AND code = '' AND kind = ANY ($4::text[]))"
            " ORDER BY key",
            log,
            first,
            size,
            list(TOUCHING),
        )

    async def delivered(self, asker: Party, first: int, size: int) -> Sequence[AskRow]:
        """Return a side's open asks at these places of its log."""
        return await self._rows(
            "SELECT doc FROM record.asks WHERE open AND answering = $1 AND idx >= $2 AND idx < $3"
            " ORDER BY key",
            peer_of(asker),
            first,
            size,
        )

    @mapped
    async def raised(self, asks: Sequence[AskKey]) -> Mapping[AskKey, Sequence[EscalationRow]]:
        """Return the own steps raised for these asks."""
        rows = await self._pool.fetch(
            "SELECT doc FROM private.escalations WHERE note = ANY ($1::text[])"
            " ORDER BY note, q, due, step",
            sorted({note for note, _ in asks}),
        )
        found: dict[AskKey, list[EscalationRow]] = {ask: [] for ask in asks}
        for row in rows:
            made = PRIVATE_TABLES["escalation"].decode(row["doc"])
            if isinstance(made, EscalationRow) and (made.note, made.q) in found:
                found[made.note, made.q].append(made)
        return found

    @mapped
    async def _rows(self, statement: str, *arguments: object) -> list[AskRow]:
        rows = await self._pool.fetch(statement, *arguments)
        made = [TABLES["ask"].decode(row["doc"]) for row in rows]
        return [row for row in made if isinstance(row, AskRow)]


class PostgresOutbox:
    """Port `Outbox`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put(self, transaction: PrivateTransaction, alerts: Sequence[Outgoing]) -> None:
        """Add alerts in the caller's transaction."""
        for alert in alerts:
            await transaction.execute(
                "INSERT INTO work.outbox (id, note, q, due, step, channel, document, at, next_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (id) DO NOTHING",
                *(alert.id, *alert.ask, alert.due, alert.step, alert.channel, alert.document),
                alert.at,
            )

    @mapped
    async def claim(self, now: datetime, lease: datetime, limit: int) -> Sequence[Outgoing]:
        """Take alerts whose turn has come."""
        rows = await self._pool.fetch(
            "UPDATE work.outbox SET lease = $2, attempts = attempts + 1 WHERE id IN ("
            " SELECT id FROM work.outbox WHERE state = 'waiting' AND next_at <= $1"
            " AND (lease IS NULL OR lease <= $1) ORDER BY next_at, id LIMIT $3"
            " FOR UPDATE SKIP LOCKED)"
            " RETURNING id, note, q, due, step, channel, document, at, attempts",
            now,
            lease,
            limit,
        )
        return [_outgoing(row) for row in rows]

    @mapped
    async def retry(self, id_: str, at: datetime, error: str) -> None:
        """Give an alert back until then."""
        await self._pool.execute(
            "UPDATE work.outbox SET next_at = $2, error = $3, lease = NULL"
            " WHERE id = $1 AND state = 'waiting'",
            id_,
            at,
            error,
        )

    async def close(
        self, transaction: PrivateTransaction, id_: str, state: AlertState, provider: str = ""
    ) -> bool:
        """End an alert in the caller's transaction; False if it had ended already."""
        ended = await transaction.execute(
            "UPDATE work.outbox SET state = $2, provider = $3, lease = NULL"
            " WHERE id = $1 AND state = 'waiting' RETURNING id",
            id_,
            state,
            provider,
        )
        return bool(ended)

    @mapped
    async def first(self, ask: AskKey, due: str) -> str | None:
        """Return the id of the first alert about an ask and due time."""
        found: str | None = await self._pool.fetchval(
            "SELECT id FROM work.outbox WHERE note = $1 AND q = $2 AND due = $3"
            " ORDER BY step, id LIMIT 1",
            *ask,
            due,
        )
        return found


def _columns(asks: Sequence[AskKey]) -> tuple[list[str], list[str]]:
    return [note for note, _ in asks], [q for _, q in asks]


def _text(ask: AskKey) -> str:
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


def _outgoing(row: asyncpg.Record) -> Outgoing:
    return Outgoing(
        id=row["id"],
        ask=(row["note"], row["q"]),
        due=row["due"],
        step=row["step"],
        channel=row["channel"],
        document=row["document"],
        at=row["at"],
        attempts=row["attempts"],
    )
