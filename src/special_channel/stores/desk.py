"""Our side's people, enrolments, signed drafts and read marks in PostgreSQL, schema `desk`.

One class a port. Sessions are in `desk_sessions.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Literal

import asyncpg

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import EntryId, KeyId, ThreadId
from special_channel.ports.people import (
    Clearance,
    Enrolment,
    Language,
    News,
    Official,
    ReadMark,
)
from special_channel.stores.database_errors import mapped
from special_channel.stores.drafts import DraftQuota
from special_channel.stores.sessions import Connection, Pool
from special_channel.stores.uploads import KEYS_OF_SAME_PERSON

_NEW: Final = (
    "{e}.author <> $1 AND {e}.idx >= coalesce(CASE {e}.log WHEN 'eu' THEN r.eu ELSE r.cn END, 0)"
)

# Usually the newest entry of both logs decides; otherwise the other log's newest is looked up.
# Within one log the display order rises with the index (rule 5).
_NEWS: Final = f"""
SELECT max(r.at) AS last, coalesce(array_agg(w.thread) FILTER (WHERE CASE
    WHEN {_NEW.format(e="e")} THEN true
    ELSE (SELECT {_NEW.format(e="x")} FROM record.entries AS x WHERE x.thread = w.thread
        AND x.log = CASE e.log WHEN 'eu' THEN 'cn' ELSE 'eu' END ORDER BY x.ord DESC LIMIT 1)
    END), '{{}}') AS threads
FROM unnest($2::text[]) AS w (thread)
LEFT JOIN desk.reads AS r ON r.key = $1 AND r.thread = w.thread
LEFT JOIN LATERAL (SELECT log, idx, author FROM record.entries AS x WHERE x.thread = w.thread
    ORDER BY x.ord DESC, x.log DESC LIMIT 1) AS e ON true
"""  # noqa: S608 - constants


class PostgresOfficials:
    """Port `Officials`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @mapped
    async def add(self, official: Official) -> int:
        """Add a person and return their number."""
        number: int = await self._pool.fetchval(
            "INSERT INTO desk.officials (name, role, unit, desk, email, language, channels)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
            *(official.name, official.role, official.unit, official.desk, official.email),
            *(official.language, list(official.channels)),
        )
        return number

    @mapped
    async def all(self) -> Sequence[Official]:
        """Return every official of our side."""
        rows = await self._pool.fetch("SELECT o.* FROM desk.officials o ORDER BY o.id")
        return [_official(row) for row in rows]

    @mapped
    async def of_key(self, key: KeyId) -> Official | None:
        """Return the owner of a key."""
        row = await self._pool.fetchrow(
            "SELECT o.* FROM desk.officials o"
            " JOIN desk.official_keys k ON k.official = o.id WHERE k.key = $1",
            key,
        )
        return _official(row) if row else None

    @mapped
    async def of_keys(self, keys: Sequence[KeyId]) -> dict[KeyId, Official]:
        """Return the owners of keys; unknown keys are omitted."""
        rows = await self._pool.fetch(
            "SELECT k.key, o.* FROM desk.official_keys k JOIN desk.officials o ON o.id = k.official"
            " WHERE k.key = ANY ($1::text[])",
            list(keys),
        )
        return {row["key"]: _official(row) for row in rows}

    @mapped
    async def keys_of(self, official: int) -> Sequence[KeyId]:
        """Return a person's keys."""
        rows = await self._pool.fetch(
            "SELECT key FROM desk.official_keys WHERE official = $1 ORDER BY key", official
        )
        return [row["key"] for row in rows]

    @mapped
    async def bind(self, key: KeyId, official: int) -> None:
        """Assign a key to an official."""
        await self._pool.execute(
            "INSERT INTO desk.official_keys (key, official) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            key,
            official,
        )

    @mapped
    async def set_language(self, official: int, language: Language) -> None:
        """Set the language of an official's pages."""
        await self._pool.execute(
            "UPDATE desk.officials SET language = $2 WHERE id = $1", official, language
        )

    @mapped
    async def set_shortcuts(self, official: int, *, on: bool) -> None:
        """Switch single-key shortcuts of an official's pages on or off."""
        await self._pool.execute(
            "UPDATE desk.officials SET shortcuts = $2 WHERE id = $1", official, on
        )


def _official(row: asyncpg.Record) -> Official:
    facts = {name: value for name, value in row.items() if name != "key"}
    return Official(**facts | {"channels": tuple(row["channels"])})


