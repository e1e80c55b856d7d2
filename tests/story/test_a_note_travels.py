"""A note travels: from an official's browser in Brussels to one in Beijing and back.

Two real nodes, a real Chromium for each official, pages as they are. Waits on what the pages
do, never on time.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest
from playwright.async_api import Page, Playwright

from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import Party
from tests.browsers import NO_ED25519
from tests.channel import Channel
from tests.story.sheets import SAMPLE, Sheets
from tests.story.windows import Window, entry, look, reasons, sign, unmarked, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

Locales = dict[Party, str]
UPLOADED = """[...document.querySelectorAll('[data-slot=uploads] [data-act=remove]')].some(
  (button) => button.onclick && button.closest('li').querySelector('progress').hidden)"""
FILE = SAMPLE / "files" / "commercial-register-extract-specimen.pdf"
WORDS = {
    "subject": "End-user certificates of Fictional Łożyska Wisła",
    "subject_tr": "Fictional Łożyska Wisła（虚构）的最终用户和最终用途证明",
    "text": "Two certificates carry no stamp: the end-user “Š & Ő” <has none>.\n\nSee the extract.",
    "text_tr": "两份证明未加盖印章：最终用户“Š & Ő”没有印章……\n\n见商业登记簿摘录。",
}


QUESTION = {
    "en": "Are two signatures and the extract sufficient?",
    "zh-CN": "两人签字并附摘录是否可予接受？",
}


STANDS: dict[str, dict[str, str]] = {
    "en": {
        "ours": "For us to answer",
        "theirs": "Awaiting MOFCOM",
        "requested": "Answer requested by ",
    },
    "zh-CN": {"ours": "待我方答复", "theirs": "待商务部答复", "requested": "希望于"},
}
"""What the head of a thread's page says of an open question: who answers, and whose date it is."""


ANSWERED = {
    "en": re.compile(r"^\s*Answered in CN-\d+\s*$"),
    "zh-CN": re.compile(r"^\s*已在CN-\d+中答复\s*$"),
}


SECOND = {"en": "May we go by this answer?", "zh-CN": "是否可照此办理？"}


@dataclass
class Shown:
    """Bytes and ids of entries shown by a dialog before signing."""

    bytes: list[bytes]
    ids: list[str]


async def shown(page: Page) -> Shown:
    """Open the dialog with the data to be signed."""
    await unmarked(page)
    await page.click("#compose [type=submit]:not([disabled])")
    await page.wait_for_selector("#confirm[open]")
    await page.click("#confirm summary")
    assert await page.is_visible("#confirm pre[data-f=bytes]")
    bytes_ = await page.text_content("#confirm pre[data-f=bytes]") or ""
    ids = await page.text_content("#confirm [data-f=id]") or ""
    return Shown([each.encode() for each in bytes_.split("\n\n")], ids.split())


async def head_says(there: Window, *said: str) -> None:
    """Wait until the head of the open thread shows given texts, in the reader's language."""
    lang = await there.page.evaluate("document.documentElement.lang")
    head = there.page.locator('[data-live="stand"][role="status"]')
    for each in said:
        head = head.filter(has_text=STANDS[lang][each])
    await head.wait_for()


async def fetched(there: Window, entry_id: str) -> dict[str, Any]:
    """Return an entry from a side's node, in this browser's session."""
    answer = await there.context.request.get(f"{there.url}/api/entries/{entry_id}")
    assert answer.ok
    found: dict[str, Any] = await answer.json()
    return found


async def stages(page: Page, entry_id: str) -> list[str]:
    """Return the times of an entry's stages, in order, as its evidence lists them."""
    opened = page.locator(entry(entry_id))
    if not await opened.locator(".stages").is_visible():
        await opened.locator(".proof summary").click()
    return await opened.locator(".stages li.on b").all_inner_texts()


# ---------------------------------------------------------------- a list, in two signatures


