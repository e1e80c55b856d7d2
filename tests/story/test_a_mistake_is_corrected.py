"""A wrong decision is answered, and corrected on the answer's page: figures as if it never was.

Officials of both sides in their own browsers on two real nodes. Row 1 is answered wrongly at first,
row 2 as it was from the beginning; in the end both are counted alike, on every date.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Playwright

from special_channel.cli.client import Node
from special_channel.core.bytes.ids import PARTIES, Party
from tests.channel import Channel
from tests.story.sheets import Sheets
from tests.story.windows import Window, release, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

RIGHT: dict[str, str] = {
    "match": "found",
    "state": "review",
    "as_of": "2026-11-20",
    "accepted_on": "2026-11-02",
    "clock": "runs",
}
WRONG = RIGHT | {
    "state": "approved",
    "clock": "stopped",
    "decision": "approved",
    "decided_on": "2026-11-19",
}
SIDES: tuple[tuple[Party, str], ...] = (("cn", "zh-CN"), ("cn", "zh-CN"), ("eu", "en"))
DATES = ("2026-11-20", "2026-11-23")


async def figures(made: Channel, on: str) -> list[dict[str, int]]:
    """What both nodes count of CN's statements on a date."""
    names = ("accepted", "decided", "approved", "running")
    found = []
    for party in PARTIES:
        key = made.officials[party, "desk", 1]
        async with aiohttp.ClientSession() as http:
            node = Node(http, f"http://localhost:{made.ports[party]}", key)
            view: dict[str, Any] = await node.get("/api/numbers", {"on": on})
        [counted] = [side for side in view["sides"] if side["by"] == "cn"]
        found.append({name: counted[name] for name in names})
    return found


async def correct(desk: Window, batch: str) -> None:
    """Choose the row, say what was right, and call it a correction; first without that."""
    page = await desk.go(f"{batch}/answer")
    await page.wait_for_selector('#answer[data-state="ready"]')
    for corrects in ("", "yes"):
        await page.check('tr[data-answer="1"] input')
        await page.click('[data-answer-act="edit"]')
        for name, value in {
            "state": "review",
            "clock": "runs",
            "decision": "",
            "corrects": corrects,
        }.items():
            await page.select_option(f"#change [name={name}]", value)
        await page.fill("#change [name=decided_on]", "")
        await page.click('[data-answer-act="apply"]')
        await page.click('[data-answer-act="look"]')
        told = "第1行更正我方在CN-" if corrects else "请将本行标为更正"
        notices = page.locator("#crosses [data-f=notices]", has_text=told)
        await notices.wait_for()
    assert "请将本行标为更正" not in await notices.inner_text()
    row = 'tr[data-answer="1"] '
    assert await page.inner_text(f"{row}[data-c=how]") == "有更改 · 更正"
    assert await page.inner_text(f"{row}[data-c=as_of]") == "2026年11月20日"
    await page.click('[data-answer-act="send"]')
    await page.wait_for_selector("#confirm[open]")
    await page.click("#confirm [data-act=sign]")
    await page.wait_for_url("**/clearances")


async def test_figures_are_as_if_the_mistake_had_never_been(
    made: Channel, chromium: Playwright
) -> None:
    week = Sheets(made, "L2026-48", rows=2)
    await week.clear("eu", await week.lay_list())
    await made.caught_up()
    before = [await figures(made, on) for on in DATES]
    await week.clear("cn", await week.lay_row(0, **WRONG))
    await week.clear("cn", await week.lay_row(1, **RIGHT))
    await made.caught_up()
    [eu, cn] = await figures(made, DATES[1])
    assert eu == cn
    assert cn["approved"] == before[1][1]["approved"] + 1
    async with AsyncExitStack() as stack:
        desk, head, reader = [
            await stack.enter_async_context(window(chromium, made, party, lang))
            for party, lang in SIDES
        ]
        await desk.enrol("desk")
        await head.enrol("head")
        await reader.enrol("desk")
        position = await week.position()
        await correct(desk, f"/batches/{position}")
        await release(head)
        await made.caught_up()
        for on, then in zip(DATES, before, strict=True):
            counted = await figures(made, on)
            assert counted[0] == counted[1]
            changed = {name: counted[1][name] - then[1][name] for name in counted[1]}
            assert changed == {"accepted": 2, "decided": 0, "approved": 0, "running": 2}
        page = await reader.go(f"/batches/{position}")
        first = page.locator("main tbody tr").first
        assert "under review" in await first.inner_text()
        # What was stated before is struck, and stated nowhere else in the row.
        struck = await first.locator("del").inner_text()
        assert "approved" in struck
        assert "approved" not in (await first.inner_text()).replace(struck, "")
