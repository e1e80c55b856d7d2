"""Only uploaded files without a reference are deleted, even under concurrent changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
import pytest_asyncio

from special_channel.desk.file_keeper import BATCH, PACE_SECONDS, SWEEP_SECONDS, FileKeeper
from special_channel.stores.clearances import Clearance, Clearances
from special_channel.stores.drafts import Drafts
from special_channel.stores.files import Files
from special_channel.stores.uploads import Uploads
from tests.stores.made_entries import Made, append, commit, file, stored

AGE = timedelta(days=7)
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
KEY = "eu:" + "a" * 32


@pytest_asyncio.fixture
async def files(record) -> Files:
    return Files(record.pool)


@pytest_asyncio.fixture
async def owner(database) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may set dates back, and sees other sessions' locks."""
    connection = await asyncpg.connect(database.superuser)
    yield connection
    await connection.close()


async def put(files, words: str) -> str:
    """Store a small file; return its digest."""

    async def chunks():
        yield words.encode()

    return str((await files.put(chunks(), max_bytes=1024, type_="text/plain")).sha256)


async def make_old(owner, *digests: str, days: float = 8) -> None:
    """Set the time of uploads back by a number of days."""
    await owner.execute(
        "UPDATE record.uploads SET begun = now() - make_interval(secs => $1) WHERE upload IN"
        " (SELECT upload FROM record.files WHERE sha256 = ANY ($2::text[]))",
        *(days * 86400, list(digests)),
    )


async def blocked(owner, count: int = 1) -> None:
    """Wait until a number of statements of this database wait for a lock."""
    statement = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(30):
        while await owner.fetchval(statement) < count:  # noqa: ASYNC110 - the server tells
            await asyncio.sleep(0.01)


async def test_old_file_that_nothing_names_is_deleted(files, owner):
    old, young = await put(files, "old"), await put(files, "young")
    await make_old(owner, old)
    await make_old(owner, young, days=6.9)
    assert await files.drop_unnamed(AGE, 10) == 1
    assert await files.held([old, young]) == {young}
    assert await files.sweep(10) == 1, "its bytes go as well"
    assert await owner.fetchval("SELECT count(*) FROM record.file_chunks") == 1


async def test_file_that_anything_names_stays(files, owner, record):
    names = ("shared", "private", "draft", "waiting", "returned", "nothing")
    digest = {name: await put(files, name) for name in names}
    await append(record, "eu", Made(parts=(file(digest["shared"], 6),)))
    await append(record, "private", Made("note.internal", parts=(file(digest["private"], 7),)))
    # As the composer keeps it: JSON in a field of JSON.
    inner = json.dumps({"name": "a.txt", "len": 5, "sha256": digest["draft"]})
    await Drafts(record.pool).save(KEY, "t", json.dumps({"files": [inner]}), NOW)
    clearances = Clearances(record.pool)
    for id_, name in (("a" * 64, "waiting"), ("b" * 64, "returned")):
        parts = (file(digest[name], 7),)
        await clearances.put([Clearance(id_, b"{}", parts, KEY, NOW, "waiting")])
    await clearances.close("b" * 64, "returned")
    await make_old(owner, *digest.values(), days=4000)
    assert await files.drop_unnamed(AGE, 10) == 2
    named = {digest[name] for name in ("shared", "private", "draft", "waiting")}
    assert await files.held(list(digest.values())) == named
    # What a second official released or sent back, and a draft that is gone, names nothing.
    await clearances.close("a" * 64, "cleared")
    await Drafts(record.pool).save(KEY, "t", "", NOW)
    assert await files.drop_unnamed(AGE, 10) == 2