async def clear(second: Window, draft: str) -> None:
    """Read a draft on the clearance page, sign the same bytes, release it."""
    # Whatever page is open says that something waits for a second signature.
    await second.page.wait_for_selector("[data-nav=clearance] .n:not([hidden])")
    await second.page.click("[data-nav=clearance]")
    await second.page.wait_for_url("**/clearances", wait_until="domcontentloaded")
    card = f'[data-draft="{draft}"]'
    bytes_ = await second.page.text_content(card + " pre.bytes") or ""
    assert sha256(dsse.pae(dsse.ENTRY_TYPE, bytes_.encode())).hexdigest() == draft
    await second.page.click(card + " .sheet summary")
    assert await second.page.locator(card + " .sheet tbody tr").count() == 12
    assert await second.page.is_visible(f"{card} .sheet th:text-is('{TWO[0]}')")
    await look(second.page)
    await second.page.click(card + " [data-act=clear]:not([disabled])")
    await second.page.wait_for_selector("#confirm[open]")
    assert await second.page.text_content("#confirm [data-f=bytes]") == bytes_
    async with second.page.expect_event("domcontentloaded"):
        await second.page.click("#confirm [data-act=sign]")
    await second.page.wait_for_selector(card, state="detached")


# ---------------------------------------------------------------- the acts of the story


async def open_thread(eu: Window, batch: str) -> Shown:
    """Open a thread on two applications of a batch, with a note, a file and a question."""
    page = await eu.go("/batches")
    await page.click(f"main .cards a:text-is('{batch}')")
    await page.wait_for_url("**/batches/EU-*")
    for box in await page.locator("[name=application]").all():
        if await box.input_value() in TWO:
            await box.check()
    await page.click("form .sel button")
    await page.wait_for_url("**/new-thread*")
    for name, words in WORDS.items():
        await page.fill(f"[name={name}]", words)
    await page.set_input_files("[name=files]", FILE)
    await eu.until(UPLOADED)
    await page.click("[data-act=add-ask]")
    await page.fill("[name=ask_text]", QUESTION["en"])
    await page.fill("[name=ask_text_tr]", QUESTION["zh-CN"])
    await page.select_option("[name=ask_rule]", "")
    await page.fill("[name=ask_due]", "2099-11-26T17:00:00")
    before = await shown(page)
    await reasons(page)
    await page.click("#confirm [data-act=sign]")
    await page.wait_for_url("**/threads/EU-*")
    await eu.checked(before.ids[1])
    return before


TWO = ("FIKTIV-26-0009744", "FIKTIV-26-0013827")
"""Rows 7 and 8 of the sample's list."""


async def read_what_arrived(cn: Window, before: Shown) -> None:
    """Go from the open inbox to the thread; its text must equal the signed text, as verified."""
    await cn.page.click("#fresh a")
    await cn.page.click(f".rowi:has-text('{WORDS['subject_tr']}') a")
    await cn.page.wait_for_url("**/threads/EU-*")
    await cn.checked(before.ids[1])
    assert await cn.all_checked() == {("ok", "")}
    parts = cn.page.locator(entry(before.ids[1], " [data-part]"))
    texts = [text for text in await parts.all_text_contents() if text]
    assert WORDS["text"].split("\n\n")[0] in texts
    assert WORDS["text_tr"].split("\n\n")[0] in texts
    question = QUESTION[await cn.page.evaluate("document.documentElement.lang")]
    for place in (".aside .qs .tx", "[data-slot=answers] label"):
        assert question in await cn.page.inner_text(place), "in the reader's language"
    for entry_id, bytes_ in zip(before.ids, before.bytes, strict=True):
        assert sha256(bytes_).hexdigest() == entry_id
        arrived = await fetched(cn, entry_id)
        payload = b64decode(json.loads(arrived["envelope"])["payload"])
        assert dsse.pae(dsse.ENTRY_TYPE, payload) == bytes_


async def file_arrives(cn: Window) -> None:
    """The file follows the note with the attached bytes."""
    data = FILE.read_bytes()
    where = f"{cn.url}/api/files/{sha256(data).hexdigest()}"

    async def held() -> bool:
        answer = await cn.context.request.get(where)
        return answer.ok and await answer.body() == data

    await cn.made.until(held, "cn")


