"""Chromium if installed, and a channel for each module."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Playwright

from tests import servers
from tests.browsers import ABSENT, CHROMIUM
from tests.channel import Channel, channel
from tests.story.windows import browsers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that need a browser, and skip them visibly without a browser."""
    none = pytest.mark.skip(reason=ABSENT)
    for item in items:
        if item.path.parent.name == "story":
            item.add_marker(pytest.mark.browser)
            if not item.get_closest_marker("timeout"):  # the long gate's cuts take longer
                item.add_marker(pytest.mark.timeout(300))
            if CHROMIUM is None:
                item.add_marker(none)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Playwright]:
    """The driver of Chromium."""
    async with browsers() as playwright:
        yield playwright


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made() -> AsyncIterator[Channel]:
    """Two real nodes with separate databases and Redis servers."""
    with servers.open_folder() as folder:
        async with channel(folder) as running:
            yield running
