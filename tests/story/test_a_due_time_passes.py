"""A due time passes while both windows are open and the link is up.

The charter's rule in seconds counts five here, and its minimum notice one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Playwright

from tests import servers
from tests.channel import AGREED, CHARTER, Channel, channel
from tests.story.windows import Window, entry, sign, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOON = 5
"""Seconds until a question falls due, counted from its signing."""
SECRET = "Canary-Company-Łódź asks for a word"
AMBER = """(selector) => {
  const probe = document.createElement('i');
  probe.className = 'duec hot';
  document.body.append(probe);
  probe.append(document.createElement('b'));
  const amber = getComputedStyle(probe.firstChild).color;
  probe.remove();
  return getComputedStyle(document.querySelector(selector)).color === amber;
}"""
"""Whether an element is written in the colour of near and passed dates."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hasty() -> AsyncIterator[Channel]:
    """A channel whose charter allows a question to fall due a second after its delivery."""
    with servers.open_folder() as folder:
        text = (CHARTER / "demo.toml").read_text(encoding="utf-8")
        assert "minimum_notice_seconds = 30" in text
        assert "\nseconds = 90\n" in text
        text = text.replace("\nseconds = 90\n", f"\nseconds = {SOON}\n")
        charter = folder / "charter"
        charter.mkdir()
        (charter / "demo.toml").write_text(
            text.replace("minimum_notice_seconds = 30", "minimum_notice_seconds = 1"),
            encoding="utf-8",
        )
        async with channel(folder, charter_folder=charter) as running:
            yield running


async def ask_for_soon(eu: Window) -> str:
    """Ask a question due in seconds; return the note's id."""
    page = eu.page
    await page.fill("[name=text]", SECRET)
    await page.click("[data-act=add-ask]")
    await page.fill("[name=ask_text]", "Which word?")
    await page.select_option("[name=ask_rule]", AGREED)
    return await sign(page)


async def passed_live(window: Window) -> str:
    """Wait until the open page shows the passed date as verified; return the entry's position."""
    event = '[data-timeline] [data-kind="deadline.passed"][data-proof="ok"]'
    await window.page.wait_for_selector(event)
    assert await window.page.evaluate(AMBER, event)
    return await window.page.get_attribute(event, "data-position") or ""


async def test_both_open_pages_say_so_in_amber_and_our_own_people_get_a_number_and_a_link(
    hasty: Channel, chromium: Playwright
) -> None:
    async with (
        window(chromium, hasty, "eu", "en") as eu,
        window(chromium, hasty, "eu", "en") as head,
        window(chromium, hasty, "cn", "zh-CN") as cn,
    ):
        for each in (eu, head, cn):
            await each.enrol("head" if each is head else "desk")
        thread = await hasty.open_thread("eu")
        await hasty.caught_up()
        await eu.go(f"/threads/{thread}")
        await cn.go(f"/threads/{thread}")
        asked = await ask_for_soon(eu)
        await cn.checked(asked)
        number = await eu.page.get_attribute(entry(asked), "data-position") or ""
        said = [await passed_live(each) for each in (eu, cn)]
        assert said[0] == said[1]
        assert said[0].startswith("EU-")

        # The head of the thread says so, too, on the page that is open; nobody is accused.
        for each, words in ((eu, "neither record holds an answer"), (cn, "尚无我方答复")):
            await each.until(f"document.querySelector('.stand').innerText.includes('{words}')")
            assert await each.all_checked() == {("ok", "")}
            assert await each.page.evaluate(AMBER, ".stand .near .said")
            text = (await each.page.inner_text("main")).lower()
            assert not [word for word in ("overdue", "missed", "owes", "逾期") if word in text]

        # Each side's own head of unit is told by the own node; no case content in the mail.
        await mail_says_number_and_link(head, number)

        # One of them has it: a step of the own side alone, which an open page shows as well.
        await head.page.click('[data-sign="escalation.acknowledged"]:not([disabled])')
        await eu.page.wait_for_selector(".ladder .acknowledged")
        for each in (eu, head, cn):
            assert await each.quiet() == []


async def mail_says_number_and_link(head: Window, number: str) -> None:
    """Read the demonstration's mailbox page, open the newest mail, and follow its link."""

    async def told() -> bool:
        await head.go("/mailbox")
        return await head.page.locator(".mails li").count() > 0

    await head.made.until(told)
    mail = head.page.locator(".mails li").first
    words = await mail.inner_text()
    assert f"{number}, question 1" in words
    assert "head@eu.example" in words or "Tereza" in words
    whole = await head.page.content()
    assert "Canary" not in whole
    assert "Which word" not in whole
    async with head.page.expect_popup() as opened:
        await mail.get_by_role("link", name="Open the mail").click()
    arrived = await opened.value
    heading = arrived.get_by_role("heading", level=1)
    assert await heading.inner_text() == f"Awaiting the CN side: question 1 of {number}."
    await arrived.get_by_role("link", name="Open EU-").click()
    await arrived.wait_for_url(f"**/threads/EU-*#{number}")
    thread = urlsplit(arrived.url).path
    await arrived.close()
    await head.go(thread)
    assert SECRET in await head.page.inner_text(f"#{number}")
