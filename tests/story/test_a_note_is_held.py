"""A signed note waits before it is sent: it can be stopped, and nothing of it leaves meanwhile."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest
from playwright.async_api import Page, Playwright, Request

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.writing import data_part
from tests.axe import faults
from tests.channel import Channel
from tests.story.windows import Window, entry, sign, unmarked, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

READY = "!document.querySelector('#compose [type=submit]').disabled"
HEIGHT = "document.querySelector('#compose').offsetHeight"
HELD = "#compose[data-holding]"
WORDS: dict[Party, tuple[str, str, str, str, str, str]] = {
    "eu": (
        "en",
        "Sending in ",
        "Stop sending",
        "Send now",
        "Stopped. Your draft is back; the signature is discarded.",
        "Not sent. You signed it ",
    ),
    "cn": (
        "zh-CN",
        "秒后发送",
        "停止发送",
        "立即发送",
        "已停止发送，草稿已恢复，签名已作废。",
        "未发送：",
    ),
}
TEXT = "The stamp is on page two."


def watch(page: Page) -> list[str]:
    """Collect the bodies of all requests of a page from now on."""
    bodies: list[str] = []

    def seen(request: Request) -> None:
        bodies.append(f"{request.method} {request.url} {request.post_data or ''}")

    page.on("request", seen)
    return bodies


async def hold(there: Window) -> tuple[str, list[str]]:
    """Sign a note with the keyboard; return its id, and marks of its signed bytes."""
    page = there.page
    await there.until(READY)
    await unmarked(page)
    await page.press("[name=text]", "Control+Enter")
    await page.wait_for_selector("#confirm[open]")
    id_ = (await page.text_content("#confirm [data-f=id]") or "").split()[-1]
    shown = await page.text_content("#confirm [data-f=bytes]") or ""
    payload: dict[str, Any] = json.loads(shown[shown.index("{") :])
    await page.locator("#confirm [data-act=sign]").press("Enter")
    await page.wait_for_selector(HELD)
    return id_, [id_, *(part["c"] for part in payload["parts"])]


def sent(bodies: list[str]) -> list[str]:
    return [body for body in bodies if body.startswith("POST") and "/api/entries" in body]


async def looks(there: Window, sending: str) -> None:
    """The bar says how long, moves nothing, and has the focus; it is said once, not each second."""
    page, bar = there.page, there.page.locator("[data-hold-bar]")
    for said in (bar, page.locator("#status")):
        assert sending in await said.inner_text()
    assert await page.evaluate("document.activeElement.dataset.act") == "stop-sending"
    assert await bar.locator("[role=status], [aria-live]").count() == 0
    assert await bar.get_by_role("button").count() == 2
    assert await faults(page) == []
    # The seconds go by, and the note is still here.
    await there.until("document.querySelector('[data-hold-bar] progress').value <= 18")
    assert await page.locator(HELD).count() == 1


async def stopped(there: Window, said: str) -> None:
    """Esc brings the draft back, and the focus to its text."""
    page = there.page
    await page.keyboard.press("Escape")
    await page.wait_for_selector(HELD, state="detached")
    assert await page.inner_text("#status") == said
    assert await page.input_value("[name=text]") == TEXT
    assert await page.evaluate("document.activeElement.name") == "text"


async def left(there: Window, unsent: str) -> None:
    """The page is left: the draft is whole and says that it was not sent, and so does the inbox."""
    page = await there.go("/inbox")
    await page.locator(".strip a[href='/drafts']").click()
    await page.wait_for_url("**/drafts")
    assert unsent in await page.inner_text("main")
    await page.locator(".drafts h2 a").click()
    await page.wait_for_url("**/threads/**")
    await there.until("happened.some((e) => e.name === 'ready')")
    assert await page.input_value("[name=text]") == TEXT
    assert unsent in await page.inner_text("#compose")


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_held_note_is_stopped_left_and_sent(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    locale, sending, stop, now, back, unsent = WORDS[party]
    thread = await made.open_thread(party)
    await made.caught_up()
    async with window(chromium, made, party, locale) as there:
        await there.enrol(hold=20)
        page = await there.go(f"/threads/{thread}")
        await page.fill("[name=text]", TEXT)
        await page.wait_for_selector("[data-f=saved]:not(:empty)")
        await there.until(READY)
        bodies, height = watch(page), await page.evaluate(HEIGHT)
        marks = (await hold(there))[1]
        assert await page.evaluate(HEIGHT) == height
        await looks(there, sending)
        await stopped(there, back)
        more = (await hold(there))[1]
        assert marks[0] != more[0]
        await left(there, unsent)
        assert sent(bodies) == []
        assert not [body for body in bodies for mark in (*marks, *more) if mark in body]

        id_ = (await hold(there))[0]
        await page.get_by_role("button", name=stop).press("Tab")
        await page.get_by_role("button", name=now).press("Enter")
        await page.wait_for_selector(entry(id_))
        await there.until("document.querySelector('[name=text]').value === ''")
        assert len(sent(bodies)) == 1
        assert unsent not in await page.inner_text("#compose")
        await page.reload()
        assert await page.input_value("[name=text]") == ""
        assert await there.quiet() == []


async def test_answer_near_its_date_and_of_a_line_stop_is_not_held(
    made: Channel, chromium: Playwright
) -> None:
    thread = await made.open_thread("cn")
    note = await made.note("cn", thread, asks=[made.ask("cn", "2099-01-05T09:30:00Z")])
    await made.caught_up()
    async with window(chromium, made, "eu", "en") as there:
        await there.enrol(hold=20)
        page = await there.go(f"/threads/{thread}")
        await there.until(READY)
        await page.click(f'a[data-answers="{note.number} Q1"]')
        await page.fill("[name=text]", TEXT)
        # As if the date were near: the page's own.
        near = "new Date(Date.now() + 15000).toISOString()"
        await page.evaluate(f"document.querySelector('[name=answer]').dataset.due = {near}")
        await unmarked(page)
        await page.press("[name=text]", "Control+Enter")
        await page.wait_for_selector("#confirm[open]")
        words = f"Sent at once, without waiting: the date of {note.number}, question 1 is near."
        assert words in await page.inner_text("#confirm")
        assert await page.locator("#confirm [data-f=what]").is_hidden(), "a note says it below"
        await page.click("#confirm [data-act=cancel]")
        await page.evaluate("document.querySelector('[name=answer]').dataset.due = '2099-01-05'")
        await page.evaluate("document.querySelector('[name=answer]').dataset.stop = ''")
        await page.fill("[name=text]", f"{TEXT} It is clear.")
        id_ = await sign(page)
        await page.wait_for_selector(entry(id_))
        assert await there.quiet() == []


async def list_line_stop(made: Channel, number: str) -> None:
    """Let the EU list an application as a line stop, released by a head of unit."""
    desk, head = (made.officials["eu", role, 1] for role in ("desk", "head"))
    row = {"row": 1, "number": number, "urgency": "line_stop", "rank": 1, "stop_on": "2099-01-05"}
    row |= {"first_listed": "2026-11-20", "times_listed": 1}
    body = {"list": f"S{number[-2:]}", "rows": 1}
    payload = await made.payload("eu", desk.key, "batch.listed", body=body)
    part = data_part(os.urandom(32), "list", {"rows": [row]})
    await made.submit("eu", payload, desk.signer, head.signer, parts=(part,))
    await made.caught_up()


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_note_about_an_application_with_a_line_stop_is_not_held(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    number = "FIKTIV-26-0000071" if party == "eu" else "FIKTIV-26-0000072"
    said = (
        "Sent at once, without waiting: an application here is a line stop."
        if party == "eu"
        else "涉及停产申请，签名后立即发送，不再等待。"
    )
    await list_line_stop(made, number)
    async with window(chromium, made, party, WORDS[party][0]) as there:
        await there.enrol(hold=20)
        page = await there.go(f"/threads/new?application={number}")
        await page.fill("[name=subject]", "1")
        await page.fill("[name=text]", TEXT)
        await unmarked(page)
        await page.press("[name=text]", "Control+Enter")
        await page.wait_for_selector("#confirm[open]")
        assert said in await page.inner_text("#confirm")
        await page.locator("#confirm [data-act=sign]").press("Enter")
        await page.wait_for_url(re.compile("/threads/(?!new)"))
        await there.until(READY)
        # So is each further note of that thread.
        await page.fill("[name=text]", TEXT)
        id_ = await sign(page)
        await page.wait_for_selector(entry(id_))
        assert await there.quiet() == []


async def test_session_ends_while_a_note_waits(made: Channel, chromium: Playwright) -> None:
    thread = await made.open_thread("eu")
    async with window(chromium, made, "eu", "en") as there:
        there.expected = ["401"]
        await there.enrol(hold=20)
        page = await there.go(f"/threads/{thread}")
        await page.fill("[name=text]", TEXT)
        await hold(there)
        await there.context.clear_cookies()
        await page.click("[data-act=send-now]")
        await page.wait_for_selector("#signed-out:not([hidden])")
        assert await page.input_value("[name=text]") == TEXT
        await page.click("[data-act=sign-in-again]")
        await page.wait_for_selector("#signed-out", state="hidden")
        id_, _ = await hold(there)
        await page.click("[data-act=send-now]")
        await page.wait_for_selector(entry(id_))
        assert await there.quiet() == []


async def test_hold_is_each_persons_own_setting(made: Channel, chromium: Playwright) -> None:
    async with window(chromium, made, "eu", "en") as there:
        await there.enrol(hold=20)
        page = await there.go("/keys")
        assert "Your notes wait 20 seconds." in await page.inner_text("main")
        await page.get_by_label("Seconds, 0 to 120").fill("0")
        await page.locator("form[action='/keys/hold'] button").click()
        await page.get_by_text("Your notes are sent at once.").wait_for()
        told = await there.context.request.post(f"{there.url}/api/hold", data={"seconds": 121})
        assert (told.status, (await told.json())["code"]) == (409, "hold-seconds")
        thread = await made.open_thread("eu")
        await there.go(f"/threads/{thread}")
        await page.fill("[name=text]", TEXT)
        id_ = await sign(page)
        await page.wait_for_selector(entry(id_))
        assert await there.quiet() == []
