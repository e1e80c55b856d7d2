"""Verdicts of virus scanners by file, in PostgreSQL: the newest of each scanner holds.

Does not scan and does not decide who may open a file: `desk/file_scanner.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from special_channel.core.bytes.ids import EntryId, PersonId
from special_channel.core.rows.private import QuarantineRow
from special_channel.ports import Transaction
from special_channel.ports.scanning import Scan
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """A scanner's verdict on a file.

    Attributes:
        at: Time of the verdict.
        seen: Time of the last scan with this verdict, by the engine and signatures stated here.
    """

    sha256: str
    scanner: str
    found: bool
    threat: str
    engine: str
    signatures: str
    dated: date | None
    at: datetime
    seen: datetime


@dataclass(frozen=True, slots=True)
class UnsealedVerdict(FileVerdict):
    """A verdict that no private entry holds yet.

    `file`: the digest by which the private log names the file; nobody without the salt recognises
    the file by it.
    """

    id: int
    file: str


@dataclass(frozen=True, slots=True)
class DueFile:
    """A file to scan, with the scanners whose verdict is missing or out of date."""

    sha256: str
    length: int
    scanners: tuple[str, ...]
    tries: int


@dataclass(frozen=True, slots=True)
class Find:
    """A quarantined file.

    Attributes:
        log, idx: First entry with the file; None without an entry.
        disclosure: The part of the entry with the file's name.
        taken: When somebody looked into it.
        files: Digests by which the private log names the file, one a find, the newest first.
    """

    sha256: str
    threat: str
    engine: str
    signatures: str
    dated: date | None
    at: datetime
    taken: datetime | None
    log: str | None
    idx: int | None
    disclosure: bytes | None
    files: tuple[str, ...] = ()


_COLUMNS: Final = "sha256, scanner, found, threat, engine, signatures, dated, at, seen"

_LAST: Final = """
SELECT DISTINCT ON (sha256, scanner) * FROM desk.file_scans
WHERE {where} ORDER BY sha256, scanner, id DESC
"""

_OF_FILES: Final = f"""
SELECT {_COLUMNS} FROM ({_LAST.format(where="sha256 = ANY ($1::text[])")}) AS s ORDER BY scanner
"""  # noqa: S608 - constants

MISSING_VERDICT: Final = """EXISTS (
    SELECT FROM unnest($1::text[]) AS s (name) WHERE NOT EXISTS (
        SELECT FROM desk.file_scans AS v WHERE v.sha256 = c.sha256 AND v.scanner = s.name))"""
"""Condition on a file `c`: some scanner of the statement's first value has not judged it."""

NOT_FOUND: Final = f"""NOT EXISTS (
    SELECT FROM ({_LAST.format(where="sha256 = c.sha256")}) AS v WHERE v.found)"""
"""Condition on a file `c`: no verdict that holds is a find."""

SETTLED: Final = 5000
"""Files that one look takes off those that wait: at the first look after an update, many do."""

# Files that were tried least come first: one that a scanner never judges does not hold up others.
DUE: Final = f"""
WITH settled AS (
    UPDATE desk.file_contents SET waits = false WHERE sha256 IN (
        SELECT c.sha256 FROM desk.file_contents AS c
        WHERE c.waits AND NOT {MISSING_VERDICT} LIMIT {SETTLED})
)
SELECT f.sha256, f.length, m.names AS scanners, coalesce(t.tries, 0) AS tries
FROM desk.file_contents AS w JOIN record.files AS f USING (sha256)
LEFT JOIN desk.file_tries AS t USING (sha256)
CROSS JOIN LATERAL (
    SELECT array_agg(s.name ORDER BY s.ord) AS names
    FROM unnest($1::text[]) WITH ORDINALITY AS s (name, ord)
    WHERE NOT EXISTS (
        SELECT FROM desk.file_scans AS c WHERE c.sha256 = f.sha256 AND c.scanner = s.name)) AS m
WHERE w.waits AND m.names IS NOT NULL AND (t.next IS NULL OR t.next <= $2)
ORDER BY coalesce(t.tries, 0), f.upload LIMIT $3
"""  # noqa: S608 - constants

UNLOOKED: Final = """
SELECT f.sha256 FROM desk.file_contents AS c JOIN record.files AS f USING (sha256)
WHERE c.look = 0 ORDER BY f.upload LIMIT $1
"""

_RENEW: Final = f"""
UPDATE desk.file_contents AS c SET waits = waits OR {MISSING_VERDICT},
    look = CASE WHEN look < $2 THEN 0 ELSE look END
WHERE look BETWEEN 1 AND $2 - 1 OR NOT waits AND {MISSING_VERDICT}
"""  # noqa: S608 - constants

