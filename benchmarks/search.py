"""How long a search takes over many notes, and what its index costs beside two other indexes.

Notes are drawn from a seed: words and characters as often as texts have them (Zipf), numbers, two
languages. Time is that of the store: the hits of a page with the texts for its excerpts.
"""

from __future__ import annotations

import itertools
import random
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import asyncpg
import orjson

from benchmarks.figures import Figure, machine, quantile
from special_channel.core.bytes import parts
from special_channel.core.search.folding import fold, stemmable
from special_channel.core.search.queries import Query, Terms, parse
from special_channel.launcher.binaries import find_postgres
from special_channel.launcher.postgres import embedded_postgres
from special_channel.messages.terms import search_pairs
from special_channel.stores.migrations import migrate
from special_channel.stores.search import Order, Search, SearchFilter
from special_channel.stores.search_index import SearchIndex
from special_channel.stores.sessions import Pool, SessionRules, open_pool
from tests.servers import create, sockets

LIMIT_MS: Final = 100.0
PAGE: Final = 26
SEED: Final = 20261124
AT_ONCE: Final = 500
MILLION: Final = 1_000_000
BATCH: Final = 20_000
"""Notes loaded at once; `PROGRESS`: notes between two lines that say how far the index is."""
PROGRESS: Final = 50_000
QUERIES: Final = 240

_TERMS: Final = Terms(search_pairs())
_VOCABULARY: Final = 20_000
_CHARACTERS: Final = 3_000
_ENDINGS: Final = ("", "s", "ed", "ing")

_AT_ONCE_INDEX: Final = (
    "CREATE INDEX searchable_words ON private.searchable USING gin (words) WITH (fastupdate = off)"
)
"""As the migration makes it."""

_OTHERS: Final = {
    "array": (
        """CREATE TABLE bench_array AS
            SELECT source, key, at, tsvector_to_array(words) AS words FROM private.searchable""",
        "CREATE INDEX ON bench_array USING gin (words)",
        "SELECT key FROM bench_array WHERE words @> $1::text[] ORDER BY at DESC LIMIT 26",
    ),
    "trigram": (
        "CREATE TABLE bench_trigram AS SELECT source, key, at, folded FROM private.searchable",
        "CREATE INDEX ON bench_trigram USING gin (folded public.gin_trgm_ops)",
        """SELECT key FROM bench_trigram WHERE folded LIKE ALL ($1::text[])
            ORDER BY at DESC LIMIT 26""",
    ),
}
"""Other indexes of the same texts: table, index and query."""

NAMES: Final = (
    *("search_p50_ms", "search_p95_ms", "search_best_p95_ms", "search_chinese_p95_ms"),
    *("search_fill_us", "search_index_mb"),
    *("search_million_p50_ms", "search_million_p95_ms", "search_million_best_p95_ms"),
    *("search_million_chinese_p95_ms", "search_million_fill_us", "search_million_index_mb"),
    *(f"search_{name}_{what}" for name in _OTHERS for what in ("p95_ms", "mb")),
)


class Corpus:
    """Notes and queries from a seed."""

    def __init__(self) -> None:
        self._draw = random.Random(SEED)  # noqa: S311 - the same corpus each time
        letters = "etaoinshrdlucmfwypvbgk"
        self._words = [
            "".join(self._draw.choices(letters, k=self._draw.randint(3, 10)))
            for _ in range(_VOCABULARY)
        ]
        self._characters = [chr(0x4E00 + place) for place in range(_CHARACTERS)]
        self._zipf = list(itertools.accumulate(1 / rank for rank in range(1, _VOCABULARY + 1)))
        self._zipf_zh = self._zipf[:_CHARACTERS]

    def note(self) -> str:
        """Draw a note: 80 words, or 160 characters, and a number in one of three."""
        draw = self._draw
        if draw.random() < 0.5:
            words = draw.choices(self._words, cum_weights=self._zipf, k=80)
            text = " ".join(word + draw.choice(_ENDINGS) for word in words)
        else:
            characters = draw.choices(self._characters, cum_weights=self._zipf_zh, k=160)
            text = "，".join("".join(characters[at : at + 8]) for at in range(0, 160, 8))
        if draw.random() < 0.3:
            text += f" EU-2026-{draw.randrange(10_000):04}"
        return text

    def queries(self, notes: Sequence[str]) -> Iterator[str]:
        """Draw queries from notes: words, runs, phrases, numbers; common ones as well."""
        draw = self._draw
        for number in range(QUERIES):
            note = draw.choice(notes)
            place = draw.randrange(max(1, len(note) - 30))
            match number % 6:
                case 0:
                    yield draw.choice(note.split())
                case 1:
                    yield " ".join(draw.sample(note.split(), k=min(2, len(note.split()))))
                case 2:
                    yield note[place : place + draw.randint(1, 3)].strip() or "a"
                case 3:
                    yield f'"{" ".join(note.split()[:3])}"'
                case 4:
                    yield f"eu2026{draw.randrange(10_000):04}"
                case _:
                    yield self._words[draw.randrange(20)]


