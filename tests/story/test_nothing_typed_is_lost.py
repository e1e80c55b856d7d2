"""Somebody writes and sends while pages end at any moment: no text is lost or doubled."""

from __future__ import annotations

import asyncio
import os
import random
import statistics
from collections import Counter
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Playwright

from special_channel.core.bytes.parts import TextPart, parse
from tests.channel import Channel
from tests.story.windows import Window, unmarked, window

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(7200)]

CUTS = int(os.environ.get("SPECIAL_CHANNEL_CUTS", "20"))
SECOND = 1.0
READY = "!document.querySelector('#compose [type=submit]').disabled"

# What a page says of its text once it is safe: the node has it, or this browser keeps it sealed.
SAFE = """
window.safe = {};
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...all) {
  const text = document.querySelector('[name=text]');
  const value = text && text.value;
  const request = put.apply(this, all);
  this.transaction.addEventListener('complete', () => { safe[value] = performance.now(); });
  return request;
};
const ask = window.fetch;
window.fetch = async (path, options = {}) => {
  const answer = await ask(path, options);
  if (answer.ok && options.method === 'PUT' && options.body) {
    const { fields } = JSON.parse(options.body);
    if (fields.text) safe[fields.text] = performance.now();
  }
  return answer;
};
"""


@dataclass
class Writer:
    """Somebody who writes in a thread of their own, whatever happens to the page."""

    there: Window
    path: str
    draw: random.Random
    typed: str = ""
    sent: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)

    async def open(self) -> None:
        """Open the thread; what was typed a second before is there."""
        await self.there.go(self.path)
        await self.there.until(READY)
        lost = f"document.querySelector('[name=text]').value.startsWith({self.typed!r})"
        try:
            async with asyncio.timeout(20):
                await self.there.until(lost)
        except TimeoutError:
            text = await self.there.page.input_value("[name=text]")
            raise AssertionError(f"{self.typed!r} became {text!r}, cuts: {self.seen}") from None
        self.typed = await self.there.page.input_value("[name=text]")

    async def write(self) -> None:
        """Type some words, and wait until the page has made them safe."""
        page = self.there.page
        words = "".join(self.draw.choices("abcdefg中文", k=self.draw.randint(3, 12)))
        await page.focus("[name=text]")
        await page.keyboard.press("Control+End")
        await page.keyboard.insert_text(words)
        typed = self.typed + words
        took = await page.evaluate(
            """async (text) => {
              const began = performance.now();
              while (!(text in safe)) await new Promise((done) => setTimeout(done, 5));
              return safe[text] - began;
            }""",
            typed,
        )
        self.took.append(took / 1000)
        self.typed = typed

    async def cut(self) -> None:
        """End the page, its network or its session, at a moment drawn by lot."""
        name = self.draw.choice(("reload", "leave", "offline", "session", "crash"))
        self.seen[name] += 1
        context, page = self.there.context, self.there.page
        if name == "reload":
            await page.reload(wait_until="commit")
        elif name == "leave":
            await page.goto(f"{self.there.url}/terms")
        elif name == "offline":
            await context.set_offline(True)
            await self.write()
            await self.again()
            await context.set_offline(False)
        elif name == "session":
            await context.clear_cookies()
            await self.write()
            await page.click("[data-act=sign-in-again]")
            await page.wait_for_selector("#signed-out", state="hidden")
            await self.again()
        else:
            await self.again()

    async def again(self) -> None:
        """End the page without a word to it, as a crash does, and go on in a new one."""
        old = self.there.page
        self.there.page = await self.there.context.new_page()
        self.there.listen(self.there.page)
        await old.close()

    async def send(self) -> None:
        """Sign the note, and end the page before, while or after it is sent."""
        page, text = self.there.page, self.typed
        if not text.strip():
            return
        await unmarked(page)
        await page.press("[name=text]", "Control+Enter")
        await page.wait_for_selector("#confirm[open]")
        await page.click("#confirm [data-act=sign]")
        await page.wait_for_selector("#compose[data-holding]")
        how = self.draw.choice(("stop", "leave", "now", "crash"))
        self.seen[f"hold {how}"] += 1
        if how == "stop":
            await page.keyboard.press("Escape")
            await page.wait_for_selector("#compose[data-holding]", state="detached")
        elif how == "leave":
            await page.reload(wait_until="commit")
        else:
            await page.click("[data-act=send-now]")
            if how == "now":
                await self.there.until("document.querySelector('[name=text]').value === ''")
                self.sent.append(text)
                self.typed = ""
            else:
                # Sent or not: the draft is there, or the note is.
                await self.again()
                self.typed = await self.left(text)

    async def left(self, text: str) -> str:
        """Return what the composer has after a page ended while it sent."""
        await self.there.go(self.path)
        await self.there.until(READY)
        left = await self.there.page.input_value("[name=text]")
        assert left in ("", text)
        if not left:
            self.sent.append(text)
        return left


async def test_text_of_a_second_ago_survives_and_nothing_is_sent_twice(
    made: Channel, chromium: Playwright
) -> None:
    thread = await made.open_thread("eu")
    draw = random.Random(f"typed-{CUTS}")  # noqa: S311 - the same cuts each time
    async with window(chromium, made, "eu", "en", (SAFE,)) as there:
        await there.enrol(hold=20)
        writer = Writer(there, f"/threads/{thread}", draw)
        for turn in range(CUTS):
            await writer.open()
            await writer.write()
            await (writer.send() if turn % 3 == 2 else writer.cut())
            if len(writer.typed) > 200:
                await writer.open()
                await there.page.fill("[name=text]", "")
                await there.page.wait_for_selector("[data-f=saved]:not(:empty)")
                writer.typed = ""
        assert sum(writer.seen.values()) == CUTS, writer.seen
        # A busy machine delays a page now and then; what is late here is late there.
        assert statistics.median(writer.took) < SECOND, writer.took
    record = made.nodes["eu"].core.record
    entries = await record.entries("eu", 0, (await record.head("eu")).size)
    posted = Counter(
        "".join(
            each.text for part in entry.parts if part and isinstance(each := parse(part), TextPart)
        )
        for entry in entries
        if entry.kind == "note.posted"
    )
    assert posted.keys() == set(writer.sent)
    assert [text for text, count in posted.items() if count > 1] == []