class PostgresEnrolments:
    """Port `Enrolments`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @mapped
    async def invite(self, code: bytes, official: int, expires: datetime) -> None:
        """Store an invitation by its code's digest."""
        await self._pool.execute(
            "INSERT INTO desk.invitations (code, official, expires) VALUES ($1, $2, $3)",
            code,
            official,
            expires,
        )

    @mapped
    async def invited(self, code: bytes, now: datetime) -> Official | None:
        """Return the official whom a valid code invites."""
        row = await self._pool.fetchrow(
            "SELECT o.* FROM desk.officials o JOIN desk.invitations i ON i.official = o.id"
            " WHERE i.code = $1 AND NOT i.used AND i.expires > $2",
            code,
            now,
        )
        return _official(row) if row else None

    @mapped
    async def put(self, code: bytes, enrolment: Enrolment) -> bool:
        """Use up an invitation and store the enrolment, in one transaction."""
        async with self._pool.acquire() as connection, connection.transaction():
            used = await connection.fetchval(
                "UPDATE desk.invitations SET used = true"
                " WHERE code = $1 AND NOT used AND official = $2 RETURNING 1",
                code,
                enrolment.official,
            )
            if used is None:
                return False
            await connection.execute(
                "INSERT INTO desk.enrolments (key, official, envelope, at) VALUES ($1, $2, $3, $4)",
                enrolment.key,
                enrolment.official,
                enrolment.envelope,
                enrolment.at,
            )
            await connection.execute(
                "INSERT INTO desk.official_keys (key, official) VALUES ($1, $2)",
                enrolment.key,
                enrolment.official,
            )
        return True

    @mapped
    async def waiting(self) -> Sequence[Enrolment]:
        """Return enrolments that wait for the registrar, oldest first."""
        rows = await self._pool.fetch(
            "SELECT key, official, envelope, at, state FROM desk.enrolments"
            " WHERE state = 'waiting' ORDER BY at, key"
        )
        return [Enrolment(**row) for row in rows]

    @mapped
    async def of_key(self, key: KeyId) -> Enrolment | None:
        """Return a key's enrolment."""
        row = await self._pool.fetchrow(
            "SELECT key, official, envelope, at, state FROM desk.enrolments WHERE key = $1", key
        )
        return Enrolment(**row) if row else None

    @mapped
    async def close(self, key: KeyId, state: Literal["confirmed", "refused"]) -> None:
        """Close an enrolment."""
        await self._pool.execute("UPDATE desk.enrolments SET state = $2 WHERE key = $1", key, state)


WAITING_QUOTA: Final = DraftQuota(count=500, length=64 * 1024 * 1024)
"""Limits of one person's signed drafts that wait for release: number and total bytes."""

KEPT_RETURNED: Final = 20
"""Returned drafts stored and shown for each author; older ones are deleted."""

_PUT_LOCK: Final = 0x5C_C1EA
"""Advisory lock for storing signed drafts: an arbitrary, unique number."""

# The waiting drafts of a person under all keys, except drafts that are stored again.
_WAITING: Final = f"""
SELECT count(*), coalesce(sum(
    length(c.envelope) + (SELECT coalesce(sum(length(part)), 0) FROM unnest(c.parts) AS part)
), 0)::bigint FROM desk.clearances AS c
WHERE c.by IN ({KEYS_OF_SAME_PERSON}) AND c.state = 'waiting' AND NOT c.id = ANY ($2::text[])
"""  # noqa: S608 - constants

# Drafts that are not shown any longer; otherwise taking drafts back would evade the quota.
_DROP_RETURNED: Final = """
DELETE FROM desk.clearances WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY by ORDER BY at DESC, id) AS place
        FROM desk.clearances WHERE state = 'returned') AS c
    WHERE place > $1)
"""


