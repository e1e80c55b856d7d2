"""The dialog before a signature says of an act what the act is about, and nothing of a note."""

from __future__ import annotations

import pytest
from playwright.async_api import Playwright

from special_channel.core.bytes.ids import Party, peer_of
from tests.channel import Channel
from tests.story.windows import window

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS = {
    "eu": ("en", "Acknowledge receipt of", "Back to the page", "Back to the text"),
    "cn": ("zh-CN", "确认收悉", "返回页面", "返回修改"),
}
ROWS = ("answers", "open", "asks", "files")


async def shown(page, selector: str) -> list[str]:
    """Texts of what shows in the dialog."""
    return list(await page.locator(f"#confirm {selector}:visible").all_inner_texts())


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_receipt_is_confirmed_without_rows_of_a_note(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    lang, words, to_page, to_text = WORDS[party]
    other = peer_of(party)
    thread = await made.open_thread(other)
    note = await made.note(other, thread, asks=[made.ask(other, "2099-01-05T09:30:00Z")])
    await made.caught_up()
    async with window(chromium, made, party, lang) as there:
        await there.enrol()
        page = await there.go("/work?scope=all")
        await there.until("!document.querySelector('[data-hot=a]').disabled")
        await page.keyboard.press("a")
        await page.wait_for_selector("#confirm[open]")
        [what] = await shown(page, "[data-f=what]")
        assert words in what
        assert f"{other.upper()}-{note.index}" in what
        assert await shown(page, "[data-of=note]") == []
        assert await shown(page, "[data-act=cancel]") == [to_page]
        await page.keyboard.press("Escape")
        # The composer of the same page has the same dialog.
        await page.keyboard.press("r")
        await there.until("document.activeElement.name === 'text'")
        await page.keyboard.insert_text("Heading 8505 11 applies.")
        await page.press("#compose [name=text]", "Control+Enter")
        await page.wait_for_selector("#confirm[open]")
        assert len(await shown(page, "dt[data-of=note]")) == len(ROWS) + 1
        assert await shown(page, "[data-act=cancel]") == [to_text]
