"""The page finds the marks that the node finds, before anything of a text is kept."""

from __future__ import annotations

import re
from unicodedata import ucd_3_2_0

import pytest

from special_channel.core.sense.marks import PATTERNS, fold
from tests.core.marks_vectors import VECTORS
from tests.web.js.conftest import Desk, until
from tests.web.js.node import StubNode
from tests.web.js.record import THREAD
from tests.web.js.test_unsaved import STORED, TEXT, kept, opened

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MARK = "机密★10年"
SHOWN = "document.querySelector('[data-f=saved]').textContent.includes('机密★')"
SAVED = "document.querySelector('[data-f=saved]').textContent.includes('09:40')"


async def test_patterns_and_folding_of_the_page_are_those_of_the_node(desk: Desk):
    page = await desk.open("/page/blank")
    look = """const { MARKS } = await import('/js/marks.js');
    return MARKS.map(({ regex, head }) => [regex.source, regex.ignoreCase, Boolean(head)]);"""
    own = [(each.source, each.caseless, each.head) for each in PATTERNS]
    assert [tuple(each) for each in await desk.run(page, look)] == own
    folds = "const { foldMarks } = await import('/js/marks.js'); return arg.map(foldMarks);"
    texts = [text for text, _ in VECTORS]
    # Signs of every kind, which Unicode had before browser and Python parted.
    signs = map(chr, (*range(0x20, 0x3000), *range(0xFE00, 0xFFEE)))
    texts += [f"a{sign}b" for sign in signs if ucd_3_2_0.category(sign) != "Cn"]
    assert await desk.run(page, folds, texts) == [fold(text) for text in texts]


async def test_page_finds_the_marks_that_the_node_finds(desk: Desk):
    page = await desk.open("/page/blank")
    look = (
        "const { markIn } = await import('/js/marks.js'); return arg.map((t) => markIn(['x', t]));"
    )
    found = await desk.run(page, look, [text for text, _ in VECTORS])
    assert [bool(words) for words in found] == [bool(rule) for _, rule in VECTORS]


async def test_text_with_a_mark_is_kept_nowhere_and_the_page_says_so(desk: Desk, node: StubNode):
    await desk.enrol()
    page = await opened(desk)
    await page.type("[name=text]", TEXT)
    await until(page, SAVED)
    # A slow page saves while it is typed into: the last letters come with a save of their own.
    await node.until(lambda: node.drafts[THREAD]["text"] == TEXT)
    sent = len(node.saves)
    await page.type("[name=text]", f" {MARK}")
    await until(page, SHOWN)
    assert MARK not in await kept(desk, page)
    await page.close()
    # Leaving the page keeps nothing either.
    page = await opened(desk)
    await until(page, "document.querySelector('[name=text]').value.length")
    assert re.fullmatch(rf"{re.escape(TEXT)} ?机?密?", await page.input_value("[name=text]"))
    assert not any("★" in str(fields) for _, fields in node.saves[sent:])
    assert node.drafts[THREAD]["text"].startswith(TEXT)
    assert await desk.run(page, STORED, "★") in ([0, False, False], [1, False, False])


@pytest.mark.parametrize("inside", [False, True], ids=["note", "internal"])
async def test_text_with_a_mark_is_not_sent_and_does_not_reach_the_node(
    desk: Desk, node: StubNode, *, inside: bool
):
    await desk.enrol()
    page = await opened(desk)
    sent: list[str] = []
    page.on("request", lambda each: sent.append(each.method) if each.method != "GET" else None)
    turn = (
        f"document.querySelector('[data-compose]').toggleAttribute('data-internal', {inside:d} > 0)"
    )
    await page.evaluate(turn)
    await page.fill("[name=text]", MARK)
    await page.click("[type=submit]")
    await page.wait_for_selector("#problem:not([hidden])")
    assert "机密★" in await page.inner_text("#problem")
    # Leaving it at once: not even a sum of it is kept.
    await page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert await page.evaluate("sessionStorage.length") == 0
    assert (sent, node.saves) == ([], [])


async def test_text_that_begins_like_data_is_saved_as_it_is(desk: Desk, node: StubNode):
    await desk.enrol()
    page = await opened(desk)
    await page.type("[name=text]", "{not data, but a text")
    await until(page, SAVED)
    await node.until(lambda: node.drafts[THREAD]["text"] == "{not data, but a text")
