"""One running channel for the tests of this folder that leave it usable."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests import servers
from tests.channel import Channel, channel


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two_nodes() -> AsyncIterator[Channel]:
    """Two nodes with a charter and officials, for the module."""
    with servers.open_folder() as folder:
        async with channel(folder) as made:
            yield made
