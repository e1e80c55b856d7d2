"""Live stream and keyboard: every event once, one stream per browser, no jumps of the page."""

from __future__ import annotations

import pytest

from tests.web.js.conftest import Desk, thread_html, until
from tests.web.js.drawing import drawn, entry_html
from tests.web.js.node import StubNode
from tests.web.js.record import THREAD

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

STREAM = """
const { openStream } = await import('/js/live.js');
window.got = [];
window.states = [];
const on = (type, data) => got.push([type, data.n]);
window.handle = openStream({ url: '/api/stream', after: arg, on, state: (s) => states.push(s) });
"""


HEARD = """
window.heard = [];
window.channel = new BroadcastChannel('sc-stream');
channel.onmessage = ({ data }) => { if (data.type) heard.push(data.type); };
"""


async def listen(desk: Desk, after: int = 0):
    page = await desk.open("/page/blank")
    await desk.run(page, STREAM, f"{after}.0.0")
    return page


def numbered(node: StubNode, *numbers: int) -> None:
    for n in numbers:
        node.publish("entry", {"n": n})


async def got(page) -> list[int]:
    return [n for _, n in await page.evaluate("got")]


async def test_a_cut_stream_goes_on_where_it_was(desk: Desk, node: StubNode):
    desk.expected = ["ERR_"]
    numbered(node, 1, 2)
    page = await listen(desk)
    await until(page, "got.length === 2")
    node.cut()
    numbered(node, 3, 4)
    await until(page, "got.length === 4")
    assert await got(page) == [1, 2, 3, 4]
    assert node.opened[0] == {"after": "0.0.0", "last": ""}
    assert node.opened[1]["last"] == "2.0.0"


async def test_after_503_the_stream_is_opened_again_with_its_cursor(desk: Desk, node: StubNode):
    desk.expected = ["503", "ERR_"]
    numbered(node, 1, 2)
    page = await listen(desk)
    await until(page, "got.length === 2")
    node.refuse_streams = 2
    node.cut()
    numbered(node, 3)
    await until(page, "got.length === 3")
    assert await got(page) == [1, 2, 3]
    # The browser's own try, refused; ours, refused; ours again, with the cursor in the address.
    assert [each["after"] for each in node.opened] == ["0.0.0", "0.0.0", "2.0.0", "2.0.0"]
    assert await page.evaluate("states[states.length - 1]") == "open"


async def test_eight_pages_share_one_stream_and_hand_it_on(desk: Desk, node: StubNode):
    numbered(node, 1)
    pages = [await listen(desk, 1) for _ in range(8)]
    await node.until(lambda: node.streams)
    numbered(node, 2)
    for page in pages:
        await until(page, "got.length === 1")
    assert len(node.opened) == 1
    await pages[0].close()
    numbered(node, 3)
    for page in pages[1:]:
        await until(page, "got.length === 2")
        assert await got(page) == [2, 3]
    assert len(node.opened) == 2


async def test_a_page_that_was_rendered_earlier_misses_nothing(desk: Desk, node: StubNode):
    leader = await listen(desk)
    numbered(node, 1, 2, 3)
    await until(leader, "got.length === 3")
    late = await listen(desk, 1)
    await until(late, "got.length === 2")
    assert await got(late) == [2, 3]
    numbered(node, 4)
    await until(late, "got.length === 3")
    await until(leader, "got.length === 4")
    assert await got(leader) == [1, 2, 3, 4]


async def test_both_logs_grow_and_each_event_comes_once(desk: Desk, node: StubNode):
    leader = await listen(desk)
    node.publish("entry", {"n": 1, "position": "EU-0"})
    node.publish("entry", {"n": 2, "position": "CN-0"})
    await until(leader, "got.length === 2")
    late = await desk.open("/page/blank")
    # Rendered when this page held the EU's entry and not yet China's.
    await desk.run(late, STREAM, "1.0.0")
    await until(late, "got.length === 1")
    node.publish("delivered", {"n": 3, "log": "eu"})
    node.publish("entry", {"n": 4, "position": "CN-1"})
    await until(late, "got.length === 3")
    await until(leader, "got.length === 4")
    assert await got(leader) == [1, 2, 3, 4]
    assert await got(late) == [2, 3, 4]


