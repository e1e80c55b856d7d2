"""An attacker with access to Redis writes any bytes and types into all keys of a running node.

The node stores notes, its due times pass, and its process goes on.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.state import question_key
from special_channel.stores.redis_connection import open_redis
from tests import servers
from tests.channel import ROOT, Channel, channel

pytestmark = pytest.mark.asyncio(loop_scope="module")

PREFIX: Final = b"sc"
KEYS: Final = tuple(b"%b:{timers}:%b" % (PREFIX, name) for name in (b"due", b"meta", b"epoch"))
CHANNELS: Final = (PREFIX + b":wake",)

NOTICE_SECONDS: Final = 4
"""Enough for the question to be delivered before it falls due."""

Write = Callable[[Redis, bytes, bytes], Any]
TYPES: Final[dict[str, Write]] = {
    "string": lambda redis, key, data: redis.set(key, data),
    "list": lambda redis, key, data: redis.lpush(key, data),
    "set": lambda redis, key, data: redis.sadd(key, data),
    "hash": lambda redis, key, data: redis.hset(key, data, data),
    "zset": lambda redis, key, data: redis.zadd(key, {data: 0.0}),
    "infinite": lambda redis, key, data: redis.zadd(key, {data: float("inf")}),
    "stream": lambda redis, key, data: redis.xadd(key, {data: data}),
    "nothing": lambda redis, key, _data: redis.delete(key),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hasty() -> AsyncIterator[Channel]:
    """A channel with a charter that allows questions due within seconds."""
    with servers.open_folder() as folder:
        charters = folder / "charter"
        shutil.copytree(ROOT / "config" / "charter", charters)
        for file in charters.glob("*.toml"):
            text = file.read_text(encoding="utf-8")
            file.write_text(
                text.replace("minimum_notice_seconds = 30", "minimum_notice_seconds = 1")
            )
        async with channel(folder, charter_folder=charters) as made:
            yield made


@pytest_asyncio.fixture(loop_scope="module")
async def attacker(hasty: Channel) -> AsyncIterator[Redis]:
    async with open_redis(hasty.nodes["eu"].core.engines.redis) as client:
        yield client


def unreadable(made: Channel) -> float:
    """The node's metrics of Redis."""
    text = made.nodes["eu"].core.metrics.exposition().decode()
    [found] = re.findall(r'^sc_unreadable_total\{source="redis"\} (\S+)$', text, re.MULTILINE)
    return float(found)


async def passed(made: Channel, note: str) -> bool:
    key = question_key(note, "1")
    row = (await made.nodes["eu"].core.record.rows(frozenset({key}))).get(key)
    return isinstance(row, QuestionRow) and bool(row.passed)


async def note_and_due_time(made: Channel, thread: str) -> None:
    """Post a note with a question, and wait until its due time passes."""
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=NOTICE_SECONDS)
    note = await made.note("eu", thread, asks=[made.ask("eu", timestamp(due))])
    await made.until(partial(passed, made, note.id))


async def test_every_key_and_channel_of_a_node_is_attacked_here(hasty, attacker):
    await note_and_due_time(hasty, await hasty.open_thread("eu"))
    assert set(await attacker.keys("*")) <= {*KEYS}
    assert set(await attacker.pubsub_channels("*")) == {*CHANNELS}


async def test_node_goes_on_when_any_bytes_are_published(hasty, attacker):
    rng, before = random.Random(6), unreadable(hasty)  # noqa: S311 - a test's choice
    for length in (0, 1, 2, 3, 10, 100, 1_000_000):
        for channel_ in CHANNELS:
            assert await attacker.publish(channel_, rng.randbytes(length))
    await hasty.until(partial(_more, hasty, before + 7 - 1))
    await note_and_due_time(hasty, await hasty.open_thread("eu"))


async def _more(made: Channel, than: float) -> bool:
    return unreadable(made) > than


async def test_node_goes_on_when_its_keys_change_type(hasty, attacker):
    attacking = asyncio.ensure_future(_attack(attacker))
    try:
        await note_and_due_time(hasty, await hasty.open_thread("eu"))
    finally:
        attacking.cancel()
        await asyncio.gather(attacking, return_exceptions=True)


@pytest.mark.parametrize("kind", TYPES)
async def test_reminders_are_made_again_after_each_type(hasty, attacker, kind):
    for key in KEYS:
        # Both at once: the node makes its keys again in between.
        async with attacker.pipeline(transaction=True) as both:
            both.delete(key)
            TYPES[kind](both, key, os.urandom(32))
            await both.execute()
    await hasty.until(partial(_sound, attacker))
    await hasty.note("eu", await hasty.open_thread("eu"))


async def _attack(redis: Redis) -> None:
    """Write each type with random bytes into each key, repeatedly."""
    rng = random.Random(6)  # noqa: S311 - a test's choice
    while True:
        for key in KEYS:
            for write in TYPES.values():
                if rng.random() < 0.5:
                    await redis.delete(key)
                with suppress(ResponseError):  # another type stands there already
                    await write(redis, key, rng.randbytes(rng.randrange(1, 2000)))
                await asyncio.sleep(0.01)


async def _sound(redis: Redis) -> bool:
    """Tell whether each key has the node's type."""
    due, meta, epoch = [await redis.type(key) for key in KEYS]
    return due in {b"zset", b"none"} and meta in {b"hash", b"none"} and epoch == b"string"
