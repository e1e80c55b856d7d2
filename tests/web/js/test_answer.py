"""A list is answered on screen: what a change of many rows puts into each of them."""

from __future__ import annotations

import json

import pytest

from tests.web.js.conftest import Desk
from tests.web.js.node import StubNode
from tests.web.js.test_acts import ACTS, for_stub

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NUMBER, REFERENCE = "FIKTIV-26-0009304", "REF:FIKTIV-26-17"


async def test_change_of_many_rows_states_nothing_of_a_reference(desk: Desk, node: StubNode):
    await desk.enrol()
    desk.expected = ["404", "Failed to load"]
    _, html = ACTS["send"]
    node.pages["answer"] = for_stub(html.replace("FIKTIV-26-0009305", REFERENCE), desk)
    page = await desk.open("/page/answer")
    await page.wait_for_selector("#answer[data-state=ready]")
    for number in (NUMBER, REFERENCE):
        await page.check(f"input[name=application][value='{number}']")
    await page.click("[data-answer-act=edit]")
    await page.select_option("[data-field=match] select", "found")
    await page.select_option("[data-field=state] select", "review")
    await page.fill("[data-field=accepted_on] input", "2026-11-02")
    await page.click("[data-answer-act=apply]")
    name = str(await page.get_attribute("#answer", "data-draft"))
    await node.until(lambda: len(node.drafts.get(name, {}).get("rows", ())) == 2)
    saved = {row["number"]: row for row in map(json.loads, node.drafts[name]["rows"])}
    assert saved[NUMBER] | {"state": "review", "accepted_on": "2026-11-02"} == saved[NUMBER]
    assert saved[REFERENCE] == {"row": 5, "number": REFERENCE, "match": "found"}
