"""Nodes that serve pages over HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest_asyncio

from special_channel.core.bytes.ids import Party
from special_channel.wiring.files import CalendarFiles
from tests.link.nodes import open_node
from tests.web.pages_node import CONFIG, PagesNode, catch_up, serve_pages
from tests.world import World

ServePages = Callable[..., Awaitable[PagesNode]]


@pytest_asyncio.fixture
async def pages_of(fresh_database, tmp_path) -> AsyncIterator[ServePages]:
    """Serve a side's pages of a world."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(world: World, party: Party, **changed) -> PagesNode:
            folder = tmp_path / f"{party}-{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            database = await fresh_database()
            node = await stack.enter_async_context(open_node(world, party, database, folder))
            await catch_up(node)
            shelf = CalendarFiles(CONFIG / "calendars", folder / "calendars")
            usual = {"adopted": shelf.adopted, "releases": shelf}
            return await stack.enter_async_context(serve_pages(node, **usual | changed))

        yield make
