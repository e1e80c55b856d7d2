"""Store and query grants of access to overseers and services, and extents of pages and files.

Does not decide whether a grant admits a reading: `core/rules/access.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from special_channel.core.bytes.ids import EntryId, KeyId, PersonId
from special_channel.core.rows.private import AccessRow
from special_channel.core.rules.access import Extent
from special_channel.stores.store import Store

# Text that is not a number gives no row, and so no extent. `CASE` keeps the cast from such text,
# which a condition in WHERE would not.
_PLACE: Final = """
place AS (SELECT lower(left($1, 2)) AS log,
    CASE WHEN $1 ~ '^(EU|CN)-[0-9]{1,15}$' THEN substr($1, 4)::bigint END AS idx)
"""

_OF_THREAD: Final = f"""
WITH {_PLACE}
SELECT array[t.key] AS threads, array[t.batch] AS batches, min(e.accepted) AS first,
    max(e.accepted) AS last
FROM place AS p JOIN record.threads AS t ON t.party = p.log AND t.idx = p.idx
JOIN record.entries AS e ON e.thread = t.key GROUP BY t.key, t.batch
"""  # noqa: S608 - constants

# The entries of a list name it; only the entry that made it is the list itself.
_OF_LIST: Final = f"""
WITH {_PLACE}
SELECT '{{}}'::text[] AS threads, array[b.key] AS batches, min(e.accepted) AS first,
    max(e.accepted) AS last
FROM place AS p JOIN record.batches AS b ON p.log = 'eu' AND b.idx = p.idx
JOIN record.entries AS e ON e.id = b.key OR (e.kind = ANY ('{{batch.amended,batch.answered}}')
    AND record.payload(e.envelope) ->> 'ref' = b.key)
GROUP BY b.key
"""  # noqa: S608 - constants

_ENTRIES: Final = """
SELECT CASE WHEN e.thread IS NULL THEN '{}' ELSE array[e.thread] END AS threads,
    array_remove(array[t.batch, CASE e.kind WHEN 'batch.listed' THEN e.id
        WHEN 'batch.amended' THEN record.payload(e.envelope) ->> 'ref'
        WHEN 'batch.answered' THEN record.payload(e.envelope) ->> 'ref' END], NULL) AS batches,
    e.accepted AS first, e.accepted AS last
FROM record.entries AS e LEFT JOIN record.threads AS t ON t.key = e.thread
"""

_OF_ENTRY: Final = f"""
WITH {_PLACE}
{_ENTRIES} WHERE (e.log, e.idx) IN (SELECT log, idx FROM place) OR (e.id = $1 AND e.code = '')
LIMIT 1
"""  # noqa: S608 - constants

_OF_FILE: Final = f"""
{_ENTRIES} WHERE EXISTS (SELECT FROM record.parts AS p
    WHERE p.file = $1 AND p.log = e.log AND p.idx = e.idx)
"""

_STATEMENTS: Final[Mapping[str, Sequence[str]]] = {
    "thread": (_OF_THREAD,),
    "list": (_OF_LIST,),
    "entry": (_OF_ENTRY,),
    "file": (_OF_FILE,),
    "export": (_OF_THREAD, _OF_LIST),
}
"""By kind of reading (`web/http/readings.py`); any other kind shows more than one subject."""


class WaitingGrant(NamedTuple):
    """Whom a grant that waits lets read, and the person who signed it first.

    Neither of them signs it next; both are empty where they are no person.
    """

    person: PersonId
    first: PersonId


_WAITING: Final = """
SELECT a.person, coalesce(k.person, '') AS first
FROM desk.access_acts AS a LEFT JOIN record.keys AS k ON k.key = a.by
WHERE a.state = 'waiting' AND a.expires > $1
"""


class AccessGrants(Store):
    """Grants of access (K29); those that wait for a second signature are counted only."""

    async def waiting(self, now: datetime) -> Sequence[WaitingGrant]:
        """Return the grants that wait for another overseer's signature."""
        return await self._objects(WaitingGrant, _WAITING, now)

    async def of_reader(self, person: PersonId, key: KeyId) -> Sequence[AccessRow]:
        """Return the grants of a person or key without an end entry; `until` may have passed."""
        return await self._select(
            AccessRow,
            "WHERE ended IS NULL AND ((person = $1 AND person <> '') OR holder = $2) ORDER BY idx",
            *(person, key),
        )

    async def all(self, limit: int) -> Sequence[AccessRow]:
        """Return all grants, newest first."""
        return await self._select(AccessRow, "ORDER BY idx DESC LIMIT $1", limit)

    async def get(self, id_: EntryId) -> AccessRow | None:
        """Look up a grant by its entry."""
        return (await self._by_key(AccessRow, [id_])).get(id_)

    async def extents(self, what: str, subject: str) -> Sequence[Extent]:
        """Return the extents of a subject by kind of reading; a file has an extent for every entry.

        A list of many subjects has no extent: only a grant of everything admits it.
        """
        rows = [
            row
            for statement in _STATEMENTS.get(what, ())
            for row in await self._pool.fetch(statement, subject)
        ]
        return [
            Extent(frozenset(row["threads"]), frozenset(row["batches"]), row["first"], row["last"])
            for row in rows
        ]
