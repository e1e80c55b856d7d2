"""Fill the index of full-text search. PostgreSQL, schema `private`. Never sent.

Triggers queue what changes, in the transaction of the change, and drop erased text from the index
there. Does not search (`stores/search.py`) and does not split texts (`core/search`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import orjson

from special_channel.core.bytes import parts
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Position, party_of, private_number
from special_channel.core.bytes.parts import FilePart, SubjectPart, TextPart
from special_channel.core.search.folding import STEM, searchable, stemmable
from special_channel.stores.database_errors import database_errors
from special_channel.stores.sessions import Connection
from special_channel.stores.store import Store

Source = Literal["eu", "cn", "private", "application", "licence", "batch", "reference", "file"]
"""What is searched: entries of a log, rows, or files in entries."""

Kind = Literal[
    "note",
    "subject",
    "internal",
    "meeting",
    "list",
    "application",
    "licence",
    "reference",
    "attachment",
    "other",
]
"""Kinds of hits."""

FILTERED_KINDS: Final[tuple[Kind, ...]] = tuple(each for each in get_args(Kind) if each != "other")
"""Kinds that a search can be limited to."""

Paragraphs = tuple[tuple[Literal["number", "subject", "text", "file", "column"], str], ...]
"""Texts with their part of the whole, in order."""

Place = tuple[Source, str]
"""Source and key."""

LOCK: Final = 0x5C_5EA
"""Advisory lock of the task that indexes: an arbitrary, unique number."""

MOST_BYTES: Final = 700_000
"""Bytes of words in one row: a `tsvector` holds no more than a megabyte."""

INTERNAL: Final = ("note.internal", "thread.assigned")
"""Private kinds that the page of a thread shows to every official of our side."""

_KINDS: Final[Mapping[str, Kind]] = {
    "thread.opened": "subject",
    **dict.fromkeys(("note.posted", "note.corrected", "note.translated", "note.withdrawn"), "note"),
    **dict.fromkeys(INTERNAL, "internal"),
    **dict.fromkeys(("meeting.held", "point.noted", "point.marked"), "meeting"),
    **dict.fromkeys(("batch.listed", "batch.amended", "batch.answered"), "list"),
}

_TAKE: Final = """
SELECT source, key FROM private.search_waits ORDER BY source, key LIMIT $1 FOR UPDATE SKIP LOCKED
"""

_ENTRIES: Final = """
SELECT e.log AS source, e.idx::text AS key, e.kind, coalesce(e.thread, '') AS thread, e.author,
    e.log AS party, e.accepted AS at,
    ARRAY(SELECT p.disclosure FROM {schema}.parts AS p
        WHERE (p.log, p.idx) = (e.log, e.idx) AND p.disclosure IS NOT NULL ORDER BY p.ordinal)
        AS parts,
    record.payload(nullif(e.envelope, '')) #>> '{{body,applications}}' AS applications,
    coalesce(n.withdrawn, false) AS withdrawn,
    coalesce(jsonb_array_length(n.doc -> 'corrected') > 0, false) AS corrected
FROM unnest($1::text[], $2::bigint[]) AS w (log, idx)
JOIN {schema}.entries AS e ON (e.log, e.idx) = (w.log, w.idx)
LEFT JOIN record.notes AS n ON n.key = e.id
WHERE e.code = '' AND {which}
"""
_SHARED: Final = _ENTRIES.format(schema="record", which="e.roles ~ '[stf]'")
_PRIVATE: Final = _ENTRIES.format(schema="private", which=f"e.kind IN {INTERNAL}")

# A file in an entry: its name, and the text that was read of it.
_FILES: Final = """
SELECT 'file' AS source, concat_ws('-', p.log, p.idx, p.ordinal) AS key,
    e.log || '-' || e.idx AS entry, coalesce(e.thread, '') AS thread, e.author, e.log AS party,
    e.accepted AS at, ARRAY[p.disclosure] AS parts, t.paragraphs, p.file AS file,
    coalesce(n.withdrawn, false) AS withdrawn,
    coalesce(jsonb_array_length(n.doc -> 'corrected') > 0, false) AS corrected
FROM unnest($1::text[], $2::bigint[], $3::smallint[]) AS w (log, idx, ordinal)
JOIN {schema}.parts AS p ON (p.log, p.idx, p.ordinal) = (w.log, w.idx, w.ordinal)
JOIN {schema}.entries AS e ON (e.log, e.idx) = (p.log, p.idx)
JOIN private.file_texts AS t ON t.sha256 = p.file
LEFT JOIN record.notes AS n ON n.key = e.id
WHERE e.code = '' AND p.disclosure IS NOT NULL AND {which}
"""
_SHARED_FILES: Final = _FILES.format(schema="record", which="true")
_PRIVATE_FILES: Final = _FILES.format(schema="private", which=f"e.kind IN {INTERNAL}")

_ROWS: Final[Mapping[Source, str]] = {
    "application": """
