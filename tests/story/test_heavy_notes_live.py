"""Heavy notes on an open page: what arrives changes none of the words that are being read."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from playwright.async_api import Playwright

from special_channel.broker.receipts import Accepted
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.rows.writing import text_part
from tests.channel import Channel
from tests.story.windows import Window, entry, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINE = "A line about certificates.\n"
SHOWN = """(id) => [...document.querySelectorAll(`[data-entry-id="${id}"] [data-part]`)]
  .map(({ dataset: { part, start }, textContent }) => [part, start, textContent])"""
QUESTIONS = 30
"""Open questions take half of the room that a page has for a heavy note."""


async def write(
    made: Channel, party: Party, kind: str, thread: str, *texts: str, **fields: object
) -> Accepted:
    """Write an entry with texts into a thread."""
    key = made.officials[party, "desk", 1]
    said = {"thread": thread, "lang": "en" if party == "eu" else "zh-CN"} | fields
    payload = await made.payload(party, key.key, kind, **said)
    parts = tuple(text_part("text", os.urandom(32), each) for each in texts)
    accepted = await made.submit(party, payload, key.signer, parts=parts)
    await made.caught_up()
    return accepted


def asked(made: Channel, count: int, part: int) -> list[dict[str, object]]:
    """Questions to China; their texts are parts from `part` on."""
    due = timestamp(instant(made.now()) + timedelta(days=3))
    named = {"who": "cn", "due": due, "charter": made.charter_digest}
    return [{"q": str(n + 1), "part": part + n} | named for n in range(count)]


async def reading(there: Window, thread: str, note: Accepted) -> list[list[str]]:
    """Open a thread, and return what is shown of a note."""
    await there.enrol()
    await there.go(f"/threads/{thread}?at={note.number}")
    assert await there.all_checked() == {("ok", "")}
    return list(await there.page.evaluate(SHOWN, note.id))


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_many_questions_leave_the_portion_as_it_is(
    made: Channel, chromium: Playwright, lang: str
) -> None:
    """Each update drew the note in pieces of a page that was loaded then: shorter ones."""
    thread = await made.open_thread("eu")
    texts = [f"{number}. {LINE * 8_000}" for number in range(3)]
    more = {"asks": asked(made, 1, 3), "body": {}}
    note = await write(made, "eu", "note.posted", thread, *texts, "Which one?", **more)
    async with window(chromium, made, "cn", lang) as cn:
        before = await reading(cn, thread, note)
        assert before[0] == ["0", None, texts[0]]
        asks = {"asks": asked(made, QUESTIONS, 1), "body": {}}
        words = [f"Question {n}?" for n in range(QUESTIONS)]
        newest = await write(made, "eu", "note.posted", thread, "Some more.", *words, **asks)
        await cn.checked(newest.id)
        # The list beside the entries is brought up to date last.
        await cn.page.locator(f"aside a.q[href='#{newest.number}']").first.wait_for()
        assert await cn.page.evaluate(SHOWN, note.id) == before
        assert await cn.all_checked() == {("ok", "")}
        # Loaded again, there is room for less of it.
        assert await reading_again(cn, note) != before
        assert await cn.quiet() == []


async def reading_again(there: Window, note: Accepted) -> list[list[str]]:
    """Load the page again, and return what is shown of a note."""
    await there.page.reload()
    await there.until("happened.some((e) => e.name === 'ready')")
    return list(await there.page.evaluate(SHOWN, note.id))


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_note_that_a_translation_makes_heavy_is_not_struck(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    """The open page took what the portion has none of for something that is lost."""
    thread = await made.open_thread("eu")
    texts = [f"{number}. {LINE * 2_500}" for number in range(3)]
    note = await write(made, "eu", "note.posted", thread, *texts, body={})
    async with window(chromium, made, party, "en" if party == "eu" else "zh-CN") as there:
        assert [text for _, _, text in await reading(there, thread, note)] == texts
        words = [f"{number}。{'证书。' * 9_000}" for number in range(3)]
        named = {"ref": note.id, "body": {}, "lang": "zh-CN"}
        await write(made, party, "note.translated", thread, *words, **named)
        translated = there.page.locator(entry(note.id, " [data-tr] [data-part]"))
        await translated.first.wait_for(state="attached")
        await there.until(f"document.querySelector('{entry(note.id)}').dataset.proof === 'ok'")
        assert await there.all_checked() == {("ok", "")}
        shown = [text for _, _, text in await there.page.evaluate(SHOWN, note.id)]
        assert texts[0] in shown
        assert texts[2] not in shown, "it is on the next portion"
        assert await there.quiet() == []
