"""The cache by sizes: one read at the same sizes, another after either log grew."""

from __future__ import annotations

from special_channel.stores.shown import shown
from special_channel.stores.size_cache import SizeCache


class Reading:
    """A value that counts its reads."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> int:
        self.times += 1
        return self.times


async def grow(pool, log: str) -> None:
    await pool.execute("UPDATE record.heads SET size = size + 1 WHERE log = $1", log)


async def test_it_is_read_again_once_either_log_has_grown(record):
    kept, reading = SizeCache(shown(record.pool)), Reading()
    assert [await kept.get(("counts", "B-1"), reading) for _ in range(3)] == [1, 1, 1]
    for read, log in ((2, "eu"), (3, "cn")):
        await grow(record.pool, log)
        assert [await kept.get(("counts", "B-1"), reading) for _ in range(2)] == [read, read]


async def test_what_is_asked_for_otherwise_is_read_for_itself_and_the_last_asked_stays(record):
    kept, reading = SizeCache(shown(record.pool), most=2), Reading()
    assert await kept.get(("a",), reading) == 1
    assert await kept.get(("b",), reading) == 2
    assert await kept.get(("a",), reading) == 1
    assert await kept.get(("c",), reading) == 3
    assert await kept.get(("a",), reading) == 1
    assert await kept.get(("b",), reading) == 4


async def test_what_is_counted_by_kept_columns_is_read_again_once_an_order_reached_them(record):
    kept, reading = SizeCache(shown(record.pool)), Reading()
    await record.pool.execute(
        "INSERT INTO private.columns_kept (key, idx, digest, doc) VALUES ('W47', 3, '', $1)",
        '{"id": "a", "list": "W47", "index": 3, "data": "{}"}',
    )
    assert [await kept.get(("groups",), reading) for _ in range(2)] == [1, 1]
    await record.pool.execute("UPDATE private.columns_kept SET doc = doc WHERE key = 'W47'")
    assert [await kept.get(("groups",), reading) for _ in range(2)] == [2, 2]
