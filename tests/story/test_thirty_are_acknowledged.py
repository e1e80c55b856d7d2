"""Thirty notes in three threads are acknowledged by one signature, from the list of threads."""

from __future__ import annotations

import pytest
from playwright.async_api import Playwright, expect

from special_channel.core.bytes.ids import Party
from tests.axe import faults
from tests.channel import Channel
from tests.story.windows import PATIENCE, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS: dict[Party, tuple[str, str, str]] = {
    "eu": ("en", "Acknowledge receipt…", "Acknowledge receipt of 30 notes"),
    "cn": ("zh-CN", "确认收悉…", "确认收悉30份函件"),
}


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_one_signature_acknowledges_thirty_notes(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    lang, choose, heading = WORDS[party]
    other: Party = "cn" if party == "eu" else "eu"
    for _ in range(3):
        thread = await made.open_thread(other)
        for number in range(10):
            await made.note(other, thread, f"Note {number}")
    await made.caught_up()
    async with window(chromium, made, party, lang) as there:
        await there.enrol()
        page = await there.go("/threads?scope=all")
        for box in await page.locator("[name=thread]").all():
            await box.press("Space")
        await page.get_by_role("button", name=choose).press("Enter")
        await page.wait_for_url("**/acknowledge?*", wait_until="domcontentloaded")
        await there.until("happened.some((e) => e.name === 'ready')")
        assert await page.inner_text("h1") == heading
        assert await faults(page) == []
        await page.locator("[data-sign]:not([disabled])").press("Enter")
        await page.wait_for_selector("#confirm[open]")
        assert heading in await page.inner_text("#confirm")
        await page.locator("#confirm [data-act=sign]").press("Enter")
        await page.wait_for_url("**/inbox", wait_until="domcontentloaded")
        page = await there.go("/acknowledge")
        await expect(page.locator("[data-sign]")).to_have_count(0, timeout=PATIENCE * 1000)
        assert await there.quiet() == []
