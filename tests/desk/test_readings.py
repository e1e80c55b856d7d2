"""Readings: stored together, sealed once in the private log, and forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest_asyncio

from special_channel.broker.guarding import Behind
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import Unavailable
from special_channel.core.bytes.times import timestamp
from special_channel.desk.readings import SEAL_SECONDS, ReadingSealer, ReadingWriter
from special_channel.stores.reads import Reading, Readings
from tests.damage import tamper
from tests.link.nodes import Node, open_node
from tests.world import World

AGE = timedelta(days=400)

OpenNode = Callable[[], Awaitable[Node]]


@pytest_asyncio.fixture
async def node(fresh_database, tmp_path) -> AsyncIterator[Node]:
    """EU's node with a thread, EU-10 or so."""
    world = World.founded()
    world.open_thread("eu")
    async with open_node(world, "eu", await fresh_database(), tmp_path) as made:
        await made.catch_up_alone()
        yield made


def reading(node: Node, what: str = "inbox", subject: str = "", ago: int = 0) -> Reading:
    side = node.world.sides[node.party]
    at = node.clock.now() - timedelta(seconds=ago)
    return Reading(side.person("desk"), side.keys["desk"].key, b"1", "page", what, subject, at)


def sealer(node: Node, behind: Behind | None = None) -> ReadingSealer:
    async def lost() -> Behind | None:
        return behind

    store = Readings(node.record.pool)
    return ReadingSealer(node.appender.perform, node.identity, node.clock, lost, store, AGE)


async def rows(node: Node) -> list[Any]:
    return await node.record.pool.fetch("SELECT * FROM desk.reads ORDER BY id")


async def sealed(node: Node) -> dict[str, list[dict[str, Any]]]:
    """Readings by the id of their entry in the private log."""
    size = (await node.record.head("private")).size
    entries: dict[str, list[dict[str, Any]]] = {}
    for stored in await node.record.entries("private", 0, size + 1):
        payload: Any = canonical.loads(dsse.decode(stored.envelope).payload)
        assert payload["kind"] == "access.read"
        entries[stored.id] = payload["body"]["reads"]
    return entries


async def test_reading_row_has_sizes_of_both_logs(node):
    await ReadingWriter(Readings(node.record.pool)).write(reading(node, "thread", "EU-1"))
    [row] = await rows(node)
    assert (row["what"], row["subject"], row["way"]) == ("thread", "EU-1", "page")
    assert (row["eu"], row["cn"]) == (await node.size("eu"), await node.size("cn"))
    assert row["sealed"] is None


async def test_readings_at_once_share_one_statement(node):
    statements: list[str] = []
    store, pool = Readings(node.record.pool), node.record.pool
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(pool.get_max_size()):
            connection = await stack.enter_async_context(pool.acquire())
            connection.add_query_logger(lambda record: statements.append(record.query))
    writer = ReadingWriter(store)
    await asyncio.gather(*(writer.write(reading(node, "inbox", str(n))) for n in range(50)))
    assert {row["subject"] for row in await rows(node)} == {str(n) for n in range(50)}
    assert sum("INSERT INTO desk.reads" in each for each in statements) == 2


async def test_reader_who_hangs_up_delays_nobody(node):
    writer = ReadingWriter(Readings(node.record.pool))
    async with node.record.pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE desk.reads IN ACCESS EXCLUSIVE MODE")
        gone = [asyncio.ensure_future(writer.write(reading(node, "inbox"))) for _ in range(3)]
        stays = asyncio.ensure_future(writer.write(reading(node, "threads")))
        await asyncio.sleep(0)
        for each in gone:
            each.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
    await asyncio.wait_for(stays, 20)
    assert [row["what"] for row in await rows(node)].count("threads") == 1


async def test_reading_of_who_hung_up_is_not_stored_later(node):
    writer = ReadingWriter(Readings(node.record.pool))
    async with node.record.pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE desk.reads IN ACCESS EXCLUSIVE MODE")
        first = asyncio.ensure_future(writer.write(reading(node, "inbox")))
        await asyncio.sleep(0)
        gone = asyncio.ensure_future(writer.write(reading(node, "threads")))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
    await asyncio.wait_for(first, 20)
    await writer.write(reading(node, "figures"))
    # Nothing was answered to the second one, so it read nothing.
    assert [row["what"] for row in await rows(node)] == ["inbox", "figures"]


async def test_sealer_begins_at_once_and_goes_on_after_an_interval(node):
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        raise asyncio.CancelledError

    await ReadingWriter(Readings(node.record.pool)).write(reading(node, "thread", "EU-1"))
    with contextlib.suppress(asyncio.CancelledError):
        await sealer(node).run(sleep)
    assert waits == [SEAL_SECONDS]
    assert [len(each) for each in (await sealed(node)).values()] == [1]


async def test_database_error_reaches_each_reader(node):
    writer = ReadingWriter(Readings(node.record.pool))
    await tamper(node.database.superuser, "ALTER TABLE desk.reads RENAME TO gone")
    errors = await asyncio.gather(
        *(writer.write(reading(node)) for _ in range(3)), return_exceptions=True
    )
    assert [type(error) for error in errors] == [Unavailable] * 3