HELD = "document.querySelector('.aside section:last-of-type p').innerText"
"""How long both logs are, as the record says beside a thread."""


async def acknowledge_and_answer(eu: Window, cn: Window, note: str) -> str:
    """One click; then an answer that ticks the question off. Brussels sees both come.

    What stands beside the entries follows without a reload, and disturbs nobody: the text that is
    being written, what is opened and the focus stay.
    """
    # Brussels alone chose its date: it is a request, and waits for Beijing all the same.
    await head_says(eu, "theirs", "requested")
    await head_says(cn, "ours", "requested")
    await eu.page.fill("[name=text]", "Half a sentence")
    await eu.page.focus(".aside .qs a.q")
    held = json.dumps(await eu.page.evaluate(HELD))
    await cn.page.click(f'[data-sign="note.acknowledged"][data-ref="{note}"]:not([disabled])')
    await eu.page.wait_for_selector(entry(note, ' [data-stage="acknowledged"]'))
    await eu.until(f"{HELD} !== {held}")
    assert await eu.page.evaluate("document.activeElement.matches('.aside .qs a.q')")
    assert await eu.page.input_value("[name=text]") == "Half a sentence"
    assert await eu.page.is_enabled(".aside button[data-sign]")
    await cn.page.check(f'[name=answer][data-note="{note}"]')
    await cn.page.fill("[name=text]", "经研究，可予接受。")
    await cn.page.fill("[name=text_tr]", "After consideration, this can be accepted.")
    answer = await sign(cn.page)
    await eu.checked(answer)
    await eu.page.wait_for_selector(entry(note, ' [data-stage="answered"]'))
    assert "经研究，可予接受。" in await eu.page.inner_text(entry(answer))
    for each in (eu, cn):
        await each.page.wait_for_selector('[data-live="stand"] .calm')
        lang = await each.page.evaluate("document.documentElement.lang")
        # Beside a requested date an answer is neither in time nor late.
        await each.page.locator(".aside .qs li .st", has_text=ANSWERED[lang]).wait_for()
    await cn.until("!document.querySelector('[name=text]').value")  # ready for the next note
    return answer


INBOX = "document.querySelector('[data-nav=inbox]').innerText"


async def exchange_live(eu: Window, cn: Window) -> None:
    """A second question reaches the open thread, and is answered in it, without any reload."""
    before = await cn.page.evaluate(INBOX)
    await eu.page.fill("[name=text]", "And the same for later lists?")
    await eu.page.fill("[name=text_tr]", "以后的清单是否同样处理？")
    await eu.page.click("[data-act=add-ask]")
    await eu.page.fill("[name=ask_text]", SECOND["en"])
    await eu.page.fill("[name=ask_text_tr]", SECOND["zh-CN"])
    second = await sign(eu.page)
    await cn.checked(second)
    arrived = cn.page.locator(entry(second))
    assert "And the same for later lists?" in await arrived.inner_text()
    await head_says(cn, "ours")
    await cn.until(f"{INBOX} !== {json.dumps(before)}")
    await eu.page.wait_for_selector(entry(second, ' [data-stage="delivered"]'))
    await offered_as_after_a_reload(cn, second)
    await arrived.locator('[data-sign="note.acknowledged"]:not([disabled])').click()
    await eu.page.wait_for_selector(entry(second, ' [data-stage="acknowledged"]'))
    await cn.page.check(f'[name=answer][data-note="{second}"]')
    await cn.page.fill("[name=text]", "可以。")
    await sign(cn.page)
    await eu.page.wait_for_selector(entry(second, ' [data-stage="answered"]'))