async def search(folder: Path, *, quick: bool, million: bool) -> list[Figure]:
    """Measure over 10,000 (quick) or 100,000 notes, and then over 10^6 in the same database.

    The index of a million is made at once, after its rows, as a restored backup's is: note by note
    it takes over an hour, and shows no more of how long a search takes.
    """
    count = 10_000 if quick else 100_000
    async with embedded_postgres(
        folder / "data", sockets=sockets(), binaries=find_postgres()
    ) as server:
        database = await create(server)
        await migrate(database.owner)
        owner = await asyncpg.connect(database.superuser)
        corpus = Corpus()
        notes = [corpus.note() for _ in range(count)]
        typed = [*corpus.queries(notes)]
        async with open_pool(database.node, SessionRules()) as pool:
            figures = await _grown(owner, pool, 0, notes, typed)
            conditions = f"{count:,} notes, {QUERIES} queries, {machine()}"
            queries = [await _parsed(SearchIndex(pool), each) for each in typed]
            for name, statements in _OTHERS.items():
                figures += await _other(owner, name, statements, queries, conditions)
            if million:
                for name in _OTHERS:
                    await owner.execute(f"DROP TABLE bench_{name}")
                more = (corpus.note() for _ in range(MILLION - count))
                await owner.execute("DROP INDEX private.searchable_words")
                figures += await _grown(owner, pool, count, more, typed, "search_million")
        await owner.close()
    return figures


async def _grown(
    owner: asyncpg.Connection[asyncpg.Record],
    pool: Pool,
    first: int,
    notes: Iterable[str],
    typed: Sequence[str],
    name: str = "search",
) -> list[Figure]:
    """Add notes to the record, index them and measure the queries.

    Args:
        owner: Superuser of the database.
        pool: The node's sessions.
        first: Number of notes before.
        notes: Notes to add.
        typed: Queries.
        name: Beginning of the names of the figures.
    """
    index, found = SearchIndex(pool), Search(pool)
    size = await _load(owner, first, notes)
    start, taken = time.perf_counter(), 0
    while filled := await index.fill(AT_ONCE):
        taken += filled
        if taken % PROGRESS == 0:
            print(f"search: {first + taken:,} notes indexed", file=sys.stderr, flush=True)
    if first:
        await owner.execute("SET maintenance_work_mem = '1GB'")
        await owner.execute(_AT_ONCE_INDEX)
    seconds = time.perf_counter() - start
    await owner.execute("VACUUM ANALYZE")
    queries = [await _parsed(index, each) for each in typed]
    newest = [await _timed(index, found, each, "newest") for each in queries]
    best = [await _timed(index, found, each, "best") for each in queries]
    conditions = f"{first + taken:,} notes, {QUERIES} queries, {machine()}"
    limit = "100 ms" if name == "search" else ""
    return [
        Figure(f"{name}_p50_ms", quantile(newest, 0.5), "ms", conditions),
        Figure(f"{name}_p95_ms", quantile(newest, 0.95), "ms", conditions, limit,
               quantile(newest, 0.95) / LIMIT_MS if limit else None),
        Figure(f"{name}_best_p95_ms", quantile(best, 0.95), "ms", conditions),
        Figure(f"{name}_chinese_p95_ms", quantile(newest[2::6], 0.95), "ms",
               f"runs of one to three characters, {conditions}"),
        Figure(f"{name}_fill_us", seconds / taken * 1e6, "µs",
               f"a note{', the index made at the end' if first else ''}, {conditions}"),
        Figure(f"{name}_index_mb", await _size(owner, "private.searchable"), "MB",
               f"table and indexes; texts added {size / 1e6:.0f} MB"),
    ]  # fmt: skip