async def test_sealing_names_person_kind_thread_and_time(node):
    world = node.world
    [thread] = [entry for entry in world.eu.own.entries if entry.leaf.kind == "thread.opened"]
    number, outside = str(thread.position), f"{thread.position}7"
    store = Readings(node.record.pool)
    await store.add(
        [
            reading(node, "thread", number, ago=70),
            reading(node, "entry", number, ago=60),
            reading(node, "entry", thread.id, ago=50),
            reading(node, "export", number, ago=40),
            reading(node, "export", "all", ago=30),
            reading(node, "thread", outside, ago=20),
            reading(node, "application", number, ago=10),
        ]
    )
    assert await sealer(node).step() == 7
    [(id_, reads)] = (await sealed(node)).items()
    assert [(each["what"], each.get("thread")) for each in reads] == [
        ("thread", thread.leaf.thread),
        ("entry", thread.leaf.thread),
        ("entry", thread.leaf.thread),
        ("export", thread.leaf.thread),
        ("export", None),
        ("thread", None),
        ("application", None),
    ]
    assert {each["person"] for each in reads} == {world.eu.person("desk")}
    assert reads[0]["at"] == timestamp(node.clock.now() - timedelta(seconds=70))
    assert {row["sealed"] for row in await rows(node)} == {id_}


async def test_each_reading_is_sealed_once(node):
    store = Readings(node.record.pool)
    await store.add([reading(node, "application", str(n), ago=n) for n in range(250)])
    assert await sealer(node).step() == 250
    entries = await sealed(node)
    assert sorted(len(reads) for reads in entries.values()) == [50, 100, 100]
    assert await sealer(node).step() == 0
    assert await sealed(node) == entries
    held = Counter(row["sealed"] for row in await rows(node))
    assert held == {id_: len(reads) for id_, reads in entries.items()}


async def test_equal_readings_of_one_second_are_one_in_the_log(node):
    store = Readings(node.record.pool)
    await store.add([reading(node)] * 250)
    assert await sealer(node).step() == 250
    [(id_, reads)] = (await sealed(node)).items()
    assert len(reads) == 1
    assert {row["sealed"] for row in await rows(node)} == {id_}


async def test_readings_wait_while_the_private_log_is_behind(node):
    store = Readings(node.record.pool)
    await store.add([reading(node)])
    assert await sealer(node, Behind("private", 1, 2, b"")).step() == 0
    assert [row["sealed"] for row in await rows(node)] == [None]
    assert await sealer(node).step() == 1


async def test_sealed_rows_alone_are_forgotten_when_old(node):
    store = Readings(node.record.pool)
    old, new = AGE.total_seconds() + 1, AGE.total_seconds() - 60
    await store.add([reading(node, "inbox", ago=int(old)), reading(node, "threads", ago=int(new))])
    assert await store.forget(node.clock.now(), AGE) == 0, "unsealed"
    await sealer(node).step()
    assert [row["what"] for row in await rows(node)] == ["threads"]


async def test_readings_of_a_person_are_told_by_first_time(node):
    store = Readings(node.record.pool)
    other = replace(reading(node, "inbox"), person=node.world.eu.person("head"))
    second = replace(reading(node, "file", "ab", ago=5), key=node.world.eu.keys["head"].key)
    await store.add(
        [
            reading(node, "thread", "EU-1", ago=900),
            reading(node, "inbox", ago=60),
            reading(node, "thread", "EU-1", ago=50),
            reading(node, "thread", "EU-1", ago=40),
            second,
            other,
        ]
    )
    person, since = node.world.eu.person("desk"), node.clock.now() - timedelta(seconds=100)
    opened = await store.readings_of(person, since)
    assert [(each.what, each.subject, each.times) for each in opened] == [
        ("inbox", "", 1),
        ("thread", "EU-1", 2),
        ("file", "ab", 1),
    ]
    assert opened[1].last - opened[1].first == timedelta(seconds=10)
    own = await store.readings_of(person, since, key=node.world.eu.keys["desk"].key)
    assert [each.what for each in own] == ["inbox", "thread"]
    assert len(await store.readings_of(person, since, limit=1)) == 1


async def test_export_is_told_however_much_was_opened_before(node):
    store = Readings(node.record.pool)
    opened = [reading(node, "thread", f"EU-{index}", ago=90 - index) for index in range(9)]
    await store.add([*opened, reading(node, "export", "all", ago=1)])
    person, since = node.world.eu.person("desk"), node.clock.now() - timedelta(seconds=100)
    first, *_ = await store.readings_of(person, since, limit=3)
    assert (first.what, first.subject) == ("export", "all")
    counts = await store.opened_counts(person, since)
    assert {what: (each.subjects, each.times) for what, each in counts.items()} == {
        "thread": (9, 9),
        "export": (1, 1),
    }


KILLS = 8


async def test_readings_are_sealed_once_whatever_is_killed(fresh_database, tmp_path):
    database = await fresh_database()
    world = World.founded()
    async with open_node(world, "eu", database, tmp_path) as node:
        await node.catch_up_alone()
        store, chance = Readings(node.record.pool), random.Random(5)  # noqa: S311 - a test's choice
        dsn = (database.dsn("channel_node"), database.dsn("channel_link"))
        for kill in range(KILLS):
            await store.add(
                [
                    reading(node, "application", f"{kill}-{n}", ago=400 * kill + n)
                    for n in range(400)
                ]
            )
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.desk.sealing", *dsn, str(tmp_path)),
                stdout=asyncio.subprocess.PIPE,
            )
            assert child.stdout is not None
            assert await child.stdout.readline() == b"begins\n"
            # Anywhere in the transactions that follow.
            await asyncio.sleep(chance.random() * 0.15)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)
            await child.wait()
    async with open_node(world, "eu", database, tmp_path) as node:
        await sealer(node).step()
        entries = await sealed(node)
        held = Counter(row["sealed"] for row in await rows(node))
    assert sum(held.values()) == KILLS * 400
    assert held == {id_: len(reads) for id_, reads in entries.items()}
