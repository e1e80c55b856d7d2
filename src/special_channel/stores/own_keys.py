"""What a person sees of the own keys: labels of computers, use of each key, stand-ins.

Does not read the keys themselves: `DirectoryViews` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from special_channel.core.bytes.ids import KeyId, Party, PersonId
from special_channel.core.rows.directory import PersonRow
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class KeyUse:
    """Use of a key: number of entries in its side's shared log, and the time of the last one.

    `seen` is the time of the last request of a session with the key, open or past.
    """

    key: KeyId
    entries: int
    last: str
    seen: datetime | None


_USE = """
SELECT k.key, e.entries, coalesce(e.last, '') AS last, greatest(
    (SELECT max(s.seen) FROM desk.sessions AS s WHERE s.key = k.key),
    (SELECT max(p.seen) FROM desk.past_sessions AS p WHERE p.key = k.key)) AS seen
FROM unnest($1::text[]) AS k (key)
CROSS JOIN LATERAL (SELECT count(*) AS entries, max(accepted) AS last
    FROM record.entries WHERE author = k.key AND log = $2 AND code = '') AS e
"""


class OwnKeys(Store):
    """Labels and use of keys, by key."""

    async def labels(self, keys: Sequence[KeyId]) -> Mapping[KeyId, str]:
        """Return the labels of computers; keys without a label are omitted."""
        rows = await self._pool.fetch(
            "SELECT key, label FROM desk.official_keys WHERE key = ANY ($1::text[])"
            " AND label <> ''",
            list(keys),
        )
        return {row["key"]: row["label"] for row in rows}

    async def set_label(self, official: int, key: KeyId, label: str) -> bool:
        """Label the computer of an official's key; return False if the key is another's."""
        changed = await self._pool.fetchval(
            "UPDATE desk.official_keys SET label = $3 WHERE official = $1 AND key = $2 RETURNING 1",
            *(official, key, label),
        )
        return changed is not None

    async def used(self, party: Party, keys: Sequence[KeyId]) -> Mapping[KeyId, KeyUse]:
        """Return the use of each key of a side."""
        uses = await self._objects(KeyUse, _USE, list(keys), party)
        return {each.key: each for each in uses}

    async def stand_ins(self, party: Party, person: PersonId) -> Sequence[PersonRow]:
        """Return the persons with a function in force in which they stand in for a person."""
        return await self._select(
            PersonRow,
            "WHERE party = $1 AND jsonb_path_exists(doc,"
            " '$.grants[*] ? (@.absent == $who && @.end == null)',"
            " jsonb_build_object('who', $2::text)) ORDER BY number",
            *(party, person),
        )
