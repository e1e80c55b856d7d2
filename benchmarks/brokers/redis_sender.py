"""A Redis stream through redis-py: one XADD a message, answered after its fsync."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version

from orders import ADDRESS, BODY, MOST, Post, take_orders
from redis.asyncio import Redis


@asynccontextmanager
async def opened() -> AsyncIterator[Post]:
    """Open a connection for each sender."""
    async with AsyncExitStack() as stack:
        clients = []
        for _ in range(MOST):
            client = Redis.from_url(ADDRESS, single_connection_client=True)
            clients.append(await stack.enter_async_context(client))

        async def post(number: int) -> None:
            await clients[number].xadd("notes", {"body": BODY})

        yield post


if __name__ == "__main__":
    asyncio.run(take_orders(f"redis-py {version('redis')}", opened()))
