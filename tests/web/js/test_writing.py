"""From form to record: the typed text is the signed text, and no text is lost."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from special_channel.core.bytes import parts
from tests.web.js.conftest import Desk, thread_html, until
from tests.web.js.drawing import entry_html
from tests.web.js.node import PAGES, StubNode
from tests.web.js.record import THREAD
from tests.web.js.test_unsaved import ELSEWHERE, held_back

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

READY = "[type=submit]:not([disabled])"


async def composer(desk: Desk, entries: str = "", **fields: str):
    desk.node.pages["t"] = thread_html(desk, entries, **fields)
    page = await desk.open("/page/t")
    await page.wait_for_selector(READY)
    return page


async def sign(page) -> None:
    await page.click("[type=submit]")
    await page.click("#confirm [data-act=sign]")
    await until(page, "sent.length")


FILE = {"name": "EUS-0144.pdf", "mimeType": "application/pdf", "buffer": b"%PDF fictional"}
ASK = {"q": "1", "who": "eu", "due": "2026-11-26T09:00:00Z", "charter": "cc" * 32, "part": 0}


def asked_html(asked: dict[str, Any]) -> str:
    time = '<time data-due datetime="2026-11-26T09:00:00Z"></time>'
    row = f'<ul><li data-ask="1">{time}<i data-ask-state>open</i></li></ul>'
    return entry_html(asked, ["Please send it."], row)


async def fill_everything(page, node: StubNode) -> dict[str, Any]:
    """Write a note with a translation, an answer, a file and a question."""
    await page.fill("[name=text]", "Thank you.\n\nHere it is: š ő.")
    await page.fill("[name=text_tr]", "谢谢。\n\n现提交。")
    await page.check("[name=answer]")
    await page.set_input_files("[name=files]", FILE)
    uploads = "document.querySelector('[data-slot=uploads]')"
    await until(page, f"{uploads}.textContent.includes('is uploaded')")
    await page.click("[data-act=add-ask]")
    await page.fill("[name=ask_text]", "Is 0144 acceptable?")
    await page.fill("[name=ask_text_tr]", "0144号可否？")
    await page.fill("[name=ask_due]", "2099-11-26T17:00")
    await page.click("[type=submit]")
    await page.wait_for_selector("#confirm[open]")
    text = await page.inner_text("#confirm")
    brussels, beijing = "10:00:00 Europe/Brussels", "17:00:00 Asia/Shanghai"
    due = f"(2099-11-26 {brussels}, 2099-11-26 {beijing})"
    for words in ("Chinese side", "CN-2 Q1", "EUS-0144.pdf", due):
        assert words in text
    signed = await page.text_content("#confirm [data-f=bytes]")
    assert signed.startswith("DSSEv1 45 application/vnd.special-channel.entry.v1+json ")
    entry_id = await page.text_content("#confirm [data-f=id]")
    await page.click("#confirm [data-act=sign]")
    await until(page, "sent.length")
    item = node.logs["eu"].items[-1]
    assert item["id"] == entry_id
    return item


async def test_a_note_with_everything_is_signed_sent_and_shown(desk: Desk, node: StubNode):
    await desk.enrol()
    asked = node.note("cn", node.enrol("cn", "li"), ["Please send it."], asks=[ASK])
    box = f'<input type="checkbox" name="answer" value="1" data-note="{asked["id"]}"'
    page = await composer(desk, asked_html(asked), answers=f'{box} data-label="CN-2 Q1">')
    item = await fill_everything(page, node)
    disclosures = [parts.parse(text.encode()) for text in item["parts"]]
    assert [getattr(each, "text", None) for each in disclosures] == [
        "Thank you.", "Here it is: š ő.", "Is 0144 acceptable?",
        "谢谢。", "现提交。", "0144号可否？", None,
    ]  # fmt: skip
    file = disclosures[6]
    assert (file.name, file.len) == ("EUS-0144.pdf", 14)
    assert node.files[file.sha256] == b"%PDF fictional"
    says_everything(node.posted[0], asked["id"])
    # It comes back through the stream, is checked, and ticks the question off.
    await page.wait_for_selector(f'[data-entry-id="{item["id"]}"][data-proof="ok"]')
    await page.wait_for_selector(f'[data-entry-id="{asked["id"]}"] [data-stage="answered"]')
    assert await page.input_value("[name=text]") == ""
    node.publish("delivered", {"log": "eu", "size": 4}, 4)
    await page.wait_for_selector(f'[data-entry-id="{item["id"]}"] [data-stage="delivered"]')


def says_everything(entry: dict[str, Any], asked: str) -> None:
    due = "2099-11-26T09:00:00Z"
    assert entry["body"] == {"translation": {"lang": "zh-CN", "parts": [3, 4, 5]}}
    assert entry["answers"] == [{"id": asked, "q": ["1"]}]
    assert entry["asks"] == [
        {"q": "1", "who": "cn", "due": due, "charter": "00" * 31 + "cc", "part": 2}
    ]
    assert {(each["log"], each["size"]) for each in entry["seen"]} == {
        ("eu.channel.example/log", 3),
        ("cn.channel.example/log", 4),
    }


BEYOND = f"{'ab' * 32} 7"
"""A question that a draft answers and the form does not offer."""


async def test_answer_without_a_box_stays_in_the_draft(desk: Desk, node: StubNode):
    await desk.enrol()
    asked = node.note("cn", node.enrol("cn", "li"), ["Please send it."], asks=[ASK])
    box = f'<input type="checkbox" name="answer" value="1" data-note="{asked["id"]}"'
    node.drafts[THREAD] = {"text": "Enclosed.", "answers": [f"{asked['id']} 1", BEYOND]}
    page = await composer(desk, asked_html(asked), answers=f'{box} data-label="CN-2 Q1">')
    await until(page, "document.querySelector('[name=text]').value.length")
    assert await page.is_checked("[name=answer]")
    await page.type("[name=text]", " More.")
    await node.until(lambda: "More." in node.drafts[THREAD]["text"])
    assert node.drafts[THREAD]["answers"] == [f"{asked['id']} 1", BEYOND]
    # Once it is sent, the next note does not begin with it.
    await sign(page)
    await until(page, "!document.querySelector('[name=text]').value")
    assert not [each for each in node.posted[0]["answers"] if each["id"] in BEYOND]
    await page.type("[name=text]", "Another one.")
    await node.until(lambda: node.drafts.get(THREAD, {}).get("text") == "Another one.")
    assert node.drafts[THREAD]["answers"] == []


async def test_dialog_says_how_many_open_questions_are_not_listed(desk: Desk, node: StubNode):
    await desk.enrol()
    asked = node.note("cn", node.enrol("cn", "li"), ["Please send it."], asks=[ASK])
    more = "2 more open questions are not listed here; the page of deadlines has them."
    box = f'<input type="checkbox" name="answer" value="1" data-note="{asked["id"]}"'
    answers = (
        f'{box} data-question="CN-2, question 1" data-said="It stays open">'
        f'<div data-live="unlisted"><p><a href="/deadlines">{more}</a></p></div>'
    )
    page = await composer(desk, asked_html(asked), answers=answers)
    await page.evaluate("""() => {
      const open = document.createElement('p');
      open.dataset.f = 'open';
      document.querySelector('#confirm').prepend(open);
    }""")
    await page.fill("[name=text]", "One.")
    await page.click("[type=submit]")
    await page.wait_for_selector("#confirm[open]")
    lines = (await page.text_content("#confirm [data-f=open]") or "").split("\n")
    # One line for the question, which this page has no sentence for.
    assert lines == ["", more]


async def test_exactly_what_is_shown_is_what_is_signed(desk: Desk, node: StubNode):
    await desk.enrol()
    page = await composer(desk)
    await page.fill("[name=text]", "One.")
    await page.click("#exact summary")
    await until(page, "document.querySelector('#exact [data-f=id]').textContent")
    entry_id = await page.text_content("#exact [data-f=id]")
    await sign(page)
    assert node.logs["eu"].items[-1]["id"] == entry_id


async def test_a_changed_text_changes_what_is_signed(desk: Desk, node: StubNode):
    await desk.enrol()
    page = await composer(desk)
    await page.fill("[name=text]", "One.")
    await page.click("#exact summary")
    await until(page, "document.querySelector('#exact [data-f=id]').textContent")
    await page.fill("[name=text]", "Two.")
    await sign(page)
    assert parts.parse(node.logs["eu"].items[-1]["parts"][0].encode()).text == "Two."


async def test_a_refusal_keeps_the_text_and_says_why(desk: Desk, node: StubNode):
    await desk.enrol()
    desk.expected = ["422"]
    page = await composer(desk)
    node.refuse_entries = {
        "status": 422,
        "code": "thread-closed",
        "title": "This thread is closed",
        "next": "Reopen it.",
    }
    await page.fill("[name=text]", "Kept.")
    await page.click("[type=submit]")
    await page.click("#confirm [data-act=sign]")
    await page.wait_for_selector("#problem:not([hidden])")
    assert "Reopen it." in await page.inner_text("#problem")
    assert await page.evaluate("document.activeElement.id") == "problem"
    assert await page.input_value("[name=text]") == "Kept."
    assert await page.is_hidden("#outbox")
    node.refuse_entries = None
    await sign(page)
    assert len(node.posted) == 1


async def test_cancelling_sends_nothing(desk: Desk, node: StubNode):
    await desk.enrol()
    page = await composer(desk)
    await page.fill("[name=text]", "Not yet.")
    await page.click("[type=submit]")
    await page.click("#confirm [data-act=cancel]")
    await page.wait_for_selector(READY)
    await page.click("[type=submit]")
    await page.wait_for_selector("#confirm[open]")
    await page.keyboard.press("Escape")
    await page.wait_for_selector(READY)
    assert not node.posted
    assert await page.input_value("[name=text]") == "Not yet."


async def test_an_unreachable_node_leaves_the_signed_entry_here_until_delivered(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    desk.expected = ["ERR_", "404", "Failed to load"]
    page = await composer(desk)
    await page.fill("[name=text]", "Signed once.")
    await page.click("[type=submit]")
    await page.wait_for_selector("#confirm[open]")
    entry_id = await page.text_content("#confirm [data-f=id]")
    node.unreachable = True
    await page.click("#confirm [data-act=sign]")
    await page.wait_for_selector("#problem:not([hidden])")
    await page.wait_for_selector("#outbox:not([hidden])")
    assert "1 signed, kept" in await page.inner_text("#outbox")
    node.unreachable = False
    await page.close()
    # The next page sends the same bytes again, and keeps them until the peer has them.
    await desk.context.add_init_script("const now = Date.now; Date.now = () => now() + 60000;")
    page = await composer(desk)
    await until(page, "document.querySelector('#outbox').textContent.includes('1 signed')")
    await node.until(lambda: node.posted)
    item = node.find(entry_id)
    assert item
    waiting = (
        "return (await import('/js/keys.js')).waiting().then((rows) => rows.map(({ id }) => id));"
    )
    assert await desk.run(page, waiting) == [entry_id]
    item["delivered"] = True
    node.publish("delivered", {"log": "eu", "size": 4}, 4)
    await page.wait_for_selector("#outbox", state="hidden")
    assert await desk.run(page, waiting) == []
    assert len(node.posted) == 1


async def test_note_that_failed_goes_again_as_the_same_entry(desk: Desk, node: StubNode):
    desk.expected = ["503"]
    await desk.enrol()
    page = await composer(desk)
    await page.fill("[name=text]", "Written once.")
    ids = []
    for refusal in ({"status": 503, "code": "unavailable", "title": "Not now"}, None):
        node.refuse_entries = refusal
        await page.click(READY)
        await page.wait_for_selector("#confirm[open]")
        ids.append(await page.text_content("#confirm [data-f=id]"))
        await page.click("#confirm [data-act=sign]")
        await (page.wait_for_selector("#problem") if refusal else until(page, "sent.length"))
    assert ids[0] == ids[1] == node.logs["eu"].items[-1]["id"]


async def test_a_browser_whose_store_is_full_sends_all_the_same(desk: Desk, node: StubNode):
    await desk.enrol()
    page = await composer(desk)
    await page.evaluate(
        """() => {
          IDBObjectStore.prototype.put = () => {
            throw new DOMException('full', 'QuotaExceededError');
          };
        }"""
    )
    await page.fill("[name=text]", "Sent once, kept by the node alone.")
    await sign(page)
    assert len(node.posted) == 1
    assert await page.is_hidden("#problem")


async def test_a_thread_opens_with_its_first_note_in_one_request(desk: Desk, node: StubNode):
    await desk.enrol()
    text = (await (await desk.context.request.get(node.origin + "/page/new")).text()).replace(
        "{key}", desk.key
    )
    node.pages["new"] = text
    page = await desk.open("/page/new")
    await page.wait_for_selector(READY)
    await page.fill("[name=subject]", "End-user certificates ")
    await page.fill("[name=subject_tr]", "最终用户和最终用途证明")
    await page.fill("[name=text]", "First note.")
    before = len(node.requests)
    await page.click("[type=submit]")
    await page.click("#confirm [data-act=sign]")
    await page.wait_for_url("**/?thread=*")
    assert node.requests[before:].count("POST /api/entries") == 1
    opened, note = node.posted
    assert opened["kind"] == "thread.opened"
    assert page.url.endswith(opened["thread"])
    assert note["thread"] == opened["thread"]
    assert opened["body"] == {
        "batch": "standing",
        "applications": ["商2026-0127", "商2026-0131"],
        "translation": {"lang": "zh-CN", "parts": [1]},
    }
    item = node.logs["eu"].items[-2]
    assert [parts.parse(p.encode()).text for p in item["parts"]] == [
        "End-user certificates",
        "最终用户和最终用途证明",
    ]


RULES = (
    '<select name="ask_rule"><option value="five" data-due="{far}">5 working days: {far}</option>'
    '<option value="three" data-due="{due}"{more}>3 working days: {due}</option>'
    '<option value="">Another time</option></select><input type="datetime-local" name="ask_due">'
)
BEFORE, AFTER, FAR = "2099-11-26T09:30:00Z", "2099-11-27T09:30:00Z", "2099-12-01T09:30:00Z"


def ruled_html(desk: Desk, due: str, more: str = "") -> str:
    """A thread's page as made by the node while the rule of three days gives a date."""
    plain = '<input type="datetime-local" name="ask_due">'
    html = thread_html(desk)
    assert html.count(plain) == 1
    return html.replace(plain, RULES.format(due=due, more=more, far=FAR))