class PostgresClearances:
    """Port `Clearances`. `changed` is called when the number of waiting drafts may change."""

    def __init__(
        self,
        pool: Pool,
        changed: Callable[[], None] = lambda: None,
        most: DraftQuota = WAITING_QUOTA,
    ) -> None:
        self._pool = pool
        self._changed = changed
        self._most = most

    @mapped
    async def put(self, drafts: Sequence[Clearance]) -> None:
        """Store the drafts of one act in one transaction."""
        async with self._pool.acquire() as connection, connection.transaction():
            # Otherwise two concurrent acts of one person could both use the last room.
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _PUT_LOCK)
            for by in {draft.by for draft in drafts}:
                await self._check(connection, by, [draft for draft in drafts if draft.by == by])
            await connection.executemany(
                "INSERT INTO desk.clearances (id, envelope, parts, by, at)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                [
                    (draft.id, draft.envelope, list(draft.parts), draft.by, draft.at)
                    for draft in drafts
                ],
            )
            await connection.execute(_DROP_RETURNED, KEPT_RETURNED)
        self._changed()

    async def _check(self, connection: Connection, by: KeyId, drafts: Sequence[Clearance]) -> None:
        [(count, total)] = await connection.fetch(_WAITING, by, [draft.id for draft in drafts])
        length = sum(len(draft.envelope) + sum(map(len, draft.parts)) for draft in drafts)
        if count + len(drafts) > self._most.count or total + length > self._most.length:
            megabytes = self._most.length // (1024 * 1024)
            raise RuleBroken(
                "release-limit",
                "Too many drafts wait.",
                limit=self._most.count,
                megabytes=megabytes,
            )

    @mapped
    async def waiting(self) -> Sequence[Clearance]:
        """Return drafts that wait for release, oldest first."""
        rows = await self._pool.fetch(
            "SELECT * FROM desk.clearances WHERE state = 'waiting' ORDER BY at, id"
        )
        return [_clearance(row) for row in rows]

    @mapped
    async def count(self) -> int:
        """Return the number of drafts that wait for release."""
        count: int = await self._pool.fetchval(
            "SELECT count(*) FROM desk.clearances WHERE state = 'waiting'"
        )
        return count

    @mapped
    async def get(self, id_: EntryId) -> Clearance | None:
        """Return one draft."""
        row = await self._pool.fetchrow("SELECT * FROM desk.clearances WHERE id = $1", id_)
        return _clearance(row) if row else None

    @mapped
    async def returned(self, by: KeyId) -> Sequence[Clearance]:
        """Return an author's returned drafts, newest first."""
        rows = await self._pool.fetch(
            "SELECT * FROM desk.clearances WHERE state = 'returned' AND by = $1"
            " ORDER BY at DESC, id LIMIT $2",
            *(by, KEPT_RETURNED),
        )
        return [_clearance(row) for row in rows]

    @mapped
    async def close(
        self, id_: EntryId, state: Literal["cleared", "returned"], remark: str = ""
    ) -> None:
        """Close a draft as released or returned."""
        await self._pool.execute(
            "UPDATE desk.clearances SET state = $2, remark = $3 WHERE id = $1", id_, state, remark
        )
        self._changed()


def _clearance(row: asyncpg.Record) -> Clearance:
    return Clearance(
        id=row["id"],
        envelope=row["envelope"],
        parts=tuple(row["parts"]),
        by=row["by"],
        at=row["at"],
        state=row["state"],
        remark=row["remark"],
    )


class PostgresReads:
    """Port `Reads`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @mapped
    async def mark(self, key: KeyId, thread: ThreadId, mark: ReadMark, at: datetime) -> bool:
        """Store how far a thread was shown to an official; never lowers a mark."""
        moved: bool = await self._pool.fetchval(
            "WITH moved AS (INSERT INTO desk.reads AS r (key, thread, eu, cn, at)"
            " VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (key, thread) DO UPDATE SET eu = greatest(r.eu, excluded.eu),"
            " cn = greatest(r.cn, excluded.cn), at = excluded.at"
            " WHERE r.eu < excluded.eu OR r.cn < excluded.cn RETURNING true),"
            " seen AS (UPDATE desk.reads SET at = $5"
            " WHERE key = $1 AND thread = $2 AND NOT EXISTS (SELECT FROM moved))"
            " SELECT EXISTS (SELECT FROM moved)",
            *(key, thread, mark.eu, mark.cn, at),
        )
        return moved

    @mapped
    async def marks(
        self, key: KeyId, threads: Sequence[ThreadId] | None = None
    ) -> dict[ThreadId, ReadMark]:
        """Return an official's marks."""
        rows = await self._pool.fetch(
            "SELECT thread, eu, cn, at FROM desk.reads"
            " WHERE key = $1 AND ($2::text[] IS NULL OR thread = ANY ($2))",
            key,
            None if threads is None else list(threads),
        )
        return {thread: ReadMark(eu, cn, at) for thread, eu, cn, at in rows}

    @mapped
    async def news(self, key: KeyId, threads: Sequence[ThreadId]) -> News:
        """Return the threads with entries that are new to an official."""
        [row] = await self._pool.fetch(_NEWS, key, list(threads))
        return News(frozenset(row["threads"]), row["last"])