async def test_sweep_deletes_no_more_than_its_batch(files, owner):
    digests = [await put(files, f"file {n}") for n in range(5)]
    await make_old(owner, *digests)
    assert [await files.drop_unnamed(AGE, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert [await files.sweep(3) for _ in range(3)] == [3, 2, 0]


@pytest.mark.parametrize("schema", ["record", "private"])
async def test_nothing_is_deleted_while_damage_is_known(files, owner, schema):
    digest = await put(files, "named by the damaged row")
    await make_old(owner, digest)
    area = "eu" if schema == "record" else "private"
    await owner.execute(
        f"INSERT INTO {schema}.damaged (area, idx, what) VALUES ($1, 3, 'part')",  # noqa: S608
        area,
    )
    assert await files.drop_unnamed(AGE, 10) == 0
    await owner.execute(f"UPDATE {schema}.damaged SET mended = now()")  # noqa: S608
    assert await files.drop_unnamed(AGE, 10) == 1


async def test_file_uploaded_again_is_new(files, owner):
    digest = await put(files, "again")
    await make_old(owner, digest)
    await put(files, "again")
    assert await files.drop_unnamed(AGE, 10) == 0


async def test_file_stays_if_uploaded_again_while_sweep_runs(files, owner, database):
    digest = await put(files, "again")
    await make_old(owner, digest)
    gate = await asyncpg.connect(database.owner)
    try:
        async with gate.transaction():
            # What an upload does last, before its commit.
            await gate.execute("LOCK TABLE record.files_wanted IN EXCLUSIVE MODE")
            again = asyncio.create_task(put(files, "again"))
            await blocked(owner)
            sweep = asyncio.create_task(files.drop_unnamed(AGE, 10))
            await blocked(owner, 2)
        assert await again == digest
        assert await sweep == 0
    finally:
        await gate.close()
    assert [row async for row in files.get(digest)] == [b"again"]


async def test_file_is_stored_anew_if_swept_while_it_comes(files, owner, database):
    digest = await put(files, "again")
    await make_old(owner, digest)
    sweeper = await asyncpg.connect(database.node)
    try:
        async with sweeper.transaction():
            assert await sweeper.fetchval("SELECT record.drop_unnamed($1, 10)", AGE) == 1
            again = asyncio.create_task(put(files, "again"))
            await blocked(owner)
        assert await again == digest
    finally:
        await sweeper.close()
    assert [row async for row in files.get(digest)] == [b"again"]
    assert await files.sweep(10) == 1, "the bytes of the first upload"
    assert [row async for row in files.get(digest)] == [b"again"]


async def test_file_stays_if_draft_names_it_while_sweep_runs(files, owner, record, database):
    digest = await put(files, "late")
    await make_old(owner, digest)
    writer = await asyncpg.connect(database.node)
    try:
        async with writer.transaction():
            await writer.execute(
                "INSERT INTO desk.drafts (key, place, text, at) VALUES ($1, 't', $2, now())",
                *(KEY, json.dumps({"files": [digest]})),
            )
            sweep = asyncio.create_task(files.drop_unnamed(AGE, 10))
            await blocked(owner)
        assert await sweep == 0
    finally:
        await writer.close()
    assert await files.held([digest]) == {digest}


@pytest.mark.parametrize("log", ["eu", "private"])
async def test_file_stays_if_entry_names_it_while_sweep_runs(files, owner, record, log):
    digest = await put(files, "late")
    await make_old(owner, digest)
    async with record.begin() as transaction:
        head = await transaction.lock(log)
        made = Made(
            "note.internal" if log == "private" else "note.posted", parts=(file(digest, 4),)
        )
        await transaction.write(commit(head, [stored(log, head.size, made)]))
        sweep = asyncio.create_task(files.drop_unnamed(AGE, 10))
        await blocked(owner)
    assert await sweep == 0
    assert await files.held([digest]) == {digest}


async def test_uploads_count_until_named_or_deleted(files, owner, record):
    uploads = Uploads(record.pool)
    digest = {name: await put(files, name) for name in ("named", "deleted", "kept")}
    for name, each in digest.items():
        await uploads.add(KEY, each, len(name), NOW)
    assert await uploads.unnamed(KEY) == len("named" + "deleted" + "kept")
    await append(record, "eu", Made(parts=(file(digest["named"], 5),)))
    await make_old(owner, digest["deleted"])
    assert await files.drop_unnamed(AGE, 10) == 1
    assert await uploads.unnamed(KEY) == len("kept")
    await uploads.forget()
    assert await uploads.unnamed(KEY) == len("kept")
    assert await owner.fetchval("SELECT array_agg(sha256) FROM desk.uploads") == [digest["kept"]]


class Keeper:
    """A keeper that records its pauses and ends after a number of pauses."""

    def __init__(self, record, pauses: int, files=None) -> None:
        self.left, self.holding = pauses, False
        self.paused: list[float] = []
        files = files or Files(record.pool)
        uploads = Uploads(record.pool)
        self.keeper = FileKeeper(files, uploads, AGE, lambda: self.holding, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.left -= 1
        if not self.left:
            raise asyncio.CancelledError

    async def run(self) -> list[float]:
        with pytest.raises(asyncio.CancelledError):
            await self.keeper.run()
        return self.paused


async def test_keeper_deletes_batch_after_batch_then_rests(files, owner, record):
    digests = [await put(files, f"file {n}") for n in range(BATCH + 1)]
    await make_old(owner, *digests)
    await Uploads(record.pool).add(KEY, digests[0], len("file 0"), NOW)
    assert await Keeper(record, 3).run() == [PACE_SECONDS, SWEEP_SECONDS, SWEEP_SECONDS]
    assert await files.held(digests) == frozenset()
    assert await owner.fetchval("SELECT count(*) FROM record.uploads") == 0
    assert await owner.fetchval("SELECT count(*) FROM desk.uploads") == 0, "counted no longer"


async def test_keeper_deletes_nothing_while_logs_may_be_behind(files, owner, record):
    digest = await put(files, "its entry is fetched back")
    await make_old(owner, digest)
    keeper = Keeper(record, 1)
    keeper.holding = True
    assert await keeper.run() == [SWEEP_SECONDS]
    assert await files.held([digest]) == {digest}


async def test_keeper_goes_on_after_a_failure(owner, record, database):
    pool = await asyncpg.create_pool(database.node, min_size=1)
    await pool.close()
    keeper = Keeper(record, 2, Files(pool))
    assert await keeper.run() == [SWEEP_SECONDS, SWEEP_SECONDS]
