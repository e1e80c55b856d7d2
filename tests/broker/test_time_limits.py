"""Functions whose time is over end ahead of what waits (K28), on a real node."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from special_channel.broker.time_limits import REFRESH_SECONDS, TimeLimits
from special_channel.core.bytes.errors import Unavailable
from special_channel.core.bytes.times import from_posix
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import part_refs, sign, text_part
from special_channel.ports import Stored
from tests.link.nodes import Node, open_node
from tests.world import World

HOUR = 3600


@pytest_asyncio.fixture
async def node(fresh_database, tmp_path):
    """EU's node; two officials have a second function for an hour, one for a day."""
    world = World.founded()
    for name, seconds in (("desk", HOUR), ("clerk", HOUR), ("other-desk", 24 * HOUR)):
        until = from_posix(world.clock.seconds + seconds)
        world.append("eu", world.granting("eu", name, grant=2, desk="customs", until=until))
    async with open_node(world, "eu", await fresh_database(), tmp_path) as made:
        await made.catch_up_alone()
        yield made


def thread(node: Node, by: str = "director", **fields: Any) -> Submission:
    part = text_part("subject", node.world.draw(), "Certificate")
    stated = {"thread": node.world.thread_id(), "lang": "en", "body": {"batch": "standing"}}
    payload = node.world.payload("eu", "thread.opened", by=by, **(stated | fields)) | {"seen": []}
    return sign(payload | {"parts": part_refs([part])}, [node.world.eu.keys[by]], [part])


async def written(node: Node, since: int) -> list[Stored]:
    return list(await node.record.entries("eu", since, 100))


async def kinds(node: Node, since: int) -> list[str]:
    return [entry.kind for entry in await written(node, since)]


async def test_first_append_after_the_limit_ends_the_function(node):
    size = (await node.record.head("eu")).size
    node.world.clock.forward(HOUR - 1)
    await node.appender.submit([thread(node)])
    assert await kinds(node, size) == ["thread.opened"]
    node.world.clock.forward(1)
    await node.appender.submit([thread(node)])
    ended = ["role.ended", "role.ended", "thread.opened"]
    assert await kinds(node, size + 1) == ended
    await node.appender.submit([thread(node)])
    assert await kinds(node, size + 4) == ["thread.opened"], "each function ends once"
    node.world.clock.forward(24 * HOUR)
    await node.appender.submit([thread(node)])
    assert await kinds(node, size + 5) == ["role.ended", "thread.opened"]


async def test_who_signs_under_the_function_then_comes_too_late(node):
    node.world.clock.forward(HOUR)
    late = thread(node, "desk", **{"as": 2})
    with pytest.raises(Exception, match="grant-ended"):
        await node.appender.submit([late])


async def test_a_failure_to_end_does_not_hold_up_what_waits(node, monkeypatch):
    size = (await node.record.head("eu")).size
    node.world.clock.forward(HOUR)

    async def fails(*_: Any) -> None:
        raise Unavailable("read-only", "Not now.")

    with monkeypatch.context() as broken:
        broken.setattr(TimeLimits, "decide", fails)
        await node.appender.submit([thread(node)])
    assert await kinds(node, size) == ["thread.opened"]
    await node.appender.submit([thread(node)])
    assert await kinds(node, size + 1) == ["thread.opened"], "tried again after a minute"
    node.clock.ticks += REFRESH_SECONDS
    await node.appender.submit([thread(node)])
    assert (await kinds(node, size + 2))[-1] == "thread.opened"
    assert (await kinds(node, size + 2)).count("role.ended") == 2


async def test_a_function_granted_here_is_known_at_the_next_append(node):
    await node.appender.submit([thread(node)])
    world, size = node.world, (await node.record.head("eu")).size
    until = from_posix(world.clock.seconds + 60)
    payload = world.granting("eu", "head", grant=2, desk="customs", until=until) | {"seen": []}
    signers = [world.eu.keys[name] for name in ("registrar", "second-registrar")]
    await node.appender.submit([sign(payload, signers)])
    world.clock.forward(60)
    await node.appender.submit([thread(node)])
    assert await kinds(node, size) == ["role.granted", "role.ended", "thread.opened"]
