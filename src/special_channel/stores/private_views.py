"""Query keys, directory entries and the private log in PostgreSQL for pages.

Does not write, fold or decide: `doc` contains the row that core computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from special_channel.core.bytes.ids import EntryId, KeyId, Party, PersonId, ThreadId, peer_of
from special_channel.core.entries import DIRECTORY_KINDS
from special_channel.core.rows.directory import KeyRow, PersonRow
from special_channel.core.rows.private import ConfirmationRow, QuarantineRow
from special_channel.core.rows.routes import RouteRow
from special_channel.core.rules.timing import NoticedEntry, TimeNotice
from special_channel.ports import Stored
from special_channel.stores import view_statements as statements
from special_channel.stores.record import queries
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class PrivateContent:
    """A private entry with parts, without the parts' content.

    Attributes:
        thread: Number of the entry's thread, or empty.
        about: The list whose columns the entry keeps, or the draft that it sent back; else empty.
        here: For each part in order, whether it is still stored.
    """

    index: int
    id: EntryId
    kind: str
    thread: str
    about: str
    by: KeyId
    accepted: str
    here: tuple[bool, ...]


WRITTEN: Final = ("note.internal",)
"""Private kinds that officials write to each other."""

ASSIGNED: Final = "thread.assigned"
"""The private kind that assigns a thread to an official of our side."""


RECORDED: Final = "act.recorded"
"""The private kind by which the node records an act on people."""


class DirectoryViews(Store):
    """Queries of persons, keys and their directory entries."""

    async def keys(self, keys: Sequence[KeyId] | None = None) -> Mapping[KeyId, KeyRow]:
        """Look up keys by id, or return all."""
        rows = await self._select(
            KeyRow,
            "WHERE $1::text[] IS NULL OR key = ANY ($1) ORDER BY party, idx, key",
            None if keys is None else list(keys),
        )
        return {row.key: row for row in rows}

    async def persons(
        self, party: Party, persons: Sequence[PersonId]
    ) -> Mapping[PersonId, PersonRow]:
        """Look up persons of a side; persons without any function so far are omitted."""
        rows = await self._select(
            PersonRow,
            "WHERE party = $1 AND doc ->> 'person' = ANY ($2::text[])",
            party,
            list(persons),
        )
        return {row.person: row for row in rows}

    async def side_persons(self, party: Party) -> Sequence[PersonRow]:
        """Return all persons of a side, in order of their numbers."""
        return await self._select(PersonRow, "WHERE party = $1 ORDER BY number", party)

    async def side_keys(self, party: Party) -> Sequence[KeyRow]:
        """Return all keys of a side in the order of enrolment: of persons, machines and root."""
        return await self._select(KeyRow, "WHERE party = $1 ORDER BY idx, key", party)

    async def answered(self, party: Party) -> int:
        """Return how many of a party's entries the other side is known to hold (K3).

        It is the frontier of the other log's newest entry here; 0 without one.
        """
        return await self._count(
            "SELECT coalesce((SELECT frontier FROM record.entries WHERE log = $1"
            " ORDER BY idx DESC LIMIT 1), 0)",
            peer_of(party),
        )

    async def accepted_at(self, party: Party, indexes: Sequence[int]) -> Mapping[int, str]:
        """Return when entries of a party's shared log were accepted, by index."""
        rows = await self._pool.fetch(
            "SELECT idx, accepted FROM record.entries WHERE log = $1 AND idx = ANY ($2::bigint[])",
            party,
            sorted(set(indexes)),
        )
        return {row["idx"]: row["accepted"] for row in rows}

    async def first_since(self, party: Party, at: str) -> int | None:
        """Return the first index of a log that was accepted at or after a time; None if none."""
        index: int | None = await self._pool.fetchval(
            "SELECT min(idx) FROM record.entries WHERE log = $1 AND accepted >= $2", party, at
        )
        return index

    async def time_notices(self, party: Party, limit: int) -> tuple[Sequence[NoticedEntry], int]:
        """Return what times of a mirrored log show, newest entry first, and the total number."""
        rows = await self._pool.fetch(
            "SELECT n.idx, e.accepted, e.kind, n.code, n.key, n.until, count(*) OVER () AS total"
            " FROM record.time_notices AS n JOIN record.entries AS e USING (log, idx)"
            " WHERE n.log = $1 ORDER BY n.idx DESC, n.code, n.key LIMIT $2",
            party,
            limit,
        )
        found = [
            NoticedEntry(
                row["idx"],
                row["accepted"],
                row["kind"],
                TimeNotice(row["code"], row["key"], row["until"]),
            )
            for row in rows
        ]
        return found, rows[0]["total"] if rows else 0

    async def directory_entries(self, party: Party) -> Sequence[Stored]:
        """Return a party's directory entries, in order."""
        rows = await self._pool.fetch(
            statements.ENTRY + " FROM record.entries AS e WHERE e.log = $1"
            " AND e.kind = ANY ($2::text[]) AND e.code = '' ORDER BY e.idx",
            party,
            sorted(DIRECTORY_KINDS),
        )
        return [queries.stored(row) for row in rows]


