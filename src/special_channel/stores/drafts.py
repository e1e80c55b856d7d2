"""Texts being typed, in PostgreSQL: each save names the version that it replaces.

Does not read what is in them: JSON of the page that saved it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from special_channel.core.ids import KeyId
from special_channel.ports.people import Replaces, SavedText
from special_channel.stores.database_errors import mapped
from special_channel.stores.sessions import Pool

_SAVE: Final = """
INSERT INTO desk.drafts (key, place, text, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (key, place) DO UPDATE
SET text = $3, at = $4, page = '', version = nextval('desk.draft_versions')
RETURNING version
"""

_BEGIN: Final = """
INSERT INTO desk.drafts AS d (key, place, text, at, page) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (key, place) DO UPDATE
SET text = $3, at = $4, version = nextval('desk.draft_versions') WHERE d.page = $5 AND $5 <> ''
RETURNING version
"""

_REPLACE: Final = """
UPDATE desk.drafts
SET text = $3, at = $4, page = $5, version = nextval('desk.draft_versions')
WHERE key = $1 AND place = $2 AND (version = $6 OR page = $5 AND $5 <> '')
RETURNING version
"""

_DELETE: Final = "WITH gone AS (DELETE FROM desk.drafts WHERE key = $1 AND place = $2) SELECT 0"

# What another page saved meanwhile stays; what is deleted already may be deleted again.
_DELETE_OVER: Final = """
WITH gone AS (
    DELETE FROM desk.drafts
    WHERE key = $1 AND place = $2 AND (version = $3 OR page = $4 AND $4 <> '') RETURNING 1)
SELECT 0 WHERE EXISTS (SELECT FROM gone)
    OR NOT EXISTS (SELECT FROM desk.drafts WHERE key = $1 AND place = $2)
"""


class PostgresDrafts:
    """Port `Drafts`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @mapped
    async def save(
        self, key: KeyId, place: str, text: str, at: datetime, over: Replaces | None = None
    ) -> int | None:
        """Keep a draft, or delete it; None if another page was there first."""
        version: int | None
        if over is None and text:
            version = await self._pool.fetchval(_SAVE, key, place, text, at)
        elif over is None:
            version = await self._pool.fetchval(_DELETE, key, place)
        elif text:
            statement = _REPLACE if over.version else _BEGIN
            version = await self._pool.fetchval(
                statement, key, place, text, at, over.page, *([over.version] * bool(over.version))
            )
        else:
            version = await self._pool.fetchval(_DELETE_OVER, key, place, over.version, over.page)
        return version

    @mapped
    async def load(self, key: KeyId, place: str) -> SavedText | None:
        """Return a draft."""
        row = await self._pool.fetchrow(
            "SELECT text, at, version FROM desk.drafts WHERE key = $1 AND place = $2", key, place
        )
        return SavedText(**row) if row else None