async def asking(desk: Desk):
    """A page on which a question by the rule is typed, and its date is as counted before."""
    await desk.enrol()
    desk.node.pages["t"] = ruled_html(desk, BEFORE)
    page = await desk.open("/page/t")
    await page.wait_for_selector(READY)
    await page.fill("[name=text]", "A whole evening's work.")
    await page.click("[data-act=add-ask]")
    await page.fill("[name=ask_text]", "Is 0144 acceptable?")
    await page.select_option("[name=ask_rule]", "three")
    return page


async def test_rule_is_counted_again_before_signing(desk: Desk, node: StubNode):
    """The page stood open past midnight of the other side: one click more, and nothing is lost."""
    page = await asking(desk)
    node.pages["t"] = ruled_html(desk, AFTER)
    await page.click("[type=submit]")
    await page.wait_for_selector("#confirm[open]")
    assert f"3 working days: {AFTER}" in await page.inner_text("#confirm")
    assert BEFORE not in await page.inner_text("#confirm")
    assert await page.input_value("[name=ask_rule]") == "three"
    await page.click("#confirm [data-act=sign]")
    await until(page, "sent.length")
    [ask] = node.posted[0]["asks"]
    assert (ask["due"], ask["rule"]) == (AFTER, "three")
    texts = [parts.parse(each.encode()).text for each in node.logs["eu"].items[-1]["parts"]]
    assert texts == ["A whole evening's work.", "Is 0144 acceptable?"]
    await page.click("[data-act=add-ask]")
    assert AFTER in await page.inner_text("[name=ask_rule]"), "a next question starts from it"


