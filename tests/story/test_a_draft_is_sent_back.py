"""The release screen: a line stop is seen first, a draft goes back, its successor leaves.

A head of unit who reads Chinese in Brussels, with the keyboard where a key exists for it.
"""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Locator, Page, Playwright, Route, expect

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
    await come_back(head, page)
    async with page.expect_event("domcontentloaded"):
        await page.keyboard.press("Control+Enter")
    await page.wait_for_selector("main .empty")
    assert await page.locator(f'[data-draft="{draft}"]').count() == 0
    assert "No drafts" in await (await head.go("/drafts")).inner_text("main h1")


async def come_back(head: Window, page: Page) -> None:
    """What was written is kept and found among the drafts; the focus is in it again."""
    # What the page sends as it is left arrives after it is gone.
    while "Check the stop dates." not in await (await head.go("/drafts")).inner_text("main"):
        pass
    [kept] = await page.locator(".drafts > li").all_inner_texts()
    assert "Remarks on a draft to release" in kept
    assert "Check the stop dates." in kept
    assert "Only our side will see it." in kept
    await page.get_by_role("link", name="Remarks on a draft to release").first.click()
    await page.wait_for_url("**/clearances/*")
    remark = page.get_by_role("textbox", name="Remark on row").first
    await remark.wait_for()
    assert await remark.input_value() == "Which day?"
    back = page.get_by_role("textbox", name="What to change")
    assert await back.input_value() == "Check the stop dates."
    await typed_early(page, back, remark)
    await back.fill("Check the stop dates.")
    await back.focus()


async def typed_early(page: Page, back: Locator, remark: Locator) -> None:
    """What is typed before the node has answered stays, beside what the draft holds."""
    answers = asyncio.Event()

    async def slow(route: Route) -> None:
        await answers.wait()
        await route.continue_()

    await page.route("**/api/drafts/*", slow)
    await page.reload()
    await page.click("#back summary")
    await back.fill("Newer words.")
    answers.set()
    await expect(remark).to_have_value("Which day?")
    assert await back.input_value() == "Newer words."
    await page.unroute("**/api/drafts/*", slow)


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
