"""Query threads, entries and questions in PostgreSQL for pages, one statement a query.

Does not write, fold or decide: `doc` contains the row that core computed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from special_channel.core.bytes.ids import (
    PARTIES,
    EntryId,
    KeyId,
    Party,
    PersonId,
    Position,
    ThreadId,
)
from special_channel.core.rows.private import EscalationRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import NoteRow, ThreadRow
from special_channel.ports import Stored
from special_channel.stores import view_statements as statements
from special_channel.stores.record import queries
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class HeldThreads:
    """Threads that somebody of a side holds or wrote in, and those of persons with some keys."""

    threads: frozenset[ThreadId]
    by_these: frozenset[ThreadId]


@dataclass(frozen=True, slots=True)
class HeldBy:
    """Keys of our side `party`: a thread fits if their persons hold it, opened it or wrote in it.

    A thread of the other side fits as well if nobody of our side holds it or wrote in it.
    """

    party: Party
    keys: frozenset[KeyId]


@dataclass(frozen=True, slots=True)
class ThreadFilter:
    """Filter of threads; a field with its default value matches every thread.

    Attributes:
        show: Open or closed threads.
        batch: Id of the list that they are on.
        held_by: Whose they are.
        opened_by: The side that opened them.
        since: First instant of opening; `until`: the first instant after the last.
        holder: Pseudonym of whom they are assigned to; empty for nobody.
        desk: Code of the desk of the side `party` that holds them; empty for nobody.
        among: Only these.
    """

    show: Literal["open", "closed", "all"] = "all"
    batch: str | None = None
    held_by: HeldBy | None = None
    opened_by: Party | Literal[""] = ""
    since: str = ""
    until: str = ""
    holder: PersonId | None = None
    desk: str | None = None
    party: Party = "eu"
    among: tuple[ThreadId, ...] | None = None


class ThreadViews(Store):
    """Queries of threads and their entries."""

    async def threads(
        self,
        wanted: ThreadFilter,
        limit: int = 100,
        *,
        before: int | None = None,
        offset: int = 0,
        besides: Collection[ThreadId] = (),
        oldest: bool = False,
    ) -> Sequence[ThreadRow]:
        """Return matching threads, latest activity first; with `oldest` by the time of opening.

        `before`: display order of the last thread of the previous page. Threads in `besides` are
        left out after `limit` is applied.
        """
        where, values = _where(wanted)
        return await self._rows(
            ThreadRow,
            statements.threads_in_order(where, len(values) + 1, oldest=oldest),
            *(*values, before, limit, offset, list(besides)),
        )

    async def thread_count(self, wanted: ThreadFilter) -> int:
        """Count matching threads."""
        where, values = _where(wanted)
        return await self._count(f"SELECT count(*) {where}", *values)

    async def threads_by_id(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, ThreadRow]:
        """Look up threads by id; unknown ids are omitted."""
        return await self._by_key(ThreadRow, threads)

    async def hands(
        self, threads: Sequence[ThreadId], party: Party
    ) -> Mapping[ThreadId, frozenset[KeyId]]:
        """Return the keys of our side `party` that hold each thread.

        The keys of the official assigned; for an unassigned thread, the authors of its notes.
        Threads without either are omitted.
        """
        rows = await self._pool.fetch(statements.HANDS, list(threads), party)
        return {row["thread"]: frozenset(row["keys"]) for row in rows if row["keys"]}

    async def held(
        self, threads: Sequence[ThreadId], party: Party, keys: Collection[KeyId]
    ) -> HeldThreads:
        """Return threads held by any key of our side `party` (as in `hands`), and by `keys`."""
        rows = await self._pool.fetch(statements.HELD, list(threads), party, list(keys))
        return HeldThreads(
            frozenset(row["thread"] for row in rows if row["by_these"] is not None),
            frozenset(row["thread"] for row in rows if row["by_these"]),
        )

    async def thread(self, which: Position | ThreadId) -> ThreadRow | None:
        """Look up a thread by its number or its id."""
        read = "SELECT doc, party, idx FROM record.threads WHERE "
        if isinstance(which, Position):
            by = "party = $1 AND idx = $2", which.party, which.index
            return await self._one(ThreadRow, read + by[0], *by[1:])
        return await self._one(ThreadRow, f"{read}key = $1", which)

    async def thread_entries(self, thread: ThreadId) -> Sequence[Stored]:
        """Return a thread's entries in both logs, in display order, with their parts."""
        async with self._pool.session() as connection:
            return await queries.entries_of_thread(connection, thread)

    async def mentions(self, entry: EntryId) -> Sequence[ThreadId]:
        """Return the threads that a valid entry without a thread is about."""
        rows = await self._pool.fetch(
            "SELECT m.thread FROM record.entries AS e JOIN record.mentions AS m USING (log, idx)"
            " WHERE e.id = $1 AND e.code = '' ORDER BY m.thread",
            entry,
        )
        return [row["thread"] for row in rows]

    async def unacknowledged(
        self, party: Party, threads: Sequence[ThreadId], leave: Sequence[int], limit: int
    ) -> tuple[Sequence[NoteRow], int]:
        """Return a side's earliest notes without acknowledgement, up to a limit, and their number.

        Of the given threads, or of every thread; without withdrawn notes. `leave`: indexes of
        notes to leave out.
        """
        waits = (
            "WHERE party = $1 AND NOT acknowledged AND NOT withdrawn"
            " AND NOT idx = ANY ($3::bigint[])"
            " AND (cardinality($2::text[]) = 0 OR thread = ANY ($2))"
        )
        asked = (party, list(threads), list(leave))
        rows = await self._select(NoteRow, f"{waits} ORDER BY idx LIMIT $4", *asked, limit)
        total = await self._count(f"SELECT count(*) FROM record.notes {waits}", *asked)  # noqa: S608
        return rows, total

    async def last_entries(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, Stored]:
        """Return the last valid note, correction or opening of each thread."""
        rows = await self._pool.fetch(statements.LAST, list(threads))
        return {row["thread"]: queries.stored(row) for row in rows}

    async def deliveries(self, positions: Sequence[Position]) -> Mapping[Position, str]:
        """Return the smallest stored cosigned note that covers each entry."""
        logs = [position.party for position in positions]
        indexes = [position.index for position in positions]
        rows = await self._pool.fetch(statements.DELIVERED, logs, indexes)
        return {Position(row["log"], row["idx"]): row["note"] for row in rows}

    async def erased(self, ids: Sequence[EntryId]) -> Mapping[EntryId, Mapping[int, Position]]:
        """Return erased parts by entry, with the erasure order.

        Prefers an order carried out on this node; otherwise a valid `part.erased` of either log.
        A part erased by an order of the peer may still be stored on this node.
        """
        rows = await self._pool.fetch(statements.ERASED, list(ids))
        erased_parts: dict[EntryId, dict[int, Position]] = {}
        for row in rows:
            order = Position(row["log"], row["idx"])
            erased_parts.setdefault(row["id"], {}).setdefault(row["ordinal"], order)
        return erased_parts