SELECT a.key, '' AS party, coalesce((
        SELECT max(e.accepted) FROM record.listings AS l JOIN record.entries AS e
            ON e.log = 'eu' AND e.idx = (l.doc ->> 'listed_in')::bigint
        WHERE l.number = a.key), '') AS at,
    ARRAY(SELECT DISTINCT l.doc ->> 'control_code' FROM record.listings AS l
        WHERE l.number = a.key) AS texts,
    (SELECT k.columns FROM private.kept_rows AS k WHERE k.number = a.key
        ORDER BY k.idx DESC LIMIT 1)::text AS columns
FROM record.applications AS a WHERE a.key = ANY ($1::text[])
""",
    "licence": """
SELECT l.key, 'cn' AS party, coalesce(e.accepted, '') AS at,
    l.codes || l.applications || ARRAY(
        WITH RECURSIVE issue AS (
            SELECT i.issue, i.n, CASE WHEN i.issue ->> 'corrects' <> '' AND row_number() OVER (
                PARTITION BY i.issue ->> 'corrects' ORDER BY i.n) = 1
                THEN i.issue ->> 'corrects' END AS replaced
            FROM jsonb_array_elements(l.doc -> 'issues') WITH ORDINALITY AS i (issue, n)
        ), placed AS (
            SELECT issue, n AS place FROM issue WHERE replaced IS NULL
            UNION ALL
            SELECT i.issue, p.place FROM placed AS p JOIN issue AS i
                ON i.replaced = p.issue ->> 'id'
        ), terms AS (
            SELECT issue FROM placed AS p
            WHERE NOT EXISTS (SELECT FROM issue AS i WHERE i.replaced = p.issue ->> 'id')
            ORDER BY place DESC LIMIT 1
        )
        SELECT jsonb_array_elements_text(issue -> 'customers') FROM terms) AS texts,
    NULL AS columns
FROM record.licences AS l LEFT JOIN record.entries AS e ON e.log = 'cn' AND e.idx = l.idx
WHERE l.key = ANY ($1::text[])
""",
    "batch": """
SELECT b.key, 'eu' AS party, b.accepted AS at, ARRAY[b.list] AS texts, NULL AS columns,
    'EU-' || b.idx AS number
FROM record.batches AS b WHERE b.key = ANY ($1::text[])
""",
    "reference": """
SELECT r.thread AS key, '' AS party, to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    AS at, ARRAY[r.reference] AS texts, NULL AS columns, r.thread
FROM (SELECT DISTINCT ON (thread) * FROM private.file_references WHERE thread = ANY ($1::text[])
    ORDER BY thread, n DESC) AS r WHERE r.reference <> ''
""",
}

_KEEP: Final = f"""
INSERT INTO private.searchable
    (source, key, kind, thread, author, party, at, words, folded, cut)
SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text,
    CASE WHEN $11::boolean THEN '' ELSE array_to_tsvector($8::text[] || stems.roots) END,
    $10::text || CASE WHEN $11::boolean
        THEN E'\\n ' || array_to_string($8::text[] || stems.roots, E' \\n ') || ' ' ELSE '' END,
    $11::boolean
FROM (SELECT array_agg(DISTINCT '{STEM}' || (ts_lexize('private.search_english', word))[1]) AS roots
    FROM unnest($9::text[]) AS word) AS stems
