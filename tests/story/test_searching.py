"""Search by keyboard alone: two characters and Enter, and the palette of acts and places."""

from __future__ import annotations

import os

import aiohttp
import pytest
from playwright.async_api import Playwright

from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.core.rows.writing import file_part, part_refs, sign, text_part
from tests.axe import faults
from tests.channel import Channel
from tests.files import docx, pdf
from tests.nodes.api import Api, sent
from tests.story.windows import window

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_two_characters_and_enter_find_a_note(made: Channel, chromium: Playwright) -> None:
    await made.open_thread("cn", "虚构事项：补正材料")
    await made.caught_up()
    async with window(chromium, made, "eu", "en") as there:
        await there.enrol()
        page = await there.go("/inbox")
        await page.keyboard.press("/")
        await page.keyboard.insert_text("补正")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/search?q=*")
        hit = page.locator("tr[data-row] a").first
        assert await page.locator("mark").first.inner_text() == "补正"
        for width in (320, 390, 1280):
            await page.set_viewport_size({"width": width, "height": 800})
            assert await faults(page) == []
            wide = "document.documentElement.scrollWidth <= innerWidth"
            assert await page.evaluate(wide), width
        await hit.click()
        await page.wait_for_url("**/threads/CN-*")


async def test_palette_opens_places_and_searches(made: Channel, chromium: Playwright) -> None:
    async with window(chromium, made, "eu", "en") as there:
        await there.enrol()
        page = await there.go("/inbox")
        await page.keyboard.press("Control+k")
        await page.wait_for_selector("#palette[open]")
        assert await faults(page) == []
        named = await page.locator("#palette button:visible").all_inner_texts()
        assert {"Inbox", "Notices", "Threads"} <= set(named), "names without what waits there"
        await page.keyboard.insert_text("licenc")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/licences")
        await page.keyboard.press("Control+k")
        await page.wait_for_selector("#palette[open]")
        await page.keyboard.insert_text("no such place")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/search?q=no*")
        await page.keyboard.press("Control+k")
        await page.wait_for_selector("#palette[open]")
        await page.keyboard.press("Escape")
        await page.wait_for_selector("#palette", state="hidden")


async def test_palette_names_acts_by_what_shows(made: Channel, chromium: Playwright) -> None:
    number = await made.open_thread("eu")
    async with window(chromium, made, "eu", "en") as there:
        await there.enrol()
        page = await there.go(f"/threads/{number}")
        await page.keyboard.press("Control+k")
        await page.wait_for_selector("#palette[open]")
        field, rows = page.locator("#palette input"), page.locator("#palette button:visible")
        await field.fill("send")
        assert await rows.all_inner_texts() == ["Sign and send", "Search for “send”"]
        await field.fill("中文")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("html[lang=zh-CN]")


CHOSEN = "document.activeElement.matches('#palette button')"


async def test_palette_leaves_arrows_to_an_input_method(
    made: Channel, chromium: Playwright
) -> None:
    async with window(chromium, made, "cn", "zh-CN") as there:
        await there.enrol()
        page = await there.go("/inbox")
        await page.keyboard.press("Control+k")
        await page.wait_for_selector("#palette[open]")
        field = page.locator("#palette input")
        method = await there.context.new_cdp_session(page)
        composing = {"text": "会谈", "selectionStart": 2, "selectionEnd": 2}
        await method.send("Input.imeSetComposition", composing)
        await there.until("document.querySelector('#palette input').value === '会谈'")
        for key in ("ArrowDown", "ArrowUp", "ArrowDown"):
            await page.keyboard.press(key)
            assert not await page.evaluate(CHOSEN), "the candidates' list has the key"
        await method.send("Input.insertText", {"text": "会谈"})
        # Safari tells an input method's key by its code alone.
        down = {"key": "ArrowDown", "code": "ArrowDown", "windowsVirtualKeyCode": 229}
        for kind in ("rawKeyDown", "keyUp"):
            await method.send("Input.dispatchKeyEvent", {"type": kind, **down})
        assert not await page.evaluate(CHOSEN)
        assert await field.input_value() == "会谈"
        await page.keyboard.press("ArrowDown")
        assert await page.evaluate(CHOSEN)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/meetings")


CERTIFICATES = {
    "eu": ("certificate.pdf", pdf("The rotor contains dysprosium.", "Second page: terbium.")),
    "cn": ("证明.docx", docx("最终用途：牵引电机转子。", "The rotor is for tractionmotors.")),
}


async def sent_with_a_file(made: Channel, party: Party) -> str:
    """Let a side's desk send a note with a file; return the number of the note."""
    name, data = CERTIFICATES[party]
    desk, thread = made.officials[party, "desk", 1], await made.open_thread(party)
    async with aiohttp.ClientSession() as http:
        api = await Api(http, made.settings(party).node.url).sign_in(desk.signer)
        upload = await api.call("POST", "/api/files", data=data)
        digest = upload.document["sha256"]
        parts = (
            text_part("text", os.urandom(32), "The certificate is enclosed."),
            file_part(os.urandom(32), name, "application/octet-stream", len(data), digest),
        )
        fields = {"thread": thread, "body": {}, "lang": "en", "parts": part_refs(parts)}
        payload = await made.payload(party, desk.key, "note.posted", **fields)
        once = sign(payload, [desk.signer], parts)
        reply = await api.call("POST", "/api/entries", {"entries": [sent(once)]})
    assert reply.status == 200, reply.body
    await made.caught_up()
    return str(reply.document["receipts"][0]["position"])


@pytest.mark.parametrize("party", PARTIES)
async def test_words_of_the_other_sides_file_open_its_entry(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    number = await sent_with_a_file(made, peer_of(party))
    name, _ = CERTIFICATES[peer_of(party)]
    typed = "terbium" if party == "cn" else "转子"
    index = made.nodes[party].core.record.pool

    async def read() -> bool:
        return bool(
            await index.fetchval(
                "SELECT count(*) FROM private.file_texts"
                " WHERE strpos(array_to_string(paragraphs, ' '), $1) > 0",
                typed,
            )
        )

    await made.until(read, party)
    async with window(chromium, made, party, "en" if party == "eu" else "zh-CN") as there:
        await there.enrol()
        page = await there.go("/inbox")
        await page.keyboard.press("/")
        await page.keyboard.insert_text(typed)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/search?q=*")
        row = page.locator("main tr[data-row]")
        assert await row.count() == 1
        assert name in await row.inner_text()
        assert await row.locator("mark").all_inner_texts() == [typed]
        assert await faults(page) == []
        await row.get_by_role("link", name=number).click()
        await page.wait_for_url(f"**/threads/*#{number}")
        assert await page.locator(f"#{number}").is_visible()
