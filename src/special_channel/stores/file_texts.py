"""Texts of files for full-text search. PostgreSQL, schema `private`. Never sent.

Stores the text of a file that our side's scanners let through, for as long as they do and the file
is stored: triggers remove it with the file and with a find. Does not extract texts
(`desk/text_job.py`) and does not search them (`stores/search.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.stores.database_errors import database_errors
from special_channel.stores.file_scans import MISSING_VERDICT, NOT_FOUND
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file whose text was not extracted yet; `length` in bytes."""

    sha256: str
    length: int


_OPEN: Final = f"c.text = 0 AND NOT {MISSING_VERDICT} AND {NOT_FOUND}"

UNREAD: Final = f"""
SELECT f.sha256, f.length FROM desk.file_contents AS c JOIN record.files AS f USING (sha256)
WHERE {_OPEN} ORDER BY f.upload LIMIT $2
"""  # noqa: S608 - constants

_COUNT: Final = f"""
SELECT count(*) FROM (SELECT FROM desk.file_contents AS c WHERE {_OPEN} LIMIT $2) AS w
"""  # noqa: S608 - constants

_RENEW: Final = f"""
WITH again AS (
    UPDATE desk.file_contents AS c SET text = 0
    WHERE c.text <> 0 AND (c.text < $2 OR {MISSING_VERDICT}) RETURNING c.sha256
)
DELETE FROM private.file_texts WHERE sha256 IN (SELECT sha256 FROM again)
"""  # noqa: S608 - constants

# Of the next statement's snapshot: a find that was stored before the lock was taken is seen there.
_LOCK: Final = "SELECT FROM desk.file_contents WHERE sha256 = $1 FOR UPDATE"

_READ: Final = f"""
WITH read AS (
    UPDATE desk.file_contents AS c SET text = $2 WHERE c.sha256 = $1 AND {NOT_FOUND}
    RETURNING c.sha256
)
INSERT INTO private.file_texts (sha256, paragraphs, whole)
SELECT sha256, $3::text[], $4 FROM read WHERE cardinality($3::text[]) > 0
ON CONFLICT (sha256) DO UPDATE SET paragraphs = excluded.paragraphs, whole = excluded.whole
"""  # noqa: S608 - constants


class FileTexts(Store):
    """Texts of files, and files that wait for the reader."""

    async def renew(self, scanners: Sequence[str], version: int) -> None:
        """Remove texts of files without a named scanner's verdict, or read by an older version.

        Such files wait again. Reads every file: for the start of a node.
        """
        await self._pool.execute(_RENEW, list(scanners), version)

    async def unread(self, scanners: Sequence[str], limit: int) -> Sequence[UnreadFile]:
        """Return stored files that every named scanner let through and nobody has read."""
        return await self._objects(UnreadFile, UNREAD, list(scanners), limit)

    async def waiting(self, scanners: Sequence[str], most: int = 1000) -> int:
        """Return how many files wait for the reader, at most `most`."""
        return await self._count(_COUNT, list(scanners), most)

    async def keep(
        self, sha256: str, version: int, paragraphs: Sequence[str], *, whole: bool
    ) -> None:
        """Store what was read of a file, unless it was erased or found infected meanwhile.

        Args:
            sha256: The file.
            version: Version of the reader.
            paragraphs: The text; empty for a file without any.
            whole: Whether it is all of the file's text.
        """
        async with self._pool.transaction() as connection:
            with database_errors():
                await connection.execute(_LOCK, sha256)
                await connection.execute(_READ, sha256, version, list(paragraphs), whole)
