"""Storage for the link only: gaps, commit boundaries, evidence, the peer's files.

Does not write logs: `stores.record` does. Reads the schema `record` alone, so that the link's
role suffices.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256 as new_sha256
from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Party
from special_channel.stores.files import Files
from special_channel.stores.record.transaction import PostgresSharedTransaction
from special_channel.stores.sessions import Pool
from special_channel.stores.store import Store

RESUMED: Final = "resumed"
"""Code of the evidence that closes the last fault of a log."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why the mirror of a log stopped, with the notes of both sides.

    Attributes:
        log: The log.
        size: The mirror's size when it stopped.
        code: The fault; `resumed` closes the last fault.
        ours: The newest valid note, or empty.
        theirs: The faulty note in full, or empty.
        detail: The fault in one English sentence.
    """

    log: Party
    size: int
    code: str
    ours: str
    theirs: str
    detail: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A mirrored entry with parts that did not arrive and are not declared erased.

    `parts`: ordinals of the missing texts, subjects and file descriptors.
    """

    index: int
    parts: tuple[int, ...]


_GAPS: Final = """
SELECT p.idx, array_agg(p.ordinal::integer ORDER BY p.ordinal)
FROM record.parts AS p
JOIN record.entries AS t ON (t.log, t.idx) = (p.log, p.idx)
WHERE p.log = $1 AND p.disclosure IS NULL
    AND NOT EXISTS (
        SELECT FROM record.erased AS e
        WHERE (e.log, e.idx, e.ordinal) = (p.log, p.idx, p.ordinal))
    AND NOT EXISTS (
        SELECT FROM record.erasure_orders AS d WHERE (d.ref, d.ordinal) = (t.id, p.ordinal))
GROUP BY p.idx ORDER BY p.idx
"""

_MISSING: Final = """
SELECT w.sha256, w.length FROM record.files_wanted AS w
WHERE NOT EXISTS (SELECT FROM record.files AS f WHERE f.sha256 = w.sha256)
    AND EXISTS (
        SELECT FROM record.parts AS p JOIN record.entries AS t USING (log, idx)
        WHERE p.file = w.sha256 AND NOT EXISTS (
            SELECT FROM record.erasure_orders AS d
            WHERE (d.log, d.ref, d.ordinal) = (p.log, t.id, p.ordinal)))
ORDER BY w.sha256 LIMIT $1
"""
"""Without files that their owner erased: the peer can't send them, though a descriptor of the
file may still be stored here."""


class MirrorBook(Store):
    """Queries and writes used by the mirror alone."""

    async def gaps(self, log: Party) -> Sequence[Gap]:
        """Return missing parts of a log that are not declared erased, in order of index."""
        rows = await self._pool.fetch(_GAPS, log)
        return [Gap(index, tuple(parts)) for index, parts in rows]

    async def fill(self, log: Party, index: int, ordinal: int, disclosure: bytes) -> None:
        """Store a missing part; idempotent.

        Raises:
            RuleBroken: `part-digest` if the part does not match its commitment.
        """
        async with self._pool.session() as connection:
            await PostgresSharedTransaction(connection).fill_part(log, index, ordinal, disclosure)

    async def boundary(self, log: Party, at_most: int) -> tuple[int, str] | None:
        """Return (size, note) of the largest commit up to size `at_most`."""
        row = await self._pool.fetchrow(
            "SELECT size, note FROM record.checkpoints WHERE log = $1 AND size <= $2"
            " ORDER BY size DESC LIMIT 1",
            *(log, at_most),
        )
        return None if row is None else (row["size"], row["note"])

    async def invalid(self, log: Party) -> Sequence[tuple[int, str]]:
        """Return (index, code) of entries without effect, in order of index."""
        rows = await self._pool.fetch(
            "SELECT idx, code FROM record.entries WHERE log = $1 AND code <> '' ORDER BY idx",
            log,
        )
        return [(row["idx"], row["code"]) for row in rows]

    async def of_kind(self, log: Party, kind: str, limit: int) -> Sequence[tuple[str, bytes]]:
        """Return (accepted, envelope) of a kind's newest entries, newest first."""
        rows = await self._pool.fetch(
            "SELECT accepted, envelope FROM record.entries"
            " WHERE kind = $2 AND log = $1 AND code = '' ORDER BY idx DESC LIMIT $3",
            *(log, kind, limit),
        )
        return [(row["accepted"], row["envelope"]) for row in rows]


class EvidenceBook(Store):
    """Append-only table of faults of a log's owner. Durable when `keep` returns."""

    async def keep(self, evidence: Evidence) -> None:
        """Store a fault, or that an operator resumed the mirror (`resumed`)."""
        await self._insert("record.evidence", **asdict(evidence))

    async def last(self, log: Party) -> Evidence | None:
        """Return the last evidence stored for a log."""
        return await self._object(
            Evidence,
            "SELECT log, size, code, ours, theirs, detail FROM record.evidence"
            " WHERE log = $1 ORDER BY number DESC LIMIT 1",
            log,
        )


class SharedFiles(Store):
    """Attachment bytes that the peer may read: named by our side's log, or sent by the peer.

    Excludes other files, even if an entry of the peer names their digest: otherwise the peer
    could find out whether this node has a file that was never sent (promise P8).
    """

    def __init__(self, pool: Pool, files: Files, own: Party) -> None:
        super().__init__(pool)
        self._files = files
        self._own = own

    async def length(self, sha256: str) -> int | None:
        """Return a file's length in bytes; None if missing or not accessible to the peer."""
        length: int | None = await self._pool.fetchval(
            "SELECT f.length FROM record.files AS f WHERE f.sha256 = $1 AND ("
            " EXISTS (SELECT FROM record.parts AS p WHERE p.file = $1 AND p.log = $2)"
            " OR EXISTS (SELECT FROM record.files_received AS r WHERE r.sha256 = $1))",
            *(sha256, self._own),
        )
        return length

    def get(self, sha256: str) -> AsyncIterator[bytes]:
        """Stream a file."""
        return self._files.get(sha256)

    async def missing(self, limit: int) -> Sequence[tuple[str, int]]:
        """Return (digest, length) of missing files that shared entries name.

        Files erased by their owner are left out.
        """
        rows = await self._pool.fetch(_MISSING, limit)
        return [(row["sha256"], row["length"]) for row in rows]

    async def receive(self, sha256: str, length: int, chunks: AsyncIterator[bytes]) -> None:
        """Store a file of the peer; visible only if the bytes match the digest.

        Raises:
            Malformed: `file-digest`.
            Refused: `file-too-large`.
        """
        checked = _checked(sha256, chunks)
        await self._files.put(checked, max_bytes=length, type_="application/octet-stream")
        rest = "ON CONFLICT DO NOTHING"
        await self._insert("record.files_received", rest=rest, sha256=sha256)


async def _checked(sha256: str, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pass bytes through; raise at the end if their digest is wrong."""
    digest = new_sha256()
    async for chunk in chunks:
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != sha256:
        raise Malformed("file-digest", "The file is not the one that was signed.")
