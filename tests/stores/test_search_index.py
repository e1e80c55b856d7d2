"""The index of full-text search finds what a scan of the texts finds, and nothing else."""

from __future__ import annotations

import asyncio
import random

import asyncpg
import pytest

from special_channel.core.bytes.ids import Position
from special_channel.core.search.folding import stemmable
from special_channel.core.search.matching import Match, match
from special_channel.core.search.queries import Query, Terms, parse
from special_channel.stores import search_index
from special_channel.stores.search import Search, SearchFilter
from special_channel.stores.search_index import SearchIndex
from tests.search_scan import ALPHABET
from tests.stores.made_entries import Made, append, text

TERMS = Terms([("supplement", "补正"), ("end use", "用途")])
WORDS = (
    "permit",
    "permits",
    "permitted",
    "supply",
    "supplied",
    "supplies",
    "supplement",
    "end",
    "use",
    "user",
    "EU-2026-0048",
    "EU20260048",
    "1C902.a",
    "Łódź",
    "补正",
    "補正",
    "补",
    "正",
    "用途",
    "最终用途证明",
    "材料，补正",
    "“end",
    "use”",
    "the",
    "not",
    "accepted",
)
FITS = SearchFilter(own="eu")


def drawn(seed: int, texts: int) -> list[str]:
    """Texts of words that queries are made of, and of single characters."""
    draw = random.Random(seed)  # noqa: S311
    return [
        " ".join(draw.choices(WORDS, k=draw.randint(1, 12)))
        if draw.random() < 0.7
        else "".join(draw.choices(ALPHABET, k=draw.randint(1, 40)))
        for _ in range(texts)
    ]


def queries(seed: int, number: int) -> list[str]:
    draw = random.Random(seed)  # noqa: S311
    typed = []
    for _ in range(number):
        words = " ".join(draw.choices(WORDS, k=draw.randint(1, 3)))
        cut = "".join(draw.choices(ALPHABET, k=draw.randint(1, 4)))
        typed.append(draw.choice([words, f'"{words}"', cut, f"{words} {cut}"]))
    return typed


async def parsed(index: SearchIndex, typed: str) -> tuple[Query, dict[str, str]]:
    stems = dict(await index.stems(stemmable([typed]))) if typed else {}
    return parse(typed, lambda word: stems.get(word, word), TERMS), stems


async def scanned(
    index: SearchIndex, texts: dict[str, list[str]], query: Query
) -> dict[str, Match]:
    """Return how a scan finds texts, by key."""
    words = stemmable(line for lines in texts.values() for line in lines)
    stems = await index.stems(words) if words else {}
    found = {
        key: match(lines, query, lambda word: stems.get(word, word)) for key, lines in texts.items()
    }
    return {key: hit for key, hit in found.items() if hit}


async def fill(index: SearchIndex) -> None:
    while await index.fill(50):
        pass


@pytest.mark.parametrize("cut", [False, True], ids=["indexed", "too long for the index"])
async def test_search_finds_what_a_scan_finds(record, monkeypatch, cut):
    if cut:
        monkeypatch.setattr(search_index, "MOST_BYTES", 3)
    written = drawn(7, 120)
    entries = await append(record, "eu", *(Made(parts=(text(each),)) for each in written))
    index, search = SearchIndex(record.pool), Search(record.pool)
    await fill(index)
    texts = {
        str(entry.index): [f"EU-{entry.index}", said]
        for entry, said in zip(entries, written, strict=True)
    }
    seen = {"exact": 0, "near": 0}
    for typed in [*WORDS, *queries(8, 120)]:
        query, _ = await parsed(index, typed)
        hits = await search.find(query, FITS, order="newest", after=None, limit=1000)
        found = {hit.key: "near" if hit.near else "exact" for hit in hits}
        assert found == await scanned(index, texts, query), typed
        assert [hit.near for hit in hits] == sorted(hit.near for hit in hits), "exact ones first"
        best = await search.find(query, FITS, order="best", after=None, limit=1000)
        assert {hit.key for hit in best} == found.keys(), typed
        for hit in hits:
            seen["near" if hit.near else "exact"] += 1
    assert min(seen.values()) > 100


