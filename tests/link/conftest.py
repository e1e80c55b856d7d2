"""Two nodes on new databases, filled from worlds."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from special_channel.core.bytes.ids import Party
from tests.link.nodes import Node, open_node
from tests.world import World

MakeNode = Callable[..., Awaitable[Node]]


@pytest.fixture
def world() -> World:
    """A world with both parties founded, officials enrolled and a charter adopted."""
    return World.founded()


@pytest_asyncio.fixture
async def make_node(fresh_database, tmp_path) -> AsyncIterator[MakeNode]:
    """Open nodes; close them after the test."""
    async with contextlib.AsyncExitStack() as stack:
        numbers = iter(range(100))

        async def make(world: World, party: Party, database=None, folder=None) -> Node:
            folder = folder or tmp_path / f"{party}-{next(numbers)}"
            folder.mkdir(exist_ok=True)
            return await stack.enter_async_context(
                open_node(world, party, database or await fresh_database(), folder)
            )

        yield make


@pytest_asyncio.fixture
async def cn(make_node, world) -> Node:
    """CN's node, holding its own log and EU's as far as the founded world goes."""
    node: Node = await make_node(world, "cn")
    await node.catch_up_alone()
    return node


@pytest_asyncio.fixture
async def eu(make_node, world) -> Node:
    """EU's node, in the same way."""
    node: Node = await make_node(world, "eu")
    await node.catch_up_alone()
    return node
