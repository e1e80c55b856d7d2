"""What is typed while the node is not reached survives the browser's end, sealed."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Route

from tests.web.js.conftest import Desk, thread_html, until
from tests.web.js.node import StubNode
from tests.web.js.record import THREAD

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TEXT = "Typed without a connection."
SAVED = "document.querySelector('[data-f=saved]').textContent.includes('09:40')"
ELSEWHERE = """<section id="draft-elsewhere" hidden><p data-f="when"></p><p data-f="mine"></p>
<button data-act="keep-mine">Mine</button><p data-f="theirs"></p>
<button data-act="take-theirs">Theirs</button></section>"""
FULL = """
const { open } = IDBFactory.prototype;
IDBFactory.prototype.open = function (name, ...more) {
  if (name === 'sc-unsaved') throw new Error('No room.');
  return open.call(this, name, ...more);
};
"""
SLOW_OUTBOX = """
const { getAll } = IDBObjectStore.prototype;
let slow = true;
window.letOutbox = () => { slow = false; };
IDBObjectStore.prototype.getAll = function () {
  const asked = getAll.call(this);
  const wait = () => { if (slow) this.get('').onsuccess = wait; };
  if (this.name === 'outbox') wait();
  return asked;
};
"""
"""A store of what was signed that does not answer until it is let."""
STORED = """
const open = indexedDB.open('sc-unsaved', 1);
await new Promise((done) => { open.onsuccess = done; });
const all = open.result.transaction('sc-unsaved').objectStore('sc-unsaved').getAll();
await new Promise((done) => { all.onsuccess = done; });
const texts = all.result.filter((each) => each.sealed)
  .map(({ sealed }) => new TextDecoder().decode(sealed));
const key = all.result.find((each) => each instanceof CryptoKey);
return [texts.length, texts.join().includes(arg), key.extractable];
"""


async def kept(desk: Desk, page: Page) -> str:
    """Return what this browser keeps of the draft."""
    look = "const { unsavedAt } = await import('/js/unsaved.js'); return unsavedAt(arg);"
    return str(await desk.run(page, look, f"/api/drafts/{THREAD}"))


async def held_back(desk: Desk, name: str = THREAD) -> asyncio.Event:
    """Hold back the node's answer about a draft; return the event that lets it through."""
    answered = asyncio.Event()

    async def late(route: Route) -> None:
        if route.request.method == "GET":
            await answered.wait()
        await route.continue_()

    await desk.context.route(f"**/api/drafts/{name}", late)
    return answered


async def opened(desk: Desk, shown: str = "") -> Page:
    """Open a thread; `shown`: the text of the draft with which the node made the page."""
    html = thread_html(desk).replace("<form", f"{ELSEWHERE}<form", 1)
    desk.node.pages["t"] = html.replace("></textarea>", f">{shown}</textarea>", 1)
    page = await desk.open("/page/t")
    await page.wait_for_selector("[type=submit]:not([disabled])")
    return page


async def written(desk: Desk, node: StubNode) -> Page:
    """Write a draft; return its page once the node has it and the browser keeps nothing of it."""
    page = await opened(desk)
    await page.type("[name=text]", TEXT)
    await until(page, SAVED)
    await node.until(lambda: node.drafts[THREAD]["text"] == TEXT)
    # Closed before it has read the node's answer, it would keep a text of an older version.
    async with asyncio.timeout(30):
        while await kept(desk, page):
            pass
    return page


async def test_text_that_the_node_lacks_comes_back_after_a_crash(desk: Desk, node: StubNode):
    await desk.enrol()
    desk.expected = ["ERR_", "404", "Failed to load"]
    page = await opened(desk)
    node.unreachable = True
    await page.type("[name=text]", TEXT)
    await until(page, "document.querySelector('[data-f=saved]').textContent === 'Not saved'")
    await page.type("[name=text]", " More.")
    async with asyncio.timeout(30):
        while not (await kept(desk, page)).count(f"{TEXT} More."):
            pass
    # One text, none of which can be read in the store, nor the key with which it is sealed.
    assert await desk.run(page, STORED, TEXT) == [1, False, False]
    await page.close()
    node.unreachable = False
    page = await opened(desk)
    await until(page, "document.querySelector('[name=text]').value.length")
    assert await page.input_value("[name=text]") == f"{TEXT} More."
    await node.until(lambda: node.drafts.get(THREAD, {}).get("text") == f"{TEXT} More.")
    async with asyncio.timeout(30):
        while await kept(desk, page):
            pass


async def test_draft_is_saved_while_somebody_types_without_a_pause(desk: Desk, node: StubNode):
    await desk.enrol()
    page = await opened(desk)
    await page.type("[name=text]", "x" * 40, delay=50)
    # The last key is no older than a moment; a save after the last key alone had not begun.
    assert len(node.saves) >= 2


