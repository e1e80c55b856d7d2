"""How long a search takes over many notes, and what its index costs beside two other indexes.

Notes are drawn from a seed: words and characters as often as texts have them (Zipf), numbers, two
languages. Time is that of the store: the hits of a page with the texts for its excerpts.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import asyncpg
import orjson

from benchmarks.figures import Figure, machine, quantile
from special_channel.core.bytes import parts
from special_channel.core.search.folding import fold, stemmable
from special_channel.core.search.queries import Query, parse
from special_channel.launcher.binaries import find_postgres
from special_channel.launcher.postgres import embedded_postgres
from special_channel.stores.migrations import migrate
from special_channel.stores.search import Order, Search, SearchFilter
from special_channel.stores.search_index import SearchIndex
from special_channel.stores.sessions import SessionRules, open_pool
from tests.servers import create, sockets

LIMIT_MS: Final = 100.0
PAGE: Final = 26
SEED: Final = 20261124
AT_ONCE: Final = 500
QUERIES: Final = 240

_VOCABULARY: Final = 20_000
_CHARACTERS: Final = 3_000
_ENDINGS: Final = ("", "s", "ed", "ing")

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
    """Measure over 10,000 (quick), 100,000 or 10^6 notes."""
    count = 10_000 if quick else 1_000_000 if million else 100_000
    async with embedded_postgres(
        folder / "data", sockets=sockets(), binaries=find_postgres()
    ) as server:
        database = await create(server)
        await migrate(database.owner)
        corpus = Corpus()
        notes = [corpus.note() for _ in range(count)]
        owner = await asyncpg.connect(database.superuser)
        await _load(owner, notes)
        async with open_pool(database.node, SessionRules()) as pool:
            index, found = SearchIndex(pool), Search(pool)
            start = time.perf_counter()
            while await index.fill(AT_ONCE):
                pass
            filled = time.perf_counter() - start
            await owner.execute("VACUUM ANALYZE")
            queries = [await _parsed(index, typed) for typed in corpus.queries(notes)]
            newest = [await _timed(index, found, each, "newest") for each in queries]
            best = [await _timed(index, found, each, "best") for each in queries]
        conditions = f"{count:,} notes, {QUERIES} queries, {machine()}"
        figures = [
            Figure("search_p50_ms", quantile(newest, 0.5), "ms", conditions),
            Figure("search_p95_ms", quantile(newest, 0.95), "ms", conditions, "100 ms",
                   quantile(newest, 0.95) / LIMIT_MS),
            Figure("search_best_p95_ms", quantile(best, 0.95), "ms", conditions),
            Figure("search_chinese_p95_ms", quantile(newest[2::6], 0.95), "ms",
                   f"runs of one to three characters, {conditions}"),
            Figure("search_fill_us", filled / count * 1e6, "µs", f"a note, {conditions}"),
            Figure("search_index_mb", await _size(owner, "private.searchable"), "MB",
                   f"table and indexes; texts {sum(len(n.encode()) for n in notes) / 1e6:.0f} MB"),
        ]  # fmt: skip
        for name, statements in _OTHERS.items():
            figures += await _other(owner, name, statements, queries, conditions)
        await owner.close()
    return figures


async def _load(owner: asyncpg.Connection[asyncpg.Record], notes: Sequence[str]) -> None:
    salt = parts.salt_text(bytes(32))
    await owner.copy_records_to_table(
        "entries",
        schema_name="record",
        columns=(
            *("log", "idx", "id", "leaf", "envelope", "kind", "thread", "author", "roles"),
            *("accepted", "frontier", "ord", "ordinal"),
        ),
        records=(
            (
                *("eu", at, f"{at:064x}", b"", b"{}", "note.posted", f"{at:032x}", "eu:0", "t"),
                *(f"2026-01-01T{at // 3600 % 24:02}:{at // 60 % 60:02}:{at % 60:02}Z", 0, at, 1),
            )
            for at in range(len(notes))
        ),
    )
    await owner.copy_records_to_table(
        "parts",
        schema_name="record",
        columns=("log", "idx", "ordinal", "disclosure"),
        records=(
            ("eu", at, 0, orjson.dumps({"role": "text", "salt": salt, "text": note}))
            for at, note in enumerate(notes)
        ),
    )


async def _parsed(index: SearchIndex, typed: str) -> Query:
    stems = await index.stems(stemmable([typed]))
    return parse(typed, lambda word: stems.get(word, word))


async def _timed(index: SearchIndex, found: Search, query: Query, order: Order) -> float:
    start = time.perf_counter()
    hits = await found.find(query, SearchFilter(own="eu"), order=order, after=None, limit=PAGE)
    await index.texts([hit.place for hit in hits])
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