_STALE: Final = f"""
SELECT l.sha256, f.length, ARRAY[$1] AS scanners, coalesce(t.tries, 0) AS tries
FROM ({_LAST.format(where="scanner = $1")}) AS l JOIN record.files AS f USING (sha256)
LEFT JOIN desk.file_tries AS t USING (sha256)
WHERE l.signatures <> $2 AND l.seen <= $3 AND (t.next IS NULL OR t.next <= $4)
ORDER BY coalesce(t.tries, 0), l.seen LIMIT $5
"""  # noqa: S608 - constants

_RECORD: Final = """
WITH last AS (
    SELECT id, found, threat FROM desk.file_scans WHERE sha256 = $1 AND scanner = $2
    ORDER BY id DESC LIMIT 1
), same AS (
    UPDATE desk.file_scans AS s SET engine = $5, signatures = $6, dated = $7, seen = $8 FROM last
    WHERE s.id = last.id AND last.found = $3 AND last.threat = $4 RETURNING 1
)
INSERT INTO desk.file_scans
    (sha256, scanner, found, threat, engine, signatures, dated, at, seen, salt)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $8, $9
WHERE NOT EXISTS (SELECT FROM same) AND EXISTS (SELECT FROM record.files WHERE sha256 = $1)
"""

_FINDS: Final = f"""
SELECT l.sha256, l.threat, l.engine, l.signatures, l.dated, l.at, l.taken,
    p.log, p.idx, p.disclosure,
    (SELECT array_agg(f.file ORDER BY f.id DESC) FROM desk.file_scans AS f
     WHERE f.sha256 = l.sha256 AND f.found) AS files
FROM (
    SELECT DISTINCT ON (sha256) * FROM (
        {_LAST.format(where="sha256 IN (SELECT sha256 FROM desk.file_scans WHERE found)")}
    ) AS v WHERE v.found ORDER BY v.sha256, v.taken IS NOT NULL, v.id
) AS l
LEFT JOIN LATERAL (
    SELECT log, idx, disclosure FROM record.parts WHERE file = l.sha256 ORDER BY log, idx LIMIT 1
) AS p ON true WHERE ($2 = '' OR l.sha256 = $2)
    AND ($3 = '' OR l.sha256 IN (SELECT sha256 FROM desk.file_scans WHERE file = $3))
ORDER BY l.taken IS NOT NULL, l.at DESC, l.sha256 LIMIT $1
"""  # noqa: S608 - constants

WAITING_REQUESTS: Final = f"""
SELECT q.key AS id, q.doc ->> 'person' AS person FROM private.quarantine AS q
WHERE q.doc ->> 'agreed' = '' AND EXISTS (
    SELECT FROM desk.file_scans AS s WHERE s.file = q.file AND EXISTS (
        SELECT FROM ({_LAST.format(where="sha256 = s.sha256")}) AS v WHERE v.found))
"""  # noqa: S608 - constants
"""Requests for quarantined files to which nobody has agreed. A file judged clean needs none."""

_FORGET: Final = """
WITH gone AS (
    DELETE FROM desk.file_tries AS t
    WHERE NOT EXISTS (SELECT FROM record.files AS f WHERE f.sha256 = t.sha256)
)
DELETE FROM desk.file_scans AS s
WHERE NOT EXISTS (SELECT FROM record.files AS f WHERE f.sha256 = s.sha256)
"""