async def test_rare_word_is_found_behind_the_newest_texts(record, monkeypatch):
    monkeypatch.setattr("special_channel.stores.search.RECENT", 5)
    words = ["rare", *["common"] * 20]
    await append(record, "eu", *(Made(parts=(text(each),)) for each in words))
    index, search = SearchIndex(record.pool), Search(record.pool)
    await fill(index)
    for typed, count in (("rare", 1), ("common", 20)):
        query, _ = await parsed(index, typed)
        for limit in (1, 3, 20, 100):
            hits = await search.find(query, FITS, order="newest", after=None, limit=limit)
            assert len(hits) == min(limit, count)
        listed, after = [], None
        while page := await search.find(query, FITS, order="newest", after=after, limit=3):
            listed += page
            after = page[-1]
        assert len({hit.key for hit in listed}) == len(listed) == count


async def test_invalid_entries_and_other_private_kinds_are_not_indexed(record):
    await append(record, "private", Made("draft.returned", parts=(text("remark"),)))
    await append(record, "private", Made("note.internal", parts=(text("inside"),)))
    index, search = SearchIndex(record.pool), Search(record.pool)
    await fill(index)
    for typed, count in (("remark", 0), ("inside", 1)):
        query, _ = await parsed(index, typed)
        assert len(await search.find(query, FITS, order="newest", after=None, limit=9)) == count


async def test_link_writes_what_the_node_finds(link_record, record):
    await append(link_record, "cn", Made(parts=(text("来文收悉"),)))
    index, search = SearchIndex(record.pool), Search(record.pool)
    assert await index.waiting() == 1
    await fill(index)
    query, _ = await parsed(index, "收悉")
    [hit] = await search.find(query, FITS, order="newest", after=None, limit=9)
    assert hit.place == ("cn", "0")


async def test_text_erased_while_it_is_indexed_is_not_kept(record, monkeypatch):
    (entry,) = await append(record, "eu", Made(parts=(text("secret"),)))
    order = Made("part.erased", None, entry.id, {"parts": [0], "basis": "order"})
    (erasure,) = await append(record, "eu", order)
    read, go = asyncio.Event(), asyncio.Event()

    async def held(work):
        read.set()
        await go.wait()
        return work()

    monkeypatch.setattr(asyncio, "to_thread", held)
    index = SearchIndex(record.pool)

    async def erase():
        async with record.begin() as transaction:
            return await transaction.erase(Position("eu", erasure.index))

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(index.fill(50))
        await read.wait()
        erasing = tasks.create_task(erase())
        while not await record.pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            pass
        go.set()
        assert await erasing == 1
    assert (
        await record.pool.fetchval("SELECT count(*) FROM private.searchable WHERE key = '0'") == 0
    )
    await fill(index)
    query, _ = await parsed(index, "secret")
    search = Search(record.pool)
    assert await search.find(query, FITS, order="newest", after=None, limit=9) == []


async def test_rebuild_queues_every_text(record):
    await append(record, "eu", Made(parts=(text("again"),)))
    index = SearchIndex(record.pool)
    await fill(index)
    assert await index.waiting() == 0
    async with record.begin() as transaction:
        await transaction.search_again()
    assert await index.waiting() == 1


async def test_planner_keeps_no_samples_of_texts(record, database):
    await append(record, "eu", Made(parts=(text("canary"),)))
    await fill(SearchIndex(record.pool))
    owner = await asyncpg.connect(database.dsn())
    try:
        await owner.execute("ANALYZE private.searchable")
        columns = await owner.fetch(
            "SELECT attname FROM pg_stats WHERE tablename = 'searchable'"
            " AND attname IN ('words', 'folded')"
        )
    finally:
        await owner.close()
    assert columns == []
