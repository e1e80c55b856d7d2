"""An official corrects, translates and withdraws a note in the browser; the other side reads it.

Both windows stay open, nobody reloads the reading one, and all that is shown is checked there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import pytest
from playwright.async_api import Playwright, Route

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.writing import text_part
from tests.channel import Channel
from tests.story.windows import Window, entry, window
from tests.web.reading import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

MENU = {"en": "Acts on", "zh-CN": "可办理事项"}
SIGN = '#confirm [data-act="sign"]'


async def act(there: Window, note: str, thread: str, which: str) -> None:
    """Open the form of an act from the menu beside a note, by keyboard."""
    await there.go(f"/threads/{thread}")
    menu = there.page.locator(entry(note)).locator("details.nacts")
    await menu.locator("summary").focus()
    await there.page.keyboard.press("Enter")
    await menu.locator(f'a[href$="/{which}"]').press("Enter")
    await there.page.wait_for_selector("form[data-write]")
    await there.until("happened.some((e) => e.name === 'ready')")


async def write(there: Window, **fields: str) -> None:
    """Fill the form, sign, and arrive at the thread again."""
    for name, text in fields.items():
        await there.page.fill(f"[data-text={name}]", text)
    await there.page.click('form[data-write] [type="submit"]')
    await there.page.click(SIGN)
    await there.page.wait_for_url("**/threads/*", wait_until="load")
    await there.page.wait_for_selector("[data-timeline]")
    await there.until("happened.some((e) => e.name === 'ready')")


@pytest.mark.parametrize("langs", [("en", "zh-CN"), ("zh-CN", "en")], ids=["en-zh", "zh-en"])
async def test_note_is_corrected_translated_and_withdrawn(
    made: Channel, chromium: Playwright, langs: tuple[str, str]
) -> None:
    async with (
        window(chromium, made, "eu", langs[0]) as eu,
        window(chromium, made, "cn", langs[1]) as cn,
    ):
        thread = await made.open_thread("eu")
        note = (await made.note("eu", thread, "The contract is of 3 November.")).id
        await made.caught_up()
        for there in (eu, cn):
            await there.enrol()
        await cn.go(f"/threads/{thread}")
        await act(eu, note, thread, "correct")
        assert await eu.page.input_value("[data-text=own]") == "The contract is of 3 November."
        await write(eu, own="The contract is of 13 November.", tr="合同日期为11月13日。")
        await reads(cn, "The contract is of 13 November.")
        await compared(cn, "3", "13")
        await act(eu, note, thread, "translate")
        await write(eu, own="合同日期为11月3日。")
        await reads(cn, "合同日期为11月3日。")
        await act(eu, note, thread, "withdraw")
        await write(eu, own="Written about another permit.", tr="该文涉及另一许可。")
        await reads(cn, "Written about another permit.")
        reader = cn.page.locator(entry(note))
        assert await reader.locator("details.gone").count() == 1
        for there in (eu, cn):
            assert await there.all_checked() == {("ok", "")}
            assert await there.quiet() == []


async def compared(there: Window, removed: str, added: str) -> None:
    """Open what the correction changes, and find the words marked."""
    await there.page.locator("details:has(.changes) > summary").click()
    for mark, word in (("del", removed), ("ins", added)):
        [text] = await there.page.locator(f".changes {mark}").all_inner_texts()
        assert text.endswith(word)
        assert await there.page.locator(f".changes {mark}").is_visible()


async def reads(there: Window, text: str) -> None:
    """Wait until the open page of the thread has a text, without a reload."""
    await there.page.get_by_text(text).first.wait_for(state="attached")


HEAVY = tuple(
    f"{number}. " + "A line about certificates.\n" * 8_000 + "Its end." for number in range(3)
)
"""Paragraphs of 224 KB: a form has them, and what is written, in portions."""

ADD = """([name, at, text]) => {
  const field = document.querySelectorAll(`[data-text=${name}]`)[at];
  field.value += text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  return field.value;
}"""
NOT_WRITABLE = "document.querySelector('form [data-kind]').inert"


LAST = "Its end."


async def heavy_note(made: Channel) -> tuple[str, str]:
    """A note of the EU with heavy paragraphs; return its thread and its id."""
    thread = await made.open_thread("eu")
    key = made.officials["eu", "desk", 1]
    said = {"thread": thread, "body": {}, "lang": "en"}
    payload = await made.payload("eu", key.key, "note.posted", **said)
    parts = tuple(text_part("text", os.urandom(32), each) for each in HEAVY)
    note = await made.submit("eu", payload, key.signer, parts=parts)
    await made.caught_up()
    return thread, note.id


async def form(there: Window, note: str, which: str) -> None:
    """Open the form of an act on a heavy note, and wait until it is whole."""
    number = (await there.made.nodes[there.party].core.record.find([note]))[note]
    address = f"/entries/{number.log.upper()}-{number.index}/{which}"
    await there.go(address)
    await there.until("!document.querySelector('#texts')")


async def signed(there: Window, kind: str, party: Party) -> list[str]:
    """Sign the form; return the texts of the entry as the other side's node has it."""
    await there.page.click('form[data-write] [type="submit"]')
    await there.page.click(SIGN)
    await there.page.wait_for_url("**/threads/*", wait_until="load")
    await there.made.caught_up()
    record = there.made.nodes[party].core.record
    newest = (await record.head(there.party)).size - 1
    [stored] = await record.entries(there.party, newest, 1)
    assert stored.kind == kind
    return [json.loads(part)["text"] for part in stored.parts if part]


