"""A head of unit reads what each desk holds, and hands over threads of an absent official at once.

On both nodes, each in its own language, by keyboard alone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Playwright, expect

from special_channel.core.bytes.ids import Party
from tests.channel import Channel
from tests.story.test_threads_are_assigned import opened, sign
from tests.story.windows import NAMES, Window, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS: dict[Party, tuple[str, str, str, str, str]] = {
    "eu": ("en", "Threads assigned to {}", "Choose {}", "Assign the chosen threads", "Our unit"),
    "cn": ("zh-CN", "{}承办的事项", "选择{}", "转办所选事项", "本部门办理情况"),
}


async def chosen(there: Window, party: Party, threads: list[str]) -> None:
    """Choose threads by their boxes, and open the form that assigns them."""
    _, _, choose, assign, _ = WORDS[party]
    for number in threads:
        box = there.page.get_by_role("checkbox", name=choose.format(number), exact=True)
        await box.press("Space")
    await there.page.get_by_role("button", name=assign).press("Enter")


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_threads_of_an_absent_official_are_handed_over_in_one_act(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    locale, theirs, _, _, unit = WORDS[party]
    desk_name, head_name = NAMES[party, "desk"], NAMES[party, "head"]
    async with (
        window(chromium, made, party, locale) as head,
        window(chromium, made, party, locale) as desk,
    ):
        threads = await opened(made, party)
        await head.enrol("head")
        await desk.enrol("desk")
        await head.page.locator('[data-nav="unit"]').press("Enter")
        await expect(head.page.get_by_role("heading", name=unit)).to_be_visible()
        await chosen(head, party, threads)
        await sign(head, desk_name, "")
        await head.page.wait_for_url("**/unit")
        await desk.go("/keys")
        until = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
        await desk.page.fill("[name=until]", until)
        await desk.page.press("#away-form .btn", "Enter")
        await desk.page.wait_for_load_state("load")

        await head.go("/unit")
        link = head.page.get_by_role("link", name=theirs.format(desk_name))
        await link.press("Enter")
        await expect(head.page.locator("[data-row]")).to_have_count(len(threads))
        await chosen(head, party, threads)
        sent: list[str] = []
        head.page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
        await sign(head, head_name, "")
        await head.page.wait_for_url("**/unit")
        assert len([each for each in sent if each.startswith("POST") and "entries" in each]) == 1
        held = head.page.locator("[data-row]").filter(has_text=head_name)
        await expect(held).to_have_count(len(threads))
        for there in (head, desk):
            assert await there.quiet() == []
