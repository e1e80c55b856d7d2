"""An official quotes, answers and keeps a note in the composer, by keyboard alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Page, Playwright, Request, expect

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.bytes.times import timestamp
from special_channel.web.http.services import SERVICES
from special_channel.web.shell import private_log
from tests.channel import Channel
from tests.story.windows import Window, entry, unmarked, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIDES: dict[Party, str] = {"eu": "en", "cn": "zh-CN"}
CARET = "[document.activeElement.name, document.activeElement.selectionStart]"


async def quote(there: Window, note: str) -> None:
    """Choose the act in the menu beside a note, by keyboard."""
    menu = there.page.locator(entry(note)).locator("details.nacts")
    await menu.locator("summary").press("Enter")
    await menu.locator("a[data-quotes]").press("Enter")
    await there.until("document.activeElement.name === 'text'")


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_quotation_stands_behind_the_text(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    other: Party = "cn" if party == "eu" else "eu"
    thread = await made.open_thread(other)
    note = await made.note(other, thread, "The stamp is missing.")
    await made.caught_up()
    async with window(chromium, made, party, SIDES[party]) as there:
        await there.enrol()
        await there.go(f"/threads/{thread}")
        await there.page.fill("[name=text]", "We looked.")
        colon = ":" if party == "eu" else "："
        quoted = f"> {note.number}{colon}\n> The stamp is missing."
        for _ in range(2):
            await quote(there, note.id)
            text = await there.page.input_value("[name=text]")
            assert text.rstrip("\n") == f"We looked.\n\n{quoted}"
            assert await there.page.evaluate(CARET) == ["text", len(text)]
        # Loaded by its address the quotation follows what the draft holds, once.
        await there.page.fill("[name=text]", "We looked again.")
        await there.page.wait_for_selector("[data-f=saved]:not(:empty)")
        here = await there.page.evaluate("location.pathname")
        await there.go(f"{here}?quote={note.number}#compose")
        await there.until("!location.search")
        text = await there.page.input_value("[name=text]")
        assert text.rstrip("\n") == f"We looked again.\n\n{quoted}"
        await there.until("document.activeElement.name === 'text'")
        assert await there.quiet() == []


LOOK = """() => {
  const form = document.querySelector('#compose');
  const style = getComputedStyle(form);
  return [style.borderStyle, style.backgroundColor, form.innerText];
}"""
SWITCH = {True: "[data-act=keep-inside]", False: "[data-act=to-peer]"}
WORDS: dict[Party, tuple[str, str, str]] = {
    "eu": ("Your internal note", "Sign and keep on our side", " send"),
    "cn": ("起草内部函件", "签名并留存我方", "签名并发送"),
}


async def switch(there: Window, *, inside: bool) -> tuple[str, str, str]:
    """Choose to whom the note goes, by keyboard; return the look and the words of the form."""
    button = there.page.locator(f"#compose {SWITCH[inside]}")
    await button.press("Enter")
    assert await button.get_attribute("aria-pressed") == "true"
    border, colour, text = await there.page.evaluate(LOOK)
    return border, colour, text


async def keep(there: Window, party: Party) -> tuple[list[str], list[str]]:
    """Write an internal note, load the page again, sign; return the looks of both kinds of note."""
    title, button, send = WORDS[party]
    page = there.page
    *before, _ = await switch(there, inside=False)
    await page.fill("[name=text]", "Asked the importer.")
    await page.fill("[name=text_tr]", "For the other side.")
    *look, said = await switch(there, inside=True)
    assert {words for words in (title, button, send) if words in said} == {title, button}
    await page.wait_for_selector("[data-f=saved]:not(:empty)")
    await page.reload()
    await there.until("document.querySelector('#compose').dataset.internal !== undefined")
    assert (await page.evaluate(LOOK))[:2] == look
    assert await page.input_value("[name=text]") == "Asked the importer."
    await there.until("!document.querySelector('#compose [type=submit]').disabled")
    await page.locator("[name=text]").press("Control+Enter")
    await page.wait_for_selector("#confirm[open]")
    said = await page.inner_text("#confirm")
    assert {words for words in (button, send) if words in said} == {button}
    await page.locator("#confirm [data-act=sign]").press("Enter")
    return before, look


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_internal_note_looks_otherwise_and_stays_inside(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    thread = await made.open_thread(party)
    await made.caught_up()
    async with window(chromium, made, party, SIDES[party]) as there:
        await there.enrol()
        page = await there.go(f"/threads/{thread}")
        await there.until("!document.querySelector('#compose [type=submit]').disabled")
        before, inside = await keep(there, party)
        assert before != inside
        await page.locator("[data-timeline]").get_by_text("Asked the importer.").wait_for()
        await there.until("document.querySelector('[name=text]').value === ''")
        # What is written for the other side waited meanwhile.
        *back, _ = await switch(there, inside=False)
        assert back == before
        assert await page.input_value("[name=text_tr]") == "For the other side."
        assert await page.is_hidden("#outbox")
        note = await page.evaluate("happened.find((e) => e.name === 'sent').id")
        assert (await there.context.request.get(f"{there.url}/api/entries/{note}")).status == 200
        assert await there.quiet() == []
    # Over the API another key does not read it.
    stores = made.nodes[party].app[SERVICES].stores
    assert await private_log.find(stores, note, made.officials[party, "desk", 1].key) is None
    await made.caught_up()
    record = made.nodes["cn" if party == "eu" else "eu"].core.record
    mirrored = await record.entries(party, 0, (await record.head(party)).size)
    assert b"Asked the importer." not in b"".join(part or b"" for e in mirrored for part in e.parts)


SAID: dict[Party, tuple[str, str, str, str, str]] = {
    "eu": (
        "{0}, question 1",
        "Does this answer {0}, question 1?",
        "1 of 2",
        "2 of 2",
        "Stays open",
    ),
    "cn": ("{0}的问题1", "本函是否答复{0}的问题1？", "第1项，共2项", "第2项，共2项", "仍待答复"),
}
CHOSEN = "[...document.querySelectorAll('[name=whether]')].filter((each) => each.checked).length"


async def answer(there: Window, number: str) -> None:
    """Answer a question by the link beside it; go back to the text once, and sign."""
    page = there.page
    await there.until("!document.querySelector('#compose [type=submit]').disabled")
    await page.locator(f'a[data-answers="{number} Q1"]').press("Enter")
    await there.until("document.activeElement.name === 'text'")
    await unmarked(page)
    await page.focus("[name=text]")
    await page.keyboard.insert_text("The desk officer on duty.")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector("#open-question[open]")
    await page.keyboard.press("Escape")
    await there.until("document.activeElement.name === 'text'")
    # The dialog gives the focus back a moment before the form can be sent again.
    await there.until("!document.querySelector('#compose [type=submit]').disabled")
    await page.keyboard.press("Control+Enter")


async def decide(there: Window, key: str) -> str:
    """Choose with the keyboard whether the note answers a question; return what was asked."""
    page = there.page
    await page.wait_for_selector("#open-question[open]")
    await there.until("document.activeElement.name === 'whether'")
    assert await page.evaluate(CHOSEN) == 0
    assert await page.is_disabled("#open-question [type=submit]")
    asked = await page.inner_text("#open-question")
    await page.keyboard.press(key)
    await page.locator("#open-question [type=submit]").press("Enter")
    return asked


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_note_never_leaves_a_question_open_unasked(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    other: Party = "cn" if party == "eu" else "eu"
    thread = await made.open_thread(other)
    asks = [[made.ask(other, f"2099-01-{day}T09:30:00Z")] for day in ("05", "06", "07")]
    notes = [await made.note(other, thread, asks=each) for each in asks]
    bound, yes, no = [note.number for note in notes]
    await made.caught_up()
    words, title, first, last, stays = SAID[party]
    async with window(chromium, made, party, SIDES[party]) as there:
        await there.enrol()
        page = await there.go(f"/threads/{thread}")
        await answer(there, bound)
        asked = [await decide(there, "Space"), await decide(there, "ArrowUp")]
        for text, said, count in zip(asked, (yes, no), (first, last), strict=True):
            assert title.format(said) in text
            assert count in text
        await page.wait_for_selector("#confirm[open]")
        answers = await page.inner_text("#confirm [data-f=answers]")
        assert answers.split("\n") == [words.format(number) for number in (bound, yes)]
        assert stays in await page.inner_text("#confirm")
        assert (await page.inner_text("#confirm [data-f=open]")).startswith(words.format(no))
        await page.locator("#confirm [data-act=sign]").press("Enter")
        for note in notes[:2]:
            await page.wait_for_selector(
                entry(note.id, f" [data-ask-state]:has-text('{party.upper()}-')")
            )
        await page.wait_for_selector(f'a[data-answers="{bound} Q1"]', state="detached")
        assert await page.is_visible(f'a[data-answers="{no} Q1"]')
        assert await there.quiet() == []


LACKS: dict[Party, str] = {
    "eu": "No Chinese translation yet: paragraph 2, question 1.",
    "cn": "以下内容暂无英文译文：第2段、问题1。",
}


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_what_lacks_a_translation_is_said_before_signing(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    thread = await made.open_thread(party)
    async with window(chromium, made, party, SIDES[party]) as there:
        await there.enrol()
        await there.go(f"/threads/{thread}")
        page, hint = there.page, there.page.locator("[data-lacks]")
        await there.until("!document.querySelector('#compose [type=submit]').disabled")
        await unmarked(page)
        await page.fill("[name=text]", "One.\n\nTwo.")
        await page.fill("[name=text_tr]", "一。\n\n二。")
        assert not await hint.is_visible()
        await page.fill("[name=text_tr]", "一。")
        await page.locator("[data-act=add-ask]").press("Enter")
        await page.locator("[name=ask_text]:visible").fill("Which one?")
        assert await hint.inner_text() == LACKS[party]
        await page.locator("[name=text]").press("Control+Enter")
        await page.wait_for_selector("#confirm[open]")
        assert LACKS[party] in await page.inner_text("#confirm")
        await page.locator("#confirm [data-act=sign]").press("Enter")
        await page.wait_for_selector("[data-live] .asks")
        assert await there.quiet() == []


ASKED: dict[Party, str] = {
    "eu": "Choose a marking, or “none”. Nothing was signed.",
    "cn": "请选择标识，无需标识的选“无”。尚未签名。",
}
LABELS: dict[Party, str] = {"eu": "Sensitive", "cn": "敏感"}
MARKED = '"marking":"sensitive"'


async def call_dialog(page: Page) -> None:
    """Ask for the dialog before the signature, from the text."""
    await page.locator("[name=text]").press("Control+Enter")
    await page.wait_for_selector("#confirm[open]")


async def choose_by_keys(there: Window, refused: str) -> str:
    """Sign without a marking, which the dialog refuses; choose one there. Return the id shown."""
    page = there.page
    await page.locator("#confirm [data-act=sign]").press("Enter")
    assert refused in await page.inner_text("#confirm")
    await there.until("document.activeElement.name === 'marking'")
    # Keys pressed at once count one after the other, and the list keeps the focus.
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowDown"):
        await page.keyboard.press(key)
    await expect(page.locator("#confirm [data-f=bytes]")).to_contain_text(MARKED)
    assert refused not in await page.inner_text("#confirm")
    assert await page.evaluate("document.activeElement.name") == "marking"
    return await page.text_content("#confirm [data-f=id]") or ""


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_marking_chosen_in_the_dialog_is_what_is_signed(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    thread = await made.open_thread(party)
    async with window(chromium, made, party, SIDES[party]) as there:
        await there.enrol()
        page = await there.go(f"/threads/{thread}")
        await there.until("!document.querySelector('#compose [type=submit]').disabled")
        await page.fill("[name=text]", "Chosen last.")
        await call_dialog(page)
        first = await choose_by_keys(there, ASKED[party])
        await page.keyboard.press("Escape")
        assert await page.input_value("#compose [name=marking]") == "sensitive"
        await call_dialog(page)
        listed, shown = (
            page.locator("#confirm [name=marking]"),
            page.locator("#confirm [data-f=bytes]"),
        )
        assert await listed.input_value() == "sensitive"
        await listed.select_option("none")
        await expect(shown).not_to_contain_text(MARKED)
        await listed.select_option("sensitive")
        await expect(shown).to_contain_text(MARKED)
        signed = (await page.text_content("#confirm [data-f=id]") or "").split()[-1]
        assert signed not in first
        sign = page.locator("#confirm [data-act=sign]")
        await expect(sign).to_be_enabled()
        await sign.press("Enter")
        await page.wait_for_selector(entry(signed))
        assert LABELS[party] in await page.inner_text(entry(signed))
        assert await there.quiet() == []


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_answer_that_nobody_writes_leaves_no_draft(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    other = peer_of(party)
    thread = await made.open_thread(other)
    due = timestamp(made.nodes[other].core.clock.now() + timedelta(days=9))
    await made.note(other, thread, "Which heading?", asks=[made.ask(other, due)])
    await made.caught_up()
    async with window(chromium, made, party, SIDES[party]) as there:
        await there.enrol()
        page = there.page
        await page.clock.install()
        saved: list[Any] = []

        def keep(request: Request) -> None:
            if request.method == "PUT":
                saved.append(request.post_data_json)

        page.on("request", keep)
        await there.go(f"/threads/{thread}")
        address = await page.locator("a[data-answers]").first.get_attribute("href")
        await there.go(address or "")
        await there.until("!location.search && document.activeElement.name === 'text'")
        assert await page.locator("[name=answer]:checked").count() == 1
        # Whatever would save it has its turn before the first letter.
        await page.clock.fast_forward(2000)
        await page.evaluate("dispatchEvent(new Event('online'))")
        await page.keyboard.insert_text("Heading 8505.")
        await page.wait_for_selector("[data-f=saved]:not(:empty)")
        assert [each["fields"]["text"] for each in saved] == ["Heading 8505."]
        assert saved[0]["fields"]["answers"], "with the letters the tick"
        assert await there.quiet() == []
