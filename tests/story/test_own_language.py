"""A reader of one language alone adds the translation that is missing, by keyboard."""

from __future__ import annotations

import pytest
from playwright.async_api import Playwright

from special_channel.core.bytes.ids import Party
from tests.channel import Channel
from tests.story.test_acts_on_a_note import write
from tests.story.windows import Window, entry, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

LANGS: dict[Party, str] = {"eu": "en", "cn": "zh-CN"}
MARKER: dict[Party, str] = {"eu": "No English translation", "cn": "暂无中文译文"}
WRITTEN: dict[Party, str] = {"eu": "The stamp is missing.", "cn": "缺少印章。"}


async def choose(there: Window) -> None:
    """Choose one language alone in the reader's menu, by keyboard."""
    menu = there.page.locator(".me details")
    await menu.locator("summary").press("Enter")
    await menu.locator("button[name=alone]").press("Enter")
    await there.page.wait_for_selector("button[name=alone][value=off]", state="attached")
    await there.until("happened.some((e) => e.name === 'ready')")


@pytest.mark.parametrize("party", ["cn", "eu"])
async def test_missing_translation_is_added_from_its_marker(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    other: Party = "cn" if party == "eu" else "eu"
    thread = await made.open_thread(other)
    note = (await made.note(other, thread, WRITTEN[other], lang=LANGS[other])).id
    await made.caught_up()
    async with window(chromium, made, party, LANGS[party]) as there:
        await there.enrol()
        await there.go(f"/threads/{thread}")
        await choose(there)
        shown = there.page.locator(entry(note))
        assert MARKER[party] in await shown.inner_text()
        assert WRITTEN[other] not in await shown.inner_text()
        assert await there.all_checked() == {("ok", "")}
        await shown.locator("details.orig summary").first.press("Enter")
        assert WRITTEN[other] in await shown.inner_text()
        await shown.locator('.lacks a[href$="/translate"]').press("Enter")
        await there.page.wait_for_selector("form[data-write]")
        await there.until("happened.some((e) => e.name === 'ready')")
        await write(there, own=WRITTEN[party])
        text = await there.page.locator(entry(note)).inner_text()
        assert (WRITTEN[party] in text, MARKER[party] in text) == (True, False)
        assert await there.all_checked() == {("ok", "")}
        assert await there.quiet() == []