async def test_provisional_rule_is_told_by_the_new_count(desk: Desk, node: StubNode):
    page = await asking(desk)
    node.pages["t"] = ruled_html(desk, AFTER, ' data-provisional="1"')
    await sign(page)
    assert node.posted[0]["asks"][0]["provisional"] is True


async def test_date_that_the_page_showed_stays_without_an_answer(desk: Desk, node: StubNode):
    """The node decides: it refuses an early date by its code, and the text stays."""
    page = await asking(desk)
    node.pages["t"] = "<p>Signed out</p>"
    await sign(page)
    assert node.posted[0]["asks"][0]["due"] == BEFORE


async def test_acknowledging_takes_one_click(desk: Desk, node: StubNode):
    await desk.enrol()
    item = node.note("cn", node.enrol("cn", "li"), ["text"])
    page = await composer(desk, entry_html(item, ["text"]), ref=item["id"])
    await page.click("[data-sign]")
    await until(page, "sent.length")
    assert node.posted[0]["kind"] == "note.acknowledged"
    entry = node.posted[0]
    assert (entry["thread"], entry["body"]) == (THREAD, {"entries": [item["id"]]})
    assert "ref" not in entry
    await page.wait_for_selector('[data-stage="acknowledged"]')
    assert await page.is_disabled("[data-sign]")


