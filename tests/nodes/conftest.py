"""A running channel, shared by tests of this folder that leave it usable."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio

from tests import servers
from tests.channel import Channel, channel
from tests.nodes.api import Api
from tests.nodes.desk import Desk, strangers


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two_nodes() -> AsyncIterator[Channel]:
    """Two nodes with a charter and officials, for the module."""
    with servers.open_folder() as folder:
        async with channel(folder) as made:
            yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk() -> AsyncIterator[Desk]:
    with servers.open_folder() as folder:
        async with channel(folder) as made, aiohttp.ClientSession() as http:
            keys = await strangers(made)
            thread = await made.open_thread("eu")
            await made.note("eu", thread)
            await made.caught_up()
            await made.stop_all()
            await made.start("eu", ("web",))
            api = Api(http, made.settings("eu").node.url)
            yield Desk(made, await api.sign_in(keys["desk"].signer), thread, keys)
