"""A finding is confirmed with a reason: the author chooses it, the head reads it, nobody else does.

Officials of both sides in their own browsers on two real nodes.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Playwright, expect

from special_channel.core.bytes.ids import Party
from tests.channel import Channel
from tests.story.sheets import Sheets
from tests.story.windows import Window, release, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIDES: tuple[tuple[Party, str], ...] = (("cn", "zh-CN"), ("cn", "zh-CN"), ("eu", "en"))
WORDS = "系统跨周末生成（虚构）"
FINDING = "2026年11月21日不是中国工作日"


async def answer(desk: Window, batch: str) -> None:
    """State an acceptance on a Saturday; sign once a reason is chosen and written."""
    page = await desk.go(f"{batch}/answer")
    await page.wait_for_selector('#answer[data-state="ready"]')
    await page.check('tr[data-answer="1"] input')
    await page.click('[data-answer-act="edit"]')
    for name, value in {"match": "found", "state": "accepted", "clock": "runs"}.items():
        await page.select_option(f"#change [name={name}]", value)
    await page.fill("#change [name=accepted_on]", "2026-11-21")
    await page.click('[data-answer-act="apply"]')
    await page.click('[data-answer-act="send"]')
    problem = page.locator("#problem")
    await expect(problem).to_contain_text("请为每项须核实内容选定理由。")
    finding = page.get_by_role("listitem").filter(has_text=FINDING)
    reason = finding.get_by_label("理由", exact=False).first
    words = finding.get_by_label("具体理由（不超过200字）")
    await expect(reason).to_have_attribute("aria-invalid", "true")
    await expect(words).to_be_hidden()
    await reason.select_option("other")
    await page.click('[data-answer-act="send"]')
    await expect(words).to_have_attribute("aria-invalid", "true")
    await words.fill("机密★10年")
    await page.click('[data-answer-act="send"]')
    await expect(problem).to_contain_text("机密★")
    await words.fill(WORDS)
    await page.click('[data-answer-act="send"]')
    await page.wait_for_selector("#confirm[open]")
    await expect(page.locator("#confirm [data-f=stays]")).to_have_text("理由仅留存我方。")
    assert WORDS not in (await page.text_content("#confirm") or ""), "what is shown crosses"
    await page.click("#confirm [data-act=sign]")
    await page.wait_for_url("**/clearances")


async def test_finding_is_confirmed_by_author_and_head(made: Channel, chromium: Playwright) -> None:
    week = Sheets(made, "L2026-48", rows=2)
    await week.clear("eu", await week.lay_list())
    await made.caught_up()
    batch = f"/batches/{await week.position()}"
    async with AsyncExitStack() as stack:
        desk, head, reader = [
            await stack.enter_async_context(window(chromium, made, party, lang))
            for party, lang in SIDES
        ]
        await desk.enrol("desk")
        await head.enrol("head")
        await reader.enrol("desk")
        await answer(desk, batch)
        page = await head.go("/clearances")
        told = await page.inner_text("main")
        for each in (FINDING, f"填报人：其他：{WORDS}", "1项须核实内容，填报人已说明理由"):
            assert each in told, each
        await release(head)
        await made.caught_up()
        row = f"/applications/{week.numbers()[0]}"
        assert WORDS in await (await head.go(row)).inner_text("main")
        # The EU's own node notes the day to its reader; no reason of CN's is told.
        for place in (batch, row):
            other = await reader.go(place)
            assert "21 Nov 2026" in await other.inner_text("main"), place
            assert WORDS not in await other.content(), place
        for window_ in (desk, head, reader):
            assert await window_.quiet() == []