@pytest.mark.parametrize(
    ("due", "code"), [("", "bad-due"), ("2020-01-01T10:00", "due-past")], ids=["none", "past"]
)
async def test_a_question_needs_a_due_time_to_come(desk: Desk, node: StubNode, due, code):
    await desk.enrol()
    page = await composer(desk)
    await page.fill("[name=text]", "Text")
    await page.click("[data-act=add-ask]")
    await page.fill("[name=ask_text]", "When?")
    await page.fill("[name=ask_due]", due)
    await page.click("[type=submit]")
    await page.wait_for_selector("#problem:not([hidden])")
    assert await page.inner_text("#problem code") == code
    assert not node.posted


async def test_a_draft_lives_on_the_server_and_comes_back(desk: Desk, node: StubNode):
    await desk.enrol()
    desk.expected = ["404"]
    page = await composer(desk)
    await page.fill("[name=text]", "Half a sent")
    await page.click("[data-act=add-ask]")
    await page.fill("[name=ask_text]", "When?")
    await page.fill("[name=ask_due]", "2099-11-26T17:00")
    await until(page, "document.querySelector('[data-f=saved]').textContent.includes('09:40')")
    # Typed within the last second and the page closed: the browser sends it after the page is gone.
    await page.type("[name=text]", "ence")
    await page.close(run_before_unload=True)
    await node.until(lambda: node.drafts.get(THREAD, {}).get("text", "").endswith("ence"))
    page = await composer(desk)
    await until(page, "document.querySelector('[name=ask_text]')")
    assert await page.input_value("[name=text]") == "Half a sentence"
    assert await page.input_value("[name=ask_due]") == "2099-11-26T17:00"
    # This browser keeps what the node lacks, sealed, and nothing once it has it.
    kept = "const { unsavedAt } = await import('/js/unsaved.js'); return unsavedAt(arg);"
    async with asyncio.timeout(30):
        while await desk.run(page, kept, f"/api/drafts/{THREAD}"):
            pass
    assert await page.evaluate("Object.keys(localStorage).join()") == ""
    await sign(page)
    await node.until(lambda: not node.drafts)
    assert node.drafts == {}


