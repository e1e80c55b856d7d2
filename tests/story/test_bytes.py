"""What a page costs on the line, for a first visit and with cached files.

Bytes are counted by the browser as they arrive, headers and compression included, on a full
channel in which nobody else enrols a key: each key of an official is in the directory.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Playwright

from special_channel.core.bytes.ids import Party
from tests.channel import Channel
from tests.story.stage import Filled, fill
from tests.story.windows import PATIENCE, Window, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIRST_LOAD = 110 * 1024
"""Bytes of a first visit, fonts and script included."""
WARM_THREAD = 25 * 1024
"""Bytes of a thread for a browser that has the files."""

LANGS: dict[Party, str] = {"eu": "en", "cn": "zh-CN"}
STREAM = "/api/stream"


@dataclass
class Meter:
    """Bytes that a page took over the line, by address."""

    bytes_: dict[str, int] = field(default_factory=dict)
    under_way: dict[str, str] = field(default_factory=dict)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def begins(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        if STREAM not in url:  # it never ends
            self.under_way[event["requestId"]] = url

    def ends(self, event: dict[str, Any]) -> None:
        url = self.under_way.pop(event["requestId"], "")
        size = int(event.get("encodedDataLength", 0))
        if url:
            self.bytes_[url] = self.bytes_.get(url, 0) + size
        self.moved.set()

    @property
    def total(self) -> int:
        return sum(self.bytes_.values())

    async def quiet(self) -> None:
        """Wait until nothing is on its way."""
        async with asyncio.timeout(PATIENCE):
            while self.under_way:
                self.moved.clear()
                await self.moved.wait()


@asynccontextmanager
async def metered(there: Window, *, empty: bool = False) -> AsyncIterator[Meter]:
    """Count what is loaded; `empty`: with an empty cache."""
    session, meter = await there.context.new_cdp_session(there.page), Meter()
    await session.send("Network.enable")
    if empty:
        await session.send("Network.clearBrowserCache")
    session.on("Network.requestWillBeSent", meter.begins)
    session.on("Network.loadingFinished", meter.ends)
    session.on("Network.loadingFailed", meter.ends)
    yield meter
    await meter.quiet()
    await session.detach()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def full(made: Channel) -> Filled:
    """Two nodes with the whole sample."""
    return await fill(made)


def listed(meter: Meter) -> str:
    """Say what was loaded, the largest first."""
    rows = sorted(meter.bytes_.items(), key=lambda row: -row[1])
    return "\n".join(f"{size:7} {url.partition('//')[2].partition('/')[2]}" for url, size in rows)


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_pages_keep_to_their_bytes_on_the_line(
    full: Filled, chromium: Playwright, party: Party
) -> None:
    async with window(chromium, full.made, party, LANGS[party]) as there:
        await there.enrol()
        await there.go("/keys")
        async with metered(there, empty=True) as first:
            await there.go("/inbox")
        await there.go(f"/threads/{full.positions['not-found']}")
        await there.all_checked()
        await there.go("/inbox")
        async with metered(there) as warm:
            await there.go(f"/threads/{full.positions['stamp']}")
            await there.all_checked()
        # A mail's link leads to a thread: it may be the first page, too.
        async with metered(there, empty=True) as linked:
            await there.go(f"/threads/{full.positions['stamp']}")
            await there.all_checked()
        assert linked.total <= FIRST_LOAD, listed(linked)
        assert "api/directory" in listed(warm)
        assert first.total <= FIRST_LOAD, listed(first)
        assert warm.total <= WARM_THREAD, listed(warm)
