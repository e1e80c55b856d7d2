"""Every act on every page signs the draft of its name that the node keeps, and nothing else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Page

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.messages.catalogue import Lang
from special_channel.web.shell.render import render
from tests.architecture.project import ROOT
from tests.browsers import ABSENT, CHROMIUM
from tests.web.js.conftest import Desk, until
from tests.web.js.node import StubNode
from tests.web.js.test_access import drafted
from tests.web.reading import Page as Read
from tests.web.samples import every_page

pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason=ABSENT),
    pytest.mark.asyncio(loop_scope="session"),
]

LOG, THREAD, CLOSE = "eu.channel.example/log", "0123456789abcdef0123456789abcdef", "ee" * 32
REOPENED = {"kind": "thread.reopened", "thread": THREAD, "ref": CLOSE, "body": {}}
HELD: dict[str, Any] = {
    "steps": [{"entries": [{"make": "entry", "log": LOG, **REOPENED}]}],
    "shown": {"what": "What the node holds"},
    "ask": False,
}
"""The draft that the node gives out, whatever a page has put there."""

SPOKEN: dict[Party, Lang] = {"eu": "en", "cn": "zh-CN"}

OFFERS = (
    (r'<button[^>]*? data-sign="([a-z.]+)"', 'button[data-sign="{}"]'),
    (r'<form[^>]*? data-write[^>]*>\s*.*?data-kind="([a-z.]+)"',
     'form[data-write]:has([data-kind="{}"]) [type="submit"]'),
    (r'<form[^>]*? data-compose="([a-z]+)"', '#compose[data-compose="{}"] [type="submit"]'),
    (r'data-answer-act="(send)"', '[data-answer-act="{}"]'),
    (r'data-act="(clear|send-back|accept-loss|accept-loss-too|sign-act|begin-act)"',
     '[data-act="{}"]'),
)  # fmt: skip
"""How pages offer an act: what to look for, and the selector of what is pressed."""

COMPARED = {"clear", "accept-loss-too", "sign-act", "begin-act"}
"""Acts that first compare what the page shows with the node: their own tests prepare that."""

FILLED = """() => {
  for (const form of document.forms) form.noValidate = true;
  const words = 'textarea, [data-text], [name=reason], [name=subject]';
  for (const el of document.querySelectorAll(words)) {
    if (!el.closest('[hidden]')) el.value = 'Fictional words.';
  }
  const choices = 'select[name=marking], select[name=reason]';
  for (const el of document.querySelectorAll(choices)) el.selectedIndex = 1;
  for (const el of document.querySelectorAll('input[type=date]')) el.value = '2026-11-24';
  const ticks = 'tr[data-answer] input, [name=answer]';
  for (const el of document.querySelectorAll(ticks)) el.checked = true;
  for (const el of document.querySelectorAll('[data-answer-act=same]')) el.click();
}"""


def offered() -> Iterator[tuple[str, str, str]]:
    """Give each act that a page of either side offers: its name, what is pressed, the page."""
    known = set()
    for party in PARTIES:
        for shown in every_page(party, SPOKEN[party]).values():
            html = render(shown.page, shown.frame)
            for pattern, selector in OFFERS:
                for act in re.findall(pattern, html, re.DOTALL):
                    if act not in known:
                        known.add(act)
                        yield act, selector.format(act), html


ACTS = {act: (selector, html) for act, selector, html in offered()}
TAKEN_OVER = "escalation.acknowledged"
ACTS[TAKEN_OVER] = (
    f'button[data-sign="{TAKEN_OVER}"]',
    ACTS["note.acknowledged"][1].replace('data-sign="note.ack', 'data-sign="escalation.ack'),
)
"""Only a reader to whom a question was raised is offered to take it over: no sample has that."""


def for_stub(html: str, desk: Desk) -> str:
    """Give a page as the stub node serves it: its key and script, no styles, no way on."""
    page = Read(html)
    html = html.replace("<link ", "<meta ")
    for name in ("data-next", "data-after", "data-regions"):
        html = html.replace(f" {name}=", f" data-no-{name}=")
    for name, value in (("data-key", desk.key), ("data-log", LOG)):
        [was, *_] = (each.attributes[name] for each in page.marked(name))
        html = html.replace(f'{name}="{was}"', f'{name}="{value}"', 1)
    for source in {each.attributes["src"] for each in page.marked("src")}:
        html = html.replace(source, f"/js/{source.rpartition('/js/')[2]}")
    return html


async def pressed(desk: Desk, name: str, selector: str) -> Page:
    """Press what a page offers, as somebody who has filled it in; sign, if asked."""
    page = await desk.open(f"/page/{name}")
    await until(page, f"!document.querySelector({selector!r}).disabled")
    await page.evaluate(FILLED)
    await page.evaluate(f"document.querySelector({selector!r}).click()")
    return page


@pytest.mark.parametrize("act", sorted(set(ACTS) - COMPARED))
async def test_act_signs_what_node_holds_under_its_name(desk: Desk, node: StubNode, act: str):
    await desk.enrol()
    desk.expected = ["404", "Failed to load"]
    selector, html = ACTS[act]
    node.pages["act"], node.instead = for_stub(html, desk), HELD
    await pressed(desk, "act", selector)
    await node.until(lambda: node.posted)
    [entry] = node.posted
    assert (entry["kind"], entry["ref"], entry["by"]) == ("thread.reopened", CLOSE, desk.key)
    [name] = node.taken
    assert name
    await node.until(lambda: not node.acts)


async def test_release_signs_what_node_holds_under_its_name(desk: Desk, node: StubNode):
    await desk.enrol()
    draft = drafted(node, desk)
    node.instead = HELD
    await pressed(desk, "clear", '[data-act="clear"]')
    await node.until(lambda: node.posted)
    assert node.taken == [f"release {draft.id}"]
    assert not node.cleared


async def test_each_act_in_a_template_is_pressed_here():
    templates = (ROOT / "src/special_channel/web").rglob("*.html")
    # One by one: what a form of one template signs must not be looked for in the next.
    texts = [each.read_text(encoding="utf-8") for each in templates]
    literal = {
        act
        for text in texts
        for pattern, _ in OFFERS
        for act in re.findall(pattern, text, re.DOTALL)
    }
    assert literal - set(ACTS) == set()
    assert {"thread.closed", "thread.reopened", "deadline.moved", "note", "thread"} <= set(ACTS)


async def test_unsigned_act_leaves_no_draft_at_the_node(desk: Desk, node: StubNode):
    await desk.enrol()
    selector, html = ACTS["charter.adopted"]
    node.pages["act"] = for_stub(html, desk)
    page = await pressed(desk, "act", selector)
    await page.wait_for_selector("#confirm[open]")
    assert list(node.acts) == [f"sign {node.taken[0]}"]
    await page.click("#confirm [data-act=cancel]")
    async with asyncio.timeout(30):
        await node.until(lambda: not node.acts)
    assert not node.posted