class FileScans(Store):
    """Verdicts of our side's scanners."""

    async def verdicts(self, digests: Sequence[str]) -> Mapping[str, tuple[FileVerdict, ...]]:
        """Return the verdicts that hold, by file; files without one are left out."""
        found: dict[str, tuple[FileVerdict, ...]] = {}
        for each in await self._objects(FileVerdict, _OF_FILES, list(digests)):
            found[each.sha256] = (*found.get(each.sha256, ()), each)
        return found

    async def renew(self, scanners: Sequence[str], look: int) -> None:
        """Let files wait again without the verdict of a named scanner, or without the named look.

        Reads every file: for the start of a node, when settings or look may have changed.
        """
        await self._pool.execute(_RENEW, list(scanners), look)

    async def due(self, scanners: Sequence[str], now: datetime, limit: int) -> Sequence[DueFile]:
        """Return stored files without a verdict of some scanner, unless to be tried later."""
        return _due(await self._pool.fetch(DUE, list(scanners), now, limit))

    async def stale(
        self, scanner: str, signatures: str, now: datetime, age: timedelta, limit: int
    ) -> Sequence[DueFile]:
        """Return files that a scanner judged by other signatures, `age` ago or longer."""
        rows = await self._pool.fetch(_STALE, scanner, signatures, now - age, now, limit)
        return _due(rows)

    async def record(
        self, sha256: str, scanner: str, scan: Scan, at: datetime, salt: bytes
    ) -> None:
        """Store a verdict, if the file is still stored."""
        engine = scan.engine
        await self._pool.execute(
            _RECORD,
            *(sha256, scanner, scan.found, scan.threat),
            *(engine.name, engine.signatures, engine.dated, at, salt),
        )

    async def failed(self, sha256: str, tries: int, next_: datetime) -> None:
        """Store when to try a file again."""
        await self._pool.execute(
            "INSERT INTO desk.file_tries (sha256, tries, next) VALUES ($1, $2, $3)"
            " ON CONFLICT (sha256) DO UPDATE SET tries = $2, next = $3",
            *(sha256, tries, next_),
        )

    async def judged(self, sha256: str) -> None:
        """Forget that scanners failed: each has given its verdict."""
        await self._pool.execute("DELETE FROM desk.file_tries WHERE sha256 = $1", sha256)

    async def failing(self, tries: int) -> int:
        """Count the files that scanners failed to judge so often in a row, or more often."""
        return await self._count("SELECT count(*) FROM desk.file_tries WHERE tries >= $1", tries)

    async def contents(self, digests: Sequence[str], look: int) -> Mapping[str, tuple[str, ...]]:
        """Return the names of active content by file; files not looked into are left out."""
        rows = await self._pool.fetch(
            "SELECT sha256, active FROM desk.file_contents"
            " WHERE sha256 = ANY ($1::text[]) AND look >= $2",
            *(list(digests), look),
        )
        return {row["sha256"]: tuple(row["active"]) for row in rows}

    async def looked(self, sha256: str, look: int, active: Sequence[str]) -> None:
        """Store the names of a file's active content, if the file is still stored."""
        await self._pool.execute(
            "UPDATE desk.file_contents SET look = $2, active = $3 WHERE sha256 = $1",
            *(sha256, look, list(active)),
        )

    async def unlooked(self, limit: int) -> Sequence[str]:
        """Return files that were not looked into."""
        return [row["sha256"] for row in await self._pool.fetch(UNLOOKED, limit)]

    async def naming(self, sha256: str) -> tuple[str, int, bytes | None] | None:
        """Return log, index and part of the first shared entry that names a file."""
        rows = await self._pool.fetch(
            "SELECT log, idx, disclosure FROM record.parts WHERE file = $1"
            " ORDER BY log, idx LIMIT 1",
            sha256,
        )
        return tuple(rows[0]) if rows else None

    async def finds(self, limit: int, sha256: str = "") -> Sequence[Find]:
        """Return quarantined files, or one: those that nobody has looked into, then the newest."""
        return await self._objects(Find, _FINDS, limit, sha256, "")

    async def find_sealed(self, file: str) -> Find | None:
        """Look up a quarantined file by a digest in the private log; None if absent."""
        return next(iter(await self._objects(Find, _FINDS, 1, "", file)), None)

    async def request(self, id_: EntryId) -> QuarantineRow | None:
        """Look up a request for a quarantined file by its entry."""
        return (await self._by_key(QuarantineRow, [id_])).get(id_)

    async def take(self, sha256: str, person: PersonId, now: datetime) -> bool:
        """Record who looked into a find; False if nothing of the file is to be looked into."""
        return bool(
            await self._pool.fetch(
                "UPDATE desk.file_scans SET taken = $3, taken_by = $2"
                " WHERE sha256 = $1 AND found AND taken IS NULL RETURNING id",
                *(sha256, person, now),
            )
        )

    async def any_unsealed(self) -> bool:
        """Return whether some verdict is in no private entry yet."""
        found: bool = await self._pool.fetchval(
            "SELECT EXISTS (SELECT FROM desk.file_scans WHERE sealed IS NULL)"
        )
        return found

    async def forget(self) -> None:
        """Delete verdicts on files that are no longer stored."""
        await self._pool.execute(_FORGET)

    @staticmethod
    async def unsealed(transaction: Transaction, limit: int) -> Sequence[UnsealedVerdict]:
        """Return the oldest unsealed verdicts. The caller must hold the lock on the heads."""
        rows: Sequence[Mapping[str, Any]] = await transaction.execute(
            f"SELECT {_COLUMNS}, id, file FROM desk.file_scans WHERE sealed IS NULL"  # noqa: S608
            " ORDER BY id LIMIT $1",
            limit,
        )
        return [UnsealedVerdict(**row) for row in rows]

    @staticmethod
    async def seal(transaction: Transaction, ids: Sequence[int], entry: EntryId) -> None:
        """Store the private entry that holds verdicts."""
        await transaction.execute(
            "UPDATE desk.file_scans SET sealed = $2 WHERE id = ANY ($1::bigint[])",
            *(list(ids), entry),
        )


def _due(rows: Sequence[Any]) -> list[DueFile]:
    return [
        DueFile(row["sha256"], row["length"], tuple(row["scanners"]), row["tries"]) for row in rows
    ]
