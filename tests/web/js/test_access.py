"""Enrolment, sign-in, the second signature: what an official's key signs, and for whom."""

from __future__ import annotations

import base64
import re
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from special_channel.core.bytes import canonical, dsse, parts, suites
from special_channel.core.entries import parse
from special_channel.core.rows.writing import part_refs, sign, text_part
from tests.web.js.conftest import Desk, until
from tests.web.js.node import PAGES, StubNode
from tests.web.js.record import AT, THREAD, person, pin

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


SHOWN_EMPTY = """
window.empty = [];
const slots = [
  ['check', 'role'], ['check', 'root_eu'], ['wait', 'fingerprint'], ['unsupported', 'reason']];
new MutationObserver(() => {
  for (const [step, slot] of slots) {
    const place = document.querySelector(`[data-step=${step}]:not([hidden]) [data-f=${slot}]`);
    if (place && !place.textContent) empty.push([step, slot]);
  }
}).observe(document.body, { subtree: true, attributeFilter: ['hidden'] });
"""
"""Looks each time that a step is shown whether there is something to read in it."""


async def to_waiting(desk: Desk):
    page = await desk.open("/page/enrol")
    await page.fill("[name=code]", " ABCD-EFGH ")
    await page.click("#enrol-code button")
    await page.wait_for_selector("[data-step=check]:not([hidden])")
    await page.click("[data-act=make]")
    await page.wait_for_selector("[data-step=wait]:not([hidden])")
    return page


async def test_a_code_a_key_a_confirmation_and_in(desk: Desk, node: StubNode):
    await from_code_to_inbox(desk, node, "ed25519")


async def test_an_old_browser_gets_in_with_es256(old_desk: Desk, node: StubNode):
    await from_code_to_inbox(old_desk, node, "es256")


async def from_code_to_inbox(desk: Desk, node: StubNode, suite: str) -> None:
    page = await to_waiting(desk)
    assert await page.inner_text("[data-f=suite]") == suite
    for party in ("eu", "cn"):
        shown = await page.text_content(f"[data-f=root_{party}]")
        assert shown == " ".join(re.findall("....", pin(party)))
    await node.until(lambda: node.pending)
    entry = parse(node.pending.payload)
    assert entry.by == suites.key_id("eu", suite, base64.b64decode(entry.body.public))
    assert (entry.body.suite, entry.body.person) == (suite, person("eu", "browser"))
    assert {each.log for each in entry.seen} == {"eu.channel.example/log", "cn.channel.example/log"}
    fingerprint = (await page.text_content("[data-f=fingerprint]")).replace(" ", "")
    assert entry.by == f"eu:{fingerprint[:32]}"
    assert node.signed_in is None
    node.confirm()
    await page.wait_for_url(node.origin + "/")
    assert node.signed_in == entry.by


async def test_no_step_is_shown_before_it_says_something(desk: Desk, node: StubNode):
    page = await desk.open("/page/enrol")
    await desk.run(page, SHOWN_EMPTY)
    await page.fill("[name=code]", "ABCD-EFGH")
    await page.click("#enrol-code button")
    await page.click("[data-act=make]")
    await page.wait_for_selector("[data-step=wait]:not([hidden])")
    assert await page.evaluate("empty") == []


async def test_a_wrong_code_says_what_to_do(desk: Desk, node: StubNode):
    desk.expected = ["403"]
    page = await desk.open("/page/enrol")
    await page.fill("[name=code]", "WRONG")
    await page.click("#enrol-code button")
    await page.wait_for_selector("#problem:not([hidden])")
    assert "Ask your registrar." in await page.inner_text("#problem")
    assert await page.is_visible("[data-step=code]")


async def test_the_key_survives_a_reload_and_signs_in(desk: Desk, node: StubNode):
    await desk.enrol()
    page = await desk.open("/page/signin?next=/page/blank?x=1")
    await page.click("[data-act=signin]")
    await page.wait_for_url(node.origin + "/page/blank?x=1")
    assert node.signed_in == desk.key


