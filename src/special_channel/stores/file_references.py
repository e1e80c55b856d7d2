"""References of our side's records office by thread (文号), with each change.

PostgreSQL, schema `private`. Never sent to the other side. `stores/search_index.py` indexes them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from special_channel.core.bytes.ids import PersonId, ThreadId
from special_channel.stores.store import Store

LISTED = 20
"""Changes of a thread that are read, the last first."""


@dataclass(frozen=True, slots=True)
class FileReference:
    """A reference given to a thread; empty: removed. `person`: who recorded it, and when."""

    reference: str
    person: PersonId
    at: datetime


class FileReferences(Store):
    """References by thread."""

    async def of(self, thread: ThreadId) -> Sequence[FileReference]:
        """Return a thread's references, the last first; the first one is in use."""
        return await self._objects(
            FileReference,
            "SELECT reference, person, at FROM private.file_references WHERE thread = $1"
            " ORDER BY n DESC LIMIT $2",
            *(thread, LISTED),
        )

    async def in_use(self, threads: Collection[ThreadId]) -> Mapping[ThreadId, str]:
        """Look up the last reference of each thread; threads without one are omitted."""
        rows = await self._pool.fetch(
            "SELECT DISTINCT ON (thread) thread, reference FROM private.file_references"
            " WHERE thread = ANY ($1::text[]) ORDER BY thread, n DESC",
            list(threads),
        )
        return {row["thread"]: row["reference"] for row in rows if row["reference"]}

    async def record(
        self, thread: ThreadId, reference: str, person: PersonId, at: datetime
    ) -> None:
        """Store a reference in place of the last one, which stays listed."""
        async with self._pool.transaction() as connection:
            # One change after the other, so that each has its number.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", thread)
            await connection.execute(
                "INSERT INTO private.file_references (thread, n, reference, person, at)"
                " SELECT $1::text, coalesce(max(n), 0) + 1, $2::text, $3::text, $4::timestamptz"
                " FROM private.file_references WHERE thread = $1",
                *(thread, reference, person, at),
            )