async def test_heavy_note_is_corrected_and_translated_whole(
    made: Channel, chromium: Playwright
) -> None:
    async with (
        window(chromium, made, "eu", "en") as eu,
        window(chromium, made, "cn", "zh-CN") as cn,
    ):
        _, note = await heavy_note(made)
        for there in (eu, cn):
            await there.enrol()
        await form(eu, note, "correct")
        own = await eu.page.evaluate(ADD, ["own", 0, " The end."])
        assert own == "\n\n".join(HEAVY) + " The end."
        texts = await signed(eu, "note.corrected", "cn")
        assert texts == own.split("\n\n")
        await form(cn, note, "translate")
        for at in range(len(HEAVY)):
            await cn.page.evaluate(ADD, ["own", at, f"第{at}段。"])
        shown = await cn.page.locator(".original").all_text_contents()
        assert tuple(shown) == HEAVY
        assert await signed(cn, "note.translated", "eu") == [
            f"第{n}段。" for n in range(len(HEAVY))
        ]
        for there in (eu, cn):
            assert await there.quiet() == []


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_nothing_is_written_in_half_a_form(
    made: Channel, chromium: Playwright, lang: str
) -> None:
    """A portion that does not come: the rest of the note would be lost in its correction."""
    said = {"en": "Nothing was signed.", "zh-CN": "未签署任何内容。"}[lang]

    async def lost(route: Route) -> None:
        await route.abort()

    async with window(chromium, made, "eu", lang) as eu:
        _, note = await heavy_note(made)
        await eu.enrol()
        eu.expected = ["ERR_FAILED"]
        await eu.context.route("**/correct?*", lost)
        number = (await made.nodes["eu"].core.record.find([note]))[note].index
        await eu.go(f"/entries/EU-{number}/correct")
        await eu.page.get_by_role("alert").get_by_text(said).wait_for()
        assert await eu.page.evaluate(NOT_WRITABLE)
        await eu.until("!document.querySelector('form [type=submit]').disabled")
        await eu.page.evaluate("document.querySelector('#problem').hidden = true")
        await eu.page.click('form[data-write] [type="submit"]')
        await eu.page.get_by_role("alert").get_by_text(said).wait_for()
        await eu.context.unroute("**/correct?*")
        # From whichever portion: the form is written on its first page.
        await eu.page.goto(f"{eu.url}/entries/EU-{number}/correct?part=texts&page=2")
        await eu.page.wait_for_url("**/correct", wait_until="load")
        await eu.until("!document.querySelector('#texts')")
        assert await eu.page.input_value("[data-text=own]") == "\n\n".join(HEAVY)


def other_words(html: str) -> str:
    """A portion of a form in which a piece of the note ends with other words."""
    piece = Page(html).marked("data-signed")[0].source
    changed = html.replace(f"{piece}</span>", f"{piece[:-1]}#</span>", 1)
    assert changed != html
    return changed


def of_another_form(html: str) -> str:
    """A portion of a form whose texts changed since its first portion was loaded."""
    [form] = Page(html).marked("data-texts")
    return html.replace(form.attributes["data-texts"], "0" * 64)


REFUSALS = {
    "piece": (
        other_words,
        {"en": "The text on the page differs from the text signed.",
         "zh-CN": "页面文字与签名文字不一致。"},
    ),
    "digest": (
        of_another_form,
        {"en": "The text changed while it was loaded. Nothing was signed.",
         "zh-CN": "载入期间文本有变动，未签署任何内容。"},
    ),
}  # fmt: skip
ACTS: dict[str, tuple[Party, str]] = {
    "correct": ("eu", "note.corrected"),
    "withdraw": ("eu", "note.withdrawn"),
    "translate": ("cn", "note.translated"),
}


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
@pytest.mark.parametrize("which", ACTS)
async def test_form_with_other_words_than_signed_is_refused(
    made: Channel, chromium: Playwright, which: str, lang: str
) -> None:
    """A second portion that is not the note's, or not of this form; then as the node has it."""
    party, kind = ACTS[which]
    other: Party = "cn" if party == "eu" else "eu"
    async with window(chromium, made, party, lang) as there:
        _, note = await heavy_note(made)
        await there.enrol()
        address = f"/entries/{await number_of(made, note)}/{which}"
        size = (await made.nodes[party].core.record.head(party)).size
        for change, says in REFUSALS.values():
            await second_portion(there, which, change)
            await there.go(address)
            await refused(there, says[lang])
            await there.context.unroute(f"**/{which}?*page=2*")
        assert (await made.nodes[party].core.record.head(party)).size == size
        await form(there, note, which)
        for field in await there.page.locator("[data-text=own]").all():
            await field.evaluate("(field, text) => { field.value ||= text; }", "Written here.")
        await signed(there, kind, other)
        assert await there.quiet() == []


async def number_of(made: Channel, note: str) -> str:
    """The number of a note of the EU."""
    return f"EU-{(await made.nodes['eu'].core.record.find([note]))[note].index}"


async def second_portion(there: Window, which: str, change: Callable[[str], str]) -> None:
    """Let the second portion of a form come with other words."""

    async def altered(route: Route) -> None:
        response = await route.fetch()
        await route.fulfill(response=response, body=change(await response.text()))

    await there.context.route(f"**/{which}?*page=2*", altered)


async def refused(there: Window, says: str) -> None:
    """Find the form refused with a sentence: at once, and for whoever sends it nevertheless."""
    alert = there.page.get_by_role("alert").get_by_text(says)
    await alert.wait_for()
    assert await there.page.evaluate(NOT_WRITABLE)
    assert await there.page.locator("#texts").count() == 1
    await there.until("!document.querySelector('form [type=submit]').disabled")
    await there.page.evaluate("document.querySelector('#problem').hidden = true")
    await there.page.click('form[data-write] [type="submit"]')
    await alert.wait_for()
    assert not await there.page.locator("#confirm[open]").count()
