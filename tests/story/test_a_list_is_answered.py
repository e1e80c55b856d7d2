"""From Thursday's intake to Monday's answer: 250 rows, 230 of them "no change", in few clicks.

Four officials in their own browsers on two real nodes. Waits on what the pages do, never on
time; how long a person takes is not measured, but every act is counted.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import FilePayload, Page, Playwright

from special_channel.core.bytes.ids import Party, PersonRole
from tests.channel import Channel
from tests.story.sheets import Sheets
from tests.story.windows import PATIENCE, Acts, Window, release, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROWS, KNOWN = 250, 230
OFFICIALS: dict[str, tuple[Party, PersonRole]] = {
    "eu-desk": ("eu", "desk"),
    "eu-head": ("eu", "head"),
    "cn-desk": ("cn", "desk"),
    "cn-head": ("cn", "head"),
}
AT_HOME = "仅供我方经办人员参考"
LICENCE = "FIKTIV-TY-26-0900"
CUSTOMER = "Fictional Motorenwerk Süd AG"
ACTS = 13
"""Clicks, choices and words of the official who answers, from the list's page to the signature."""


async def last_week(made: Channel) -> None:
    """A delivered list, answered except for twenty rows."""
    week = Sheets(made, "L2026-46", rows=ROWS)
    await week.clear("eu", await week.lay_list())
    await made.caught_up()
    await week.clear("cn", await week.lay_return(rows=KNOWN))
    await made.caught_up()


async def intake(desk: Window, head: Window) -> None:
    """Thursday: the list is checked and signed on its page, and cleared."""
    page = await desk.go("/batches/check")
    week = Sheets(desk.made, "L2026-47", rows=ROWS)
    file: FilePayload = {
        "name": "list.csv",
        "mimeType": "text/csv",
        "buffer": week.file("list-eu.csv"),
    }
    await page.set_input_files("[name=file]", file)
    await page.click("form[enctype] button")
    await page.wait_for_selector('[data-sign="batch.listed"]:not([disabled])')
    for finding in await page.get_by_role("combobox", name="Reason").all():
        await finding.select_option("checked_file")
    await page.click('[data-sign="batch.listed"]')
    await page.wait_for_selector("#confirm[open]")
    await page.click("#confirm [data-act=sign]")
    await page.wait_for_url("**/clearances")
    await release(head)


async def answer(desk: Window) -> int:
    """Monday: unchanged rows in one step, the rest together; one signature."""
    page = await desk.go("/batches")
    await page.click("main .cards a:text-is('L2026-47')")
    await page.wait_for_url("**/batches/EU-*")
    acts = Acts(desk)
    await acts.click('a[href$="/answer"]')
    await page.wait_for_selector('#answer[data-state="ready"]')
    assert await page.locator("tr[data-answer]").count() == ROWS
    await a_file_brings_its_own_columns(desk)
    await acts.choose("[name=which]", "before")
    await acts.click("#all-rows")
    await acts.click('[data-answer-act="same"]:not([disabled])')
    assert await page.locator('tr[data-how="same"]').count() == KNOWN
    since = await page.inner_text('tr[data-how="same"] [data-c=how] >> nth=0')
    assert re.fullmatch(r"自\d{4}年\d{1,2}月\d{1,2}日起无变化", since)
    await some_are_left_for_later(desk)
    await acts.choose("[name=which]", "never")
    await acts.click("#all-rows")
    await acts.click('[data-answer-act="edit"]')
    await acts.choose("[name=match]", "not_found")
    await acts.choose("[name=remark]", "typo")
    await acts.click('[data-answer-act="apply"]')
    await changed_cells_stay_in_their_rows(page)
    await draft_is_kept(desk)
    await a_company_is_warned_of(acts)
    await acts.click('[data-answer-act="send"]')
    await page.wait_for_selector("#confirm[open]")
    assert "无变化230行" in (await page.text_content("#confirm [data-f=what]") or "")
    await acts.click("#confirm [data-act=sign]")
    await page.wait_for_url("**/clearances")
    return acts.count


async def changed_cells_stay_in_their_rows(page: Page) -> None:
    """Rows were changed together; what was changed is still a cell of its row."""
    assert await page.locator('tr[data-how="changed"]').count() == ROWS - KNOWN
    edited = "getComputedStyle(document.querySelector('tr[data-how=changed] .edited')).display"
    assert await page.evaluate(edited) == "table-cell"


async def a_file_brings_its_own_columns(desk: Window) -> None:
    """A row is uploaded as a file; its private column is shown, to be signed as well."""
    page = desk.page
    number = await page.inner_text('tr[data-answer="1"] th')
    sheet = f"list_id,row,application_no,match,remark_zh\r\nL2026-47,1,{number},found,{AT_HOME}\r\n"
    file: FilePayload = {"name": "反馈表.csv", "mimeType": "text/csv", "buffer": sheet.encode()}
    await page.set_input_files("[name=file]", file)
    await page.click("form[enctype] button")
    await page.wait_for_selector("#kept", state="attached")
    await page.wait_for_selector('#answer[data-state="ready"]')
    # The file leaves out the columns of the state: what was stated last is stated again.
    assert await page.locator('tr[data-how="same"]').count() == 1
    assert await page.locator('tr[data-how="changed"]').count() == 0
    assert AT_HOME in (await page.text_content("#kept") or "")


