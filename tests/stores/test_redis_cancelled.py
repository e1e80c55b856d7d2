"""A task cancelled at any point of a call to Redis ends.

Before Python 3.12 `asyncio.wait_for`, which the driver uses, loses some cancellations.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from special_channel.launcher.redis import RedisServer
from special_channel.stores.redis_connection import open_redis
from special_channel.stores.timers import RedisTimers
from special_channel.stores.wakeups import RedisWakeups


async def for_ever(call: Callable[[], Awaitable[object]]) -> None:
    while True:
        await call()


async def ends(task: asyncio.Task[None], steps: int) -> bool:
    """Cancel a task after a number of steps of the loop; tell whether it ends."""
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=30)
    task.cancel()
    return bool(done)


@pytest.mark.parametrize("steps", range(5, 45))
async def test_a_loop_over_timers_ends_whenever_it_is_cancelled(
    redis_server: RedisServer, steps: int
) -> None:
    redis = open_redis(redis_server.url)
    try:
        timers = RedisTimers(redis, "cancelled")
        await timers.count()
        assert await ends(asyncio.ensure_future(for_ever(timers.count)), steps)
    finally:
        await redis.aclose()


@pytest.mark.parametrize("steps", range(5, 45, 3))
async def test_hints_end_whenever_they_are_cancelled(redis_server: RedisServer, steps: int) -> None:
    redis = open_redis(redis_server.url)
    try:
        wakeups = RedisWakeups(redis, "cancelled", "me")
        task = asyncio.ensure_future(wakeups.run())

        async def busy() -> None:
            while True:
                wakeups.hint("record")
                await asyncio.sleep(0)

        hinting = asyncio.ensure_future(busy())
        assert await ends(task, steps)
        hinting.cancel()
    finally:
        await redis.aclose()
