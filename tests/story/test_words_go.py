"""Words that an order erases go from the pages that show them, on the side that ordered it.

Two real nodes and a real Chromium for each official; the order is given on the command line.
"""

from __future__ import annotations

import aiohttp
import pytest
from playwright.async_api import Playwright

from tests.axe import faults
from tests.channel import Channel
from tests.nodes.api import Api
from tests.nodes.hands import Hands
from tests.story.windows import Window, entry, sign, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

STAYS, GOES = "Three certificates carry no stamp.", "One is of Fictional Łożyska Wisła."


async def note_of_two_paragraphs(eu: Window) -> tuple[str, str]:
    """Open a thread with a note; return the note's id and number."""
    page = await eu.go("/threads/new")
    await page.fill("[name=subject]", "Stamps on certificates")
    await page.fill("[name=text]", f"{STAYS}\n\n{GOES}")
    await sign(page)
    await page.wait_for_url("**/threads/EU-*", wait_until="domcontentloaded")
    note = page.locator("[data-timeline] [data-kind='note.posted']")
    id_, number = [await note.get_attribute(f"data-{name}") for name in ("entry-id", "position")]
    assert id_ is not None
    assert number is not None
    await eu.checked(id_)
    return id_, number


async def test_words_that_are_erased_go_from_the_open_page_of_the_side_that_ordered_it(
    made: Channel, chromium: Playwright, capsys: pytest.CaptureFixture[str]
) -> None:
    async with (
        window(chromium, made, "eu", "en") as eu,
        window(chromium, made, "cn", "zh-CN") as cn,
        aiohttp.ClientSession() as http,
    ):
        await eu.enrol()
        await cn.enrol()
        note, number = await note_of_two_paragraphs(eu)
        await made.caught_up()
        await cn.go("/threads/" + eu.page.url.rsplit("/", 1)[-1])
        await cn.checked(note)
        for each in (eu, cn):
            assert GOES in await each.page.inner_text(entry(note))
            await each.page.evaluate("window.loaded = 'once'")
        hand = Hands(made, "eu", capsys, Api(http, eu.url))
        [order] = await hand.told("erase", number, "--part", "1", "--reason", "Order 9/2026")

        await eu.page.wait_for_selector(entry(note, " [data-absent=erased]"))
        said = await eu.page.inner_text(entry(note))
        assert GOES not in said
        assert STAYS in said
        assert GOES not in await eu.page.content()
        # The other side holds its copy, and reads by which entry this one's is gone.
        await cn.page.wait_for_selector(entry(note, f" .strip a:text-is('{order['position']}')"))
        assert GOES in await cn.page.inner_text(entry(note))
        for each in (eu, cn):
            await each.page.wait_for_selector(entry(note, "[data-proof=ok]"))
            assert await each.page.evaluate("window.loaded") == "once"
            assert await faults(each.page) == []
            assert await each.quiet() == []