async def _load(owner: asyncpg.Connection[asyncpg.Record], first: int, notes: Iterable[str]) -> int:
    """Add notes to the record without judging them; return the bytes of their texts."""
    salt = parts.salt_text(bytes(32))
    size = 0

    def disclosures() -> Iterator[tuple[str, int, int, bytes]]:
        nonlocal size
        for at, note in enumerate(notes, first):
            size += len(note.encode())
            yield "eu", at, 0, orjson.dumps({"role": "text", "salt": salt, "text": note})

    added = iter(disclosures())
    # In batches: a note and its entry arrive together, and a million are not kept in memory.
    while batch := list(itertools.islice(added, BATCH)):
        await owner.copy_records_to_table(
            "entries",
            schema_name="record",
            columns=(
                *("log", "idx", "id", "leaf", "envelope", "kind", "thread", "author", "roles"),
                *("accepted", "frontier", "ord", "ordinal"),
            ),
            records=[
                (
                    *("eu", at, f"{at:064x}", b"", b"{}", "note.posted", f"{at:032x}", "eu:0"),
                    *("t", _accepted(at), 0, at, 1),
                )
                for _, at, _, _ in batch
            ],
        )  # fmt: skip
        await owner.copy_records_to_table(
            "parts",
            schema_name="record",
            columns=("log", "idx", "ordinal", "disclosure"),
            records=batch,
        )
    return size


def _accepted(at: int) -> str:
    """Return the time of a note: one a second."""
    second, minute, hour, day = at % 60, at // 60 % 60, at // 3600 % 24, at // 86_400 % 28 + 1
    return f"2026-01-{day:02}T{hour:02}:{minute:02}:{second:02}Z"


async def _parsed(index: SearchIndex, typed: str) -> Query:
    stems = await index.stems(stemmable([typed]))
    return parse(typed, lambda word: stems.get(word, word), _TERMS)


async def _timed(index: SearchIndex, found: Search, query: Query, order: Order) -> float:
    start, fits = time.perf_counter(), SearchFilter(own="eu")
    hits = await found.find(query, fits, order=order, after=None, limit=PAGE)
    await index.texts([hit.place for hit in hits])
    if order == "best":
        # The page says how many hits it did not compare.
        await found.unranked(query, fits)
    return (time.perf_counter() - start) * 1000


async def _other(
    owner: asyncpg.Connection[asyncpg.Record],
    name: str,
    statements: tuple[str, str, str],
    queries: Sequence[Query],
    conditions: str,
) -> list[Figure]:
    """Measure the exact hits alone by another index."""
    if name == "trigram":
        await owner.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public")
    table, index, query = statements
    await owner.execute(table)
    await owner.execute(index)
    times = []
    for each in queries:
        needles = [needle for clause in each.clauses for needle in clause.ways[0].needles]
        values = [word for needle in needles for word in needle.words]
        if name == "trigram":
            values = [f"%{fold(needle.text)}%" for needle in needles]
        start = time.perf_counter()
        await owner.fetch(query, values)
        times.append((time.perf_counter() - start) * 1000)
    return [
        Figure(f"search_{name}_p95_ms", quantile(times, 0.95), "ms", f"exact hits, {conditions}"),
        Figure(f"search_{name}_mb", await _size(owner, f"bench_{name}"), "MB", "table and index"),
    ]


async def _size(owner: asyncpg.Connection[asyncpg.Record], table: str) -> float:
    size: int = await owner.fetchval("SELECT pg_total_relation_size($1::regclass)", table)
    return size / 1e6
