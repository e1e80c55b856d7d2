"""An official who uses the keyboard alone: signs in, finds, answers, signs, signs out.

No pointer touches the page; wherever the focus goes, it shows.
"""

from __future__ import annotations

import pytest
from playwright.async_api import Playwright

from special_channel.web.http.services import SERVICES
from tests.channel import Channel
from tests.story.windows import Window, entry, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOST_STEPS = 80
FOCUS = """() => {
  const el = document.activeElement;
  const box = el.getBoundingClientRect();
  const style = getComputedStyle(el);
  const rect = el.querySelector('rect');
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const group = el.closest('.filepick');
  const shows = ring || (rect && getComputedStyle(rect).strokeWidth === '3px')
    || (group && getComputedStyle(group).outlineStyle !== 'none');
  const middle = document.elementFromPoint(
    Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1),
    Math.min(Math.max(box.y + box.height / 2, 0), innerHeight - 1));
  const covered = !(middle && (el.contains(middle) || middle.contains(el) || group));
  return [el.outerHTML.slice(0, 90), Boolean(shows), covered];
}"""
"""What has the focus, whether that shows, and whether something lies over it."""


class Keys:
    """Hands on a keyboard."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.faults: list[str] = []

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            await self._window.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        """Type text into the focused element."""
        await self._window.page.keyboard.insert_text(text)

    async def tab_to(self, selector: str, key: str = "Tab") -> None:
        """Move the focus until a control has it."""
        page = self._window.page
        for _ in range(MOST_STEPS):
            await page.keyboard.press(key)
            what, shows, covered = await page.evaluate(FOCUS)
            if what.startswith("<body"):
                continue
            self.faults.extend([f"{what} {shows=} {covered=}"] if not shows or covered else [])
            if await page.evaluate(f"document.activeElement.matches({selector!r})"):
                return
        raise AssertionError(f"never reached: {selector}")


async def out_and_in_again(eu: Window, keys: Keys) -> None:
    """Sign out by the menu; sign in with this browser's key."""
    await keys.tab_to("summary")
    await keys.press("Enter")
    await keys.tab_to(".pop [action='/sign-out'] button")
    await keys.press("Enter")
    await eu.page.wait_for_url("**/sign-in")
    assert (await eu.context.request.get(eu.url + "/inbox")).status == 401
    await eu.until("document.querySelector('[data-step=signin]:not([hidden])')")
    await keys.tab_to("[data-act=signin]")
    await keys.press("Enter")
    await eu.page.wait_for_url("**/inbox")
    await eu.until("happened.some((e) => e.name === 'ready')")


async def find(eu: Window, keys: Keys) -> None:
    """Open the next row of the inbox, and go to the next unread entry."""
    await keys.press("j", "Enter")
    await eu.page.wait_for_url("**/threads/CN-*")
    assert await eu.all_checked() == {("ok", "")}
    await keys.press("n")
    assert await eu.page.evaluate("document.activeElement.dataset.position")


async def answer_and_sign(eu: Window, keys: Keys, number: str) -> None:
    """Write, tick the question, read the data to be signed, sign."""
    page = eu.page
    await eu.until("!document.querySelector('#compose [type=submit]').disabled")
    await keys.press("r")
    await eu.until("document.activeElement.name === 'text'")
    await keys.type("The desk officer on duty.")
    await keys.tab_to("[name=answer]", "Shift+Tab")
    await keys.press("Space")
    await keys.tab_to("[name=marking]", "Shift+Tab")
    await keys.press("ArrowDown")
    await keys.tab_to("[name=text]")
    await keys.press("Control+Enter")
    await page.wait_for_selector("#confirm[open]")
    assert f"{number}, question 1" in await page.inner_text("#confirm [data-f=answers]")
    await keys.tab_to("#confirm summary")
    await keys.press("Enter")
    assert await page.is_visible("#confirm pre[data-f=bytes]")
    await keys.tab_to("#confirm [data-act=sign]")
    await keys.press("Enter")


async def test_sign_in_find_answer_and_sign(made: Channel, chromium: Playwright) -> None:
    thread = await made.open_thread("cn", "Which function takes the call?")
    asked = await made.note("cn", thread, asks=[made.ask("cn", "2099-01-05T09:30:00Z")])
    await made.caught_up()
    async with window(chromium, made, "eu", "en", reduced_motion="reduce") as eu:
        keys = Keys(eu)
        await eu.enrol()
        await out_and_in_again(eu, keys)
        await find(eu, keys)
        await answer_and_sign(eu, keys, asked.number)
        await eu.page.wait_for_selector(entry(asked.id, " [data-ask-state]:has-text('EU-')"))
        await made.caught_up()
        assert keys.faults == []
        assert await eu.quiet() == []
    [row] = await made.nodes["cn"].app[SERVICES].stores.views.asks(threads=[thread])
    assert row.outcome() == "in-time"
