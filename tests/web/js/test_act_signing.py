"""Acts on people in the browser: what is shown is what is signed, first or second."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from special_channel.core.bytes import dsse
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import render
from tests.web.js.conftest import Desk
from tests.web.js.node import StubNode
from tests.web.js.record import payload_of
from tests.web.js.test_acts import for_stub, pressed
from tests.web.samples.acts import details, new_act_page
from tests.web.samples.people import frame

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SIGN = '[data-act="sign-act"]'


def waiting(node: StubNode, desk: Desk, which: int, **changed: Any) -> dict[str, Any]:
    """Let a sample act wait at the node, and show it on its page."""
    act = details("eu")[which]
    act = act.model_copy(update={"id": dsse.decode(act.envelope.encode()).id})
    node.offered = [act.model_dump(mode="json") | changed]
    page = ViewPage("acts/acts.html", "people", (act,), {"one": True})
    node.pages["act"] = for_stub(render(page, frame("eu", "en")), desk)
    return node.offered[0]


async def signing(desk: Desk, compare: str = "") -> Page:
    page = await desk.open("/page/act")
    await page.wait_for_selector(f"{SIGN}:not([disabled])")
    if compare == "by eye":
        await page.check("[name=by-eye]")
    elif compare:
        await page.fill("[name=last8]", compare)
    await page.click(SIGN)
    return page


async def test_second_person_signs_the_bytes_that_the_page_shows(desk: Desk, node: StubNode):
    await desk.enrol()
    desk.expected = ["404", "Failed to load"]
    act = waiting(node, desk, 1)
    page = await signing(desk)
    await page.wait_for_selector("#confirm[open]")
    assert "Revoke a key" in await page.inner_text("#confirm [data-f=what]")
    await page.click("#confirm [data-act=sign]")
    await node.until(lambda: node.act_signatures)
    [(id_, sent)] = node.act_signatures
    envelope = dsse.decode(sent["envelope"].encode())
    held = dsse.decode(act["envelope"].encode())
    assert (id_, envelope.payload) == (act["id"], held.payload)
    assert [one.keyid for one in envelope.signatures][-1] == desk.key
    assert "reason" not in sent


UNUSABLE = """
const keys = await import('/js/keys.js');
await keys.keepIdentity({ ...(await keys.identity(arg)), pair: {} });
"""
"""A copied profile has the row of a key, and not its private part."""


async def test_what_fails_in_the_page_is_no_lost_connection(desk: Desk, node: StubNode):
    await desk.enrol()
    desk.expected = ["404", "Failed to load"]
    waiting(node, desk, 1)
    page = await signing(desk)
    await page.wait_for_selector("#confirm[open]")
    await desk.run(page, UNUSABLE, desk.key)
    await page.reload()
    await page.click(f"{SIGN}:not([disabled])")
    await page.click("#confirm [data-act=sign]")
    await page.wait_for_selector("#problem:not([hidden])")
    said = await page.inner_text("#problem")
    assert "Something failed on this page." in said
    assert "reached" not in said
    assert not node.act_signatures


@pytest.mark.parametrize("how", ["by eye", "pasted"])
async def test_key_is_enrolled_once_its_fingerprint_was_compared(desk: Desk, node: StubNode, how):
    await desk.enrol()
    desk.expected = ["404", "Failed to load"]
    waiting(node, desk, 0)
    last = details("eu")[0].fingerprint[-8:]
    page = await signing(desk, how if how == "by eye" else f" {last[:4].upper()} {last[4:]}")
    await page.wait_for_selector("#confirm[open]")


@pytest.mark.parametrize("typed", ["", "0000 0000"])
async def test_key_that_was_not_compared_is_not_signed(desk: Desk, node: StubNode, typed):
    await desk.enrol()
    desk.expected = ["404", "Failed to load"]
    waiting(node, desk, 0)
    page = await signing(desk, typed)
    await page.wait_for_selector("#problem:not([hidden])")
    assert not node.act_signatures


async def test_other_bytes_than_shown_are_not_signed(desk: Desk, node: StubNode):
    await desk.enrol()
    desk.expected = ["404", "Failed to load"]
    other = details("eu")[0].envelope
    waiting(node, desk, 1, envelope=other)
    page = await signing(desk)
    await page.wait_for_selector("#problem:not([hidden])")
    assert not node.act_signatures


async def test_first_person_signs_the_act_in_words(desk: Desk, node: StubNode):
    await desk.enrol()
    desk.expected = ["404", "Failed to load"]
    node.pages["act"] = for_stub(render(new_act_page("eu"), frame("eu", "en")), desk)
    page = await pressed(desk, "act", '[data-act="begin-act"]')
    await page.wait_for_selector("#confirm[open]")
    await page.click("#confirm [data-act=sign]")
    await node.until(lambda: node.act_signatures)
    [(_, sent)] = node.act_signatures
    payload: dict[str, Any] = payload_of(sent["envelope"])
    assert (payload["kind"], payload["by"]) == ("key.suspended", desk.key)
    assert (payload["body"]["reason"], sent["reason"]) == ("stated-at-home", "lost")


async def test_same_act_begun_meanwhile_is_linked(desk: Desk, node: StubNode):
    """The page was made before the other act began, so only the refusal names it."""
    await desk.enrol()
    desk.expected = ["404", "409", "Failed to load"]
    node.same_waits = "ab" * 32
    node.pages["act"] = for_stub(render(new_act_page("eu"), frame("eu", "en")), desk)
    page = await pressed(desk, "act", '[data-act="begin-act"]')
    await page.wait_for_selector("#confirm[open]")
    link = page.get_by_role("link", name="Open the act that waits")
    assert not await link.is_visible()
    await page.click("#confirm [data-act=sign]")
    await link.wait_for()
    assert await link.get_attribute("href") == f"/people/acts/{'ab' * 32}"
