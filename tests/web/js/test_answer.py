"""A list is answered on screen: what a change of many rows puts into each of them."""

from __future__ import annotations

import json
import re

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


async def test_answer_holds_the_rows_of_other_pages(desk: Desk, node: StubNode):
    """What a draft says of rows that the page does not show is kept, counted and looked at."""
    await desk.enrol()
    desk.expected = ["404", "Failed to load"]
    _, html = ACTS["send"]
    assert 'data-others=""' in html
    node.pages["answer"] = for_stub(
        html.replace('data-others=""', 'data-others="901 902+ 903"'), desk
    )
    name = html.partition('data-draft="')[2].partition('"')[0]
    # The order of a draft is that of the list; a row that the list has not is nobody's.
    later: dict[str, str | int] = {"row": 901, "number": "FIKTIV-26-0000901", "match": "found"}
    gone = later | {"row": 950, "number": "FIKTIV-26-0000950"}
    node.drafts[name] = {"rows": [json.dumps(each) for each in (gone, later)]}
    page = await desk.open("/page/answer")
    await page.wait_for_selector("#answer[data-state=ready]")
    assert "1" in await page.inner_text("#answer [data-f=elsewhere]")
    rows = await page.locator("tr[data-answer]").count()
    before = await page.locator("tr[data-here]").count()
    progress = await page.inner_text("#answer [data-f=progress]")
    assert re.findall(r"\d+", progress) in (
        [str(n) for n in (before + 2, rows + 3, rows - before + 1)],
        [str(n) for n in (rows + 3, before + 2, rows - before + 1)],
    )
    await page.check(f"input[name=application][value='{NUMBER}']")
    await page.click("[data-answer-act=edit]")
    await page.select_option("[data-field=state] select", "review")
    await page.click("[data-answer-act=apply]")
    await node.until(lambda: NUMBER in str(node.drafts[name]["rows"]))
    saved = [json.loads(row) for row in node.drafts[name]["rows"]]
    assert [row["number"] for row in saved] == [NUMBER, later["number"]]
    assert saved[1] == later
    async with page.expect_request("**/answer/look") as asked:
        await page.click("[data-answer-act=look]")
    looked = (await asked.value).post_data_json
    assert looked is not None
    assert [row["number"] for row in looked["rows"]["rows"]] == [NUMBER, later["number"]]
