"""The palette of acts and places offers what the page offers, by the names that show there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.axe import faults
from tests.web.test_shortcuts import browser_of
from tests.world import World

LISTED = "#palette button:visible"
COUNT = "#palette [role=status]"


ACT_WITH_KEY = """() => {
  const [act, key] = ['button', 'kbd'].map((tag) => document.createElement(tag));
  key.textContent = 'R';
  act.append('New act ', key);
  document.querySelector('main').prepend(act);
}"""


@asynccontextmanager
async def palette(pages_of: Any, lang: str = "en") -> AsyncIterator[Any]:
    """A thread's page with the palette open."""
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    site = await pages_of(world, "eu")
    async with browser_of(site, "desk") as page:
        await page.context.add_cookies([{"name": "sc-lang-eu", "value": lang, "url": site.base}])
        await page.goto(f"{site.base}/threads/{thread.position}")
        await page.keyboard.press("Control+k")
        await page.wait_for_selector("#palette[open]")
        yield page


async def find(page: Any, words: str) -> list[str]:
    """Type words into the palette; return the names of its rows."""
    await page.locator("#palette input").fill(words)
    return list(await page.locator(LISTED).all_inner_texts())


@pytest.mark.parametrize(
    ("lang", "search", "acts"),
    [
        (
            "en",
            "Search for “{}”",
            {
                "assign": ("Assign", "/assign?thread=EU-*"),
                "dossier": ("Dossier for the file", "/threads/EU-*/dossier"),
                "file ref": ("Add (File reference)", "/threads/EU-*/reference"),
            },
        ),
        (
            "zh-CN",
            "检索“{}”",
            {
                "转办": ("转办", "/assign?thread=EU-*"),
                "卷宗": ("归档卷宗", "/threads/EU-*/dossier"),
                "文号": ("登记（我方文号）", "/threads/EU-*/reference"),
            },
        ),
    ],
)
async def test_links_that_are_acts_are_found(pages_of, lang, search, acts):
    async with palette(pages_of, lang) as page:
        thread = page.url
        for words, (name, path) in acts.items():
            await page.goto(thread)
            await page.keyboard.press("Control+k")
            await page.wait_for_selector("#palette[open]")
            assert await find(page, words) == [name, search.format(words)]
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"**{path}")


async def test_escape_closes_it_whatever_is_typed(pages_of):
    async with palette(pages_of) as page:
        for _ in range(2):
            await page.keyboard.type("deadlines")
            assert await page.locator(LISTED).all_inner_texts() == [
                "Deadlines", "Search for “deadlines”"
            ]  # fmt: skip
            await page.keyboard.press("Escape")
            await page.wait_for_selector("#palette", state="hidden")
            await page.keyboard.press("Control+k")
            await page.wait_for_selector("#palette[open]")
            assert await page.locator("#palette input").input_value() == ""


async def test_rows_have_the_keys_of_their_acts_and_the_width_of_the_dialog(pages_of):
    async with palette(pages_of) as page:
        await page.keyboard.press("Escape")
        await page.evaluate(ACT_WITH_KEY)
        await page.keyboard.press("Control+k")
        await page.wait_for_selector("#palette[open]")
        assert await find(page, "new act") == ["New act", "Search for “new act”"]
        [write, search] = await page.locator(LISTED).all()
        shown = "el => getComputedStyle(el, '::after').content"
        assert ['"R"' in await each.evaluate(shown) for each in (write, search)] == [True, False]
        widths = {round((await each.bounding_box())["width"]) for each in (write, search)}
        field = await page.locator("#palette input").bounding_box()
        assert widths == {round(field["width"])}
        assert await faults(page) == []


async def test_places_of_both_menus_are_listed_once(pages_of):
    async with palette(pages_of) as page:
        for words, name in (("notices", "Notices"), ("sign out", "Sign out"), ("中文", "中文")):
            assert await find(page, words) == [name, f"Search for “{words}”"]


async def test_words_that_name_nothing_are_searched_for(pages_of):
    async with palette(pages_of) as page:
        shown = len(await page.locator(LISTED).all())
        count = page.locator(COUNT)
        assert (await count.inner_text()).startswith(f"Acts and places: {shown} of ")
        assert await find(page, "no such place") == ["Search for “no such place”"]
        assert await count.inner_text() == "Acts and places: 0 of 0"
        assert await faults(page) == []
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/search?q=no*")
