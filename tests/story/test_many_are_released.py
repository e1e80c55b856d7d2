"""One question about forty applications is one act: one page and one signature release it."""

from __future__ import annotations

import json

import pytest
import pytest_asyncio
from playwright.async_api import Playwright, expect

from special_channel.core.bytes import canonical
from special_channel.core.bytes.ids import Party
from tests.axe import faults
from tests.channel import Channel
from tests.story.windows import PATIENCE, Window, unmarked, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

NUMBERS = [f"FIKTIV-26-{n:07}" for n in range(1, 41)]
WORDS: dict[Party, tuple[str, str, str]] = {
    "eu": (
        "en",
        "Release together what was sent together (80)",
        "80 of 80 can be released together.",
    ),
    "cn": ("zh-CN", "一并复核同时送交的80项", "80项中有80项可一并复核。"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def released(made: Channel) -> None:
    """Let a charter ask for a release of questions."""
    changed = json.loads(made.document)
    rule = {"kind": "asks", "roles": ["desk", "head"]}
    await made.adopt(
        canonical.dumps(changed | {"number": changed["number"] + 1, "release": [rule]})
    )


async def send(author: Window) -> None:
    """Send the composer's threads for release, by keyboard."""
    page = author.page
    await page.locator("#compose [type=submit]:not([disabled])").press("Enter")
    await page.locator("#confirm[open] [data-act=sign]").press("Enter")
    await page.wait_for_url("**/clearances", wait_until="domcontentloaded")


async def open_act(head: Window, together: str) -> None:
    """Open the page of all that one act sent."""
    page = await head.go("/clearances")
    await page.get_by_role("link", name=together).press("Enter")
    await page.wait_for_url("**/clearances/several?act=*", wait_until="domcontentloaded")
    await head.until("happened.some((e) => e.name === 'ready')")


async def write(author: Window) -> None:
    """Write a question about each application, from a template."""
    page = await author.go(f"/threads/new?{'&'.join(f'application={n}' for n in NUMBERS)}")
    await page.fill("[name=subject]", "1")
    await page.select_option("[name=template]", "state")
    await page.locator("[data-act=insert-template]").press("Enter")
    await author.until("document.activeElement.name === 'ask_text'")
    await page.locator("[name=each][value=each]").press("Space")
    await unmarked(page)


async def goes_back(head: Window, author: Window) -> None:
    """All go back in one act; all that was typed is in the form again, next to what to change."""
    page = head.page
    await page.locator("#back summary").press("Enter")
    await page.fill("[name=reason]", "2")
    await page.locator("[data-act=send-back]:not([disabled])").press("Enter")
    await page.wait_for_url("**/clearances", wait_until="domcontentloaded")
    page = await author.go("/clearances")
    await page.locator("form[action$='/take-up'] button").press("Enter")
    await page.wait_for_url("**/threads/new?sent-back=*", wait_until="domcontentloaded")
    await author.until("happened.some((e) => e.name === 'ready')")
    assert await page.locator("#compose [name=application]").count() == len(NUMBERS)
    assert await page.inner_text(".back p") == "2"
    await author.until("document.querySelectorAll('[name=ask_text]').length === 2")


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_one_signature_releases_forty_threads(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    lang, together, counted = WORDS[party]
    async with (
        window(chromium, made, party, lang) as author,
        window(chromium, made, party, lang) as head,
    ):
        await author.enrol()
        await head.enrol("head")
        await write(author)
        await send(author)
        await open_act(head, together)
        await goes_back(head, author)
        await send(author)
        await open_act(head, together)
        page = head.page
        said = await page.inner_text("main")
        assert counted in said
        assert all(number in said for number in NUMBERS)
        assert await faults(page) == []
        await page.locator("[data-clear-chosen]:not([disabled])").press("Enter")
        await page.locator("#confirm[open] [data-act=sign]").press("Enter")
        await expect(page.locator("[data-draft]")).to_have_count(0, timeout=PATIENCE * 1000)
        found = await (await head.context.request.get(f"{head.url}/api/asks")).json()
        assert len([ask for ask in found["items"] if ask["asker"] == party]) == len(NUMBERS)
        assert await author.quiet() == await head.quiet() == []