async def test_a_key_that_waits_for_the_registrar_goes_on_at_sign_in(desk: Desk, node: StubNode):
    page = await to_waiting(desk)
    await node.until(lambda: node.pending)
    await until(page, "document.querySelector('[data-step=wait]:not([hidden])')")
    await page.close()
    node.confirm()
    page = await desk.open("/page/signin")
    await page.click("[data-act=signin]")
    await page.wait_for_url(node.origin + "/")
    assert node.signed_in


@pytest.mark.parametrize(
    "away",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example",
        "javascript:alert(1)",
    ],
)
async def test_sign_in_goes_nowhere_else(desk: Desk, node: StubNode, away):
    await desk.enrol()
    page = await desk.open("/page/signin?next=" + away.replace("\\", "%5C"))
    await page.click("[data-act=signin]")
    await page.wait_for_url(node.origin + "/")


async def test_a_challenge_of_another_site_is_not_signed(desk: Desk, node: StubNode):
    await desk.enrol()
    node.foreign_challenge = True
    page = await desk.open("/page/signin")
    await page.click("[data-act=signin]")
    await page.wait_for_selector("#problem:not([hidden])")
    assert "another site" in await page.inner_text("#problem")
    assert node.signed_in is None
    assert "POST /api/signin" not in node.requests


async def test_a_browser_without_a_key_says_so(desk: Desk, node: StubNode):
    page = await desk.open("/page/signin")
    await page.wait_for_selector("[data-step=lost]:not([hidden])")
    assert await page.is_hidden("[data-step=signin]")


async def test_the_private_key_cannot_be_taken_out(desk: Desk, node: StubNode):
    await desk.enrol()
    page = await desk.open("/page/blank")
    script = """
    const { identities } = await import('/js/keys.js');
    const [row] = await identities();
    const out = [];
    for (const format of ['pkcs8', 'jwk', 'raw']) {
      const exported = crypto.subtle.exportKey(format, row.pair.privateKey);
      out.push(await exported.then(() => 'out', (e) => e.name));
    }
    return [row.pair.privateKey.extractable, out.includes('out')];
    """
    assert await desk.run(page, script) == [False, False]


def drafted(
    node: StubNode, desk: Desk, shown: str | None = None, words: str = "To be cleared"
) -> dsse.Envelope:
    anna = node.enrol("eu", f"anna {words}")
    part = text_part("text", bytes(32), words)
    payload: dict[str, Any] = {
        "v": 1, "log": "eu.channel.example/log", "kind": "note.posted", "thread": THREAD,
        "by": anna.key, "at": AT, "seen": [], "body": {}, "lang": "en", "parts": part_refs([part]),
    }  # fmt: skip
    envelope = dsse.decode(sign(payload, [anna], [part]).envelope)
    text = envelope.encode().decode()
    node.clearances.append({"id": envelope.id, "envelope": text, "parts": [part.decode()]})
    text = (
        (PAGES / "clearance.html")
        .read_text()
        .replace("{key}", desk.key)
        .replace("{id}", envelope.id)
    )
    node.pages["clear"] = text.replace("{payload}", shown or canonical.dumps(payload).decode())
    return envelope


async def test_the_second_official_signs_the_same_bytes(desk: Desk, node: StubNode):
    await desk.enrol()
    envelope = drafted(node, desk)
    page = await desk.open("/page/clear")
    await page.click("[data-act=clear]:not([disabled])")
    async with page.expect_navigation():
        await page.click("#confirm [data-act=sign]")
    [cleared] = node.cleared
    assert cleared.payload == envelope.payload
    author, second = cleared.signatures
    assert (author, second.keyid) == (envelope.signatures[0], desk.key)
    suites.verify(*node.public(second.keyid), envelope.pae, second.sig)


