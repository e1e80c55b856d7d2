"""The index of full-text search finds what a scan of the texts finds, and nothing else."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncpg
import pytest

from special_channel.core.bytes import parts
from special_channel.core.bytes.ids import PARTIES, Position, party_of
from special_channel.core.rows.directory import Grant, KeyRow, PersonRow
from special_channel.core.rows.threads import CloseFact, OpeningFact, ThreadRow
from special_channel.core.rules.state import Row, RowKey, key_of
from special_channel.core.search.folding import stemmable
from special_channel.core.search.matching import Match, match
from special_channel.core.search.queries import Query, Terms, parse
from special_channel.ports import LogName
from special_channel.stores import search_index
from special_channel.stores.file_texts import FileTexts
from special_channel.stores.files import Files
from special_channel.stores.search import Search, SearchFilter
from special_channel.stores.search_index import SearchIndex
from tests.search_scan import ALPHABET
from tests.stores.made_entries import AUTHOR, Made, append, file, text

_K = TypeVar("_K")

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
    index: SearchIndex, texts: Mapping[_K, Sequence[str]], query: Query
) -> dict[_K, Match]:
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


@dataclass(frozen=True)
class Written:
    """A text of the record, and what filters ask of it. `side`: empty for an internal text."""

    place: tuple[str, str]
    made: Made
    kind: str
    side: str
    lines: list[str]

    def fits(self, fits: SearchFilter) -> bool:
        """Tell whether a filter lets the text through: by its words alone, without the index."""
        number, desk = PERSONS[self.made.by]
        closed, batch = THREADS[self.made.thread or ""]
        wanted = (
            (fits.party, self.side or fits.own),
            (fits.kind, self.kind),
            (fits.person, number),
            (fits.desk, desk),
            (fits.state, "closed" if closed else "open"),
            (fits.batch, batch),
        )
        if any(asked not in {"", held} for asked, held in wanted):
            return False
        return fits.since <= self.made.at and (not fits.until or self.made.at < fits.until)


PERSONS = {
    f"{party}:{number}{number}" + "ab" * 15: (f"{party}-{number}", f"{party}-{desk}")
    for party in PARTIES
    for number, desk in ((1, "permits"), (2, "permits"), (3, "unit"))
}
"""Author's key: side and number of the person, side and code of the desk."""

THREADS = {
    "1a" * 16: (False, "standing"),
    "2a" * 16: (True, "standing"),
    "3a" * 16: (False, "c" * 64),
    "4a" * 16: (True, "c" * 64),
}
"""Thread: whether it is closed, and its list."""

KINDS: dict[LogName, dict[str, str]] = {
    "eu": {"note.posted": "note", "thread.opened": "subject", "batch.listed": "list"},
    "cn": {"note.posted": "note", "meeting.held": "meeting", "note.withdrawn": "note"},
    "private": {"note.internal": "internal"},
}
DAYS = [f"2026-11-{day:02}T09:00:00Z" for day in range(1, 29)]


def directory() -> dict[RowKey, Row]:
    """Rows of the authors and the threads."""
    rows: list[Row] = []
    for key, (person, desk) in PERSONS.items():
        party, number = party_of(key), int(person[-1])
        pseudonym = person.encode().hex().ljust(32, "0")
        grants = (Grant(1, "desk", desk.partition("-")[2], "unit", 0),)
        rows.append(PersonRow(pseudonym, party, number, grants, (key,)))
        rows.append(
            KeyRow(key, party, "ed25519", "", 0, person=pseudonym, number=number, grants=grants)
        )
    for number, (thread, (closed, batch)) in enumerate(THREADS.items()):
        opened = OpeningFact("eu", number, "aa" * 32, AUTHOR, batch, (), DAYS[0])
        closes = (CloseFact("cn", number, f"{number}b" * 32, DAYS[1]),) if closed else ()
        rows.append(ThreadRow(thread, (opened,), closes))
    return {key_of(row): row for row in rows}