async def test_words_about_points_of_another_page_stay_in_the_draft(desk: Desk, node: StubNode):
    """Forms of a long meeting stand on several pages, and its draft is one."""
    await desk.enrol()
    name, here, there = "words-meeting", "a" * 64, "b" * 64
    node.drafts[name] = {there: ["Half written there"]}
    page = await long_meeting(desk, node, name, here)
    await page.type("[data-text=own]", "Half written here")
    await node.until(lambda: node.drafts[name].get(here) == ["Half written here"])
    assert node.drafts[name] == {here: ["Half written here"], there: ["Half written there"]}


async def test_words_that_another_window_writes_about_other_points_stay(desk: Desk, node: StubNode):
    """Whoever keeps the text of one window keeps that of the other on points it does not show."""
    await desk.enrol()
    name, here, there = "words-meeting", "a" * 64, "b" * 64
    node.drafts[name] = {there: ["Half written there"]}
    answered = await held_back(desk, name)
    page = await long_meeting(desk, node, name, here)
    await page.type("[data-text=own]", "Half written here")
    answered.set()
    await page.wait_for_selector("#draft-elsewhere:not([hidden])")
    await page.click("[data-act=keep-mine]")
    await node.until(lambda: here in node.drafts[name])
    assert node.drafts[name] == {here: ["Half written here"], there: ["Half written there"]}