async def test_after_a_release_the_queue_has_its_filter(desk: Desk, node: StubNode):
    await desk.enrol()
    drafted(node, desk)
    address = "/clearances/next?turn=me&sort=newest"
    node.pages["clear"] = node.pages["clear"].replace(
        "<article", f'<article data-next="{escape(address)}"'
    )
    await desk.context.route(
        f"{node.origin}/clearances/next**",
        lambda route: route.fulfill(body="Next.", content_type="text/html"),
    )
    page = await desk.open("/page/clear")
    await page.click("[data-act=clear]:not([disabled])")
    await page.click("#confirm [data-act=sign]")
    await page.get_by_text("Next.").wait_for()
    asked = dict(parse_qsl(urlsplit(page.url).query, keep_blank_values=True))
    assert asked.keys() == {"turn", "sort", "released"}
    assert (asked["turn"], asked["sort"]) == ("me", "newest")


async def test_other_bytes_than_are_shown_are_not_cleared(desk: Desk, node: StubNode):
    await desk.enrol()
    drafted(node, desk, shown='{"something":"else"}')
    page = await desk.open("/page/clear")
    await page.click("[data-act=clear]:not([disabled])")
    await page.wait_for_selector("#problem:not([hidden])")
    assert not node.cleared


async def test_all_chosen_drafts_are_cleared_in_one_act_each_by_its_own_signature(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    pages = []
    for words in ("First", "Second", "Third"):
        drafted(node, desk, words=words)
        pages.append(node.pages["clear"])
    [head, *_] = pages[0].split("<article")
    articles = "".join(
        page[page.index("<article") : page.index("</article>")].replace(
            "<article", '<article data-private="eu.channel.example/private" data-title="A note"'
        )
        + '<input type="checkbox" name="draft"></article>'
        for page in pages
    )
    tail = pages[0][pages[0].index("<dialog") :]
    chosen = '<button data-act="clear" data-clear-chosen><span data-f="chosen"></span></button>'
    node.pages["clear"] = f'{head}<input type="checkbox" id="all-drafts">{chosen}{articles}{tail}'
    page = await desk.open("/page/clear")
    await page.click("#all-drafts")
    await page.locator("[name=draft]").first.uncheck()
    await page.click("[data-clear-chosen]")
    async with page.expect_navigation():
        await page.click("#confirm [data-act=sign]")
    ids = [draft["id"] for draft in node.clearances]
    assert [envelope.id for envelope in node.cleared] == ids[1:]
    for envelope, note in zip(node.cleared, node.notes, strict=True):
        second = envelope.signatures[-1]
        suites.verify(*node.public(second.keyid), envelope.pae, second.sig)
        said: Any = canonical.loads(note.payload)
        assert (said["kind"], said["body"]["id"]) == ("draft.cleared", envelope.id)
        assert said["log"] == "eu.channel.example/private"


def portion(
    node: StubNode, desk: Desk, name: str, row: int, other: tuple[str, int], key: str = ""
) -> None:
    """Make a page with one row of a draft that has two; `other`: page and number of the other."""
    elsewhere, beyond = other
    waiting = (
        f'data-summary="5a" data-others="{beyond}" data-places="{beyond}"'
        f' data-elsewhere="/page/{elsewhere}?at="'
    )
    shown = f'<p id="row-{row}" data-look="{row}" tabindex="0">Row {row}</p><pre class'
    need = '<p id="need"><span data-f="seen"></span> <a data-next-row href="#">Next row</a></p>'
    text = node.pages["clear"]
    for old, new in (
        ("<article", f"<article {waiting}"),
        ("<pre class", shown),
        ('data-act="clear"', 'data-act="clear" data-waits-for-rows aria-disabled="true"'),
        ("<dialog", f"{need}<dialog"),
    ):
        text = text.replace(old, new)
    node.pages[name] = text.replace(f'data-key="{desk.key}"', f'data-key="{key or desk.key}"')


ITEM = Path(__file__).parents[3] / "src/special_channel/web/approvals/item.html"


def returnable(node: StubNode, name: str, row: int) -> None:
    """Give a page a remark on its row, and the form by which the draft goes back."""
    [others] = [line for line in ITEM.read_text().splitlines() if 'data-list="beyond"' in line]
    form = (
        f'<textarea name="row-remark" data-row="{row}" data-on="Row {row}: "></textarea>'
        f'<textarea name="reason"></textarea>{others}'
        '<button type="button" data-act="send-back" data-needs-key disabled>Send back</button>'
    )
    named = 'data-private="eu.channel.example/private" data-draft'
    text = node.pages[name].replace("</article>", f"{form}</article>")
    node.pages[name] = text.replace("data-draft", named, 1)


async def two_portions(desk: Desk, node: StubNode) -> str:
    """Make two pages of a draft, each with one of its rows; return the draft's id."""
    await desk.enrol()
    envelope = drafted(node, desk)
    for name, row, other in (("one", 3, ("two", 9)), ("two", 9, ("one", 3))):
        portion(node, desk, name, row, other)
        returnable(node, name, row)
    return envelope.id


async def test_remarks_on_rows_of_other_portions_are_listed_until_they_are_taken_back(
    desk: Desk, node: StubNode
):
    await two_portions(desk, node)
    page = await desk.open("/page/one")
    others = page.get_by_role("listitem")
    assert await others.count() == 0
    await page.fill("[name=row-remark]", "Which quantity?")
    await page.goto(node.origin + "/page/two?at=9")
    await page.get_by_text("Row 3: Which quantity?").wait_for()
    assert await others.count() == 1, "a row without a remark is not listed"
    await page.goto(node.origin + "/page/one?again=1")
    await until(page, "document.querySelector('[name=row-remark]').value === 'Which quantity?'")
    assert await others.count() == 0, "it is in its field"
    await page.fill("[name=row-remark]", "")
    await page.fill("[name=reason]", "See the list.")
    await page.goto(node.origin + "/page/two?at=9&again=1")
    await until(page, "document.querySelector('[name=reason]').value === 'See the list.'")
    assert await others.count() == 0


async def test_remarks_on_rows_of_other_portions_go_back_with_the_draft(desk: Desk, node: StubNode):
    id_ = await two_portions(desk, node)
    page = await desk.open("/page/two?at=9")
    await page.fill("[name=row-remark]", "Check the date.")
    await page.goto(node.origin + "/page/one")
    await page.get_by_text("Row 9: Check the date.").wait_for()
    await page.fill("[name=row-remark]", "Which quantity?")
    await page.fill("[name=reason]", "Two things.")
    await desk.context.route(
        "**/api/clearances/*/return", lambda route: route.fulfill(json={"receipts": []})
    )
    await desk.context.route(
        node.origin + "/clearances",
        lambda route: route.fulfill(body="Sent.", content_type="text/html"),
    )
    async with page.expect_request("**/api/clearances/*/return") as asked:
        await page.click("[data-act=send-back]:not([disabled])")
        await page.get_by_text("Sent.").wait_for()
    note: Any = (await asked.value).post_data_json
    body: Any = canonical.loads(dsse.decode(note["envelope"].encode()).payload)
    assert (body["kind"], body["body"]) == ("draft.returned", {"id": id_})
    texts = [parts.parse(each.encode()) for each in note["parts"]]
    assert [getattr(each, "text", "") for each in texts] == [
        "Two things.",
        "Row 3: Which quantity?",
        "Row 9: Check the date.",
    ]


async def test_release_waits_for_rows_of_other_portions_and_of_this_official(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    drafted(node, desk)
    portion(node, desk, "one", 3, ("two", 9))
    portion(node, desk, "two", 9, ("one", 3))
    waits = "document.querySelector('[data-waits-for-rows]').ariaDisabled === 'true'"
    page = await desk.open("/page/one")
    await page.focus("#row-3")
    await until(page, "document.querySelector('#row-3').dataset.seen !== undefined")
    assert await page.evaluate(waits)
    link = await page.get_attribute("[data-next-row]", "href")
    assert link == "/page/two?at=9#row-9"
    await page.goto(node.origin + "/page/two?at=9")
    assert await page.evaluate(waits)
    await page.focus("#row-9")
    await until(page, f"!({waits})")
    # Whoever signs in at this window next has seen nothing yet.
    portion(node, desk, "two", 9, ("one", 3), key="eu:" + "ab" * 16)
    await page.goto(node.origin + "/page/two?at=9&again=1")
    await page.focus("#row-9")
    await until(page, "document.querySelector('#row-9').dataset.seen !== undefined")
    assert await page.evaluate(waits)