async def populated(record, seed: int, number: int) -> list[Written]:
    """Write texts of each kind in each log, by all authors, on all days, in all threads."""
    draw = random.Random(seed)  # noqa: S311
    said = iter(drawn(seed, 3 * number))
    found = []
    for log, kinds in KINDS.items():
        made = [
            Made(
                draw.choice([*kinds]),
                draw.choice([*THREADS]),
                parts=(text(next(said)),),
                by=draw.choice([key for key in PERSONS if log in ("private", party_of(key))]),
                at=draw.choice(DAYS),
            )
            for _ in range(number)
        ]
        rows = directory() if log == "eu" else None
        for each, entry in zip(made, await append(record, log, *made, rows=rows), strict=True):
            words = parts.parse(each.parts[0]).text
            own = f"{party_of(each.by).upper()}-P" if log == "private" else log.upper()
            side = "" if log == "private" else log
            place = (log, str(entry.index))
            found.append(
                Written(place, each, kinds[each.kind], side, [f"{own}-{entry.index}", words])
            )
    return found


def filters(seed: int, number: int) -> list[SearchFilter]:
    """Filters of one to three fields, by each field at least once."""
    draw = random.Random(seed)  # noqa: S311
    values: dict[str, list[Any]] = {
        "party": [*PARTIES],
        "kind": ["note", "subject", "list", "meeting", "internal", "licence"],
        "since": DAYS,
        "until": DAYS,
        "person": ["eu-1", "eu-2", "cn-1", "cn-3", "cn-9"],
        "desk": ["eu-permits", "cn-permits", "cn-unit", "eu-none"],
        "state": ["open", "closed"],
        "batch": ["standing", "c" * 64, "d" * 64],
    }
    chosen = [[name] for name in values]
    chosen += [draw.sample([*values], draw.randint(2, 3)) for _ in range(number - len(values))]
    return [
        SearchFilter(
            own=draw.choice(PARTIES), **{name: draw.choice(values[name]) for name in names}
        )
        for names in chosen
    ]


@pytest.mark.parametrize("cut", [False, True], ids=["indexed", "too long for the index"])
async def test_filtered_search_finds_what_a_scan_finds(record, monkeypatch, cut):
    """A filter takes away the texts that do not fit it, and no other."""
    if cut:
        monkeypatch.setattr(search_index, "MOST_BYTES", 3)
    written = await populated(record, 11, 80)
    index, search = SearchIndex(record.pool), Search(record.pool)
    await fill(index)
    kept = dropped = 0
    chosen = filters(12, 40)
    for number, typed in enumerate([*WORDS, *queries(13, 40)]):
        query, _ = await parsed(index, typed)
        every = await scanned(index, {each.place: each.lines for each in written}, query)
        for fits in chosen[number % 8 :: 8]:
            expected = {
                each.place: every[each.place]
                for each in written
                if each.place in every and each.fits(fits)
            }
            for order in ("newest", "best"):
                hits = await search.find(query, fits, order=order, after=None, limit=1000)
                found = {hit.place: "near" if hit.near else "exact" for hit in hits}
                assert found == expected, (typed, fits, order)
            kept, dropped = kept + len(expected), dropped + len(every) - len(expected)
    assert min(kept, dropped) > 250


async def test_signs_without_words_find_and_rank_nothing(record):
    await populated(record, 11, 8)
    index, search = SearchIndex(record.pool), Search(record.pool)
    await fill(index)
    query, _ = await parsed(index, "，")
    assert await search.find(query, FITS, order="best", after=None, limit=10) == []
    assert not await search.unranked(query, FITS)


async def stored(record, data: bytes) -> str:
    """Store a file; return its digest."""

    async def chunks():
        yield data

    return (await Files(record.pool).put(chunks(), max_bytes=2**20, type_="text/plain")).sha256


async def places(record, typed: str) -> list[str]:
    """Return the keys that a word finds, with the index filled."""
    index, search = SearchIndex(record.pool), Search(record.pool)
    await fill(index)
    query, _ = await parsed(index, typed)
    hits = await search.find(query, FITS, order="newest", after=None, limit=1000)
    assert all(hit.source == "file" for hit in hits)
    return sorted(hit.key for hit in hits)


