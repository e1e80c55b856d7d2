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
