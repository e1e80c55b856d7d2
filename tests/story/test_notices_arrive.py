"""The inbox counts news while nothing moves; the reader opens one and watches the thread."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

import pytest
from playwright.async_api import Playwright, expect

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.web.http.services import SERVICES
from tests.browsers import ABSENT, WHOLE
from tests.channel import Channel
from tests.story.windows import Window, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

COUNTED = re.compile(r"^\(1\) ")


@dataclass(frozen=True)
class Wordings:
    """What a side's officials read."""

    locale: str
    news: str
    watch: str
    watched: str
    digest: str
    save: str
    show: str
    subject: str


WORDS: dict[Party, Wordings] = {
    "eu": Wordings(
        "en",
        "New for you",
        "Watch",
        "You watch this thread",
        "Digest at a set hour",
        "Save",
        "Show notices in this browser",
        "New in thread ",
    ),
    "cn": Wordings(
        "zh-CN",
        "新通知",
        "关注",
        "您已关注该事项",
        "每日定时汇总",
        "保存",
        "在本浏览器显示通知",
        "有新内容",
    ),
}


async def place(there: Window) -> float:
    """Return how far down the first list begins."""
    box = await there.page.locator("h2.grp").first.bounding_box()
    assert box is not None
    return box["y"]


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_news_are_counted_while_nothing_moves_and_a_thread_is_watched(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    words, other = WORDS[party], peer_of(party)
    async with window(chromium, made, party, words.locale) as desk:
        await desk.enrol("desk")
        await desk.go("/inbox")
        before = await place(desk)
        thread = await made.open_thread(other, "Of the other side")
        await made.note(other, thread, "Is it on the list?")
        await expect(desk.page).to_have_title(COUNTED, timeout=30_000)
        summary = desk.page.locator("details.news > summary")
        await expect(summary).to_have_text(re.compile(rf"{words.news}\s+1"))
        assert await place(desk) == before
        await summary.press("Enter")
        await desk.page.locator("details.news li a").press("Enter")
        await desk.page.wait_for_url("**/threads/*")
        await expect(desk.page).not_to_have_title(COUNTED)
        await desk.page.get_by_role("button", name=words.watch, exact=True).press("Enter")
        await expect(desk.page.get_by_text(words.watched)).to_be_visible()

        await desk.go("/notices")
        rows = await made.nodes[party].app[SERVICES].stores.views.threads_by_id([thread])
        number = str(rows[thread].position)
        await expect(desk.page.get_by_role("link", name=number)).to_be_visible()
        await desk.page.get_by_role("radio", name=words.digest).press("Space")
        await desk.page.get_by_role("button", name=words.save, exact=True).press("Enter")
        await desk.page.wait_for_load_state("load")
        await expect(desk.page.get_by_role("radio", name=words.digest)).to_be_checked()
        assert desk.complaints == []


TELLS = """
window.told = [];
window.Notification = class extends window.Notification {
  constructor(text, options) { super(text, options); window.told.push(text); }
};
"""


@pytest.mark.skipif(WHOLE is None, reason=ABSENT)
@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_browser_shows_a_notice_once_over_two_windows_when_asked_to(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    words, other = WORDS[party], peer_of(party)
    async with window(chromium, made, party, words.locale, executable_path=WHOLE) as desk:
        context = desk.page.context
        await context.add_init_script(TELLS)
        await desk.enrol("desk")
        page = await desk.go("/notices")
        assert await page.evaluate("Notification.permission") != "granted", "nobody was asked"
        await context.grant_permissions(["notifications"], origin=desk.url)
        await page.get_by_role("button", name=words.show).press("Enter")
        await page.wait_for_url("**/notices#browser")
        second = await context.new_page()
        await second.goto(f"{desk.url}/inbox")
        thread = await made.open_thread(other, "Of the other side")
        await made.note(other, thread, "CANARY of the text")

        async def told() -> list[str]:
            return [text for each in (page, second) for text in await each.evaluate("told")]

        await expect(page).to_have_title(re.compile(r"^\([1-9]"), timeout=30_000)
        async with asyncio.timeout(30):
            while not (shown := await told()):
                await page.evaluate("new Promise(requestAnimationFrame)")
        assert len(shown) == len({*shown}), "each in one window"
        assert all(words.subject in each and "CANARY" not in each for each in shown)
        assert desk.complaints == []