async def kept_text(record, digest: str, *paragraphs: str) -> None:
    await FileTexts(record.pool).keep(digest, 1, paragraphs, whole=True)


@pytest.mark.parametrize("cut", [False, True], ids=["indexed", "too long for the index"])
async def test_search_in_files_finds_what_a_scan_finds(record, monkeypatch, cut):
    if cut:
        monkeypatch.setattr(search_index, "MOST_BYTES", 3)
    written = [drawn(seed, 3) for seed in range(60)]
    digests = [await stored(record, b"%d" % number) for number in range(len(written))]
    entries = await append(
        record, "cn", *(Made(parts=(text("x"), file(each, 1))) for each in digests)
    )
    for digest, said in zip(digests, written, strict=True):
        await kept_text(record, digest, *said)
    index, search = SearchIndex(record.pool), Search(record.pool)
    await fill(index)
    texts = {
        f"cn-{entry.index}-1": ["permit.pdf", *said]
        for entry, said in zip(entries, written, strict=True)
    }
    fits = SearchFilter(own="eu", kind="attachment")
    seen = 0
    for typed in [*WORDS, *queries(9, 60)]:
        query, _ = await parsed(index, typed)
        hits = await search.find(query, fits, order="newest", after=None, limit=1000)
        found = {hit.key: "near" if hit.near else "exact" for hit in hits}
        assert found == await scanned(index, texts, query), typed
        seen += len(found)
    assert seen > 100


async def test_file_is_found_in_each_entry_and_leaves_with_each_erasure(record):
    digest = await stored(record, b"bytes")
    one, two = await append(
        record, "eu", *(Made(parts=(text("x"), file(digest, 5))) for _ in range(2))
    )
    assert await places(record, "certificate") == []
    await kept_text(record, digest, "A certificate.")
    (three,) = await append(record, "private", Made("note.internal", parts=(file(digest, 5),)))
    await append(record, "private", Made("draft.returned", parts=(file(digest, 5),)))
    keys = [f"eu-{one.index}-1", f"eu-{two.index}-1", f"private-{three.index}-0"]
    assert await places(record, "certificate") == keys
    for entry in (one, two):
        order = Made("part.erased", None, entry.id, {"parts": [1], "basis": "order"})
        (erasure,) = await append(record, "eu", order)
        async with record.begin() as transaction:
            await transaction.erase(Position("eu", erasure.index))
            rows = await transaction.execute(
                "SELECT key FROM private.searchable WHERE folded LIKE '%certificate%' ORDER BY 1"
            )
            keys.pop(0)
            assert [row["key"] for row in rows] == keys, "within the transaction"
        assert await places(record, "certificate") == keys
    assert await record.pool.fetchval("SELECT count(*) FROM private.file_texts") == 1


async def test_text_of_a_file_goes_with_its_last_entry(record):
    digest = await stored(record, b"bytes")
    (entry,) = await append(record, "eu", Made(parts=(file(digest, 5),)))
    await kept_text(record, digest, "A secret.")
    assert len(await places(record, "secret")) == 1
    (erasure,) = await append(
        record, "eu", Made("part.erased", None, entry.id, {"parts": [0], "basis": "order"})
    )
    async with record.begin() as transaction:
        await transaction.erase(Position("eu", erasure.index))
        for table in ("file_texts", "searchable WHERE folded LIKE '%secret%'"):
            rows = await transaction.execute(f"SELECT FROM private.{table}")
            assert rows == []
    # The task that read the file before it was erased stores nothing.
    await kept_text(record, digest, "A secret.")
    assert await record.pool.fetchval("SELECT count(*) FROM private.file_texts") == 0
    assert await places(record, "secret") == []


