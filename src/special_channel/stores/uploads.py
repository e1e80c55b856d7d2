"""Who uploaded which file, in PostgreSQL: only to count what no entry names yet.

Does not hold bytes (`files.py`) and deletes none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from special_channel.core.ids import KeyId
from special_channel.stores.database_errors import mapped
from special_channel.stores.sessions import Pool

KEYS_OF_SAME_PERSON: Final = """
SELECT $1::text UNION SELECT theirs.key FROM desk.official_keys AS own
JOIN desk.official_keys AS theirs USING (official) WHERE own.key = $1
"""
"""All keys of the person whose key is the first parameter."""

_UNNAMED: Final = f"""
SELECT coalesce(sum(u.length), 0)::bigint FROM desk.uploads AS u
WHERE u.key IN ({KEYS_OF_SAME_PERSON}) AND u.at > $2
    AND NOT EXISTS (SELECT FROM record.parts AS p WHERE p.file = u.sha256)
    AND NOT EXISTS (SELECT FROM private.parts AS p WHERE p.file = u.sha256)
"""  # noqa: S608 - constants

_ADD: Final = """
WITH old AS (DELETE FROM desk.uploads WHERE at <= $5)
INSERT INTO desk.uploads (key, sha256, length, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (key, sha256) DO UPDATE SET at = $4
"""


class PostgresUploads:
    """Port `Uploads`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @mapped
    async def unnamed(self, key: KeyId, since: datetime) -> int:
        """Return how many bytes a person uploaded since then that no entry names."""
        length: int = await self._pool.fetchval(_UNNAMED, key, since)
        return length

    @mapped
    async def add(
        self, key: KeyId, sha256: str, length: int, at: datetime, forget: datetime
    ) -> None:
        """Note an upload; forget those that are as old as `forget`."""
        await self._pool.execute(_ADD, key, sha256, length, at, forget)
