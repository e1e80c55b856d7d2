"""The release screen: a line stop is seen first, a draft goes back, its successor leaves.

A head of unit who reads Chinese in Brussels, with the keyboard where a key exists for it.
"""

from __future__ import annotations

import pytest
from playwright.async_api import Page, Playwright

from tests.channel import Channel
from tests.story.sheets import Sheets
from tests.story.windows import Window, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

BUTTON = "[data-act=clear]:not([disabled])"
WAITS = f"{BUTTON}[aria-disabled=true]"


async def test_draft_goes_back_and_its_successor_leaves(made: Channel, chromium: Playwright):
    week = Sheets(made, "L2026-48", rows=12)
    async with window(chromium, made, "eu", "en") as head:
        await head.enrol("head")
        first = await week.lay_list()
        await goes_back(head, first)
        await leaves(head, await week.lay_list())
        assert await head.quiet() == []


async def goes_back(head: Window, draft: str) -> None:
    """The button leads to the rows that nobody saw; a remark and what to change go back."""
    page = await head.go("/clearances")
    await page.focus(WAITS)
    await page.keyboard.press("Enter")
    seen = page.locator("[data-look]:focus")
    await seen.wait_for()
    assert await seen.get_attribute("data-seen") == ""
    assert not await page.locator("#confirm[open]").count()
    await page.keyboard.press("m")
    await page.keyboard.type("Which day?")
    await page.keyboard.press("Escape")
    await page.keyboard.press("b")
    await page.keyboard.type("Check the stop dates.")
    async with page.expect_event("domcontentloaded"):
        await page.keyboard.press("Control+Enter")
    await page.wait_for_selector("main .empty")
    assert await page.locator(f'[data-draft="{draft}"]').count() == 0


async def leaves(head: Window, draft: str) -> None:
    """Rows that were wholly on screen count; the new draft says what was asked for before."""
    page = await head.go(f"/clearances/{draft}")
    await page.click('.lang button[lang="zh-CN"]')
    await page.wait_for_selector(f'html[lang=zh-CN] [data-draft="{draft}"]')
    asked = "Check the stop dates."
    assert asked in await page.inner_text(".checks")
    await on_screen(page)
    await page.wait_for_selector(f"{BUTTON}:not([aria-disabled])")
    assert "均已显示" in await page.inner_text("#need")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector("#confirm[open]")
    await page.click("#confirm [data-act=sign]")
    await page.wait_for_url("**/clearances?released=EU-*")
    assert "已复核通过，登记为EU-" in await page.inner_text("main")


async def on_screen(page: Page) -> None:
    """Scroll from row to row, each until it counts; nothing gets the focus."""
    for row in await page.locator("[data-look]").all():
        await row.evaluate("row => row.scrollIntoView({ block: 'center' })")
        name = await row.get_attribute("id")
        await page.wait_for_selector(f"#{name}[data-seen]", state="attached")
