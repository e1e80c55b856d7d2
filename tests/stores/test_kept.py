"""What is read of the directory is kept while both logs go on from where they were read."""

from __future__ import annotations

import pytest

from special_channel.stores.disowning import open_disowning
from special_channel.stores.kept import KeptReading
from special_channel.stores.shown import shown
from special_channel.stores.size_cache import SizeCache
from tests.stores.made_entries import Made, append

VOID = "f" * 64
"""The order that declares a tail void."""


class Reading:
    """A value that counts its reads."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> int:
        self.times += 1
        return self.times


async def test_it_is_kept_while_logs_grow(record):
    reading = Reading()
    kept = KeptReading(shown(record.pool), reading)
    assert await kept.at(await record.heads()) == 1
    for log in ("eu", "cn", "cn", "eu"):
        await append(record, log, Made(), Made())
        assert await kept.at(await record.heads()) == 1
    assert reading.times == 1


@pytest.mark.parametrize("again", [1, 2, 3])
async def test_it_is_read_again_once_an_end_came_back_with_other_entries(record, database, again):
    """As long as before, or longer or shorter, and with as many directory entries."""
    await append(record, "cn", Made())
    await append(record, "cn", Made(), Made())
    pool = shown(record.pool)
    kept, counts, reading = KeptReading(pool, Reading()), SizeCache(pool), Reading()
    before = await record.heads()
    assert await kept.at(before) == 1
    assert await counts.get(("counts",), reading) == 1
    async with open_disowning(database.dsn()) as disowning:
        assert (await disowning.set_aside("cn", 1, VOID))[0] == 2
    await append(record, "cn", *(Made() for _ in range(again)))
    heads = await record.heads()
    assert heads["cn"].directory == before["cn"].directory
    assert await kept.at(heads) == 2
    assert await kept.at(heads) == 2
    assert await counts.get(("counts",), reading) == 2


@pytest.mark.parametrize("met", ["first", "kept"])
async def test_reading_without_an_end_is_not_kept_for_heads_with_it(record, database, met):
    """Heads are a moment old: their end is gone when they are read with, and comes back."""

    async def size():
        return await record.pool.fetchval("SELECT size FROM record.heads WHERE log = 'cn'")

    last = Made(serial=-1)
    kept = KeptReading(shown(record.pool), size)
    await append(record, "cn", Made())
    if met == "kept":
        assert await kept.at(await record.heads()) == 1
    await append(record, "cn", last)
    before = await record.heads()
    async with open_disowning(database.dsn()) as disowning:
        assert (await disowning.set_aside("cn", 1, VOID))[0] == 1
    assert await kept.at(before) == 1
    await append(record, "cn", last)
    assert (await record.heads())["cn"].frontier == before["cn"].frontier
    assert await kept.at(before) == 2
