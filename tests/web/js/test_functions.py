"""A person with several functions: which one the browser states, and the choice between them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from playwright.async_api import Page

from special_channel.core.rules.roles import MAY_SIGN
from special_channel.web.shell.reader import ReaderFunction
from special_channel.web.shell.render import render
from tests.web.js.conftest import Desk
from tests.web.js.node import StubNode
from tests.web.js.test_acts import for_stub, pressed
from tests.web.samples import every_page
from tests.web.samples.acts import new_act_page
from tests.web.samples.people import frame

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

REOPEN = 'button[data-sign="thread.reopened"]'
STOOD_IN = "head of unit, Export permits, as stand-in for Tereza Fictional"


def held(number: int, role: str, words: str) -> ReaderFunction:
    kinds = [kind for kind, roles in MAY_SIGN.items() if role in roles]
    return ReaderFunction(number, role, words, kinds)


DESK = held(1, "desk", "desk officer, Export permits")
REGISTRAR = held(1, "registrar", "registrar, Registry")
HEAD = held(2, "head", STOOD_IN)


async def opened(node: StubNode, desk: Desk, *functions: ReaderFunction) -> Page:
    """Press the button that reopens a thread, as a person with these functions."""
    await desk.enrol()
    desk.expected = ["404", "Failed to load"]
    shown = every_page("eu", "en")["thread-closed"]
    assert shown.frame.reader
    reader = replace(shown.frame.reader, functions=functions)
    html = render(shown.page, replace(shown.frame, reader=reader))
    node.pages["act"] = for_stub(html, desk)
    page = await pressed(desk, "act", REOPEN)
    await page.wait_for_selector("#confirm[open]")
    return page


def stated_in_draft(node: StubNode) -> list[int]:
    [fields] = node.acts.values()
    numbers: list[int] = json.loads("".join(fields["draft"]))["as"]
    return numbers


async def test_the_function_that_allows_an_act_is_stated(desk: Desk, node: StubNode):
    page = await opened(node, desk, REGISTRAR, HEAD)
    assert STOOD_IN in await page.inner_text("#confirm")
    assert await page.is_hidden("#confirm [name=as]")
    assert stated_in_draft(node) == [2]
    await page.click("#confirm [data-act=sign]")
    await node.until(lambda: node.posted)
    assert node.posted[0]["as"] == 2


async def test_own_function_is_stated_unless_another_is_chosen(desk: Desk, node: StubNode):
    page = await opened(node, desk, DESK, HEAD)
    assert await page.input_value("#confirm [name=as]") == "1"
    assert stated_in_draft(node) == [1, 2]
    assert '"as"' not in await page.inner_text("#confirm pre.bytes")
    await page.click("#confirm [data-act=sign]")
    await node.until(lambda: node.posted)
    assert "as" not in node.posted[0]


async def test_function_that_is_chosen_is_shown_and_signed(desk: Desk, node: StubNode):
    page = await opened(node, desk, DESK, HEAD)
    await page.select_option("#confirm [name=as]", label=STOOD_IN)
    await page.wait_for_selector("#confirm [data-act=sign]:not([disabled])")
    assert stated_in_draft(node) == [2, 1]
    bytes_shown = await page.text_content("#confirm pre.bytes")
    assert '"as":2' in (bytes_shown or "")
    await page.click("#confirm [data-act=sign]")
    await node.until(lambda: node.posted)
    assert node.posted[0]["as"] == 2


async def test_choice_that_the_node_does_not_keep_is_undone(desk: Desk, node: StubNode):
    page = await opened(node, desk, DESK, HEAD)
    desk.expected = ["500", "Failed to load"]
    await page.route("**/api/drafts/**", lambda route: route.fulfill(status=500))
    await page.select_option("#confirm [name=as]", label=STOOD_IN)
    await page.wait_for_selector("#problem:not([hidden])", state="attached")
    assert await page.input_value("#confirm [name=as]") == "1"


async def test_act_on_people_states_a_function_in_which_it_counts(desk: Desk, node: StubNode):
    await desk.enrol()
    desk.expected = ["404", "Failed to load"]
    shown = new_act_page("eu")
    inside = frame("eu", "en")
    assert inside.reader
    reader = replace(inside.reader, functions=(DESK, HEAD))
    html = render(shown, replace(inside, reader=reader))
    html = html.replace('data-functions=""', 'data-functions="2"')
    node.pages["act"] = for_stub(html, desk)
    page = await pressed(desk, "act", '[data-act="begin-act"]')
    await page.wait_for_selector("#confirm[open]")
    assert STOOD_IN in await page.inner_text("#confirm")
    assert stated_in_draft(node) == [2]