async def a_licence_is_recorded(desk: Window) -> None:
    """CN's official fills in the form, reads the data to be signed, and signs in the browser."""
    page = await desk.go("/new-licence")
    fields = {
        "licence": LICENCE,
        "issued_on": "2026-11-23",
        "valid_from": "2026-12-01",
        "valid_to": "2027-11-30",
        "code-0": "1C905.a",
        "quantity-0": "120.5",
        "customers": CUSTOMER,
    }
    for name, value in fields.items():
        await page.fill(f"[name='{name}']", value)
    await page.select_option("[name=type]", "general")
    await page.click("form[action='/new-licence'] button")
    await page.wait_for_selector('[data-sign="licence.issued"]:not([disabled])')
    assert CUSTOMER in await page.inner_text(".adopt")
    await page.click('[data-sign="licence.issued"]')
    await page.wait_for_selector("#confirm[open]")
    assert LICENCE in (await page.text_content("#confirm [data-f=what]") or "")
    await page.click("#confirm [data-act=sign]")
    await page.wait_for_url(f"**/licences/{LICENCE}")


async def what_stays_is_kept_and_a_licence_arrives(cn: Window, eu: Window, batch: str) -> None:
    """The file's own column stands on CN's page alone; what CN records is read in Brussels."""
    here = await cn.go(batch)
    assert AT_HOME in await here.inner_text("main")
    await a_licence_is_recorded(cn)
    await cn.made.caught_up()
    licence = await eu.go(f"/licences/{LICENCE}")
    said = await licence.inner_text("main")
    assert "120.5 kg" in said.replace("\u00a0", " ")
    assert CUSTOMER in said


async def some_are_left_for_later(desk: Window) -> None:
    """Rows are chosen by keyboard alone, left out of this answer, and taken in again."""
    page = desk.page
    boxes = page.locator("tr[data-answer]:not([hidden]) input")
    await boxes.first.focus()
    for key in ("Space", "Shift+ArrowDown", "Shift+ArrowDown"):
        await page.keyboard.press(key)
    assert "已选3行" in (await page.text_content("#answer [data-f=count]") or "")
    await page.click('[data-answer-act="leave"]')
    assert await page.locator('tr[data-how="same"]').count() == KNOWN - 3
    await page.click('[data-answer-act="same"]')
    await boxes.nth(1).click()
    await boxes.nth(9).click(modifiers=["Shift"])
    assert "已选9行" in (await page.text_content("#answer [data-f=count]") or "")
    await boxes.nth(9).uncheck()
    await page.click("#all-rows")
    await page.click("#all-rows")
    assert await page.locator('tr[data-how="same"]').count() == KNOWN


async def draft_is_kept(desk: Window) -> None:
    """The work is on the server: another window of the same official has it."""
    other = await desk.context.new_page()
    desk.listen(other)
    rows = other.locator('tr[data-how="same"]')
    async with asyncio.timeout(PATIENCE):
        while await rows.count() != KNOWN:  # saved a moment after the last change
            await other.goto(desk.page.url)
            await other.wait_for_selector('#answer[data-state="ready"]')
    assert AT_HOME in (await other.text_content("#kept") or ""), "typing goes on beside the file"
    await other.close()


async def a_company_is_warned_of(acts: Acts) -> None:
    """A free remark that names a company is told before signing, and then left out."""
    first = acts.page.locator("tr[data-answer]:not([hidden]) input").first
    await first.check()
    await acts.click('[data-answer-act="edit"]')
    await acts.page.fill("[name=words]", "已联系虚构磁材（宁波）有限公司")
    await acts.page.click('[data-answer-act="apply"]')
    await acts.page.click('[data-answer-act="look"]')
    finding = acts.page.get_by_role("listitem").filter(has_text="须核实：")
    assert "有限公司" in await finding.inner_text()
    assert await finding.get_by_role("combobox").input_value() == ""
    await first.check()
    await acts.page.click('[data-answer-act="edit"]')
    await acts.page.fill("[name=words]", "已电话告知申请人")
    await acts.page.click('[data-answer-act="apply"]')
    acts.count -= 1  # not of the story of 250 rows


async def test_from_thursdays_intake_to_mondays_answer(made: Channel, chromium: Playwright):
    await last_week(made)
    async with AsyncExitStack() as stack:
        officials: dict[str, Window] = {}
        for name, (party, role) in OFFICIALS.items():
            locale = "en" if party == "eu" else "zh-CN"
            opened = await stack.enter_async_context(window(chromium, made, party, locale))
            await opened.enrol(role)
            officials[name] = opened
        await intake(officials["eu-desk"], officials["eu-head"])
        await made.caught_up()
        acts = await answer(officials["cn-desk"])
        assert acts <= ACTS
        await release(officials["cn-head"])
        await made.caught_up()
        page = await officials["eu-desk"].go("/batches")
        await page.click("main .cards a:text-is('L2026-47')")
        await page.wait_for_url("**/batches/EU-*")
        batch = page.url.removeprefix(officials["eu-desk"].url)
        assert f"answered {ROWS} rows in CN-" in await page.inner_text("main")
        await page.fill("[name=text]", "")
        await page.select_option("[name=match]", "not_found")
        await page.click("form.filter button")
        await page.wait_for_url("**match=not_found*")
        assert "已电话告知申请人" in await page.inner_text("main")
        assert AT_HOME not in await page.content()
        await what_stays_is_kept_and_a_licence_arrives(
            officials["cn-desk"], officials["eu-desk"], batch
        )
        for each in officials.values():
            assert await each.quiet() == []
