"""Behind Sentinel a failover loses writes or brings old ones back: the record minds neither."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
import pytest_asyncio

from special_channel.core.bytes.errors import Malformed, Unavailable
from special_channel.launcher import binaries
from special_channel.ports import TimerDue
from special_channel.stores.redis_connection import open_redis
from special_channel.stores.timers import RedisTimers
from tests.stores.trio import PATIENCE, trio

PAST = 1_000


@pytest_asyncio.fixture
async def three(tmp_path):
    found = binaries.system_redis() or binaries.find_redis()
    async with trio(tmp_path, Path(found.path)) as made:
        yield made


async def _again(call):
    """Repeat a call until the store serves, as the worker does."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await call()
            except Unavailable:
                await asyncio.sleep(0.05)


async def test_a_failover_loses_a_write_and_the_next_is_served_without_a_restart(three):
    async with open_redis(three.url, timeout_seconds=PATIENCE) as client:
        timers = RedisTimers(client, "t")
        await timers.schedule([TimerDue("kept", PAST)])
        assert await client.wait(1, 30_000) == 1
        old, replica = await three.part()
        await timers.schedule([TimerDue("lost", PAST)])
        three.signal(old, signal.SIGKILL)
        three.signal(replica, signal.SIGCONT)
        with pytest.raises(Unavailable):
            await timers.claim(10, 30_000, "one")
        await three.failed_over(old)
        claim = await _again(lambda: timers.claim(10, 30_000, "two"))
        assert [item.id for item in claim.items] == ["kept"]
        # What the sweep does: the record knows both.
        assert await timers.missing(["kept", "lost"]) == ("lost",)


async def test_a_failover_brings_back_what_was_completed_and_it_is_completed_again(three):
    async with open_redis(three.url, timeout_seconds=PATIENCE) as client:
        timers = RedisTimers(client, "t")
        await timers.schedule([TimerDue("done", PAST)])
        assert await client.wait(1, 30_000) == 1
        old, replica = await three.part()
        await timers.claim(10, 30_000, "one")
        assert await timers.complete("one", ["done"]) == 1
        three.signal(old, signal.SIGKILL)
        three.signal(replica, signal.SIGCONT)
        await three.failed_over(old)
        ghost = await _again(lambda: timers.claim(10, 30_000, "two"))
        assert [(item.id, item.attempt) for item in ghost.items] == [("done", 1)]
        assert await timers.complete("one", ["done"]) == 0, "the old token holds nothing"
        assert await timers.complete("two", ["done"]) == 1


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://127.0.0.1:1",
        "redis+sentinel://127.0.0.1:port/reminders",
        "redis+sentinel://127.0.0.1:1/reminders/first",
        "http://127.0.0.1",
    ],
)
def test_an_address_that_is_none_is_named_as_a_setting(url):
    with pytest.raises(Malformed, match="Redis") as refused:
        open_redis(url)
    assert refused.value.code == "settings-malformed"
    assert refused.value.facts["setting"] == "redis.url"


async def test_sentinels_that_are_away_are_an_outage_as_any_other():
    async with open_redis("redis+sentinel://127.0.0.1:9,[::1]:9,localhost/reminders") as client:
        with pytest.raises(Unavailable, match="reminder store"):
            await RedisTimers(client, "t").count()
