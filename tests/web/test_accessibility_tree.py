"""The tree that assistive technology gets of each page: one title, landmarks, names, order."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.axtree import Node, read
from tests.browsers import ABSENT, CHROMIUM, chromium
from tests.sweeps import turn
from tests.web.samples import every_page
from tests.web.site import serving

pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason=ABSENT),
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]

LOOKS = (("eu", "en"), ("cn", "zh-CN"))
"""Pages take turns; the long gate reads each page in both."""

CONTROLS = frozenset(
    ("link", "button", "textbox", "searchbox", "combobox", "listbox", "checkbox", "radio")
) | {"spinbutton", "slider", "Date", "DateTime", "DisclosureTriangle"}
LANDMARKS = frozenset(("navigation", "region", "complementary", "form", "search"))
NAMED = CONTROLS | frozenset(("dialog", "img", "radiogroup", "progressbar"))
AROUND = LANDMARKS | frozenset(("group", "article", "dialog"))

OPEN = """() => {
  for (const el of document.querySelectorAll('details:not(.menu)')) el.open = true;
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def base() -> AsyncIterator[str]:
    async with serving() as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(browser) -> Page:
    context = await browser.new_context(reduced_motion="reduce")
    opened: Page = await context.new_page()
    return opened


def faults(root: Node) -> Iterator[str]:
    """Say what the tree of a page lacks."""
    if not root.name:
        yield "the page has no title"
    yield from wrong_headings(root)
    yield from wrong_places(root)
    yield from (f"table of {each} has no name" for each in nameless_tables(root))
    for each in root.within():
        if each.role in NAMED and not each.name:
            yield f"{each} has no name"
        if each.states.get("focusable") and each.role in {"generic", "none", ""}:
            yield f"focus on {each} has no role"


def wrong_headings(root: Node) -> Iterator[str]:
    """Find headings that are not one below the other; a page has one first."""
    headings = root.all("heading")
    levels = [int(each.states.get("level") or 0) for each in headings]
    if levels.count(1) != 1:
        yield f"{levels.count(1)} headings are first"
    for before, heading, level in zip([0, *levels], headings, levels, strict=False):
        if level > before + 1:
            yield f"{heading} is of level {level} after {before}"


def wrong_places(root: Node) -> Iterator[str]:
    """Find landmarks that are missing, or that two names alike can't tell apart."""
    every = [*root.within()]
    places = Counter((each.role, each.name) for each in every if each.role in LANDMARKS)
    # Without a name a form is no landmark.
    yield from (
        f"{many} of {role} are named {name!r}"
        for (role, name), many in places.items()
        if many > 1 and (name or role != "form")
    )
    for role in ("main", "banner"):
        if len(root.all(role)) != 1:
            yield f"{len(root.all(role))} nodes are {role}"


def nameless_tables(around: Node) -> Iterator[Node]:
    """Find tables without a name of their own or of a region or group around them."""
    for each in around.inside:
        if each.name and each.role in AROUND | {"table"}:
            continue
        if each.role == "table":
            yield next(iter(each.all("columnheader")), each)
        else:
            yield from nameless_tables(each)


@pytest.mark.parametrize(("number", "name"), list(enumerate(every_page("eu", "en"))))
async def test_tree_of_each_page_names_what_it_has(base, page, number, name):
    for party, lang in turn([*LOOKS], number):
        await page.goto(f"{base}/p/{party}/{lang}/{name}")
        await page.evaluate(OPEN)
        session = await page.context.new_cdp_session(page)
        tree = await read(session)
        await session.detach()
        assert [*faults(tree)] == [], (party, lang)