async def long_meeting(desk: Desk, node: StubNode, name: str, point: str):
    """Open a page of a long meeting with the form of one point."""
    html = thread_html(desk).partition("<body")[0].replace("composer.js", "written.js")
    form = f'<form data-write data-ref="{point}" data-next="/"><textarea data-text="own">'
    tag = thread_html(desk).partition("<body")[2].partition(">")[0]
    node.pages[f"meeting-{point}"] = (
        f'{html}<body{tag} data-draft="{name}">{form}</textarea>'
        f'<span data-f="saved" hidden></span></form>{ELSEWHERE}</body>'
    )
    return await desk.open(f"/page/meeting-{point}")


async def test_draft_whose_reply_is_lost_is_sent_again_by_the_same_page(desk: Desk, node: StubNode):
    await desk.enrol()
    desk.expected = ["ERR_EMPTY_RESPONSE", "404"]
    page = await composer(desk)
    node.lose_replies = True
    await page.fill("[name=text]", "One sentence.")
    await until(page, "document.querySelector('[data-f=saved]').textContent === 'Not saved'")
    node.lose_replies = False
    await page.type("[name=text]", " Another.")
    await until(page, "document.querySelector('[data-f=saved]').textContent.includes('09:40')")
    assert node.drafts[THREAD]["text"] == "One sentence. Another."
    assert {version for version, _ in node.saves} == {0}, "no save was answered before"
    assert len({page for _, page in node.saves}) == 1


async def test_an_entry_that_comes_while_one_writes_moves_nothing(desk: Desk, node: StubNode):
    await desk.enrol()
    page = await composer(desk)
    await page.fill("[name=text]", "I am writing")
    item = node.note("cn", node.enrol("cn", "li"), ["meanwhile"])
    node.announce(item)
    await until(
        page, "document.querySelector('[data-f=arrived]').textContent.includes('CN-3 arrived')"
    )
    assert await page.input_value("[name=text]") == "I am writing"
    assert await page.evaluate("document.activeElement.name") == "text"


async def test_an_upload_that_the_node_reports_otherwise_is_not_signed(desk: Desk, node: StubNode):
    await desk.enrol()
    page = await composer(desk)
    await page.route(
        "**/api/files", lambda route: route.fulfill(json={"sha256": "00" * 32, "len": 3})
    )
    await page.set_input_files(
        "[name=files]", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"abc"}
    )
    await page.wait_for_selector("#problem:not([hidden])")
    assert await page.locator("[data-slot=uploads] li:not([hidden])").count() == 0


COME = """async ([how, files]) => {
  const data = new DataTransfer();
  for (const [name, text, type] of files) {
    if (type) data.items.add(new File([text], name, { type }));
    else data.setData('text/plain', text);
  }
  const form = document.querySelector('#compose');
  const options = { bubbles: true, cancelable: true };
  const event = how === 'drop'
    ? new DragEvent('drop', { ...options, dataTransfer: data })
    : new ClipboardEvent('paste', { ...options, clipboardData: data });
  form.elements.text.dispatchEvent(event);
  return event.defaultPrevented;
}"""
UPLOADS = "[data-slot=uploads] li:not([hidden])"


