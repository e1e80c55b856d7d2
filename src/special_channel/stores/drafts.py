"""Unsent drafts in PostgreSQL, with optimistic locking: a save names the version to replace.

Does not parse drafts: their text is JSON of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import KeyId
from special_channel.stores.sessions import Pool
from special_channel.stores.store import Store
from special_channel.stores.uploads import KEYS_OF_SAME_PERSON


@dataclass(frozen=True, slots=True)
class SavedText:
    """The last saved state of a draft.

    `text`: JSON. `version`: unique number of the save.
    """

    text: str
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Replaces:
    """The saved draft that a save may replace.

    `version`: the version that the page loaded or saved last, 0 for none. `page`: a random name of
    the open page. A page may replace its own save of any version.
    """

    # The reply to a page's last save may have been lost: then the page does not know the version.
    version: int
    page: str = ""


@dataclass(frozen=True, slots=True)
class KeptDraft(SavedText):
    """A saved draft with its place, in a person's list."""

    place: str


@dataclass(frozen=True, slots=True)
class TypedDraft:
    """Where a draft stands, and when it was saved."""

    place: str
    at: datetime


TO_SIGN: Final = "sign "
"""Beginning of the names of drafts that a browser has shown for signing, one for each act."""

CHOSEN: Final = "chosen-"
"""Beginning of the names of drafts that keep a file, or chosen rows: nothing that is typed."""

TYPED: Final = f"NOT starts_with(place, '{TO_SIGN}') AND NOT starts_with(place, '{CHOSEN}')"
"""What a person knows as a draft."""

# A person writes on at another computer, with another key: drafts are found by any key of the
# person, and stay under the key that began them. What a browser has shown for signing is its own.
_PERSONS: Final = (
    f"place = $2 AND (key = $1 OR NOT starts_with(place, '{TO_SIGN}')"
    f" AND key IN ({KEYS_OF_SAME_PERSON}))"
)

_SAVE: Final = f"""
WITH held AS (UPDATE desk.drafts
    SET text = $3, at = $4, page = '', version = nextval('desk.draft_versions')
    WHERE {_PERSONS} RETURNING version),
begun AS (INSERT INTO desk.drafts (key, place, text, at)
    SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM held)
    ON CONFLICT (key, place) DO UPDATE
    SET text = $3, at = $4, page = '', version = nextval('desk.draft_versions')
    RETURNING version)
SELECT version FROM held UNION ALL SELECT version FROM begun ORDER BY version DESC LIMIT 1
"""  # noqa: S608 - constants

_BEGIN: Final = f"""
INSERT INTO desk.drafts AS d (key, place, text, at, page)
SELECT $1, $2, $3, $4, $5
WHERE NOT EXISTS (SELECT FROM desk.drafts WHERE {_PERSONS} AND key <> $1)
ON CONFLICT (key, place) DO UPDATE
SET text = $3, at = $4, version = nextval('desk.draft_versions') WHERE d.page = $5 AND $5 <> ''
RETURNING version
"""  # noqa: S608 - constants

_REPLACE: Final = f"""
UPDATE desk.drafts
SET text = $3, at = $4, page = $5, version = nextval('desk.draft_versions')
WHERE {_PERSONS} AND (version = $6 OR page = $5 AND $5 <> '')
RETURNING version
"""  # noqa: S608 - constants

_DELETE: Final = f"WITH gone AS (DELETE FROM desk.drafts WHERE {_PERSONS}) SELECT 0"  # noqa: S608

# A version saved by another page meanwhile stays; deleting a deleted draft succeeds.
_DELETE_OVER: Final = f"""
WITH gone AS (
    DELETE FROM desk.drafts
    WHERE {_PERSONS} AND (version = $3 OR page = $4 AND $4 <> '') RETURNING 1)
SELECT 0 WHERE EXISTS (SELECT FROM gone)
    OR NOT EXISTS (SELECT FROM desk.drafts WHERE {_PERSONS})
"""  # noqa: S608 - constants

_LOAD: Final = f"""
SELECT text, at, version FROM desk.drafts WHERE {_PERSONS} ORDER BY version DESC LIMIT 1
"""  # noqa: S608 - constants


_TYPED_BY: Final = f"""
SELECT DISTINCT ON (place) place, text, at, version FROM desk.drafts
WHERE key IN ({KEYS_OF_SAME_PERSON}) AND {TYPED} ORDER BY place, version DESC
"""  # noqa: S608 - constants