async def offered_as_after_a_reload(cn: Window, note: str) -> None:
    """Open questions in the form are in the reader's language, as after a reload."""
    offered = cn.page.locator(f'[data-slot=answers] label:has([data-note="{note}"])')
    live = await offered.inner_text()
    lang = await cn.page.evaluate("document.documentElement.lang")
    assert SECOND[lang] in live
    assert await offered.locator(f'[lang="{lang}"]').inner_text() == SECOND[lang]
    async with cn.context.expect_page() as another:
        await cn.page.evaluate("open(location.href)")
    again = await another.value
    # Without its styles yet, a page has its words in other lines.
    await again.wait_for_load_state()
    place = again.locator(f'[data-slot=answers] label:has([data-note="{note}"])')
    assert await place.inner_text() == live
    await again.close()


async def all_stages(window: Window, note: str) -> None:
    """After a reload each window shows every stage, and all proofs are valid."""
    await window.page.reload()
    assert await window.all_checked() == {("ok", "")}
    assert len(await stages(window.page, note)) == 5


# ---------------------------------------------------------------- the story


@pytest.mark.parametrize(
    "locales",
    [{"eu": "en", "cn": "zh-CN"}, {"eu": "zh-CN", "cn": "en"}],
    ids=["own-languages", "swapped"],
)
async def test_a_note_travels(made: Channel, chromium: Playwright, locales: Locales) -> None:
    week = Sheets(made, f"L2026-{47 + (locales['eu'] != 'en')}")
    async with AsyncExitStack() as stack:
        eu, eu2, cn, head = [
            await stack.enter_async_context(window(chromium, made, party, locales[party]))
            for party in ("eu", "eu", "cn", "cn")
        ]
        for each in (eu, eu2, cn, head):
            await each.enrol("head" if each in (eu2, head) else "desk")
            lang = await each.page.evaluate("document.documentElement.lang")
            assert lang == locales[each.party]
        await clear(eu2, await week.lay_list())
        await made.caught_up()
        await clear(head, await week.lay_return())
        await cn.go("/inbox")
        before = await open_thread(eu, week.number)
        await cn.page.wait_for_selector("#fresh:not([hidden])")
        await read_what_arrived(cn, before)
        await file_arrives(cn)
        note = before.ids[1]
        await acknowledge_and_answer(eu, cn, note)
        await exchange_live(eu, cn)
        await all_stages(eu, note)
        await all_stages(cn, note)
        for each in (eu, eu2, cn, head):
            assert await each.quiet() == []


async def test_old_browsers_sign_with_p256_and_each_checks_the_other(
    made: Channel, chromium: Playwright
) -> None:
    async with (
        window(chromium, made, "eu", "en", [NO_ED25519]) as old,
        window(chromium, made, "cn", "zh-CN") as new,
    ):
        await old.enrol()
        await new.enrol()
        await old.go("/threads/new")
        await old.page.fill("[name=subject]", "Written in an old browser")
        await old.page.fill("[name=text]", "Signed with P-256.")
        [_, note] = (await sign_all(old.page)).split()
        await old.page.wait_for_url("**/threads/EU-*")
        await old.checked(note)
        await made.caught_up()
        await new.go("/threads/" + old.page.url.rsplit("/", 1)[-1])
        await new.checked(note)
        keys = (await fetched(new, note))["envelope"]
        [signature] = json.loads(keys)["signatures"]
        directory = await (await new.context.request.get(f"{new.url}/api/directory")).json()
        assert suite_of(directory["eu"], signature["keyid"]) == "es256"
        await new.page.fill("[name=text]", "Ed25519 签名。")
        answer = await sign(new.page)
        await old.checked(answer)
        assert await old.quiet() == []
        assert await new.quiet() == []


def suite_of(entries: list[dict[str, Any]], key: str) -> str:
    """Return a key's suite in a directory."""
    for each in entries:
        payload = json.loads(b64decode(json.loads(each["envelope"])["payload"]))
        if payload["kind"] == "key.enrolled" and payload["by"] == key:
            return str(payload["body"]["suite"])
    raise LookupError(key)


async def sign_all(page: Page) -> str:
    """Sign and send; return the ids shown before."""
    before = await shown(page)
    await reasons(page)
    await page.click("#confirm [data-act=sign]")
    return " ".join(before.ids)