LEADER = """
window.heard = [];
window.channel = new BroadcastChannel('sc-stream');
channel.onmessage = ({ data }) => { heard.push(data); };
await new Promise((held) => {
  navigator.locks.request('sc-stream', () => { held(); return new Promise(() => {}); });
});
"""
"""Holds the browser's stream and passes on what a test says."""


async def test_what_is_told_before_the_leader_heard_of_a_page_hides_nothing_from_it(
    desk: Desk, node: StubNode
):
    leader = await desk.open("/page/blank")
    await desk.run(leader, LEADER)
    page = await listen(desk, 5)
    await until(leader, "heard.length === 1")

    async def tell(*events: tuple[str, str]) -> None:
        for cursor, kind in events:
            data = {"n": f"{kind} {cursor}"}
            message = {"id": cursor, "type": kind, "data": data}
            await desk.run(leader, "channel.postMessage(arg)", message)

    # The leader read further than this page was rendered; it has not yet gone back for it.
    await tell(("8.0.0", "entry"), ("5.0.3", "delivered"), ("7.0.4", "delivered"))
    await tell(("6.0.0", "entry"), ("7.0.0", "entry"), ("8.0.0", "entry"), ("8.0.4", "delivered"))
    await until(page, "got.some(([type, n]) => n === 'delivered 8.0.4')")
    assert await page.evaluate("got.map(([type, n]) => n)") == [
        "delivered 5.0.3",
        "entry 6.0.0",
        "entry 7.0.0",
        "entry 8.0.0",
        "delivered 8.0.4",
    ]
    assert [each["join"] for each in await leader.evaluate("heard")] == [
        [5, 0, 0],
        [5, 0, 0],
        [5, 0, 3],
    ]


async def test_a_page_that_takes_the_stream_over_hears_who_is_behind_it(desk: Desk, node: StubNode):
    leader = await desk.open("/page/blank")
    await desk.run(leader, LEADER)
    numbered(node, 1, 2, 3)
    ahead = await listen(desk, 3)
    behind = await listen(desk, 1)
    await until(leader, "heard.length === 2")
    # The leader goes without having read anything for the page that was rendered earlier.
    await leader.close()
    await until(behind, "got.length === 2")
    assert await got(behind) == [2, 3]
    assert await got(ahead) == []


async def test_live_entries_are_appended_once_and_in_order(desk: Desk, node: StubNode):
    await desk.enrol()
    li = node.enrol("cn", "li")
    first = node.note("cn", li, ["first"])
    node.pages["t"] = thread_html(desk, entry_html(first, ["first"]))
    page = await desk.open("/page/t")
    items = [node.note("cn", li, [f"note {n}"]) for n in range(5)]
    for item in [first, *items, items[2]]:
        node.announce(item)
    await until(page, "document.querySelectorAll('[data-timeline] > [data-proof=ok]').length === 6")
    shown = "[...document.querySelectorAll('[data-timeline] > li')].map((e) => e.dataset.position)"
    assert await page.evaluate(shown) == [item["position"] for item in [first, *items]]


async def test_live_entry_is_named_to_the_ear_with_its_check(desk: Desk, node: StubNode):
    await desk.enrol()
    li = node.enrol("cn", "li")
    node.pages["t"] = thread_html(desk)
    page = await desk.open("/page/t")
    node.announce(node.note("cn", li, ["first"]))
    await until(page, "document.querySelector('#status').textContent.includes('CN-3')")
    assert await page.inner_text("#status") == "CN-3 is new CN-3: signature checked"