async def test_files_dropped_or_pasted_fail_alone_and_go_again(desk: Desk, node: StubNode):
    await desk.enrol()
    desk.expected = ["ERR_", "Failed to load"]
    page = await composer(desk)
    down = True

    async def cut(route) -> None:
        lost = down and route.request.post_data_buffer == b"second"
        await (route.abort() if lost else route.continue_())

    await page.route("**/api/files", cut)
    await page.fill("[name=text]", "With files.")
    files = [[f"{word}.txt", word, "text/plain"] for word in ("first", "second", "third")]
    assert await page.evaluate(COME, ["drop", files])
    await until(page, "document.querySelector('#status').textContent.includes('uploaded: 2')")
    assert "Not uploaded: 1." in await page.inner_text("#status")
    # Neither the draft nor a signature says that the note holds it.
    await node.until(lambda: node.drafts and len(node.drafts[THREAD]["files"]) == 2)
    await page.click("[type=submit]")
    await page.wait_for_selector("#problem >> text=A file is not uploaded.")
    assert not node.posted
    down = False
    await page.click(f"{UPLOADS}[data-failed] [data-act=again]")
    await page.wait_for_selector(f"{UPLOADS} >> text=second.txt is uploaded")
    # Text with a picture of itself is text; a picture alone is a file with the day for its name.
    text = [["", "plain words", ""], ["image.png", "drawn", "image/png"]]
    assert not await page.evaluate(COME, ["paste", text])
    assert await page.evaluate(COME, ["paste", text[1:]])
    await page.wait_for_selector(f"{UPLOADS} >> text=is uploaded >> nth=3")
    await sign(page)
    named = [parts.parse(each.encode()) for each in node.logs["eu"].items[-1]["parts"][1:]]
    picture, *texts = sorted(named, key=lambda each: each.name)
    assert [each.name for each in texts] == ["first.txt", "second.txt", "third.txt"]
    assert re.fullmatch(r"Picture \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.png", picture.name)
    assert {node.files[each.sha256] for each in named} == {b"first", b"second", b"third", b"drawn"}


async def test_ctrl_enter_asks_before_it_sends(desk: Desk, node: StubNode):
    await desk.enrol()
    page = await composer(desk)
    await page.fill("[name=text]", "Keys.")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector("#confirm[open]")
    assert not node.posted


@pytest.mark.parametrize("field", ["text", "subject"])
async def test_enter_does_nothing_while_an_input_method_composes(
    desk: Desk, node: StubNode, field: str
):
    await desk.enrol()
    text = '<textarea name="text"'
    node.pages["t"] = thread_html(desk).replace(text, f'<input name="subject">{text}')
    page = await desk.open("/page/t")
    await page.wait_for_selector(READY)
    await page.evaluate("window.sends = 0; addEventListener('submit', () => { sends += 1; }, true)")
    await page.fill("[name=text]", "已补正。")
    await page.fill("[name=subject]", "印章")
    await page.focus(f"[name={field}]")
    keyboard = await page.context.new_cdp_session(page)
    composing = {"text": "zhang", "selectionStart": 5, "selectionEnd": 5}
    await keyboard.send("Input.imeSetComposition", composing)
    for key in ("Enter", "Control+Enter"):
        await page.keyboard.press(key)
    assert await page.evaluate("sends") == 0
    await keyboard.send("Input.insertText", {"text": "章"})
    await page.keyboard.press("Control+Enter")
    assert await page.evaluate("sends") == 1


WALK = "/work?after=all.0.1.CN-1"


async def test_what_needs_a_second_signature_is_laid_before_a_colleague(desk: Desk, node: StubNode):
    await desk.enrol()
    desk.expected = ["404"]  # the stub has no page of drafts
    page = await composer(desk)
    node.two_sign = True
    await page.fill("[name=text]", "For two.")
    await page.click("[type=submit]")
    await page.click("#confirm [data-act=sign]")
    await node.until(lambda: node.clearances)
    [held] = node.clearances
    assert parts.parse(held["parts"][0].encode()).text == "For two."
    # The author sees where it waits; nothing is kept in this browser.
    await page.wait_for_url("**/clearances")
    page = await composer(desk)
    assert await page.input_value("[name=text]") == ""
    assert await page.is_hidden("#outbox")


