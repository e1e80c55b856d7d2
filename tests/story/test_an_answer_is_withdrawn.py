"""An answer is withdrawn while both sides' windows are open: the question reopens on both pages.

Nobody reloads: each page is marked before, and the mark is still there after.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Playwright

from special_channel.core.bytes.times import timestamp
from tests.channel import Channel
from tests.story.windows import Window, entry, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = "The certificate was sent on Monday."
NONE_OPEN = {"en": "No question is open in this thread.", "zh-CN": "本事项没有待答复的问题。"}
ANSWERED = {"en": "Answered in", "zh-CN": "中答复"}
AGAIN = {"en": "the question is open again.", "zh-CN": "该问题恢复待答复。"}
FOLD = {"en": "Show the withdrawn text", "zh-CN": "显示已撤回的内容"}
OPEN = {
    ("eu", "en"): "Awaiting",
    ("eu", "zh-CN"): "待商务部答复",
    ("cn", "en"): "For us to answer",
    ("cn", "zh-CN"): "待我方答复",
}
QUESTION = '[data-ask="1"]'
ASIDE = "aside .qs"
HEAD = '[data-live="stand"]'


async def shows(there: Window, place: str, words: str) -> None:
    """Wait until a place of the open page has a text."""
    await there.page.locator(place).filter(has_text=words).first.wait_for()


async def answered(made: Channel) -> tuple[str, str]:
    """A question of the EU's that CN has answered: its thread, and the answer."""
    thread = await made.open_thread("eu")
    due = timestamp(made.nodes["eu"].core.clock.now() + timedelta(days=2))
    asked = await made.note("eu", thread, asks=[made.ask("eu", due) | {"part": 0}])
    await made.caught_up()
    answer = await made.note("cn", thread, TEXT, answers=[{"id": asked.id, "q": ["1"]}])
    await made.caught_up()
    return thread, answer.id


async def withdraw(made: Channel, note: str, thread: str) -> None:
    """Withdraw a note of CN's desk, as its own key file signs it."""
    key = made.officials["cn", "desk", 1]
    fields = {"thread": thread, "ref": note, "body": {}}
    payload = await made.payload("cn", key.key, "note.withdrawn", **fields)
    await made.submit("cn", payload, key.signer)


async def looks(there: Window, thread: str, lang: str) -> None:
    """Open the thread in a language, and mark the open page."""
    await there.enrol()
    await there.page.click(f'form.lang button[value="{lang}"]')
    await there.page.wait_for_selector(f'html[lang="{lang}"]')
    await there.go(f"/threads/{thread}")
    await there.page.evaluate("window.opened = true")
    await shows(there, HEAD, NONE_OPEN[lang])
    for place in (QUESTION, ASIDE):
        await shows(there, place, ANSWERED[lang])
    assert await there.page.locator("details.gone").count() == 0


async def struck_and_folded(there: Window, answer: str, lang: str) -> None:
    """The words of the answer are out of sight until asked for, and struck."""
    note = there.page.locator(entry(answer))
    folded = note.locator("details.gone")
    words = folded.locator(".para", has_text=TEXT)
    assert await note.locator(".para", has_text=TEXT).count() == await words.count() == 1
    assert not await words.is_visible()
    await folded.get_by_text(FOLD[lang], exact=True).click()
    await words.wait_for(state="visible")
    line = await words.evaluate("(e) => getComputedStyle(e).textDecorationLine")
    assert line == "line-through"


@pytest.mark.parametrize("langs", [("en", "zh-CN"), ("zh-CN", "en")], ids=["en-zh", "zh-en"])
async def test_question_reopens_on_open_pages_without_a_reload(
    made: Channel, chromium: Playwright, langs: tuple[str, str]
) -> None:
    async with (
        window(chromium, made, "eu", langs[0]) as eu,
        window(chromium, made, "cn", langs[1]) as cn,
    ):
        thread, answer = await answered(made)
        for there, lang in ((eu, langs[0]), (cn, langs[1])):
            await looks(there, thread, lang)
        await withdraw(made, answer, thread)
        for there, lang in ((eu, langs[0]), (cn, langs[1])):
            await shows(there, HEAD, OPEN[there.party, lang])
            await shows(there, QUESTION, AGAIN[lang])
            for place in (QUESTION, ASIDE):
                region = there.page.locator(place)
                await region.filter(has_not_text=ANSWERED[lang]).first.wait_for()
            await struck_and_folded(there, answer, lang)
            assert await there.page.evaluate("window.opened")
            assert await there.all_checked() == {("ok", "")}
            assert await there.quiet() == []
