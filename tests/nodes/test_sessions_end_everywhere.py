"""Two web processes on a database: a session that ends in one ends streams in the other.

Once with Redis, which carries the wake-up; once without, by the stream's own look.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from special_channel.config import Settings
from special_channel.web.http import stream
from special_channel.wiring.node import open_node
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.api import Api

PATIENCE = 60


@asynccontextmanager
async def second_process(made: Channel, redis: str) -> AsyncIterator[str]:
    """Another web process of the EU's node, on the same database; its address."""
    engines = made.nodes["eu"].core.engines
    settings = made.settings("eu")
    port = servers.free_port()
    sections: dict[str, Any] = settings.model_dump() | {
        "node": settings.node.model_dump() | {"port": port},
        "database": {"url": engines.node, "owner_url": engines.owner, "link_url": engines.link},
        "redis": {"url": redis, "prefix": settings.redis.prefix},
    }
    other = Settings(**sections)
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def life() -> None:
        async with open_node(other, ("web",)) as node:
            await node.run(ready.set_result)

    task = asyncio.create_task(life())
    try:
        either: set[asyncio.Future[Any]] = {task, ready}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        yield f"http://127.0.0.1:{port}"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("by", ["wake-up", "look"])
async def test_sign_out_ends_streams_of_other_process(monkeypatch, by):
    # With Redis only its wake-up can end the stream in time, without it only the regular look.
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 3600.0 if by == "wake-up" else 0.2)
    with servers.open_folder() as folder:
        async with channel(folder) as made, aiohttp.ClientSession() as http:
            # Alone and without due times, so that nothing else is committed that wakes streams.
            await made.stop_all()
            await made.start("eu", ("web",))
            api = await Api(http, made.settings("eu").node.url).sign_in(
                made.officials["eu", "desk", 1].signer
            )
            core = made.nodes["eu"].core
            away = f"redis://127.0.0.1:{servers.free_port()}"
            async with second_process(made, core.engines.redis if by == "wake-up" else away) as url:
                headers = {"Authorization": f"Bearer {api.token}"}
                async with http.get(f"{url}/api/stream", headers=headers) as response:
                    assert response.status == 200
                    async with asyncio.timeout(PATIENCE):
                        while await response.content.readline() != b"event: menu\n":
                            pass
                        assert (await api.call("POST", "/api/signout", {})).status == 200
                        assert b"event: over\n" in await response.content.read()