# Quotes within a text are escaped in JSON, so that no text reads like the field.
_UNSENT: Final = f"""
SELECT count(DISTINCT place) FROM desk.drafts
WHERE key IN ({KEYS_OF_SAME_PERSON}) AND {TYPED} AND text LIKE '%"held":"true"%'
"""  # noqa: S608 - constants

_HAND_ON: Final = """
UPDATE desk.drafts SET key = $1, page = '', version = nextval('desk.draft_versions')
WHERE place = $2 AND key = (SELECT key FROM desk.drafts
    WHERE place = $2 AND key = ANY ($3::text[]) ORDER BY version DESC LIMIT 1)
RETURNING 1
"""

# The drafts of a person under all keys, except the draft to be saved. Drafts shown for signing are
# counted apart: somebody who writes much must still be able to sign.
_OTHERS: Final = f"""
SELECT count(*), coalesce(sum(octet_length(text)), 0)::bigint FROM desk.drafts AS d
WHERE d.key IN ({KEYS_OF_SAME_PERSON}) AND d.place <> $2
    AND starts_with(d.place, '{TO_SIGN}') = starts_with($2, '{TO_SIGN}')
"""  # noqa: S608 - constants

# A window that was closed before it signed leaves its draft.
_LEFT: Final = f"""
DELETE FROM desk.drafts
WHERE key = $1 AND starts_with(place, '{TO_SIGN}') AND place <> $2
    AND at < $3::timestamptz - interval '1 day'
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class DraftQuota:
    """Limits of one person's drafts: number and total bytes."""

    count: int = 200
    length: int = 16 * 1024 * 1024

    def exceeded(self, code: str, detail: str) -> RuleBroken:
        """Return the error of too many or too long drafts."""
        megabytes = self.length // (1024 * 1024)
        return RuleBroken(code, detail, limit=self.count, megabytes=megabytes)


class Drafts(Store):
    """Unsigned texts that officials are writing; stored on the server only."""

    def __init__(self, pool: Pool, most: DraftQuota | None = None) -> None:
        super().__init__(pool)
        self._most = most or DraftQuota()

    async def save(
        self, key: KeyId, place: str, text: str, at: datetime, over: Replaces | None = None
    ) -> int | None:
        """Store a draft's JSON text; delete the draft if the text is empty.

        A draft shown for signing also removes those that were left for a day. Returns the new
        version, 0 after deletion. With `over`, returns None and changes nothing if another page
        saved or deleted the draft meanwhile.

        Raises:
            RuleBroken: `draft-limit` if the drafts of the key's owner would be too many or too
                long in total.
        """
        version: int | None
        if text and place.startswith(TO_SIGN):
            await self._pool.execute(_LEFT, key, place, at)
        if text:
            await self._check(key, place, len(text.encode()))
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

    async def _check(self, key: KeyId, place: str, length: int) -> None:
        [(count, total)] = await self._pool.fetch(_OTHERS, key, place)
        if count >= self._most.count or total + length > self._most.length:
            raise self._most.exceeded("draft-limit", "Too many drafts.")

    async def typed(self, keys: Sequence[KeyId]) -> Sequence[TypedDraft]:
        """Return the drafts under these keys, newest first, without what was shown for signing."""
        which = f"WHERE key = ANY ($1::text[]) AND {TYPED}"
        return await self._objects(
            TypedDraft,
            f"SELECT place, max(at) AS at FROM desk.drafts {which} GROUP BY place"  # noqa: S608
            " ORDER BY at DESC, place",
            list(keys),
        )

    async def typed_by(self, key: KeyId) -> Sequence[KeptDraft]:
        """Return the drafts of the key's owner, newest first, each place once."""
        drafts = await self._objects(KeptDraft, _TYPED_BY, key)
        return sorted(drafts, key=lambda draft: draft.at, reverse=True)

    async def unsent(self, key: KeyId) -> int:
        """Count the drafts of the key's owner that were signed, held and not sent."""
        return await self._count(_UNSENT, key)

    async def hand_on(self, place: str, keys: Sequence[KeyId], to: KeyId) -> bool:
        """Move the newest draft under these keys to another person's key.

        Returns False, and moves nothing, if it is gone or that person has a draft there.
        """
        if await self.load(to, place) is not None:
            return False
        return bool(await self._pool.fetchval(_HAND_ON, to, place, list(keys)))

    async def load(self, key: KeyId, place: str) -> SavedText | None:
        """Look up a draft of the key's owner."""
        return await self._object(SavedText, _LOAD, key, place)
