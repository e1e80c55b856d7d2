"""Prints for the file are marked as internal on each sheet; a batch is printed completely."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.web.pages_node import PagesNode
from tests.web.test_effect import opened, print_of
from tests.world import World

MARKS = {
    ("eu", "en"): "Internal, for EU only. Not to be handed over.",
    ("eu", "zh-CN"): "内部资料，仅供欧方使用，不得转交。",
    ("cn", "en"): "Internal, for CN only. Not to be handed over.",
    ("cn", "zh-CN"): "内部资料，仅供中方使用，不得转交。",
}
NUMBERS = [f"FIKTIV-26-{number:07d}" for number in range(250)]


def plain(text: str) -> str:
    return "".join(text.split())


def marks(sheets: list[str], party: str, lang: str) -> list[int]:
    """Number of marks on each sheet."""
    return [sheet.count(plain(MARKS[party, lang])) for sheet in sheets]


@dataclass
class Long:
    """A thread and a batch of several sheets."""

    world: World
    thread: str
    batch: str


@pytest.fixture(scope="module")
def long() -> Long:
    world = World.founded()
    thread = world.open_thread("eu")
    for number in range(12):
        world.note("eu", thread.leaf.thread, [f"Paragraph {number}. " + "Long words. " * 60])
    batch = world.list_batch(NUMBERS)
    world.exchange()
    return Long(world, f"/threads/{thread.position}", f"/batches/{batch.position}")


@pytest.mark.parametrize(("party", "lang"), list(MARKS))
async def test_print_of_a_thread_is_marked_on_each_sheet(pages_of, long, party, lang):
    site = await pages_of(long.world, party)
    sheets = await print_of(site, site.base + long.thread, lang)
    assert len(sheets) > 2
    assert marks(sheets, party, lang) == [1] * len(sheets)
    # Dates on a page omit the current year.
    today = {"en": "AsofTue24Nov2026", "zh-CN": "2026年11月24日（周二）"}[lang]
    assert all(today in sheet for sheet in sheets)


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_print_of_a_batch_has_all_rows_and_the_mark(pages_of, long, lang):
    site = await pages_of(long.world, "eu")
    page = await site.get(long.batch, lang=lang)
    assert len(page.page.marked("name", "application")) == 100
    [link] = page.page.marked("data-print-all")
    there = link.attributes["href"]
    sheets = await print_of(site, site.base + there, lang)
    assert len(sheets) > 4
    assert marks(sheets, "eu", lang) == [1] * len(sheets)
    assert [number for number in NUMBERS if number not in "".join(sheets)] == []
    whole = await site.get(there, lang=lang)
    assert whole.page.marked("name", "application") == []
    assert whole.page.all("checkbox") == []


BOXES = "[...document.querySelectorAll('input[type=checkbox]')]"


@pytest.mark.parametrize(
    ("party", "path"),
    [
        ("eu", "/applications"),
        ("eu", "/applications?batch={batch}"),
        ("eu", "{list}"),
        ("eu", "/deadlines"),
        ("cn", "/applications"),
        ("cn", "{list}/answer"),
    ],
)
async def test_print_shows_no_checkbox_that_the_page_has(pages_of, long, party, path):
    site = await pages_of(long.world, party)
    url = path.format(batch=long.batch.rpartition("/")[2], list=long.batch)
    async with opened(site, site.base + url, "en") as page:
        assert await page.evaluate(BOXES + ".length") > 0
        await page.emulate_media(media="print")
        shown = await page.evaluate(BOXES + ".filter((box) => box.checkVisibility()).length")
        assert shown == 0


async def test_print_of_one_page_says_which_rows_it_has(pages_of, long):
    """A print by the browser's menu says that it is incomplete."""
    site = await pages_of(long.world, "eu")
    url = site.base + long.batch
    text = "".join(await print_of(site, url, "en"))
    assert (
        plain("Rows 1 to 100 of 250. “Print all rows” on this page prints the whole list.") in text
    )
    assert "Select" not in text


async def test_print_keeps_the_filter_that_is_shown(pages_of, long):
    site = await pages_of(long.world, "eu")
    url = f"{long.batch}?text=00001"
    page = await site.get(url, lang="en")
    [link] = page.page.marked("data-print-all")
    whole = await site.get(link.attributes["href"], lang="en")
    assert NUMBERS[17] in whole.text
    assert NUMBERS[27] not in whole.text


@pytest.mark.parametrize(("kind", "marked"), [("internal", 1), ("handover", 0)])
async def test_brief_that_may_be_handed_over_is_not_marked(pages_of, long, kind, marked):
    site: PagesNode = await pages_of(long.world, "eu")
    sheets = await print_of(site, f"{site.base}/brief/working/{kind}", "en")
    assert marks(sheets, "eu", "en") == [marked] * len(sheets)