async def test_burst_of_live_entries_is_fetched_as_one(desk: Desk, node: StubNode):
    await desk.enrol()
    li = node.enrol("cn", "li")
    node.pages["t"] = thread_html(desk)
    page = await desk.open("/page/t")
    await desk.run(page, HEARD)
    node.updates_open.clear()
    node.announce(node.note("cn", li, ["first"]))
    await node.until(lambda: "GET /page/t/now" in node.requests)
    for n in range(5):
        node.announce(node.note("cn", li, [f"note {n}"]))
    await until(page, "heard.length === 6")
    node.updates_open.set()
    await until(page, "document.querySelectorAll('[data-timeline] > [data-proof=ok]').length === 6")
    assert node.requests.count("GET /page/t/now") <= 2
    await until(page, "!document.querySelector('#status').textContent.includes('is new')")


async def test_failed_update_is_fetched_again(desk: Desk, node: StubNode):
    desk.expected = ["503"]
    await desk.enrol()
    li = node.enrol("cn", "li")
    node.pages["t"] = thread_html(desk)
    page = await desk.open("/page/t")
    node.refuse_updates = 1
    node.announce(node.note("cn", li, ["first"]))
    await page.wait_for_selector('[data-timeline] > [data-position="CN-3"][data-proof="ok"]')
    assert node.requests.count("GET /page/t/now") == 2


async def test_live_entry_stands_where_a_reload_shows_it(desk: Desk, node: StubNode):
    """Entries that crossed are shown in the order of rule 5, not of arrival."""
    await desk.enrol()
    first, last = (node.note("cn", node.enrol("cn", "li"), [text]) for text in ("one", "two"))
    late = node.note("eu", node.enrol("eu", "ann"), ["between"])
    html = entry_html(first, ["one"]) + entry_html(last, ["two"])
    node.pages["t"] = thread_html(desk, html)
    page = await desk.open("/page/t")
    node.announced = {item["id"]: item for item in (first, late, last)}
    node.announce(late)
    await page.wait_for_selector(f'[data-entry-id="{late["id"]}"][data-proof="ok"]')
    shown = "[...document.querySelectorAll('[data-timeline] > li')].map((e) => e.dataset.position)"
    expected = [item["position"] for item in (first, late, last)]
    assert await page.evaluate(shown) == expected


async def test_note_and_its_moved_date_arriving_together_are_proven(desk: Desk, node: StubNode):
    await desk.enrol()
    li = node.enrol("cn", "li")
    node.pages["t"] = thread_html(desk)
    page = await desk.open("/page/t")
    ask = {"q": "1", "who": "eu", "due": DUE, "charter": "cc" * 32, "part": 0}
    note = node.note("cn", li, ["Please send it."], asks=[ask])
    move = {"q": "1", "due": "2026-11-28T09:00:00Z", "basis": "agreed"}
    moved = node.act("cn", li, "deadline.moved", thread=THREAD, ref=note["id"], body=move)
    node.drawn[note["id"]] = drawn(note, due=move["due"])
    node.announced = {each["id"]: each for each in (note, moved)}
    node.announce(note)
    await until(page, "checked.length >= 2")
    assert await page.locator('[data-timeline] > [data-proof="ok"]').count() == 2