async def test_find_takes_the_text_out_in_its_own_transaction(record):
    digest = await stored(record, b"bytes")
    await append(record, "cn", Made(parts=(file(digest, 5),)))
    texts = FileTexts(record.pool)
    await kept_text(record, digest, "A certificate.")
    assert len(await places(record, "certificate")) == 1
    async with record.pool.acquire() as connection, connection.transaction():
        await judged(connection, digest, found=True)
        for table in ("file_texts", "searchable WHERE folded LIKE '%certificate%'"):
            assert await connection.fetch(f"SELECT FROM private.{table}") == []
    assert await texts.unread((), 9) == []
    # Read before the find, stored after it.
    await kept_text(record, digest, "A certificate.")
    assert await places(record, "certificate") == []
    async with record.pool.acquire() as connection, connection.transaction():
        await judged(connection, digest, found=False)
    assert [each.sha256 for each in await texts.unread((), 9)] == [digest]
    await kept_text(record, digest, "A certificate.")
    assert len(await places(record, "certificate")) == 1


async def judged(connection, digest: str, *, found: bool) -> None:
    await connection.execute(
        "INSERT INTO desk.file_scans"
        " (sha256, scanner, found, threat, engine, signatures, at, seen, salt)"
        " VALUES ($1, 'first', $2, '', 'engine', '', now(), now(), '\\x00')",
        *(digest, found),
    )


async def test_find_stored_while_a_text_is_stored_wins(record):
    digest = await stored(record, b"bytes")
    async with record.pool.acquire() as connection, connection.transaction():
        await judged(connection, digest, found=True)
        keeping = asyncio.create_task(kept_text(record, digest, "A certificate."))
        async with asyncio.timeout(30):
            while not await record.pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                pass
    await keeping
    assert await record.pool.fetchval("SELECT count(*) FROM private.file_texts") == 0


async def test_file_without_a_named_scanners_verdict_is_not_read(record):
    digest = await stored(record, b"bytes")
    texts = FileTexts(record.pool)
    assert await texts.unread(("first",), 9) == []
    assert await texts.waiting(("first",)) == 0
    async with record.pool.acquire() as connection, connection.transaction():
        await judged(connection, digest, found=False)
    assert await texts.waiting(("first",)) == 1
    await kept_text(record, digest, "A certificate.")
    assert await texts.waiting(("first",)) == 0
    await append(record, "cn", Made(parts=(file(digest, 5),)))
    assert len(await places(record, "certificate")) == 1
    # A scanner that was added closes the text until it has judged the file.
    await texts.renew(("first",), 1)
    assert len(await places(record, "certificate")) == 1
    await texts.renew(("first", "second"), 1)
    assert await places(record, "certificate") == []
    assert await texts.unread(("first", "second"), 9) == []


async def test_new_version_of_the_reader_reads_files_again(record):
    digest = await stored(record, b"bytes")
    texts = FileTexts(record.pool)
    await texts.keep(digest, 1, (), whole=False)
    assert await texts.unread((), 9) == []
    await texts.renew((), 1)
    assert await texts.unread((), 9) == []
    await texts.renew((), 2)
    assert len(await texts.unread((), 9)) == 1


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
    made = Made(parts=(text("again"), file("ab" * 32, 5)))
    await append(record, "eu", made)
    await append(record, "private", Made("note.internal", parts=(file("ab" * 32, 5),)))
    index = SearchIndex(record.pool)
    await fill(index)
    assert await index.waiting() == 0
    async with record.begin() as transaction:
        await transaction.search_again()
    assert await index.waiting() == 4


async def test_planner_keeps_no_samples_of_texts(record, database):
    digest = await stored(record, b"bytes")
    await append(record, "eu", Made(parts=(text("canary"), file(digest, 5))))
    await kept_text(record, digest, "canary")
    await fill(SearchIndex(record.pool))
    owner = await asyncpg.connect(database.dsn())
    try:
        await owner.execute("ANALYZE private.searchable, private.file_texts")
        columns = await owner.fetch(
            "SELECT attname FROM pg_stats WHERE tablename IN ('searchable', 'file_texts')"
            " AND attname IN ('words', 'folded', 'paragraphs')"
        )
    finally:
        await owner.close()
    assert columns == []
