"""NATS JetStream through nats-py: a stream in files, each publish waits for its ack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version

import nats
from nats.js.api import StorageType
from orders import ADDRESS, BODY, MOST, Post, take_orders


@asynccontextmanager
async def opened() -> AsyncIterator[Post]:
    """Open a connection for each sender."""
    async with AsyncExitStack() as stack:
        streams = []
        for _ in range(MOST):
            connection = await nats.connect(ADDRESS)
            stack.push_async_callback(connection.close)
            streams.append(connection.jetstream())
        await streams[0].add_stream(name="notes", subjects=["notes"], storage=StorageType.FILE)

        async def post(number: int) -> None:
            await streams[number].publish("notes", BODY)

        yield post


if __name__ == "__main__":
    asyncio.run(take_orders(f"nats-py {version('nats-py')}", opened()))
