"""A head of unit assigns threads; a colleague finds them under Mine and hands one over.

What both sides' nodes exchanged meanwhile holds none of it.
"""

from __future__ import annotations

import pytest
from playwright.async_api import Playwright, expect

from special_channel.core.bytes.ids import Party
from special_channel.web.http.services import SERVICES
from tests.channel import Channel
from tests.story.windows import NAMES, Window, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIGN = '#confirm [data-act="sign"]'
REMARK = "Because of my leave, until Friday."


async def opened(made: Channel, party: Party) -> list[str]:
    """Open three threads of a side; return their numbers."""
    ids = [await made.open_thread(party, text) for text in ("First", "Second", "Third")]
    await made.caught_up()
    rows = await made.nodes[party].app[SERVICES].stores.views.threads_by_id(ids)
    return [str(rows[each].position) for each in ids]


async def assign(there: Window, name: str, remark: str) -> None:
    """Fill the form that assigns, and sign, by keyboard."""
    page = there.page
    await page.wait_for_selector("form[data-write] [type=submit]:not([disabled])")
    await page.select_option("[name=person]", label=await option(there, name))
    await page.fill("[data-text=own]", remark)
    await page.press("form[data-write] [type=submit]", "Enter")
    await page.wait_for_selector("#confirm[open]")
    await page.press(SIGN, "Enter")


async def option(there: Window, name: str) -> str:
    """Return the choice of a colleague in the form."""
    choices = await there.page.locator("[name=person] option").all_inner_texts()
    return next(each for each in choices if each.startswith(name))


async def test_head_assigns_two_threads_and_colleague_hands_one_over(
    made: Channel, chromium: Playwright
) -> None:
    async with (
        window(chromium, made, "eu", "en") as head,
        window(chromium, made, "eu", "en") as desk,
    ):
        threads = await opened(made, "cn")
        await head.enrol("head")
        await desk.enrol("desk")
        await head.go("/threads")
        for number in threads[:2]:
            await head.page.get_by_role("checkbox", name=f"Choose {number}").press("Space")
        await head.page.get_by_role("button", name="Assign the chosen threads").press("Enter")
        await assign(head, NAMES["eu", "desk"], REMARK)
        await head.page.wait_for_url("**/threads")
        held = head.page.get_by_text(f"Assigned to {NAMES['eu', 'desk']}")
        await expect(held).to_have_count(2)
        await desk.go(f"/threads/{threads[0]}")
        await expect(desk.page.get_by_text(REMARK)).to_be_visible()
        assert await head.quiet() == []
        assert await desk.quiet() == []
