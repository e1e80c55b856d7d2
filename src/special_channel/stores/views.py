"""Query the views in PostgreSQL for pages, one statement a query.

Does not write, fold or decide: `doc` contains the row that core computed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal, TypeVar

import asyncpg
import orjson

from special_channel.core.bytes.ids import EntryId, KeyId, Party, Position, ThreadId
from special_channel.core.entries import DIRECTORY_KINDS
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import NoteRow, ThreadRow
from special_channel.core.rules.private import EscalationRow
from special_channel.core.rules.state import Table
from special_channel.ports import Stored
from special_channel.ports.views import HeldThreads, ListingFilter, PrivateContent, Progress
from special_channel.stores import view_statements as statements
from special_channel.stores.database_errors import database_errors
from special_channel.stores.list_progress import counts_of, progress_of
from special_channel.stores.record import queries
from special_channel.stores.rows import PRIVATE_TABLES, TABLES
from special_channel.stores.sessions import Pool
from special_channel.stores.shown import ShownRows, numbered, shown
from special_channel.stores.size_cache import SizeCache

_R = TypeVar("_R")

WRITTEN: Final = ("note.internal",)
"""Private kinds that officials write to each other."""


class PostgresViews:
    """Port `Views`."""

    def __init__(self, pool: Pool | ShownRows) -> None:
        self._pool = shown(pool)
        self._cache = SizeCache(self._pool)

    async def threads(
        self,
        *,
        show: Literal["open", "closed", "all"] = "open",
        batch: str | None = None,
        limit: int = 100,
        before: int | None = None,
        offset: int = 0,
        besides: Collection[ThreadId] = (),
    ) -> Sequence[ThreadRow]:
        """Return a page of threads, most recently active first, without those in `besides`."""
        return await self._rows(
            "thread",
            ThreadRow,
            statements.MOVED,
            show,
            batch,
            before,
            limit,
            offset,
            list(besides),
        )

    async def thread_count(self, show: Literal["open", "closed", "all"]) -> int:
        """Count threads."""
        return await self._count(
            "SELECT count(*) FROM record.threads WHERE $1 = 'all' OR closed = ($1 = 'closed')", show
        )

    async def threads_by_id(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, ThreadRow]:
        """Look up threads by id; unknown ids are omitted."""
        rows = await self._rows(
            "thread",
            ThreadRow,
            "SELECT doc FROM record.threads WHERE key = ANY ($1::text[])",
            list(threads),
        )
        return {row.thread: row for row in rows}

    async def hands(
        self, threads: Sequence[ThreadId], party: Party
    ) -> Mapping[ThreadId, frozenset[KeyId]]:
        """Return the keys that hold each thread: assigned officials, otherwise note authors."""
        with database_errors():
            rows = await self._pool.fetch(statements.HANDS, list(threads), party)
        return {row["thread"]: frozenset(row["keys"]) for row in rows if row["keys"]}

    async def held(
        self, threads: Sequence[ThreadId], party: Party, keys: Collection[KeyId]
    ) -> HeldThreads:
        """Return the threads held by any key of our side, and by one of `keys`."""
        with database_errors():
            rows = await self._pool.fetch(statements.HELD, list(threads), party, list(keys))
        return HeldThreads(
            frozenset(row["thread"] for row in rows if row["by_these"] is not None),
            frozenset(row["thread"] for row in rows if row["by_these"]),
        )

    async def thread(self, which: Position | ThreadId) -> ThreadRow | None:
        """Return a thread by its number or its id."""
        read = "SELECT doc, party, idx FROM record.threads WHERE "
        if isinstance(which, Position):
            by = "party = $1 AND idx = $2", which.party, which.index
            return await self._one("thread", ThreadRow, read + by[0], *by[1:])
        return await self._one("thread", ThreadRow, f"{read}key = $1", which)

    async def thread_entries(self, thread: ThreadId) -> Sequence[Stored]:
        """Return a thread's entries in display order."""
        with database_errors():
            async with self._pool.acquire() as connection:
                return await queries.entries_of_thread(connection, "eu", thread)

    async def notes(self, threads: Sequence[ThreadId]) -> Sequence[NoteRow]:
        """Return the notes of threads."""
        return await self._rows(
            "note",
            NoteRow,
            "SELECT doc FROM record.notes WHERE thread = ANY ($1::text[]) ORDER BY idx, party",
            list(threads),
        )

    async def last_entries(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, Stored]:
        """Return the last valid note, correction or opening of each thread."""
        with database_errors():
            rows = await self._pool.fetch(statements.LAST, list(threads))
        return {row["thread"]: queries.stored(row) for row in rows}

    async def deliveries(self, positions: Sequence[Position]) -> Mapping[Position, str]:
        """Return the smallest stored cosigned note that covers each entry."""
        logs = [position.party for position in positions]
        indexes = [position.index for position in positions]
        with database_errors():
            rows = await self._pool.fetch(statements.DELIVERED, logs, indexes)
        return {Position(row["log"], row["idx"]): row["note"] for row in rows}

    async def erased(self, ids: Sequence[EntryId]) -> Mapping[EntryId, Mapping[int, Position]]:
        """Return erased parts by entry, with the erasure order; executed orders come first."""
        with database_errors():
            rows = await self._pool.fetch(statements.ERASED, list(ids))
        erased_parts: dict[EntryId, dict[int, Position]] = {}
        for row in rows:
            order = Position(row["log"], row["idx"])
            erased_parts.setdefault(row["id"], {}).setdefault(row["ordinal"], order)
        return erased_parts

    async def asks(
        self,
        *,
        threads: Sequence[ThreadId] | None = None,
        answering: Party | None = None,
        only_open: bool = False,
        limit: int = 1000,
    ) -> Sequence[QuestionRow]:
        """Return questions, earliest due time first."""
        return await self._rows(
            "ask",
            QuestionRow,
            "SELECT doc FROM record.asks WHERE ($1::text[] IS NULL OR thread = ANY ($1))"
            " AND ($2::text IS NULL OR answering = $2) AND (NOT $3 OR open)"
            " ORDER BY due, key LIMIT $4",
            None if threads is None else list(threads),
            answering,
            only_open,
            limit,
        )

    async def ask(self, note: EntryId, q: str) -> QuestionRow | None:
        """Return one question."""
        questions = await self._rows(
            "ask", QuestionRow, "SELECT doc FROM record.asks WHERE key = $1", f"{note}:{q}"
        )
        return questions[0] if questions else None

    async def threads_asked(self, answering: Party) -> int:
        """Count threads with an open question to a side."""
        return await self._count(
            "SELECT count(DISTINCT thread) FROM record.asks WHERE open AND answering = $1",
            answering,
        )

    async def escalations(self, notes: Sequence[EntryId]) -> Sequence[EscalationRow]:
        """Return our side's ladder steps about questions of notes."""
        with database_errors():
            rows = await self._pool.fetch(
                "SELECT doc FROM private.escalations WHERE note = ANY ($1::text[])"
                " ORDER BY note, q, due, step",
                list(notes),
            )
        decoded = [PRIVATE_TABLES["escalation"].decode(row["doc"]) for row in rows]
        return [row for row in decoded if isinstance(row, EscalationRow)]

    async def batches(self, limit: int = 100, offset: int = 0) -> Sequence[BatchRow]:
        """Return batches, newest first."""
        return await self._rows(
            "batch",
            BatchRow,
            "SELECT doc FROM record.batches ORDER BY idx DESC LIMIT $1 OFFSET $2",
            limit,
            offset,
        )

    async def batch_count(self) -> int:
        """Count batches."""
        return await self._count("SELECT count(*) FROM record.batches")

    async def batches_by_id(self, batches: Sequence[EntryId]) -> Mapping[EntryId, BatchRow]:
        """Look up batches by id; unknown ids are omitted."""
        rows = await self._rows(
            "batch",
            BatchRow,
            "SELECT doc FROM record.batches WHERE key = ANY ($1::text[])",
            list(batches),
        )
        return {row.batch: row for row in rows}

    async def batch(self, which: Position | EntryId) -> BatchRow | None:
        """Return a batch by its number or its id."""
        if isinstance(which, Position):
            # Lists are the EU's alone, so the index is enough (docs/formats/kinds.md).
            if which.party != "eu":
                return None
            return await self._one("batch", BatchRow, f"{statements.BATCH} idx = $1", which.index)
        return await self._one("batch", BatchRow, f"{statements.BATCH} key = $1", which)

    async def listings(self, batch: EntryId, first: int, limit: int) -> Sequence[ListingRow]:
        """Return rows of a batch."""
        return await self._rows(
            "listing",
            ListingRow,
            "SELECT doc FROM record.listings WHERE batch = $1 AND row_number >= $2"
            " ORDER BY row_number LIMIT $3",
            batch,
            first,
            limit,
        )

    async def last_answers(self, numbers: Sequence[str]) -> Mapping[str, ListingRow]:
        """Return the list row with the last answer, by application number."""
        rows = await self._rows("listing", ListingRow, statements.LAST_ANSWERS, list(numbers))
        return {row.number: row for row in rows}

    async def listing_page(
        self, batch: EntryId, wanted: ListingFilter, offset: int, limit: int
    ) -> tuple[Sequence[ListingRow], int]:
        """Return a page of a batch's matching rows, and their total number."""
        with database_errors():
            rows = await self._pool.fetch(
                statements.LISTED,
                batch,
                wanted.state,
                wanted.match,
                wanted.differs,
                wanted.text,
                offset,
                limit,
            )
        decoded = [TABLES["listing"].decode(row["doc"]) for row in rows]
        listings = [row for row in decoded if isinstance(row, ListingRow)]
        return listings, rows[0]["total"] if rows else 0

    async def counts(
        self, batches: Sequence[EntryId], party: Party = "cn"
    ) -> Mapping[EntryId, Mapping[str, int]]:
        """Return the number of rows by batch and by the side's state."""
        return counts_of(await self._state_counts(batches), batches, party)

    async def returned(self, batch: EntryId, party: Party) -> Mapping[str, int]:
        """Return the number of a batch's rows in state `returned`, by the statement's source."""
        with database_errors():
            rows = await self._pool.fetch(statements.RETURNED, batch, party)
        return {row["source"]: row["rows"] for row in rows}

    async def progress(self, batches: Sequence[EntryId]) -> Mapping[EntryId, Progress]:
        """Return progress by batch."""
        with database_errors():
            threads = await self._pool.fetch(statements.OPEN_THREADS, list(batches))
        opened = {row["batch"]: row["open"] for row in threads}
        return progress_of(await self._state_counts(batches), opened)

    async def _state_counts(self, batches: Sequence[EntryId]) -> Sequence[asyncpg.Record]:
        with database_errors():
            return await self._cache.get(
                ("how far", *batches), lambda: self._pool.fetch(statements.HOW_FAR, list(batches))
            )

    async def applications(self, numbers: Sequence[str]) -> Mapping[str, ApplicationRow]:
        """Return applications by number."""
        rows = await self._rows(
            "application",
            ApplicationRow,
            "SELECT doc FROM record.applications WHERE key = ANY ($1::text[])",
            list(numbers),
        )
        return {row.number: row for row in rows}

    async def applications_on(self, batch: EntryId) -> Mapping[str, ApplicationRow]:
        """Return the applications on a batch's list, by number."""
        rows = await self._rows("application", ApplicationRow, statements.ON_LIST, batch)
        return {row.number: row for row in rows}

    async def keys(self, keys: Sequence[KeyId] | None = None) -> Mapping[KeyId, KeyRow]:
        """Return keys by id, or every key."""
        rows = await self._rows(
            "key",
            KeyRow,
            "SELECT doc FROM record.keys WHERE $1::text[] IS NULL OR key = ANY ($1)"
            " ORDER BY party, idx, key",
            None if keys is None else list(keys),
        )
        return {row.key: row for row in rows}

    async def directory_entries(self, party: Party) -> Sequence[Stored]:
        """Return a party's directory entries, in order."""
        with database_errors():
            rows = await self._pool.fetch(
                statements.ENTRY + " FROM record.entries AS e WHERE e.log = $1"
                " AND e.kind = ANY ($2::text[]) AND e.code = '' ORDER BY e.idx",
                party,
                sorted(DIRECTORY_KINDS),
            )
        return [queries.stored(row) for row in rows]

    async def find_private(self, ids: Sequence[EntryId]) -> Mapping[EntryId, Stored]:
        """Return entries of the private log."""
        with database_errors():
            async with self._pool.acquire() as connection:
                return await queries.entries_by_id(connection, "private", ids)

    async def private_of_thread(self, thread: ThreadId) -> Sequence[Stored]:
        """Return our side's internal notes about a thread."""
        with database_errors():
            async with self._pool.acquire() as connection:
                return await queries.entries_of_thread(connection, "private", thread, WRITTEN)

    async def kept_columns(self, list_: str) -> str | None:
        """Return the canonical data of the columns of a list that stay with our side."""
        with database_errors():
            doc = await self._pool.fetchval(
                "SELECT doc ->> 'data' FROM private.columns_kept WHERE key = $1", list_
            )
        return None if doc is None else str(doc)

    async def columns_stand(self, entry: EntryId) -> bool:
        """Return whether an entry has the newest kept columns of its list."""
        return bool(
            await self._count("SELECT count(*) FROM private.columns_kept WHERE id = $1", entry)
        )

    async def private_with_parts(
        self, words: str, *, before: int, limit: int
    ) -> Sequence[PrivateContent]:
        """Return private entries with parts, newest first; filter by `words` unless empty."""
        # As in canonical JSON, without the quotes.
        pattern = orjson.dumps(words)[1:-1]
        with database_errors():
            rows = await self._pool.fetch(statements.WITH_PARTS, pattern, before, limit)
        return [PrivateContent(**dict(row) | {"here": tuple(row["here"])}) for row in rows]

    async def erased_privately(self, ids: Sequence[EntryId]) -> Mapping[EntryId, Mapping[int, int]]:
        """Return erased parts of private entries, with the index of the erasure order."""
        with database_errors():
            rows = await self._pool.fetch(statements.ERASED_PRIVATELY, list(ids))
        erased_parts: dict[EntryId, dict[int, int]] = {}
        for id_, ordinal, order in rows:
            erased_parts.setdefault(id_, {})[ordinal] = order
        return erased_parts

    async def _count(self, statement: str, *arguments: object) -> int:
        with database_errors():
            count: int = await self._pool.fetchval(statement, *arguments)
        return count

    async def _one(
        self, table: Table, kind: type[_R], statement: str, *values: object
    ) -> _R | None:
        """Return a single row.

        Raises:
            Unavailable: `record-damaged`.
        """
        with database_errors():
            row = await self._pool.one(statement, *values, name=numbered)
        decoded = TABLES[table].decode(row["doc"]) if row else None
        return decoded if isinstance(decoded, kind) else None

    async def _rows(
        self, table: Table, kind: type[_R], statement: str, *arguments: object
    ) -> list[_R]:
        with database_errors():
            rows: list[asyncpg.Record] = await self._pool.fetch(statement, *arguments)
        decoded = [TABLES[table].decode(row["doc"]) for row in rows]
        return [row for row in decoded if isinstance(row, kind)]