async def test_kept_text_that_the_node_has_by_now_is_said_to_be_saved(desk: Desk, node: StubNode):
    await desk.enrol()
    page = await written(desk, node)
    # The browser ended between the node's answer and the deletion of what it kept.
    keep = "const { keepUnsaved } = await import('/js/unsaved.js'); return keepUnsaved(...arg);"
    text = json.dumps({"fields": node.drafts[THREAD], "version": 1}, separators=(",", ":"))
    await desk.run(page, keep, [f"/api/drafts/{THREAD}", text])
    page = await opened(desk)
    await until(page, SAVED)
    assert await page.input_value("[name=text]") == TEXT


async def test_what_is_typed_before_the_node_answers_is_not_overwritten(desk: Desk, node: StubNode):
    await desk.enrol()
    page = await written(desk, node)
    await page.close()
    answered = await held_back(desk)
    page = await opened(desk)
    await page.fill("[name=text]", "Typed at once.")
    answered.set()
    await page.wait_for_selector("#draft-elsewhere:not([hidden])")
    assert await page.input_value("[name=text]") == "Typed at once."
    assert TEXT in await page.inner_text("#draft-elsewhere")
    assert [version for version, _ in node.saves] == [0]


async def test_what_is_typed_at_once_goes_on_from_the_draft_that_the_page_shows(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    page = await written(desk, node)
    await page.close()
    ask = {"text": "Which?", "textTr": "", "due": "2099-01-05T09:30:00Z"}
    node.drafts[THREAD] |= {"held": "true", "asks": [json.dumps(ask)]}
    answered = await held_back(desk)
    page = await opened(desk, TEXT)
    await page.press("[name=text]", "Control+End")
    await page.keyboard.type(" And on.")
    answered.set()
    await node.until(lambda: "And on." in node.drafts[THREAD]["text"])
    kept = node.drafts[THREAD]
    assert (kept["text"], kept["held"], len(kept["asks"])) == (f"{TEXT} And on.", "", 1)
    assert await page.locator("#draft-elsewhere").is_hidden()


async def test_draft_that_waited_is_written_on_before_the_node_answers(desk: Desk, node: StubNode):
    await desk.enrol()
    page = await written(desk, node)
    await page.close()
    node.drafts[THREAD] |= {"held": "true"}
    answered = await held_back(desk)
    page = await opened(desk, TEXT)
    for key in ("Control+End", "!", "Backspace"):
        await page.press("[name=text]", key)
    answered.set()
    # Saved as a draft that no longer waits; its own text is no text from elsewhere.
    await node.until(lambda: node.drafts[THREAD]["held"] == "")
    assert await page.locator("#draft-elsewhere").is_hidden()
    assert await page.input_value("[name=text]") == TEXT


async def test_what_is_typed_before_the_page_asks_goes_on_from_the_draft_of_the_node(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    page = await written(desk, node)
    await page.close()
    before = len(node.saves)
    await desk.context.add_init_script(SLOW_OUTBOX)
    page = await opened(desk, TEXT)
    await page.press("[name=text]", "Control+End")
    await page.keyboard.type(" And on.")
    async with asyncio.timeout(30):
        while not (await kept(desk, page)).count("And on."):
            pass
    await page.evaluate("letOutbox()")
    await node.until(lambda: "And on." in node.drafts[THREAD]["text"])
    # Not as a draft without an earlier version, which the node would refuse as one of two.
    assert [version for version, _ in node.saves[before:]] == [1]
    assert await page.locator("#draft-elsewhere").is_hidden()
    assert await page.input_value("[name=text]") == f"{TEXT} And on."


async def left_at_once(desk: Desk, page: Page, words: str) -> None:
    """Type before the page asks for the draft, and leave the page."""
    await page.press("[name=text]", "Control+End")
    await page.keyboard.type(words)
    async with asyncio.timeout(30):
        while words not in await kept(desk, page):
            pass
    await page.goto("about:blank")


async def test_what_is_typed_before_the_page_asks_is_there_when_it_is_opened_again(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    page = await written(desk, node)
    await page.close()
    ask = {"text": "Which?", "textTr": "", "due": "2099-01-05T09:30:00Z"}
    node.drafts[THREAD] |= {"asks": [json.dumps(ask)]}
    before = len(node.saves)
    await desk.context.add_init_script(SLOW_OUTBOX)
    page = await opened(desk, TEXT)
    await left_at_once(desk, page, " And on.")
    # Nothing was sent as the first version of a draft that has one.
    assert len(node.saves) == before
    page = await opened(desk, TEXT)
    await page.evaluate("letOutbox()")
    await node.until(lambda: "And on." in node.drafts[THREAD]["text"])
    assert [version for version, _ in node.saves[before:]] == [1]
    assert await page.locator("#draft-elsewhere").is_hidden()
    assert await page.input_value("[name=text]") == f"{TEXT} And on."
    # Of the draft, the page that was left had its texts alone.
    assert len(node.drafts[THREAD]["asks"]) == 1


async def test_what_is_typed_before_the_page_asks_is_shown_beside_another_draft(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    page = await written(desk, node)
    await page.close()
    before = len(node.saves)
    await desk.context.add_init_script(SLOW_OUTBOX)
    page = await opened(desk, TEXT)
    await left_at_once(desk, page, " And on.")
    # Written in another window since.
    node.drafts[THREAD] |= {"text": "Another text."}
    page = await opened(desk, "Another text.")
    await page.evaluate("letOutbox()")
    await page.wait_for_selector("#draft-elsewhere:not([hidden])")
    assert await page.input_value("[name=text]") == f"{TEXT} And on."
    assert "Another text." in await page.inner_text("#draft-elsewhere")
    assert len(node.saves) == before


async def test_what_this_browser_kept_is_shown_beside_what_is_typed_at_once(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    page = await written(desk, node)
    fields = node.drafts[THREAD] | {"text": "Kept by this browser alone."}
    keep = "const { keepUnsaved } = await import('/js/unsaved.js'); return keepUnsaved(...arg);"
    text = json.dumps({"fields": fields, "version": 1})
    await desk.run(page, keep, [f"/api/drafts/{THREAD}", text])
    await page.close()
    answered = await held_back(desk)
    page = await opened(desk)
    await page.fill("[name=text]", "Typed at once.")
    answered.set()
    await page.wait_for_selector("#draft-elsewhere:not([hidden])")
    assert await page.input_value("[name=text]") == "Typed at once."
    await page.click("[data-act=take-theirs]")
    assert await page.input_value("[name=text]") == fields["text"]
    await node.until(lambda: node.drafts[THREAD]["text"] == fields["text"])


async def test_draft_is_saved_before_its_note_is_sent_and_not_after(desk: Desk, node: StubNode):
    await desk.enrol()
    page = await opened(desk)
    await page.clock.install()
    requests: list[str] = []
    page.on("request", lambda each: requests.append(f"{each.method} {urlsplit(each.url).path}"))
    await page.fill("[name=text]", TEXT)
    await page.click("[type=submit]")
    await page.wait_for_selector("#confirm[open]")
    await page.click("#confirm [data-act=sign]")
    await node.until(lambda: node.posted and not node.drafts)
    await page.clock.fast_forward(5000)
    of_note = [each for each in requests if each.endswith((f"/{THREAD}", "/api/entries"))]
    assert of_note[:2] == [f"PUT /api/drafts/{THREAD}", "POST /api/entries"]
    assert f"PUT /api/drafts/{THREAD}" not in of_note[1:]


async def test_save_under_way_outlives_its_page_and_the_next_one_waits_for_it(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    # Nothing is kept in this browser, so that all depends on the request.
    await desk.context.add_init_script(FULL)
    page = await opened(desk)
    node.saving.clear()
    await page.type("[name=text]", TEXT)
    await node.until(lambda: node.saves)
    await page.goto(page.url)
    await page.wait_for_selector("[type=submit]:not([disabled])")
    node.saving.set()
    await until(page, SAVED)
    assert await page.input_value("[name=text]") == TEXT


@pytest.mark.parametrize("store", ["", FULL], ids=["kept here too", "no room here"])
async def test_last_of_two_saves_under_way_is_what_the_next_page_shows(
    desk: Desk, node: StubNode, store: str
):
    await desk.enrol()
    if store:
        await desk.context.add_init_script(store)
    page = await opened(desk)
    node.saving.clear()
    await page.type("[name=text]", TEXT)
    await node.until(lambda: node.saves)
    if not store:
        async with asyncio.timeout(30):
            while TEXT not in await kept(desk, page):
                pass
    await page.type("[name=text]", " More.")
    await page.goto(page.url)
    await page.wait_for_selector("[type=submit]:not([disabled])")
    # Of the two the first has arrived, and the page has asked since.
    node.drafts[THREAD] = {"text": TEXT}
    await page.wait_for_event("response", lambda each: each.url.endswith(f"/{THREAD}"))
    node.saving.set()
    await until(page, SAVED)
    assert await page.input_value("[name=text]") == f"{TEXT} More."
    assert await page.is_hidden("#draft-elsewhere")