async def test_a_delivery_told_while_its_entry_is_fetched_is_shown_on_it(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    node.pages["t"] = thread_html(desk)
    page = await desk.open("/page/t")
    await desk.run(page, HEARD)
    node.updates_open.clear()
    item = node.note("eu", node.enrol("eu", "ann"), ["text"])
    node.announce(item)
    size = int(item["position"].split("-")[1]) + 1
    node.publish("delivered", {"log": "eu", "size": size}, size)
    await until(page, "heard.includes('delivered')")
    node.updates_open.set()
    await page.wait_for_selector(
        f'[data-timeline] [data-entry-id="{item["id"]}"] [data-stage="delivered"]',
        state="attached",
    )


async def test_an_effect_told_of_an_entry_that_the_page_shows_already_is_shown(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    li = node.enrol("cn", "li")
    note = node.note("eu", node.enrol("eu", "ann"), ["May we?"])
    answer = node.note("cn", li, ["Yes."], answers=[{"id": note["id"], "q": ["1"]}])
    # The note's row was read just before the answer came, the list of entries just after.
    node.pages["t"] = thread_html(
        desk, entry_html(note, ["May we?"]) + entry_html(answer, ["Yes."])
    )
    page = await desk.open("/page/t")
    node.announce(answer)
    await page.wait_for_selector(
        f'[data-timeline] [data-entry-id="{note["id"]}"] [data-stage="answered"]'
    )
    assert await page.locator("[data-timeline] > li").count() == 2


REGION = """<aside data-live="aside"><p>{words}</p><details><summary>More</summary><input></details>
<ul><li><button data-sign="escalation.acknowledged" data-ref="{ref}" data-needs-key
disabled>Take over</button></li></ul><a href="/page/{ref}">{ref}</a></aside>"""


async def test_what_stands_beside_the_entries_follows_and_leaves_what_is_in_use(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    li = node.enrol("cn", "li")
    node.pages["t"] = thread_html(desk) + REGION.format(words="one open", ref="aa")
    page = await desk.open("/page/t")
    await page.wait_for_selector("[type=submit]:not([disabled])")
    await page.click("aside summary")
    await page.fill("aside input", "half a word")
    await page.evaluate("window.kept = document.querySelector('aside input')")
    node.pages["t/now"] = REGION.format(words="none open", ref="aa")
    node.announce(node.note("cn", li, ["first"]))
    await until(page, "document.querySelector('aside p').textContent === 'none open'")
    assert await page.evaluate("kept === document.activeElement && kept.value") == "half a word"

    # A step of the own side has no place in the shared logs; a button for another is another one.
    await page.evaluate("window.before = document.querySelector('aside button')")
    await page.focus("aside button")
    node.pages["t/now"] = REGION.format(words="none open", ref="bb")
    node.tell_own_side()
    await page.wait_for_selector('aside [data-ref="bb"]:not([disabled])')
    assert not await page.evaluate("before.isConnected")
    assert await page.evaluate("document.activeElement.dataset.live") == "aside"


SAID = '<li data-entry-id="{id}" data-position="{position}" data-kind="note.posted"><div \
data-live="{position}">{strip}<div data-content><p data-part="0">{words}</p></div></div>\
<span data-check></span></li>'


@pytest.mark.parametrize("words", ["Yes.", "No."], ids=["signed", "other"])
async def test_what_is_said_anew_of_an_entry_is_checked_again(
    desk: Desk, node: StubNode, words: str
):
    await desk.enrol()
    note = node.note("cn", node.enrol("cn", "li"), ["Yes."])
    node.pages["t"] = thread_html(desk, SAID.format(**note, strip="", words="Yes."))
    page = await desk.open("/page/t")
    row = f'[data-timeline] [data-entry-id="{note["id"]}"]'
    await page.wait_for_selector(row + '[data-proof="ok"]')
    node.pages["t/now"] = SAID.format(**note, strip="<p>Withdrawn.</p>", words=words)
    node.tell_own_side()
    if words == "Yes.":
        await until(page, "checked.length === 2")
        assert (await page.inner_text(row)).startswith("Withdrawn.\n\nYes.")
        return
    await page.wait_for_selector(row + '[data-proof="bad"]')
    assert "No." not in await page.inner_text(row)
    # Struck, it stays so, whatever is said of it later.
    node.pages["t/now"] = SAID.format(**note, strip="<p>Corrected.</p>", words=words)
    node.announce(node.note("cn", node.enrol("cn", "wu"), ["first"]))
    await until(page, "checked.length === 3")
    assert "No." not in await page.inner_text(row)


DUE = "2026-11-26T09:00:00Z"
MENU = """<nav><a href="/inbox" data-nav="inbox">Inbox<span class="n" hidden><b data-f="count">0</b>
<i data-f="waiting"></i></span></a><a href="/rules" data-nav="rules">Rules</a>
<a href="/review" data-nav="review" data-arises hidden>To review<b class="n" hidden></b></a></nav>
<p data-waits="rules" hidden>A charter waits.</p>"""
SHOWN = "[document.querySelector('.n').hidden ? '' : document.querySelector('.n').innerText]"


async def test_what_waits_stands_in_the_menu_of_every_open_page(desk: Desk, node: StubNode):
    await desk.enrol()
    node.pages["one"] = thread_html(desk).replace("data-thread", "data-other") + MENU
    pages = [await desk.open("/page/one")]
    await until(pages[0], "stream.includes('open')")
    node.tell_own_side("menu", inbox=3, rules=1)
    await until(pages[0], f"{SHOWN}[0].replace(/\\s+/g, ' ') === '3 (3 waiting)'")
    assert await pages[0].inner_text("#status") == "A charter waits."
    assert await pages[0].is_hidden("[data-nav=review]")
    node.tell_own_side("menu", inbox=3, rules=1, review=2)
    await pages[0].wait_for_selector("[data-nav=review]:not([hidden])")
    # Opened later, from what the node said earlier: whoever reads the stream tells it.
    pages.append(await desk.open("/page/one"))
    for page in pages:
        await page.wait_for_selector("[data-waits]:not([hidden])")
        await until(page, f"{SHOWN}[0].startsWith('3')")
    node.tell_own_side("menu", inbox=0, rules=0)
    for page in pages:
        await page.wait_for_selector("[data-waits]", state="hidden")
        assert await page.is_hidden(".n")
    assert len(node.opened) == 1


async def test_a_live_entry_with_a_bad_proof_is_not_shown_as_its_words(desk: Desk, node: StubNode):
    await desk.enrol()
    li = node.enrol("cn", "li")
    node.pages["t"] = thread_html(desk)
    page = await desk.open("/page/t")
    item = node.note("cn", li, ["text"])
    item["parts"] = [item["parts"][0].replace('"text"}', '"other"}')]
    node.announce(item)
    await page.wait_for_selector('[data-timeline] [data-proof="bad"]')
    assert "other" not in await page.inner_text("[data-timeline]")


ANSWERS = """<fieldset data-slot="answers"{hidden}>{labels}</fieldset>"""
OFFER = (
    '<label><input type="checkbox" name="answer" value="1" data-note="{id}" data-label="{text}">'
    "{text}</label>"
)


async def test_arriving_question_is_offered_to_answer_once(desk: Desk, node: StubNode):
    await desk.enrol()
    li = node.enrol("cn", "li")
    node.pages["t"] = thread_html(desk, answers=ANSWERS.format(hidden=" hidden", labels=""))
    page = await desk.open("/page/t")
    ask = {"q": "1", "who": "eu", "due": DUE, "charter": "cc" * 32, "part": 0}
    labels = ""
    for n in range(2):
        item = node.note("cn", li, [f"When {n}?"], asks=[ask])
        labels += OFFER.format(id=item["id"], text=f"When {n}?")
        node.pages["t/now"] = ANSWERS.format(hidden="", labels=labels)
        node.announce(item)
        await page.wait_for_selector(f'#compose [data-slot="answers"] [data-note="{item["id"]}"]')
        if not n:
            # What is ticked stays ticked: the list grows and is never written again.
            await page.check("[name=answer]")
    assert await page.locator("[data-slot=answers] label").all_inner_texts() == [
        "When 0?",
        "When 1?",
    ]
    assert await page.locator("[name=answer]:checked").count() == 1


async def test_a_key_enrolled_since_is_found(desk: Desk, node: StubNode):
    await desk.enrol()
    li = node.enrol("cn", "li")
    first = node.note("cn", li, ["first"])
    node.pages["t"] = thread_html(desk, entry_html(first, ["first"]))
    page = await desk.open("/page/t")
    await page.wait_for_selector('[data-proof="ok"]')
    item = node.note("cn", node.enrol("cn", "wang"), ["new colleague"])
    node.announce(item)
    await page.wait_for_selector(f'[data-entry-id="{item["id"]}"][data-proof="ok"]')


async def test_the_lost_connection_is_said_and_taken_back(desk: Desk, node: StubNode):
    desk.expected = ["503", "ERR_"]
    await desk.enrol()
    node.pages["t"] = thread_html(desk)
    page = await desk.open("/page/t")
    await until(page, "stream.includes('open')")
    node.refuse_streams = 1000
    node.cut()
    await page.wait_for_selector("#offline:not([hidden])")
    assert "No connection since" in await page.inner_text("#offline")
    node.refuse_streams = 0
    await page.wait_for_selector("#offline", state="hidden", timeout=20000)
    assert "back" in await page.inner_text("#status")


OUT = '<p id="signed-out" hidden>You are signed out. <a href="/sign-in">Sign in</a></p>'


@pytest.mark.parametrize("way", ["told", "found-out"])
async def test_ended_session_is_said_on_every_page(desk: Desk, node: StubNode, way: str):
    """By the stream's last event, or by the answer to the next try after a sleep."""
    desk.expected = ["401", "ERR_"]
    await desk.enrol()
    node.pages["t"] = thread_html(desk) + OUT
    pages = [await desk.open("/page/t")]
    await until(pages[0], "stream.includes('open')")
    pages.append(await desk.open("/page/t"))  # follows the first one's stream
    node.end_session(told=way == "told")
    for page in pages:
        await page.wait_for_selector("#signed-out:not([hidden])")
        assert "signed out" in await page.inner_text("#status")
        assert await page.is_hidden("#offline")
    node.signed_out = False
    for page in pages:
        await page.wait_for_selector("#signed-out", state="hidden", timeout=20000)


async def test_the_keyboard_walks_answers_and_leaves_fields_alone(desk: Desk, node: StubNode):
    await desk.enrol()
    li = node.enrol("cn", "li")
    items = [node.note("cn", li, [f"note {n}"]) for n in range(3)]
    unread = {2: "data-unread"}
    html = "".join(
        entry_html(item, [f"note {n}"], attributes=unread.get(n, ""))
        for n, item in enumerate(items)
    )
    node.pages["t"] = thread_html(desk, html)
    page = await desk.open("/page/t")
    await until(page, "document.querySelectorAll('[data-proof=ok]').length === 3")

    async def at() -> str:
        where: str = await page.evaluate(
            "document.activeElement.dataset.position || document.activeElement.name || ''"
        )
        return where

    await page.keyboard.press("j")
    await until(page, "document.activeElement.dataset.position === 'CN-3'")
    for pressed, expected in [("j", "CN-4"), ("k", "CN-3"), ("n", "CN-5"), ("r", "text")]:
        await page.keyboard.press(pressed)
        assert await at() == expected, pressed
    await page.keyboard.type("jkn?")
    assert await page.input_value("[name=text]") == "jkn?"
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await page.wait_for_selector("#keys-help[open]")
    await page.keyboard.press("Escape")
    node.pages["inbox"] = "<!doctype html><html lang=en><title>Inbox</title><p>Inbox</p></html>"
    await page.keyboard.press("g")
    await page.keyboard.press("i")
    await page.wait_for_url("**/page/inbox")


async def test_single_keys_can_be_switched_off(desk: Desk, node: StubNode):
    await desk.enrol()
    item = node.note("cn", node.enrol("cn", "li"), ["text"])
    html = thread_html(desk, entry_html(item, ["text"]))
    node.pages["t"] = html.replace("<body ", '<body data-shortcuts="off" ')
    page = await desk.open("/page/t")
    await page.wait_for_selector('[data-proof="ok"]')
    for pressed in "jr?":
        await page.keyboard.press(pressed)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.id") == "nav"
    assert await page.is_hidden("#keys-help")
