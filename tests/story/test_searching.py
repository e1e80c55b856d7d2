"""Search by keyboard alone: two characters and Enter, and the palette of acts and places."""

from __future__ import annotations

import pytest
from playwright.async_api import Playwright

from tests.axe import faults
from tests.channel import Channel
from tests.story.windows import window

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_two_characters_and_enter_find_a_note(made: Channel, chromium: Playwright) -> None:
    await made.open_thread("cn", "虚构事项：补正材料")
    await made.caught_up()
    async with window(chromium, made, "eu", "en") as there:
        await there.enrol()
        page = await there.go("/inbox")
        await page.keyboard.press("/")
        await page.keyboard.insert_text("补正")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/search?q=*")
        hit = page.locator("tr[data-row] a").first
        assert await page.locator("mark").first.inner_text() == "补正"
        for width in (320, 390, 1280):
            await page.set_viewport_size({"width": width, "height": 800})
            assert await faults(page) == []
            wide = "document.documentElement.scrollWidth <= innerWidth"
            assert await page.evaluate(wide), width
        await hit.click()
        await page.wait_for_url("**/threads/CN-*")


async def test_palette_opens_places_and_searches(made: Channel, chromium: Playwright) -> None:
    async with window(chromium, made, "eu", "en") as there:
        await there.enrol()
        page = await there.go("/inbox")
        await page.keyboard.press("Control+k")
        await page.wait_for_selector("#palette[open]")
        assert await faults(page) == []
        named = await page.locator("#palette button:visible").all_inner_texts()
        assert {"Inbox", "Notices", "Threads"} <= set(named), "names without what waits there"
        await page.keyboard.insert_text("licenc")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/licences")
        await page.keyboard.press("Control+k")
        await page.wait_for_selector("#palette[open]")
        await page.keyboard.insert_text("no such place")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/search?q=no*")
        await page.keyboard.press("Control+k")
        await page.wait_for_selector("#palette[open]")
        await page.keyboard.press("Escape")
        await page.wait_for_selector("#palette", state="hidden")
