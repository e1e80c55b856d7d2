"""The heads of a day: read once for all officials who write on it, in a demonstration's past."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

from special_channel.cli.day_heads import DayHeads

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (23, 24, 25))


def heads(eu: int, cn: int) -> dict[str, Any]:
    sizes = {"eu": eu, "cn": cn}
    return {"heads": [{"party": p, "size": n, "delivered": n} for p, n in sizes.items()]}


class Reader:
    """A node that counts how often its heads are read."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> Mapping[str, Any]:
        self.count += 1
        await asyncio.sleep(0)
        return heads(self.count, 0)


async def test_a_day_is_read_once_whoever_writes_on_it() -> None:
    day, read = DayHeads(), Reader()
    both = await asyncio.gather(day.on("eu", MONDAY, read), day.on("eu", MONDAY, read))
    assert both[0] is both[1]
    assert await day.on("eu", TUESDAY, read) == heads(2, 0)
    assert await day.on("cn", TUESDAY, read) == heads(3, 0), "the other side has its own"


async def test_what_was_read_last_serves_the_next_day_if_both_nodes_had_the_same() -> None:
    day, read = DayHeads(), Reader()
    day.note("eu", heads(5, 7))
    await day.on("eu", MONDAY, read)
    assert read.count == 1, "what the other side's node has is not known"
    day.note("cn", heads(4, 7))
    await day.on("eu", TUESDAY, read)
    await day.on("cn", TUESDAY, read)
    assert read.count == 3, "the other side lacked an entry of ours"
    day.note("cn", heads(5, 7))
    assert await day.on("eu", WEDNESDAY, read) == heads(5, 7)
    assert await day.on("cn", WEDNESDAY, read) == heads(5, 7)
    assert read.count == 3


def test_what_officials_stored_is_known_by_the_positions_in_their_receipts() -> None:
    day = DayHeads()
    assert day.stored("eu") == 0
    day.note_stored([{"position": "EU-6"}, {"position": "PRIVATE-40"}])
    day.note_stored([{"position": "EU-3"}, {"position": "CN-0"}])
    assert (day.stored("eu"), day.stored("cn")) == (7, 1)
