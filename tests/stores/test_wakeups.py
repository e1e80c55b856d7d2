import asyncio
import os
import signal
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import pytest_asyncio

from special_channel.core.bytes.errors import Unavailable
from special_channel.launcher import binaries
from special_channel.launcher.redis import embedded_redis
from special_channel.ports import TimerDue
from special_channel.stores.redis_connection import open_redis
from special_channel.stores.timers import RedisTimers
from special_channel.stores.wakeups import EVERYTHING, MAX_WAITING, RedisWakeups, Subscription
from tests import servers


@pytest_asyncio.fixture
async def own_redis(tmp_path):
    """A server for the test to kill."""
    found = binaries.wheel_redis() or binaries.find_redis()
    async with embedded_redis(
        tmp_path / "redis", sockets=servers.sockets(), binary=found
    ) as server:
        yield server


@asynccontextmanager
async def process(url, sender, **more):
    """A process of a node with running wake-ups."""
    # A server that was killed refuses at once; only a slow machine is waited for.
    async with open_redis(url, timeout_seconds=30) as client, asyncio.TaskGroup() as group:
        wakeups = RedisWakeups(client, "t", sender, **more)
        running = group.create_task(wakeups.run())
        yield wakeups
        running.cancel()


async def heard(listener, topic):
    async for one in listener:
        if one == topic:
            return


async def connected(wakeups):
    """Wait for the hint of every (re)connection."""
    await heard(wakeups.subscribe(), EVERYTHING)


async def test_a_hint_reaches_other_processes(each_redis_url):
    async with process(each_redis_url, "one") as one, process(each_redis_url, "two") as two:
        here, there = one.subscribe(), two.subscribe()
        await asyncio.gather(heard(here, EVERYTHING), heard(there, EVERYTHING))
        one.hint("thread:142")
        await heard(there, "thread:142")


async def test_a_process_is_not_woken_by_its_own_hint(each_redis_url):
    async with process(each_redis_url, "one") as one, process(each_redis_url, "two") as two:
        here, there = one.subscribe(), two.subscribe()
        await asyncio.gather(heard(here, EVERYTHING), heard(there, EVERYTHING))
        one.hint("first")
        await heard(there, "first")
        two.hint("last")
        assert await anext(here) == "last"


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"\x00 \x00", "逾期 逾期".encode(), b"one", b" t", b"x" * 1_000_000]
)
async def test_bytes_that_are_no_hint_mean_look_everywhere(own_redis, data):
    counted: list[None] = []
    async with (
        process(own_redis.url, "one", unreadable=lambda: counted.append(None)) as one,
        open_redis(own_redis.url) as anybody,
    ):
        await connected(one)
        listener = one.subscribe()
        await anybody.publish("t:wake", data)
        assert await anext(listener) == EVERYTHING
        assert len(counted) == 1
        await anybody.publish("t:wake", b"two after")
        assert await anext(listener) == "after"


async def test_hints_flow_again_after_redis_was_killed(own_redis):
    async with process(own_redis.url, "one") as one, process(own_redis.url, "two") as two:
        here, there = one.subscribe(), two.subscribe()
        await asyncio.gather(heard(here, EVERYTHING), heard(there, EVERYTHING))
        await own_redis.kill()
        one.hint("while-away")
        await own_redis.restart()
        # Whatever was lost meanwhile, both are told to look at everything.
        await asyncio.gather(heard(here, EVERYTHING), heard(there, EVERYTHING))
        two.hint("after")
        await heard(here, "after")


async def test_a_redis_that_falls_silent_without_closing_is_asked_again_from_anew(tmp_path):
    subscriptions: asyncio.Queue[Any] = asyncio.Queue()

    async def silent(reader, writer):
        with suppress(ConnectionError):
            while request := await reader.read(4096):
                if b"SUBSCRIBE" in request:
                    channel = b"t:wake"
                    writer.write(b"*3\r\n$9\r\nsubscribe\r\n$6\r\n%s\r\n:1\r\n" % channel)
                    subscriptions.put_nowait(writer)
                elif b"PING" not in request:
                    writer.write(b"+OK\r\n" * request.count(b"*"))
        writer.close()

    socket = tmp_path / "silent.sock"
    async with (
        await asyncio.start_unix_server(silent, socket),
        process(f"unix://{socket}", "one", ping_seconds=0.02, reply_seconds=0.02) as one,
    ):
        listener = one.subscribe()
        for _ in range(3):
            await subscriptions.get()
            await heard(listener, EVERYTHING)


async def test_a_quiet_connection_is_kept(own_redis):
    # Asked often; a reply may take as long as a busy machine needs.
    async with process(own_redis.url, "one", ping_seconds=0.01, reply_seconds=60) as one:
        await connected(one)
        listener = one.subscribe()
        async with open_redis(own_redis.url) as probe:
            await probe.config_resetstat()
            stats: dict[str, Any] = {}
            while stats.get("cmdstat_ping", {"calls": 0})["calls"] < 5:
                stats = await probe.info("commandstats")
            assert "cmdstat_subscribe" not in stats
            await probe.publish("t:wake", b"two still")
        assert await anext(listener) == "still"


async def test_a_slow_listener_costs_no_memory():
    listener = Subscription()
    for number in range(MAX_WAITING + 5):
        listener.put(f"t{number}")
        listener.put(f"t{number}")
    assert [await anext(listener), await anext(listener)] == [EVERYTHING, f"t{MAX_WAITING}"]
    assert len(listener._waiting) == 4


async def test_a_listener_that_was_dropped_is_forgotten(tmp_path):
    async with open_redis(f"unix://{tmp_path}/nobody.sock") as client:
        wakeups = RedisWakeups(client, "t", "one")
        listener = wakeups.subscribe()
        assert len(wakeups._listeners) == 1
        del listener
        assert len(wakeups._listeners) == 0


@pytest.mark.parametrize("sender", ["", "two words"])
async def test_a_sender_is_one_word(tmp_path, sender):
    async with open_redis(f"unix://{tmp_path}/nobody.sock") as client:
        with pytest.raises(ValueError, match="one word"):
            RedisWakeups(client, "t", sender)


async def test_timers_say_that_redis_is_away_and_go_on_when_it_is_back(own_redis):
    async with open_redis(own_redis.url, timeout_seconds=30) as client:
        timers = RedisTimers(client, "t")
        await timers.schedule([TimerDue("a", 1)])
        await timers.mark_epoch("before")
        await own_redis.kill()
        for call in (
            timers.claim(1, 1000, "one"),
            timers.schedule([TimerDue("a", 1)]),
            timers.complete("one", ["a"]),
            timers.missing(["a"]),
            timers.count(),
            timers.eviction_policy(),
            anext(timers.ids()),
        ):
            with pytest.raises(Unavailable) as away:
                await call
            assert away.value.code == "redis-unavailable"
        await own_redis.restart()
        claim = await timers.claim(1, 1000, "two")
        assert (claim.epoch, claim.items) == (None, ())


async def until_it_answers(timers):
    """Schedule until a reply comes within the client's time-out, which a busy machine may miss."""
    while True:
        with suppress(Unavailable):
            await timers.schedule([TimerDue("a", 1)])
            return


async def test_a_redis_that_hangs_is_away_within_the_timeout(own_redis):
    async with open_redis(own_redis.url, timeout_seconds=0.05) as client:
        timers = RedisTimers(client, "t")
        await until_it_answers(timers)
        os.kill(own_redis.pid, signal.SIGSTOP)
        try:
            with pytest.raises(Unavailable):
                await timers.claim(1, 1000, "one")
        finally:
            os.kill(own_redis.pid, signal.SIGCONT)
