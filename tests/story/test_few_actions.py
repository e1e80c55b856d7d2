"""Frequent tasks take few acts, counted up to the one that opens the dialog before the signature.

The signature itself is the same for all: the dialog shows what is signed, and one act signs it.
"""

from __future__ import annotations

import csv
import io

import pytest
from playwright.async_api import FilePayload, Page, Playwright, expect

from special_channel.core.bytes.ids import Party, peer_of
from tests.channel import Channel
from tests.story.sheets import Sheets
from tests.story.windows import Acts, Window, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

LANGS: dict[Party, str] = {"eu": "en", "cn": "zh-CN"}
SEND: dict[Party, str] = {"eu": "Sign and send", "cn": "签名并发送"}
ANSWER = NEW_THREAD = 4
IMPORT = RELEASE = 3
ROWS = 250
SHOWN = """(what) => {
  const { top, bottom } = document.querySelector(what).getBoundingClientRect();
  return scrollY === 0 && top >= 0 && bottom <= innerHeight;
}"""
"""Whether an element is on the screen of a page that nobody scrolled."""


async def sign(page: Page, said: str, *, marking: str = "") -> None:
    """Read what the dialog shows, choose the marking that nobody chose before, and sign it."""
    await page.wait_for_selector("#confirm[open]")
    assert said in await page.inner_text("#confirm")
    if marking:
        await page.select_option("#confirm [name=marking]", marking)
    await page.click("#confirm [data-act=sign]")


async def write(acts: Acts, text: str) -> None:
    """Write a note and call the signing function."""
    await acts.write("[name=text]", text)
    await acts.press("[name=text]", "Control+Enter")


async def answer(there: Window, subject: str, number: str) -> int:
    """Answer a question, beginning in the inbox; return the number of acts."""
    page, acts = await there.go("/inbox"), Acts(there)
    await acts.click(f"main .rowi:has-text('{subject}') .bat a:has-text('{number}')")
    await page.wait_for_url("**/threads/*", wait_until="domcontentloaded")
    await page.wait_for_selector("#compose [type=submit]:not([disabled])")
    await write(acts, "1")
    await sign(page, number, marking="none")
    await there.until("happened.some((e) => e.name === 'sent')")
    await expect(page.locator("a[data-answers]")).to_have_count(0)
    return acts.count


async def open_thread(there: Window) -> int:
    """Open a thread with a note, beginning in the inbox; return the number of acts."""
    page, acts = await there.go("/inbox"), Acts(there)
    await acts.click("main [data-nav=new-thread]")
    await page.wait_for_url("**/threads/new", wait_until="domcontentloaded")
    await page.wait_for_selector("#compose [type=submit]:not([disabled])")
    await acts.write("[name=subject]", "2")
    await write(acts, "3")
    await sign(page, SEND[there.party], marking="none")
    await page.wait_for_url("**/threads/*-*")
    return acts.count


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_answer_and_new_thread_take_few_acts_from_the_inbox(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    other = peer_of(party)
    subject = f"For {party}"
    thread = await made.open_thread(other, subject)
    note = await made.note(other, thread, asks=[made.ask(other, "2099-01-05T09:30:00Z")])
    await made.caught_up()
    async with window(chromium, made, party, LANGS[party]) as there:
        await there.enrol()
        assert await answer(there, subject, note.number) <= ANSWER
        assert await open_thread(there) <= NEW_THREAD
        assert await there.quiet() == []


def clean(file: bytes) -> bytes:
    """Return a weekly list without line stops."""
    rows = list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"))))
    target = io.StringIO()
    writer = csv.DictWriter(target, rows[0])
    writer.writeheader()
    stopped = {"urgency": "urgent", "stop_on": ""}
    writer.writerows(row | stopped if row["urgency"] == "line_stop" else row for row in rows)
    return target.getvalue().encode()


async def check_and_send(desk: Window, week: Sheets) -> int:
    """Check a list and send it for release, beginning on the page of batches."""
    page, acts = await desk.go("/batches"), Acts(desk)
    data = clean(week.file("list-eu.csv"))
    file: FilePayload = {"name": "list.csv", "mimeType": "text/csv", "buffer": data}
    await expect(page.locator("main .card").first).to_have_attribute("aria-labelledby", "check-h")
    assert await page.evaluate(SHOWN, "form[enctype] button")
    await acts.attach("[name=file]", file)
    await acts.click("form[enctype] button")
    button = '[data-sign="batch.listed"]'
    await page.wait_for_selector(f"{button}:not([disabled])")
    for each in (".verdict", button):
        assert await page.evaluate(SHOWN, each), each
    await acts.click(button)
    await sign(page, str(ROWS))
    await page.wait_for_url("**/clearances")
    return acts.count


async def release(head: Window, said: str) -> int:
    """Release what waits, beginning on the page that is open."""
    page, acts = head.page, Acts(head)
    await page.wait_for_selector("[data-nav=clearance] .n:not([hidden])")
    await acts.click("[data-nav=clearance]")
    await page.wait_for_url("**/clearances", wait_until="domcontentloaded")
    await page.wait_for_selector("[data-act=clear]:not([disabled])")
    for each in (".verdict", "[data-act=clear]"):
        assert await page.evaluate(SHOWN, each), each
    await acts.click("[data-act=clear]")
    await sign(page, said)
    await page.wait_for_selector("[data-draft]", state="detached")
    return acts.count


async def test_clean_list_is_sent_and_released_in_few_acts(
    made: Channel, chromium: Playwright
) -> None:
    before, week = Sheets(made, "L2026-46"), Sheets(made, "L2026-47", rows=ROWS)
    await before.clear("eu", await before.lay_list())
    async with (
        window(chromium, made, "eu", "en") as desk,
        window(chromium, made, "eu", "en") as head,
    ):
        await desk.enrol()
        await head.enrol("head")
        assert await check_and_send(desk, week) <= IMPORT
        draft = await desk.page.get_attribute("[data-draft]", "data-draft")
        assert await release(head, str(ROWS)) <= RELEASE
        assert await desk.quiet() == await head.quiet() == []
    await made.caught_up()
    week.batch = draft or ""
    await week.lay_return()
    async with window(chromium, made, "cn", "zh-CN") as second:
        await second.enrol("head")
        assert await release(second, "12") <= RELEASE
        assert await second.quiet() == []
