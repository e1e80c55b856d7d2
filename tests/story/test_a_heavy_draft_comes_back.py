"""A draft too heavy for its page comes back whole and is sent; nothing overwrites it."""

from __future__ import annotations

import asyncio
import json

import pytest
from playwright.async_api import Playwright, Response, Route, expect

from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.parts import TextPart, parse
from tests.axe import faults
from tests.channel import Channel
from tests.story.windows import Window, sign, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

LANGS: dict[Party, str] = {"eu": "en", "cn": "zh-CN"}
ENGLISH, CHINESE = "Are the papers complete? & ", "材料是否齐全？"
TEXTS: dict[Party, tuple[str, str]] = {"eu": (ENGLISH, CHINESE), "cn": (CHINESE, ENGLISH)}
LATE: dict[Party, str] = {
    "eu": "JavaScript loads it after the page",
    "cn": "页面打开后由JavaScript载入",
}
ELSEWHERE = "#draft-elsewhere:not([hidden])"
STATE = "#compose [data-f=saved]"
DRAFTS = "**/api/drafts/*"
MOST = 65_000
"""Characters of a field, which leave room to write on."""


def long(party: Party) -> tuple[str, str]:
    """A text and its translation, each almost as long as a draft may have."""
    text, translation = ((each * MOST)[:MOST].rstrip() for each in TEXTS[party])
    return text, translation


def is_save(response: Response) -> bool:
    """Tell whether the node has answered a save."""
    return "/api/drafts/" in response.url and response.request.method == "PUT"


async def write(there: Window, *texts: str) -> None:
    """Write a text and its translation, until the node has both."""
    page = there.page
    for name, text in zip(("text", "text_tr"), texts, strict=False):
        async with page.expect_response(is_save) as saved:
            await page.fill(f"#compose [name={name}]", text)
        assert (await saved.value).status == 200


async def shown(there: Window, *texts: str) -> None:
    """Wait until the form has these texts."""
    for name, text in zip(("text", "text_tr"), texts, strict=False):
        await expect(there.page.locator(f"#compose [name={name}]")).to_have_value(text)


async def kept(there: Window, name: str) -> tuple[str, str]:
    """What the node has of a draft."""
    answer = await there.context.request.get(f"{there.url}/api/drafts/{name}")
    fields = json.loads(await answer.text())["fields"]
    return fields["text"], fields["text_tr"]


async def posted(made: Channel, party: Party) -> list[str]:
    """The texts of the note that a side sent last."""
    record = made.nodes[party].core.record
    entries = await record.entries(party, 0, (await record.head(party)).size)
    note = [entry for entry in entries if entry.kind == "note.posted"][-1]
    parts = [parse(part) for part in note.parts if part]
    return [part.text for part in parts if isinstance(part, TextPart)]


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_heavy_draft_comes_back_and_is_sent_whole(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    """A page with it had 700 KB."""
    thread, (text, translation) = await made.open_thread(party), long(party)
    async with window(chromium, made, party, LANGS[party]) as there:
        await there.enrol()
        page = await there.go(f"/threads/{thread}")
        await write(there, text, translation)
        html = await (await there.context.request.get(page.url)).text()
        assert len(html.encode()) <= 400_000
        assert TEXTS[party][0] * 2 not in html
        assert LATE[party] in html
        await there.go(f"/threads/{thread}")
        await shown(there, text, translation)
        assert LATE[party] not in await page.inner_text(STATE)
        text += " Written on."
        async with page.expect_response(is_save):
            await page.focus("#compose [name=text]")
            await page.keyboard.press("Control+End")
            await page.keyboard.insert_text(" Written on.")
        assert await kept(there, thread) == (text, translation)
        await there.go(f"/threads/{thread}")
        await shown(there, text, translation)
        await sign(page)
        await there.until("happened.some((e) => e.name === 'sent')")
        await shown(there, "", "")
        assert await posted(made, party) == [text, translation]
        assert await there.quiet() == []


async def test_what_is_typed_before_a_heavy_draft_arrives_replaces_nothing(
    made: Channel, chromium: Playwright
) -> None:
    thread, texts = await made.open_thread("eu"), long("eu")
    arrives = asyncio.Event()

    async def late(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    async with window(chromium, made, "eu", "en") as there:
        await there.enrol()
        page = await there.go(f"/threads/{thread}")
        await write(there, *texts)
        await page.route(DRAFTS, late)
        await there.go(f"/threads/{thread}")
        assert LATE["eu"] in await page.inner_text(STATE)
        # Left before the draft is here, then opened again and typed in.
        await page.goto(f"{there.url}/terms")
        assert await kept(there, thread) == texts
        await there.go(f"/threads/{thread}")
        await page.fill("#compose [name=text]", "Typed early.")
        arrives.set()
        await page.wait_for_selector(ELSEWHERE)
        assert "Typed early." in await page.inner_text(f"{ELSEWHERE} [data-f=mine]")
        assert texts[0] in await page.inner_text(f"{ELSEWHERE} [data-f=theirs]")
        assert await kept(there, thread) == texts
        await page.click(f"{ELSEWHERE} [data-act=take-theirs]")
        await shown(there, *texts)
        assert await kept(there, thread) == texts
        assert await there.quiet() == []


async def test_heavy_draft_that_does_not_arrive_is_not_overwritten(
    made: Channel, chromium: Playwright
) -> None:
    thread, texts = await made.open_thread("eu"), long("eu")
    async with window(chromium, made, "eu", "en") as there:
        await there.enrol()
        page = await there.go(f"/threads/{thread}")
        await write(there, *texts)
        await page.route(DRAFTS, lambda route: route.abort(), times=1)
        there.expected.append("net::ERR_FAILED")
        async with page.expect_event("requestfailed"):
            await there.go(f"/threads/{thread}")
        assert LATE["eu"] in await page.inner_text(STATE)
        await page.set_viewport_size({"width": 320, "height": 800})
        assert await page.evaluate("document.documentElement.scrollWidth") == 320
        assert await faults(page) == []
        async with page.expect_response(is_save) as refused:
            await page.fill("#compose [name=text]", "Typed into the empty form.")
        assert (await refused.value).status == 409
        await page.wait_for_selector(ELSEWHERE)
        assert await kept(there, thread) == texts
        await page.click(f"{ELSEWHERE} [data-act=take-theirs]")
        await shown(there, *texts)
        assert await kept(there, thread) == texts
