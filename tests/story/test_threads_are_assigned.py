"""A head of unit assigns threads; a colleague finds them under Mine, hands one over, and goes on.

The same pages on both nodes, each in its own language. What crosses and what the other node holds
is searched in `tests/nodes/test_nothing_private_crosses.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Playwright, expect

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.web.http.services import SERVICES
from tests.channel import Channel
from tests.story.windows import NAMES, Window, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIGN = '#confirm [data-act="sign"]'


@dataclass(frozen=True)
class Wordings:
    """What a side's officials read."""

    locale: str
    choose: str
    assign: str
    assigned: str
    hand_over: str
    mine: str
    unread: str
    remark: str


WORDS: dict[Party, Wordings] = {
    "eu": Wordings(
        "en", "Choose {}", "Assign the chosen threads", "Assigned to {}", "Hand over", "Mine 3",
        "Mark unread", "Because of my leave, until Friday.",
    ),
    "cn": Wordings(
        "zh-CN", "选择{}", "转办所选事项", "承办人：{}", "改由他人承办", "本人 3", "标为未读",
        "本人休假期间，请予承办。",
    ),
}  # fmt: skip


async def opened(made: Channel, party: Party) -> list[str]:
    """Open three threads of the other side, the first with a note; return their numbers."""
    other = peer_of(party)
    ids = [await made.open_thread(other, text) for text in ("First", "Second", "Third")]
    await made.note(other, ids[0], "A note to read again.")
    await made.caught_up()
    rows = await made.nodes[party].app[SERVICES].stores.views.threads_by_id(ids)
    return [str(rows[each].position) for each in ids]


async def sign(there: Window, name: str, remark: str) -> None:
    """Fill the form that assigns, and sign, by keyboard alone."""
    page = there.page
    await page.wait_for_selector("form[data-write] [type=submit]:not([disabled])")
    choices = await page.locator("[name=person] option").all_inner_texts()
    label = next(each for each in choices if each.startswith(name))
    await page.select_option("[name=person]", label=label)
    await page.fill("[data-text=own]", remark)
    await page.press("form[data-write] [type=submit]", "Enter")
    await page.wait_for_selector("#confirm[open]")
    # Before the signature: to whom, and with which words.
    told = (await page.locator("#confirm [data-f=notices]").inner_text()).splitlines()
    words = [each for each in (label, remark) if each]
    assert [each.partition("：" if "：" in each else ": ")[2] for each in told] == words
    await page.press(SIGN, "Enter")


async def go_away(there: Window) -> None:
    """State on My keys that one is away."""
    await there.go("/keys")
    day = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    await there.page.fill("[name=until]", day)
    await there.page.press("#away-form .btn", "Enter")
    await there.page.wait_for_load_state("load")


async def mark_unread(there: Window, thread: str, words: str) -> None:
    """Mark the first note of a thread unread from its menu; arrive in the inbox."""
    await there.go(f"/threads/{thread}")
    menu = there.page.locator("details.nacts").first
    await menu.locator("summary").press("Enter")
    await menu.get_by_role("button", name=words).press("Enter")
    await there.page.wait_for_url("**/inbox")


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_assigned_threads_are_found_handed_over_and_marked_unread(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    words, desk_name, head_name = WORDS[party], NAMES[party, "desk"], NAMES[party, "head"]
    async with (
        window(chromium, made, party, words.locale) as head,
        window(chromium, made, party, words.locale) as desk,
    ):
        threads = await opened(made, party)
        await head.enrol("head")
        await desk.enrol("desk")
        await head.go("/threads")
        for number in threads[:2]:
            box = head.page.get_by_role("checkbox", name=words.choose.format(number), exact=True)
            await box.press("Space")
        await head.page.get_by_role("button", name=words.assign).press("Enter")
        await sign(head, desk_name, words.remark)
        await head.page.wait_for_url("**/threads")
        await expect(head.page.get_by_text(words.assigned.format(desk_name))).to_have_count(2)

        await desk.go("/threads?scope=mine")
        await expect(desk.page.get_by_role("link", name=words.mine)).to_be_visible()
        await desk.go(f"/threads/{threads[1]}")
        await expect(desk.page.get_by_text(words.remark)).to_be_visible()
        await go_away(head)
        await desk.go(f"/threads/{threads[1]}")
        await desk.page.get_by_role("link", name=words.hand_over).press("Enter")
        await sign(desk, head_name, "")
        await desk.page.wait_for_url(f"**/threads/{threads[1]}")
        holder = desk.page.locator('[data-live="holder"]')
        await expect(holder).to_contain_text(words.assigned.format(head_name))
        assert re.search(r"away until|不在岗至", await holder.inner_text())

        await mark_unread(desk, threads[0], words.unread)
        row = desk.page.locator("[data-row][data-unread]").filter(has_text=threads[0])
        await expect(row).to_have_count(1)
        for there in (head, desk):
            assert await there.quiet() == []