"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class SearchedText:
    """A text found and shown by a search.

    Attributes:
        thread: Id of the thread, or empty.
        author: Key, or empty for a row.
        party: Side; empty for an internal text and for an application.
        at: Time of its entry as signed, or empty.
        withdrawn: Whether the note was withdrawn; `corrected`: corrected since.
        file: SHA-256 of the file whose text this is, or empty.
        entry: Log and index of the entry with the file, such as `eu-5`, or empty.
    """

    source: Source
    key: str
    kind: Kind
    thread: str
    author: str
    party: str
    at: str
    paragraphs: Paragraphs
    withdrawn: bool = False
    corrected: bool = False
    file: str = ""
    entry: str = ""

    @property
    def place(self) -> Place:
        """Source and key."""
        return self.source, self.key

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts alone."""
        return tuple(text for _, text in self.paragraphs)


class SearchIndex(Store):
    """The index, and the indexed texts."""

    async def waiting(self, most: int = 1000) -> int:
        """Return how many texts the index lacks, at most `most`."""
        return await self._count(
            "SELECT count(*) FROM (SELECT FROM private.search_waits LIMIT $1) AS w", most
        )

    async def fill(self, most: int) -> int:
        """Index up to `most` texts that wait; return how many were taken from the queue.

        Two tasks take turns, so that after the call nothing waits that waited before, but what
        another transaction changes at the moment.
        """
        async with self._pool.transaction() as connection:
            with database_errors():
                await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
                rows = await connection.fetch(_TAKE, most)
                places: list[Place] = [(row["source"], row["key"]) for row in rows]
                if not places:
                    return 0
                texts = await _read(connection, places)
                kept = await asyncio.to_thread(lambda: [_kept(text) for text in texts])
                sources, keys = zip(*places, strict=True)
                for table in ("searchable", "search_waits"):
                    await connection.execute(
                        f"DELETE FROM private.{table} AS s"  # noqa: S608 - constants
                        " USING unnest($1::text[], $2::text[]) AS w (source, key)"
                        " WHERE s.source = w.source AND s.key = w.key",
                        *(list(sources), list(keys)),
                    )
                await connection.executemany(_KEEP, kept)
        return len(places)

    async def texts(self, places: Sequence[Place]) -> Mapping[Place, SearchedText]:
        """Read texts by place, as the record has them now; erased and unknown ones are omitted."""
        async with self._pool.session() as connection:
            return {text.place: text for text in await _read(connection, places)}

    async def stems(self, words: Iterable[str]) -> Mapping[str, str]:
        """Return the English stems of words."""
        rows = await self._pool.fetch(
            "SELECT word, (ts_lexize('private.search_english', word))[1] AS root"
            " FROM unnest($1::text[]) AS word",
            sorted(words),
        )
        return {row["word"]: row["root"] for row in rows}


async def _read(connection: Connection, places: Sequence[Place]) -> list[SearchedText]:
    """Read the texts of places, with a query for each kind of source."""
    texts: list[SearchedText] = []
    entries = [(source, int(key)) for source, key in places if source in ("eu", "cn")]
    private = [(source, int(key)) for source, key in places if source == "private"]
    for statement, chosen in ((_SHARED, entries), (_PRIVATE, private)):
        if chosen:
            logs, indexes = zip(*chosen, strict=True)
            rows = await connection.fetch(statement, list(logs), list(indexes))
            texts += [_entry(dict(row)) for row in rows]
    for log in ("record", "private"):
        files = [
            (own, int(idx), int(ordinal))
            for source, key in places
            if source == "file"
            for own, idx, ordinal in [key.split("-")]
            if (own == "private") == (log == "private")
        ]
        if files:
            statement = _PRIVATE_FILES if log == "private" else _SHARED_FILES
            rows = await connection.fetch(statement, *map(list, zip(*files, strict=True)))
            texts += [_file(dict(row)) for row in rows]
    for source, statement in _ROWS.items():
        keys = [key for place, key in places if place == source]
        if keys:
            texts += [_row(source, dict(row)) for row in await connection.fetch(statement, keys)]
    return texts


def _entry(row: dict[str, Any]) -> SearchedText:
    private = row["source"] == "private"
    index, party = int(row["key"]), party_of(row["author"])
    number = private_number(party, index) if private else str(Position(row["party"], index))
    applications = [("number", str(each)) for each in orjson.loads(row["applications"] or "[]")]
    return SearchedText(
        source=row["source"],
        key=row["key"],
        kind=_KINDS.get(row["kind"], "other"),
        thread=row["thread"],
        author=row["author"],
        party="" if private else row["party"],
        at=row["at"],
        paragraphs=(("number", number), *_parts(row["parts"]), *applications),  # type: ignore[arg-type]
        withdrawn=row["withdrawn"],
        corrected=row["corrected"],
    )


def _file(row: dict[str, Any]) -> SearchedText:
    private = row["party"] == "private"
    return SearchedText(
        source="file",
        key=row["key"],
        kind="attachment",
        thread=row["thread"],
        author=row["author"],
        party="" if private else row["party"],
        at=row["at"],
        paragraphs=(
            *(_parts(row["parts"]) or (("file", ""),)),
            *(("text", text) for text in row["paragraphs"]),
        ),
        withdrawn=row["withdrawn"],
        corrected=row["corrected"],
        file=row["file"],
        entry=row["entry"],
    )


def _parts(disclosures: Iterable[bytes]) -> Paragraphs:
    found: list[tuple[Any, str]] = []
    for disclosure in disclosures:
        try:
            part = parts.parse(disclosure)
        except Malformed:
            continue  # damaged in our database, or a mirrored entry that the judge refused
        if isinstance(part, FilePart):
            found.append(("file", part.name))
        elif isinstance(part, TextPart | SubjectPart):
            found.append((part.role, part.text))
    return tuple(found)


def _row(source: Source, row: dict[str, Any]) -> SearchedText:
    columns = orjson.loads(row["columns"] or "{}")
    return SearchedText(
        source=source,
        key=row["key"],
        kind="list" if source == "batch" else source,  # type: ignore[arg-type]
        thread=row.get("thread", ""),
        author="",
        party=row["party"],
        at=row["at"],
        paragraphs=(
            *(() if source == "reference" else (("number", row.get("number", row["key"])),)),
            *(("text", text) for text in row["texts"] if text),
            *(("column", str(text)) for text in columns.values() if text not in (None, "")),
        ),
    )


def _kept(text: SearchedText) -> tuple[object, ...]:
    found = searchable(text.texts)
    stems = stemmable(text.texts)
    size = sum(len(word.encode()) for word in (*found.words, *stems)) + len(stems)
    return (
        *(text.source, text.key, text.kind, text.thread, text.author, text.party, text.at),
        *(sorted(found.words), sorted(stems), found.text, size > MOST_BYTES),
    )
