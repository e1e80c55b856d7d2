"""An official corrects, translates and withdraws a note in the browser; the other side reads it.

Both windows stay open, nobody reloads the reading one, and all that is shown is checked there.
"""

from __future__ import annotations

import pytest
from playwright.async_api import Playwright

from tests.channel import Channel
from tests.story.windows import Window, entry, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

MENU = {"en": "Acts on", "zh-CN": "可办理事项"}
SIGN = '#confirm [data-act="sign"]'


async def act(there: Window, note: str, thread: str, which: str) -> None:
    """Open the form of an act from the menu beside a note, by keyboard."""
    await there.go(f"/threads/{thread}")
    menu = there.page.locator(entry(note)).locator("details.nacts")
    await menu.locator("summary").focus()
    await there.page.keyboard.press("Enter")
    await menu.locator(f'a[href$="/{which}"]').press("Enter")
    await there.page.wait_for_selector("form[data-write]")
    await there.until("happened.some((e) => e.name === 'ready')")


async def write(there: Window, **fields: str) -> None:
    """Fill the form, sign, and arrive at the thread again."""
    for name, text in fields.items():
        await there.page.fill(f"[data-text={name}]", text)
    await there.page.click('form[data-write] [type="submit"]')
    await there.page.click(SIGN)
    await there.page.wait_for_url("**/threads/*", wait_until="load")
    await there.page.wait_for_selector("[data-timeline]")
    await there.until("happened.some((e) => e.name === 'ready')")


@pytest.mark.parametrize("langs", [("en", "zh-CN"), ("zh-CN", "en")], ids=["en-zh", "zh-en"])
async def test_note_is_corrected_translated_and_withdrawn(
    made: Channel, chromium: Playwright, langs: tuple[str, str]
) -> None:
    async with (
        window(chromium, made, "eu", langs[0]) as eu,
        window(chromium, made, "cn", langs[1]) as cn,
    ):
        thread = await made.open_thread("eu")
        note = (await made.note("eu", thread, "The contract is of 3 November.")).id
        await made.caught_up()
        for there in (eu, cn):
            await there.enrol()
        await cn.go(f"/threads/{thread}")
        await act(eu, note, thread, "correct")
        assert await eu.page.input_value("[data-text=own]") == "The contract is of 3 November."
        await write(eu, own="The contract is of 13 November.", tr="合同日期为11月13日。")
        await reads(cn, "The contract is of 13 November.")
        await compared(cn, "3", "13")
        await act(eu, note, thread, "translate")
        await write(eu, own="合同日期为11月3日。")
        await reads(cn, "合同日期为11月3日。")
        await act(eu, note, thread, "withdraw")
        await write(eu, own="Written about another permit.", tr="该文涉及另一许可。")
        await reads(cn, "Written about another permit.")
        reader = cn.page.locator(entry(note))
        assert await reader.locator("details.gone").count() == 1
        for there in (eu, cn):
            assert await there.all_checked() == {("ok", "")}
            assert await there.quiet() == []


async def compared(there: Window, removed: str, added: str) -> None:
    """Open what the correction changes, and find the words marked."""
    await there.page.locator("details:has(.changes) > summary").click()
    for mark, word in (("del", removed), ("ins", added)):
        [text] = await there.page.locator(f".changes {mark}").all_inner_texts()
        assert text.endswith(word)
        assert await there.page.locator(f".changes {mark}").is_visible()


async def reads(there: Window, text: str) -> None:
    """Wait until the open page of the thread has a text, without a reload."""
    await there.page.get_by_text(text).first.wait_for(state="attached")
