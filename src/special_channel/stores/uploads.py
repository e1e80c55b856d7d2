"""Uploads by official, in PostgreSQL, to limit the bytes of files that no entry names.

Does not store or delete bytes: `files.py` does.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from special_channel.core.bytes.ids import KeyId
from special_channel.stores.store import Store

KEYS_OF_SAME_PERSON: Final = """
SELECT $1::text UNION SELECT theirs.key FROM desk.official_keys AS own
JOIN desk.official_keys AS theirs USING (official) WHERE own.key = $1
"""
"""The keys of one person; the first parameter is any key of the person."""

_UNNAMED: Final = f"""
SELECT coalesce(sum(u.length), 0)::bigint FROM desk.uploads AS u
WHERE u.key IN ({KEYS_OF_SAME_PERSON})
    AND EXISTS (SELECT FROM record.files AS f WHERE f.sha256 = u.sha256)
    AND NOT EXISTS (SELECT FROM record.parts AS p WHERE p.file = u.sha256)
    AND NOT EXISTS (SELECT FROM private.parts AS p WHERE p.file = u.sha256)
"""  # noqa: S608 - constants

_ADD: Final = """
INSERT INTO desk.uploads (key, sha256, length, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (key, sha256) DO UPDATE SET at = $4
"""

_FORGET: Final = """
DELETE FROM desk.uploads AS u
WHERE NOT EXISTS (SELECT FROM record.files AS f WHERE f.sha256 = u.sha256)
    OR EXISTS (SELECT FROM record.parts AS p WHERE p.file = u.sha256)
    OR EXISTS (SELECT FROM private.parts AS p WHERE p.file = u.sha256)
"""


class Uploads(Store):
    """Uploads by official, to limit the files that no entry names."""

    async def unnamed(self, key: KeyId) -> int:
        """Return the bytes of stored uploads by a key's owner that no entry names."""
        return await self._count(_UNNAMED, key)

    async def add(self, key: KeyId, sha256: str, length: int, at: datetime) -> None:
        """Record an upload."""
        await self._pool.execute(_ADD, key, sha256, length, at)

    async def forget(self) -> None:
        """Delete records of files that are deleted or named by an entry."""
        await self._pool.execute(_FORGET)
