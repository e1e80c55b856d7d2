"""A commit waits for requests whose signatures are being checked, but not for long (ADR 23)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from special_channel.broker import append
from special_channel.broker.commit import Committer
from special_channel.broker.prover import SLICE
from special_channel.core.bytes.errors import BadSignature
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import part_refs, sign, text_part
from tests.link.nodes import Node
from tests.link.test_two_nodes import note
from tests.world import World

FOR_EVER = 3600.0
PATIENCE = 30
"""Seconds after which a commit counts as stuck."""


@pytest.fixture
def thread(world: World) -> str:
    """A thread, included in nodes made later."""
    made = world.open_thread("eu").leaf.thread
    assert made is not None
    return made


@pytest_asyncio.fixture
async def node(make_node, world, thread) -> AsyncIterator[Node]:
    """EU's node, at work; it has checked a signature of the desk's key already."""
    made: Node = await make_node(world, "eu")
    await made.catch_up_alone()
    await made.appender.submit([note(world, "eu", thread)])
    yield made


@pytest.fixture
def commits(monkeypatch) -> list[int]:
    """Numbers of entries stored by each commit."""
    sizes: list[int] = []
    commit = Committer.commit

    async def counted(self, *plannings):
        sealed = await commit(self, *plannings)
        sizes.append(sum(len(part.entries) for part in sealed))
        return sealed

    monkeypatch.setattr(Committer, "commit", counted)
    return sizes


def notes(world: World, thread: str, count: int) -> list[Submission]:
    return [note(world, "eu", thread) for _ in range(count)]


def by_clerk(world: World, thread: str) -> Submission:
    """Return a note of a key that the node has not looked up yet."""
    part = text_part("text", bytes(32), "Noted.")
    payload = world.payload("eu", "note.posted", by="clerk", thread=thread, lang="en", body={})
    payload |= {"parts": part_refs([part])}
    return sign(payload, [world.eu.keys["clerk"]], [part])


def forged(world: World, thread: str) -> Submission:
    """Return a note with another note's signature."""
    mine, other = notes(world, thread, 2)
    ours = mine.envelope.split(b'"sig":"')[1].split(b'"')[0]
    theirs = other.envelope.split(b'"sig":"')[1].split(b'"')[0]
    return Submission(mine.envelope.replace(ours, theirs), mine.parts)


@contextlib.asynccontextmanager
async def keys_locked(node: Node) -> AsyncIterator[asyncpg.Connection]:
    """Keep everybody from looking up a key."""
    connection = await asyncpg.connect(node.database.superuser)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE record.keys IN ACCESS EXCLUSIVE MODE")
            yield connection
    finally:
        await connection.close()


async def waits_for_lock(connection: asyncpg.Connection) -> None:
    """Wait until somebody waits for the table."""
    waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = $1::regclass)"
    while not await connection.fetchval(waiting, "record.keys"):  # noqa: ASYNC110 - it is elsewhere
        await asyncio.sleep(0.001)


async def test_requests_being_proven_join_the_commit(node, world, thread, commits, monkeypatch):
    """The first request has its proofs while the second is being checked, slice by slice."""
    monkeypatch.setattr(append, "GATHER_SECONDS", FOR_EVER)
    first, second = notes(world, thread, SLICE), notes(world, thread, 4 * SLICE)
    await asyncio.gather(node.appender.submit(first), node.appender.submit(second))
    assert commits == [5 * SLICE]


async def test_lone_request_waits_for_nobody(node, world, thread, commits, monkeypatch):
    monkeypatch.setattr(append, "GATHER_SECONDS", FOR_EVER)
    for _ in range(3):
        await node.appender.submit(notes(world, thread, 1))
    assert commits == [1, 1, 1]


async def test_commit_goes_on_without_a_slow_check(node, world, thread):
    """A key that can't be looked up for now delays its own request alone."""
    async with (
        asyncio.timeout(PATIENCE),
        keys_locked(node) as lock,
        asyncio.TaskGroup() as tasks,
    ):
        ready = tasks.create_task(node.appender.submit(notes(world, thread, SLICE)))
        slow = tasks.create_task(node.appender.submit([by_clerk(world, thread)]))
        assert len(await ready) == SLICE
        assert not slow.done()
        await waits_for_lock(lock)
        await lock.execute("ROLLBACK; BEGIN")
    [accepted] = slow.result()
    assert accepted.index == ready.result()[-1].index + 1


async def test_large_group_waits_for_nobody(node, world, thread, monkeypatch):
    monkeypatch.setattr(append, "GATHER_SECONDS", FOR_EVER)
    async with (
        asyncio.timeout(PATIENCE),
        keys_locked(node) as lock,
        asyncio.TaskGroup() as tasks,
    ):
        ready = tasks.create_task(node.appender.submit(notes(world, thread, append.GATHER)))
        slow = tasks.create_task(node.appender.submit([by_clerk(world, thread)]))
        assert len(await ready) == append.GATHER
        assert not slow.done()
        await waits_for_lock(lock)
        await lock.execute("ROLLBACK; BEGIN")


async def test_commit_goes_on_when_a_check_ends_otherwise(node, world, thread, monkeypatch):
    """Neither a forged signature nor a caller that went away keeps others waiting."""
    monkeypatch.setattr(append, "GATHER_SECONDS", FOR_EVER)
    async with asyncio.timeout(PATIENCE):
        ready = asyncio.create_task(node.appender.submit(notes(world, thread, SLICE)))
        with pytest.raises(BadSignature):
            await node.appender.submit([forged(world, thread)])
        assert len(await ready) == SLICE
    async with (
        asyncio.timeout(PATIENCE),
        keys_locked(node) as lock,
        asyncio.TaskGroup() as tasks,
    ):
        going = tasks.create_task(node.appender.submit(notes(world, thread, SLICE)))
        gone = tasks.create_task(node.appender.submit([by_clerk(world, thread)]))
        await waits_for_lock(lock)
        gone.cancel()
        assert len(await going) == SLICE
        await lock.execute("ROLLBACK; BEGIN")
