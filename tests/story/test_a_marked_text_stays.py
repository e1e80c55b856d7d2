"""A text with a classification mark stays in its window, says so, and is gone with the window."""

from __future__ import annotations

import pytest
from playwright.async_api import Playwright

from special_channel.core.bytes.ids import Party
from tests.axe import faults
from tests.channel import Channel
from tests.story.windows import window

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRITTEN: dict[Party, tuple[str, str, str, str]] = {
    "eu": (
        "en",
        "Please see the annex.",
        "RESTREINT UE/EU RESTRICTED",
        "It stays in this window alone: neither the server nor this browser keeps it.",
    ),
    "cn": ("zh-CN", "请见附件。", "机密★10年", "仅留在本窗口，服务器和浏览器均不保存。"),
}
"""Language, what may be kept, the mark, and what the page says of it."""


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_marked_text_is_gone_with_its_window(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    thread = await made.open_thread(party)
    await made.caught_up()
    lang, kept, mark, said = WRITTEN[party]
    async with window(chromium, made, party, lang) as there:
        await there.enrol()
        page = await there.go(f"/threads/{thread}")
        await page.set_viewport_size({"width": 390, "height": 800})
        await page.fill("[name=text]", kept)
        await page.locator("[data-f=saved]").filter(has_text=":").wait_for()
        await page.fill("[name=text]", f"{kept}\n{mark}")
        status = page.locator("[data-f=saved]").filter(has_text=said)
        await status.wait_for()
        assert await faults(page) == []
        # The node refuses it as well, by name, and the draft stays as it was.
        page = await there.go(f"/threads/{thread}")
        await page.wait_for_selector("[type=submit]:not([disabled])")
        assert await page.input_value("[name=text]") == kept