async def test_note_that_asks_says_release_only_while_it_asks(desk: Desk, node: StubNode):
    """The charter demands release of notes with questions; `data-release` names these notes."""
    await desk.enrol()
    page = await composer(desk)
    await page.evaluate(
        """() => {
          const put = (tag, root, sets, text) => {
            const made = Object.assign(document.createElement(tag), { textContent: text });
            Object.assign(made.dataset, sets);
            root.append(made);
          };
          put('li', document.querySelector('#strings'), { release: 'asks' }, '(head of unit)');
          for (const root of ['#compose', '#confirm']) {
            put('p', document.querySelector(root), { to: 'peer' }, 'Sign and send');
            put('p', document.querySelector(root), { to: 'second' }, 'Sign and send for release');
          }
          put('p', document.querySelector('#confirm'), { f: 'release' }, '');
        }"""
    )
    await page.fill("[name=text]", "Plain.")
    assert await shown_to(page, "#compose") == ["Sign and send"]
    await page.click("[data-act=add-ask]")
    assert await shown_to(page, "#compose") == ["Sign and send for release"]
    await page.fill("[name=ask_text]", "By when?")
    await page.fill("[name=ask_due]", "2030-01-02T17:00")
    await page.click("[type=submit]")
    await page.wait_for_selector("#confirm[open]")
    assert await shown_to(page, "#confirm") == ["Sign and send for release"]
    assert await page.inner_text("#confirm [data-f=release]") == "(head of unit)"
    await page.click("#confirm [data-act=cancel]")
    await page.click("[data-slot=asks] [data-act=remove]")
    assert await shown_to(page, "#compose") == ["Sign and send"]
    await page.click("[type=submit]")
    await page.wait_for_selector("#confirm[open]")
    assert await shown_to(page, "#confirm") == ["Sign and send"]
    assert await page.is_hidden("#confirm [data-f=release]")


async def shown_to(page, root: str) -> list[str]:
    """Which of two texts is read: for the other side, or for a second official."""
    texts: list[str] = await page.evaluate(
        f"[...document.querySelectorAll('{root} [data-to]')]"
        ".filter((e) => !e.hidden).map((e) => e.textContent)"
    )
    return texts


async def test_walk_goes_on_from_what_waits_for_a_colleague(desk: Desk, node: StubNode):
    await desk.enrol()
    desk.expected = ["404"]  # the stub has no walk
    page = await composer(desk)
    await page.evaluate(f"document.querySelector('#compose').dataset.next = {WALK!r}")
    node.two_sign = True
    await page.fill("[name=text]", "For two.")
    await page.click("[type=submit]")
    await page.click("#confirm [data-act=sign]")
    await page.wait_for_url(f"**{WALK}&laid=1")


async def test_what_needs_a_second_signature_and_was_lost_is_laid_before_a_colleague_later(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    desk.expected = ["ERR_", "404"]
    page = await composer(desk)
    node.two_sign = True
    await page.fill("[name=text]", "For two.")
    await page.click("[type=submit]")
    await page.wait_for_selector("#confirm[open]")
    node.unreachable = True
    await page.click("#confirm [data-act=sign]")
    await page.wait_for_selector("#outbox:not([hidden])")
    node.unreachable = False
    later = "const now = Date.now; Date.now = () => now() + 60000;"
    await desk.run(page, later + "await (await import('/js/sign.js')).tidyOutbox();")
    assert len(node.clearances) == 1
    await page.wait_for_selector("#outbox", state="hidden")


async def test_a_thread_and_its_note_that_were_lost_go_again_together(desk: Desk, node: StubNode):
    await desk.enrol()
    desk.expected = ["ERR_", "404"]
    node.pages["new"] = (PAGES / "new.html").read_text().replace("{key}", desk.key)
    for round_ in range(4):
        page = await desk.open("/page/new")
        await page.wait_for_selector(READY)
        await page.fill("[name=subject]", f"Subject {round_}")
        await page.fill("[name=text]", "First note.")
        await page.click("[type=submit]")
        await page.wait_for_selector("#confirm[open]")
        node.unreachable = True
        await page.click("#confirm [data-act=sign]")
        await page.wait_for_selector("#problem:not([hidden])")
        node.unreachable = False
        await page.close()
    page = await desk.open("/page/blank")
    # Five seconds later, when nothing of it can still be on its way.
    later = "const now = Date.now; Date.now = () => now() + 60000;"
    await desk.run(page, later + "await (await import('/js/sign.js')).tidyOutbox();")
    kinds = [entry["kind"] for entry in node.posted]
    assert kinds == ["thread.opened", "note.posted"] * 4