class QuestionViews(Store):
    """Queries of questions, and of our side's ladder steps about questions."""

    async def asks(
        self,
        *,
        threads: Sequence[ThreadId] | None = None,
        answering: Party | None = None,
        only_open: bool = False,
        limit: int = 1000,
        wanted: ThreadFilter | None = None,
    ) -> Sequence[QuestionRow]:
        """Return questions, earliest due time first; `wanted`: filter of their threads."""
        where, values = ("", list[object]()) if wanted is None else _where(wanted)
        among = f"thread IN (SELECT t.key {where}) AND " if where else ""
        ids, side, open_, most = (f"${len(values) + place}" for place in range(1, 5))
        return await self._select(
            QuestionRow,
            f"WHERE {among}({ids}::text[] IS NULL OR thread = ANY ({ids}))"
            f" AND ({side}::text IS NULL OR answering = {side}) AND (NOT {open_} OR open)"
            f" ORDER BY due, key LIMIT {most}",
            *values,
            None if threads is None else list(threads),
            answering,
            only_open,
            limit,
        )

    async def open_asks(
        self, limit: int, wanted: ThreadFilter | None = None
    ) -> Mapping[Party, Sequence[QuestionRow]]:
        """Return open questions by the answering side, up to `limit` each, as `asks` does."""
        where, values = ("", list[object]()) if wanted is None else _where(wanted)
        among = f"thread IN (SELECT t.key {where}) AND " if where else ""
        statement = " UNION ALL ".join(
            f"(SELECT doc FROM record.asks WHERE {among}answering = '{party}' AND open"  # noqa: S608
            f" ORDER BY due, key LIMIT ${len(values) + 1})"
            for party in PARTIES
        )
        rows = await self._rows(QuestionRow, statement, *values, limit)
        return {party: [row for row in rows if row.answering == party] for party in PARTIES}

    async def ask(self, note: EntryId, q: str) -> QuestionRow | None:
        """Look up a question by its note and number."""
        key = f"{note}:{q}"
        return (await self._by_key(QuestionRow, [key])).get(key)

    async def escalations(self, notes: Sequence[EntryId]) -> Sequence[EscalationRow]:
        """Return our side's ladder steps raised about questions of notes."""
        return await self._select(
            EscalationRow, "WHERE note = ANY ($1::text[]) ORDER BY note, q, due, step", list(notes)
        )


def _held(by: HeldBy | None) -> tuple[Party | None, list[KeyId] | None]:
    return (by.party, sorted(by.keys)) if by else (None, None)


def _where(wanted: ThreadFilter) -> tuple[str, list[object]]:
    """Return the conditions of a filter, with the values of their placeholders.

    A condition that is not asked for is left out, so that plans stay as cheap as without it.
    """
    values: list[object] = [wanted.show, wanted.batch, *_held(wanted.held_by), wanted.opened_by]
    text = statements.WANTED
    for condition, given in (
        ("t.accepted >= {0}", (wanted.since,) if wanted.since else ()),
        ("t.accepted < {0}", (wanted.until,) if wanted.until else ()),
        (statements.HOLDER, () if wanted.holder is None else (wanted.holder,)),
        (statements.DESK, () if wanted.desk is None else (wanted.desk, wanted.party)),
        ("t.key = ANY ({0}::text[])", () if wanted.among is None else (list(wanted.among),)),
    ):
        if given:
            first = len(values) + 1
            values += given
            places = (f"${number}" for number in range(first, first + len(given)))
            text += f" AND {condition.format(*places)}"
    return text, values
