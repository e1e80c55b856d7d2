"""What moves on a page on a slow line, where it is drawn long before the last file is there."""

from __future__ import annotations

import pytest
import pytest_asyncio
from playwright.async_api import Playwright

from special_channel.core.bytes.ids import Party
from tests.channel import Channel
from tests.story.stage import Filled, fill
from tests.story.windows import window

pytestmark = pytest.mark.asyncio(loop_scope="module")

SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
"""A line of 1.6 Mbit/s; milliseconds and bytes a second."""

SHIFTS = """
window.shifts = [];
const named = ({ node, previousRect: from, currentRect: to }) =>
  `${node && (node.id || node.className || node.nodeName)} ${from.x},${from.y} to ${to.x},${to.y}`;
new PerformanceObserver((list) => {
  for (const { hadRecentInput, value, sources } of list.getEntries())
    if (!hadRecentInput) shifts.push(`${value}: ${sources.map(named).join('; ')}`);
}).observe({ type: 'layout-shift', buffered: true });
"""
"""Keeps each layout shift with the elements that moved."""

FRAMES = """document.fonts.ready.then(() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))))"""
"""Waits until the fonts are there and what they changed was drawn."""

DRAWN_WHOLE = """performance.getEntriesByType('paint')[0].startTime >=
  performance.getEntriesByType('navigation')[0].responseEnd"""
"""Whether nothing was drawn before all of the page was there."""

LANGS: dict[Party, str] = {"eu": "en", "cn": "zh-CN"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def full(made: Channel) -> Filled:
    """Two nodes with the whole sample."""
    return await fill(made)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_nothing_moves_while_a_page_loads(
    full: Filled, chromium: Playwright, party: Party, width: int
) -> None:
    async with window(chromium, full.made, party, LANGS[party], (SHIFTS,)) as there:
        await there.page.set_viewport_size({"width": width, "height": 1000})
        await there.enrol()
        line = await there.context.new_cdp_session(there.page)
        await line.send("Network.enable")
        await line.send("Network.emulateNetworkConditions", SLOW)
        for path in ("/inbox", f"/threads/{full.positions['stamp']}"):
            for cached in (False, True):
                if not cached:
                    await line.send("Network.clearBrowserCache")
                await there.go(path)
                await there.all_checked()
                await there.page.evaluate(FRAMES)
                moved = await there.page.evaluate("shifts")
                assert moved == [], (path, cached)
                assert await there.page.evaluate(DRAWN_WHOLE), (path, cached)
        # What is put above the page moves it, and is counted.
        await there.page.evaluate(
            "document.querySelector('main').before(document.createElement('textarea'))"
        )
        await there.until("shifts.length > 0")
