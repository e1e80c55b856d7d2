"""Attachment bytes in PostgreSQL, by digest.

Does not scan for viruses and does not check access. An upload is a sequence of 1 MiB rows,
invisible until complete and hashed. Unfinished uploads and unreferenced files are swept.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256 as new_sha256
from typing import Final

from special_channel.core.bytes.errors import NotFound, Refused, Unavailable
from special_channel.stores.database_errors import unavailable
from special_channel.stores.sessions import Connection
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class FileState:
    """Digest, length in bytes and media type of a stored file."""

    sha256: str
    length: int
    type: str


CHUNK_BYTES: Final = 1024 * 1024
"""Bytes of a row."""

ABANDONED_SECONDS: Final = 24 * 3600
"""Age at which an unfinished upload is swept: no upload takes a day."""

_TRIES: Final = 10
"""Retries if the same file is deleted while being stored again."""


class Files(Store):
    """Attachment bytes by digest, written once in rows of 1 MiB. Partial files are invisible."""

    async def put(self, chunks: AsyncIterator[bytes], *, max_bytes: int, type_: str) -> FileState:
        """Store a stream, counting and hashing its bytes.

        If the same bytes are stored already, the stored file and its type remain.

        Raises:
            Refused: `file-too-large`.
            Unavailable: `database-unavailable`.
        """
        upload = await self._pool.fetchval(
            "INSERT INTO record.uploads DEFAULT VALUES RETURNING upload"
        )
        digest, length = new_sha256(), 0
        try:
            ordinal = 0
            async for row in _rows(chunks):
                length += len(row)
                _check_length(length, max_bytes)
                digest.update(row)
                await self._insert("record.file_chunks", upload=upload, ordinal=ordinal, bytes=row)
                ordinal += 1
            return await self._finish(FileState(digest.hexdigest(), length, type_), upload)
        except BaseException:
            await self._drop(upload)
            raise

    async def state(self, sha256: str) -> FileState | None:
        """Return digest, length and type of a stored file; None if missing."""
        read = "SELECT sha256, length, type FROM record.files WHERE sha256 = $1"
        return await self._object(FileState, read, sha256)

    async def held(self, digests: Sequence[str]) -> frozenset[str]:
        """Return the subset of `digests` with stored bytes."""
        rows = await self._pool.fetch(
            "SELECT sha256 FROM record.files WHERE sha256 = ANY ($1::text[])", list(digests)
        )
        return frozenset(row["sha256"] for row in rows)

    async def get(self, sha256: str) -> AsyncIterator[bytes]:
        """Stream a file row by row; the connection is released between rows.

        Raises:
            NotFound: `file-missing`; also half-way, if the file is erased meanwhile.
        """
        file = await self._pool.fetchrow(
            "SELECT upload, length FROM record.files WHERE sha256 = $1", sha256
        )
        if file is None:
            raise _missing(sha256)
        upload, length = file
        for ordinal in range(-(-length // CHUNK_BYTES)):
            row: bytes | None = await self._pool.fetchval(
                "SELECT bytes FROM record.file_chunks WHERE upload = $1 AND ordinal = $2",
                upload,
                ordinal,
            )
            if row is None:
                raise _missing(sha256)
            yield row

    async def missing(self, limit: int) -> Sequence[tuple[str, int]]:
        """Return (digest, length) of missing files that stored entries name."""
        rows = await self._pool.fetch(
            "SELECT w.sha256, w.length FROM record.files_wanted AS w WHERE NOT EXISTS"
            " (SELECT FROM record.files AS f WHERE f.sha256 = w.sha256)"
            " ORDER BY w.sha256 LIMIT $1",
            limit,
        )
        return [(row["sha256"], row["length"]) for row in rows]

    async def drop_unnamed(self, age: timedelta, most: int) -> int:
        """Delete up to `most` unreferenced uploads older than `age`; return their number.

        Files named by an entry, a draft or a draft waiting for release are never deleted, even if
        the reference is stored meanwhile. Nothing is deleted while the record has known damage.
        """
        return await self._count("SELECT record.drop_unnamed($1, $2)", age, most)

    async def sweep(self, most: int) -> int:
        """Remove bytes of unfinished uploads and deleted files, if a day old.

        Removes at most `most` uploads in one call; returns their number.
        """
        removed = await self._pool.fetch(
            "DELETE FROM record.uploads WHERE upload IN ("
            "SELECT upload FROM record.uploads AS u"
            " WHERE begun < now() - make_interval(secs => $1)"
            " AND NOT EXISTS (SELECT FROM record.files AS f WHERE f.upload = u.upload)"
            " ORDER BY begun LIMIT $2) RETURNING upload",
            *(float(ABANDONED_SECONDS), most),
        )
        return len(removed)

    async def _finish(self, file: FileState, upload: int) -> FileState:
        async with self._pool.transaction() as connection:
            for _ in range(_TRIES):
                status = await connection.execute(
                    "INSERT INTO record.files (sha256, length, type, upload)"
                    " VALUES ($1, $2, $3, $4) ON CONFLICT (sha256) DO NOTHING",
                    *(file.sha256, file.length, file.type, upload),
                )
                first = status == "INSERT 0 1"
                if first or await _renewed(connection, file.sha256):
                    break
            else:
                raise unavailable()
            await connection.execute(
                "DELETE FROM record.files_wanted WHERE sha256 = $1", file.sha256
            )
            if first:
                return file
            await connection.execute("DELETE FROM record.uploads WHERE upload = $1", upload)
        return await self.state(file.sha256) or file

    async def _drop(self, upload: int) -> None:
        # After a failure or an aborted upload; `sweep` removes the rest if this fails.
        with contextlib.suppress(Unavailable):
            await self._pool.execute(
                "DELETE FROM record.uploads AS u WHERE upload = $1"
                " AND NOT EXISTS (SELECT FROM record.files AS f WHERE f.upload = u.upload)",
                upload,
            )


async def _renewed(connection: Connection, sha256: str) -> bool:
    """Set a file's upload time to now; False if the file was deleted meanwhile."""
    # The update locks the row: of this transaction and a concurrent sweep, one waits.
    await connection.execute(
        "UPDATE record.uploads SET begun = now()"
        " WHERE upload = (SELECT upload FROM record.files WHERE sha256 = $1)",
        sha256,
    )
    exists: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM record.files WHERE sha256 = $1)", sha256
    )
    return exists


async def _rows(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Split a stream into rows of 1 MiB; the last row may be shorter."""
    buffer = bytearray()
    async for chunk in chunks:
        buffer += chunk
        while len(buffer) >= CHUNK_BYTES:
            yield bytes(buffer[:CHUNK_BYTES])
            del buffer[:CHUNK_BYTES]
    if buffer:
        yield bytes(buffer)


def _check_length(length: int, limit: int) -> None:
    if length > limit:
        raise Refused("file-too-large", "The file is too large.", limit=limit)


def _missing(sha256: str) -> NotFound:
    return NotFound("file-missing", "These bytes are not here.", file=sha256)