class PrivateViews(Store):
    """Queries of our side's private log."""

    async def find_private(self, ids: Sequence[EntryId]) -> Mapping[EntryId, Stored]:
        """Look up entries of the private log by id."""
        async with self._pool.session() as connection:
            return await queries.entries_by_id(connection, "private", ids)

    async def private_of_threads(
        self, threads: Sequence[ThreadId]
    ) -> Mapping[ThreadId, Sequence[Stored]]:
        """Return what people wrote to each other on threads; threads without any are omitted."""
        rows = await self._pool.fetch(statements.PRIVATELY, list(threads), list(WRITTEN))
        entries: dict[ThreadId, list[Stored]] = {}
        for row in rows:
            entries.setdefault(row["thread"], []).append(queries.stored(row))
        return entries

    async def holders(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, PersonId]:
        """Return the person to whom each thread is assigned; others are omitted."""
        rows = await self._pool.fetch(
            "SELECT key, official FROM private.assignments"
            " WHERE key = ANY ($1::text[]) AND official <> ''",
            list(threads),
        )
        return {row["key"]: row["official"] for row in rows}

    async def assigned(self, person: PersonId) -> Sequence[ThreadId]:
        """Return the threads assigned to a person of our side."""
        rows = await self._pool.fetch(
            "SELECT key FROM private.assignments WHERE official = $1 ORDER BY key", person
        )
        return [row["key"] for row in rows]

    async def routes(self, drafts: Sequence[EntryId]) -> Mapping[EntryId, RouteRow]:
        """Look up the sign-off routes of drafts; drafts without one are omitted."""
        return await self._by_key(RouteRow, drafts)

    async def quarantine(self, files: Sequence[str]) -> Sequence[QuarantineRow]:
        """Return requests for quarantined files, by their digests in `files.scanned`, in order."""
        return await self._select(
            QuarantineRow,
            "WHERE file = ANY ($1::text[]) ORDER BY (doc ->> 'index')::bigint",
            list(files),
        )

    async def confirmations(self, about: Sequence[EntryId]) -> Mapping[EntryId, Sequence[EntryId]]:
        """Return the entries with authors' reasons for findings, by the entry that they are about.

        Entries without any are omitted; the oldest come first.
        """
        rows = await self._select(
            ConfirmationRow,
            "WHERE about = ANY ($1::text[]) ORDER BY (doc ->> 'index')::bigint",
            list(about),
        )
        found: dict[EntryId, list[EntryId]] = {}
        for row in rows:
            found.setdefault(row.about, []).append(row.id)
        return found

    async def journal(
        self, offset: int, limit: int, since: str = "", until: str = "", *, oldest: bool = False
    ) -> tuple[Sequence[Stored], int]:
        """Return a page of the records of acts on people, newest first, and their number.

        `since`: first instant of acceptance; `until`: the first instant after the last.
        """
        which = (
            " FROM private.entries AS e WHERE e.kind = $1 AND e.log = 'private'"
            " AND e.accepted >= $2 AND ($3 = '' OR e.accepted < $3)"
        )
        order = "" if oldest else " DESC"
        async with self._pool.session() as connection:
            rows = await connection.fetch(
                f"SELECT {queries.entry_columns('private')}{which}"
                f" ORDER BY e.idx{order} OFFSET $4 LIMIT $5",
                *(RECORDED, since, until, offset, limit),
            )
        total = await self._count(f"SELECT count(*){which}", RECORDED, since, until)
        return [queries.stored(row) for row in rows], total

    async def kept_columns(self, list_: str) -> str | None:
        """Return the canonical data of the columns of a list that stay with our side."""
        doc = await self._pool.fetchval(
            "SELECT doc ->> 'data' FROM private.columns_kept WHERE key = $1", list_
        )
        return None if doc is None else str(doc)

    async def columns_stand(self, entry: EntryId) -> bool:
        """Return whether an entry has the newest private columns of its list."""
        return bool(
            await self._count("SELECT count(*) FROM private.columns_kept WHERE id = $1", entry)
        )

    async def private_with_parts(
        self, words: str, *, before: int, limit: int
    ) -> Sequence[PrivateContent]:
        """Return entries with parts below index `before`, newest first.

        `words`: unless empty, a literal text to find in a stored part of the entry.
        """
        # As in canonical JSON, without the quotes.
        pattern = orjson.dumps(words)[1:-1]
        rows = await self._pool.fetch(statements.WITH_PARTS, pattern, before, limit)
        return [PrivateContent(**dict(row) | {"here": tuple(row["here"])}) for row in rows]

    async def erased_privately(self, ids: Sequence[EntryId]) -> Mapping[EntryId, Mapping[int, int]]:
        """Return erased parts of private entries, with the index of the erasure order."""
        rows = await self._pool.fetch(statements.ERASED_PRIVATELY, list(ids))
        erased_parts: dict[EntryId, dict[int, int]] = {}
        for id_, ordinal, order in rows:
            erased_parts.setdefault(id_, {})[ordinal] = order
        return erased_parts
