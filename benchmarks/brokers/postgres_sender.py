"""A bare INSERT through asyncpg: one row a message, each its own transaction with fsync."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version

import asyncpg
from orders import ADDRESS, BODY, MOST, Post, take_orders

TABLE = (
    "CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL)"
)
INSERT = "INSERT INTO note (body) VALUES ($1)"


@asynccontextmanager
async def opened() -> AsyncIterator[Post]:
    """Open a connection for each sender."""
    async with AsyncExitStack() as stack:
        statements = []
        for number in range(MOST):
            connection = await asyncpg.connect(ADDRESS)
            stack.push_async_callback(connection.close)
            if number == 0:
                await connection.execute(TABLE)
            statements.append(await connection.prepare(INSERT))

        async def post(number: int) -> None:
            await statements[number].fetchval(BODY)

        yield post


if __name__ == "__main__":
    asyncio.run(take_orders(f"asyncpg {version('asyncpg')}", opened()))
