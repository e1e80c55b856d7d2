"""An official quotes, answers and keeps a note in the composer, by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.async_api import Playwright

from special_channel.core.bytes.ids import Party
from tests.channel import Channel
from tests.story.windows import Window, entry, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIDES: dict[Party, str] = {"eu": "en", "cn": "zh-CN"}
CARET = "[document.activeElement.name, document.activeElement.selectionStart]"


async def quote(there: Window, note: str) -> None:
    """Choose the act in the menu beside a note, by keyboard."""
    menu = there.page.locator(entry(note)).locator("details.nacts")
    await menu.locator("summary").press("Enter")
    await menu.locator("a[data-quotes]").press("Enter")
    await there.until("document.activeElement.name === 'text'")


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_quotation_stands_behind_the_text(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    other: Party = "cn" if party == "eu" else "eu"
    thread = await made.open_thread(other)
    note = await made.note(other, thread, "The stamp is missing.")
    await made.caught_up()
    async with window(chromium, made, party, SIDES[party]) as there:
        await there.enrol()
        await there.go(f"/threads/{thread}")
        await there.page.fill("[name=text]", "We looked.")
        colon = ":" if party == "eu" else "："
        quoted = f"> {note.number}{colon}\n> The stamp is missing."
        for _ in range(2):
            await quote(there, note.id)
            text = await there.page.input_value("[name=text]")
            assert text.rstrip("\n") == f"We looked.\n\n{quoted}"
            assert await there.page.evaluate(CARET) == ["text", len(text)]
        # Loaded by its address the quotation follows what the draft holds, once.
        await there.page.fill("[name=text]", "We looked again.")
        await there.page.wait_for_selector("[data-f=saved]:not(:empty)")
        here = await there.page.evaluate("location.pathname")
        await there.go(f"{here}?quote={note.number}#compose")
        await there.until("!location.search")
        text = await there.page.input_value("[name=text]")
        assert text.rstrip("\n") == f"We looked again.\n\n{quoted}"
        await there.until("document.activeElement.name === 'text'")
        assert await there.quiet() == []
