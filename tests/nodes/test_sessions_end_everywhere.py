"""Two web processes on a database: a session that ends in one ends streams in the other.

Once with Redis, which carries the wake-up; once without, by the stream's own look.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from special_channel.config import Settings
from special_channel.core.rows.writing import sign
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


async def signed_out(_made: Channel, api: Api) -> None:
    """End the session."""
    assert (await api.call("POST", "/api/signout", {})).status == 200


async def suspended(made: Channel, api: Api) -> None:
    """Let a colleague of the desk stop the key."""
    colleague = made.officials["eu", "desk", 2]
    body = {"key": made.officials["eu", "desk", 1].key, "reason": "stated-at-home"}
    stop = sign(
        await made.payload("eu", colleague.key, "key.suspended", body=body), [colleague.signer]
    )
    theirs = await Api(api.http, api.url).sign_in(colleague.signer)
    act = {"envelope": stop.envelope.decode(), "reason": "suspected"}
    assert (await theirs.call("POST", "/api/acts", act)).document["state"] == "done"


@pytest.mark.timeout(180)
@pytest.mark.parametrize("by", ["wake-up", "look"])
@pytest.mark.parametrize(
    ("end", "code"),
    [(signed_out, "session-over"), (suspended, "key-suspended")],
    ids=["signed-out", "key-suspended"],
)
async def test_session_that_ends_closes_streams_of_other_process(monkeypatch, by, end, code):
    """Attack 36: by the wake-up, or by the stream's own look within `HEARTBEAT_SECONDS`."""
    assert stream.HEARTBEAT_SECONDS <= 15
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
                        began = time.monotonic()
                        await end(made, api)
                        rest = (await response.content.read()).decode()
            took = time.monotonic() - began
    print(f"stream of another process closed after {took:.2f} s")  # noqa: T201
    last, data = rest.strip().split("\n\n")[-1].split("\n")
    assert last == "event: over"
    assert json.loads(data.removeprefix("data: "))["code"] == code
    assert "event: entry" not in rest
