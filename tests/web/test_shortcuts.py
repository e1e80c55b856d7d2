"""Single-key shortcuts work on a person's pages until switched off by the person (WCAG 2.1.4)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.browsers import chromium
from tests.web.pages_node import PagesNode
from tests.web.reading import Page
from tests.world import World

PLACES = {"d": "/deadlines", "i": "/inbox", "t": "/threads", "b": "/batches", "n": "/threads/new"}


@pytest.fixture
def world() -> World:
    made = World.founded()
    made.open_thread("eu")
    made.exchange()
    return made


@asynccontextmanager
async def browser_of(site: PagesNode, who: str, **options: Any) -> AsyncIterator[Any]:
    """A page of a real Chromium with a signed-in official; `options` of its context."""
    token = await site.sign_in(who)
    async with chromium() as browser:
        context = await browser.new_context(**options)
        name = f"sc-session-{site.node.party}"
        await context.add_cookies([{"name": name, "value": f'"{token}"', "url": site.base}])
        yield await context.new_page()


@pytest.mark.parametrize(
    ("lang", "on", "off"),
    [
        ("en", "Single-key shortcuts are on.", "Single-key shortcuts are off."),
        ("zh-CN", "单键快捷键已启用。", "单键快捷键已关闭。"),
    ],
)
async def test_shortcuts_are_switched_off_for_one_person_alone(pages_of, world, lang, on, off):
    site = await pages_of(world, "eu")
    assert on in (await site.get("/preferences", "desk", lang)).text
    changed = await site.post("/preferences/shortcuts", {"shortcuts": "off"}, "desk")
    assert off in (await site.get("/preferences", "desk", lang)).text
    assert 'data-shortcuts="off"' in (await site.get("/inbox", "desk", lang)).html
    assert 'data-shortcuts="off"' not in (await site.get("/inbox", "head", lang)).html
    assert changed.status == 303
    await site.post("/preferences/shortcuts", {"shortcuts": "on"}, "desk")
    assert on in (await site.get("/preferences", "desk", lang)).text
    assert 'data-shortcuts="off"' not in (await site.get("/inbox", "desk", lang)).html


async def test_shortcuts_take_no_other_word_and_no_other_site(pages_of, world):
    site = await pages_of(world, "eu")
    assert (await site.post("/preferences/shortcuts", {"shortcuts": "maybe"}, "desk")).status == 400
    refused = await site.post("/preferences/shortcuts", {"shortcuts": "off", "csrf": "no"}, "desk")
    assert refused.status == 403
    assert "Single-key shortcuts are on." in (await site.get("/preferences", "desk", "en")).text


async def test_g_and_a_letter_open_the_page_of_that_name(pages_of, world):
    """D is Deadlines, not Differences, the earlier item of the menu."""
    site = await pages_of(world, "eu")
    async with browser_of(site, "desk") as page:
        for key, path in PLACES.items():
            await page.goto(f"{site.base}/numbers")
            await page.keyboard.press("g")
            await page.keyboard.press(key)
            await page.wait_for_url(f"**{path}")


async def test_no_single_key_acts_once_they_are_off(pages_of, world):
    site = await pages_of(world, "eu")
    async with browser_of(site, "desk") as page:
        help_ = page.locator("#keys-help")
        for wanted, button in (("on", "Switch them off"), ("off", "Switch them on")):
            await site.post("/preferences/shortcuts", {"shortcuts": wanted}, "desk")
            await page.goto(f"{site.base}/preferences")
            assert await page.get_by_role("button", name=button).is_visible()
            await page.keyboard.press("?")
            assert await help_.is_visible() == (wanted == "on")
            await page.keyboard.press("Escape")
            await page.keyboard.press("g")
            await page.keyboard.press("d")
            if wanted == "on":
                await page.wait_for_url("**/deadlines")
        assert page.url == f"{site.base}/preferences"


async def test_key_of_the_page_acts_while_keys_are_on(pages_of, world):
    """T works through the inbox; D, whose button is hidden without a choice, does nothing."""
    site = await pages_of(world, "eu")
    async with browser_of(site, "clerk") as page:
        await site.post("/preferences/shortcuts", {"shortcuts": "off"}, "clerk")
        await page.goto(f"{site.base}/inbox?scope=all")
        await page.keyboard.press("t")
        # A key that does act shows that the ones before did not.
        await page.keyboard.press("Control+k")
        await page.wait_for_selector("#palette[open]")
        assert page.url.endswith("/inbox?scope=all")
        await site.post("/preferences/shortcuts", {"shortcuts": "on"}, "clerk")
        await page.goto(f"{site.base}/inbox?scope=all")
        await page.keyboard.press("d")
        await page.keyboard.press("t")
        await page.wait_for_url("**/threads/EU-*")


async def test_closed_menu_of_a_narrow_page_is_in_the_palette(pages_of, world):
    site = await pages_of(world, "eu")
    async with browser_of(site, "desk") as page:
        await page.set_viewport_size({"width": 390, "height": 800})
        await page.goto(f"{site.base}/inbox")
        assert not await page.locator("[data-nav=licences]").is_visible()
        await page.keyboard.press("/")
        assert await page.evaluate("document.activeElement.id") == "find"
        await page.keyboard.press("Control+k")
        await page.wait_for_selector("#palette[open]")
        named = await page.locator("#palette button:visible").all_inner_texts()
        assert {"Inbox", "Threads"} <= {*named}
        await page.keyboard.insert_text("licenc")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/licences")


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_language_buttons_are_named_by_what_they_show(pages_of, world, lang):
    site = await pages_of(world, "eu")
    page = await site.get("/inbox", "desk", lang)
    for shown in ('>EN<span class="vh"> (English)</span></button>', ">中文</button>"):
        assert shown in page.html


GOING = ["T", "A", "R", "S", "H", "W", "L", "D", "[ ]", "Esc"]


@pytest.mark.parametrize(
    ("lang", "sequence", "work"),
    [("en", "G then T", "Work through"), ("zh-CN", "G 再按 T", "逐项办理")],
)
@pytest.mark.parametrize("path", ["/inbox", "/numbers"])
async def test_keyboard_help_lists_every_key_on_every_page(
    pages_of, world, path, lang, sequence, work
):
    site = await pages_of(world, "eu")
    shown = await site.get(path, lang=lang)
    dialog = shown.html.partition('<dialog id="keys-help"')[2].partition("</dialog>")[0]
    everywhere, inbox = [each for each in Page(f"<div{dialog}</div>").within() if each.tag == "dl"]
    keys = [each.text for each in everywhere.within() if each.tag == "dt"]
    assert {sequence, "Ctrl + K"} <= {*keys}, keys
    assert [each.text for each in inbox.within() if each.tag == "dt"] == GOING
    assert work in inbox.text
