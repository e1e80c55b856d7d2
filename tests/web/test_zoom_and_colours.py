"""What axe does not see: zoom, text spacing, hidden focus, forced colours, struck text."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from special_channel.web.shell.render import render
from tests.browsers import ABSENT, CHROMIUM, chromium
from tests.sweeps import turn
from tests.web.reading import Element
from tests.web.reading import Page as Reading
from tests.web.samples import every_page
from tests.web.site import serving

browsing = [
    pytest.mark.skipif(not CHROMIUM, reason=ABSENT),
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]

LOOKS = (("eu", "en"), ("cn", "zh-CN"))
"""Pages take turns; the long gate shows each page in both."""

ZOOMED = {"width": 320, "height": 256}
"""A screen of 1280 by 1024 at 400 %."""
SCREENS = (ZOOMED, {"width": 640, "height": 512}, {"width": 1440, "height": 600})
WIDTHS = (320, 1280)


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


async def go(page: Page, url: str) -> None:
    await page.goto(url)
    await page.evaluate("document.fonts.ready.then(() => true)")
    await page.evaluate(OPEN)


OPEN = """() => {
  for (const el of document.querySelectorAll('main details:not(.menu, .nacts)')) el.open = true;
  for (const el of document.querySelectorAll('[data-needs-key]')) el.disabled = false;
}"""

WIDTH = "document.documentElement.scrollWidth"

UNREACHABLE = """() => [...document.querySelectorAll('main *')]
  .filter(el => el.scrollWidth > el.clientWidth + 1)
  .filter(el => ['auto', 'scroll'].includes(getComputedStyle(el).overflowX))
  .filter(el => el.tabIndex < 0
    || !(el.matches('pre, textarea') || el.ariaLabel || el.getAttribute('aria-labelledby')))
  .map(el => el.outerHTML.slice(0, 100))"""
"""Parts that scroll by themselves and can't be scrolled by keyboard, or have no name."""

SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important } p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""
"""The distances of WCAG 1.4.12."""

CLIPPED = """() => [...document.querySelectorAll('body *')]
  .filter(el => el.getClientRects().length && !el.closest('.vh, .skip, svg'))
  .filter(el => !el.matches('input, select, textarea'))
  .map(el => [el, getComputedStyle(el)])
  .filter(([, style]) => style.textOverflow !== 'ellipsis' && style.display !== 'inline')
  .filter(([el, style]) => {
    const cut = way => ['hidden', 'clip'].includes(way);
    const sized = el.matches('.btn, .tag, .tagk, .seal, .card, .seg a, label, td, th, dt, dd');
    const wide = el.scrollWidth > el.clientWidth + 2;
    const tall = el.scrollHeight > el.clientHeight + 3;
    return (cut(style.overflowX) || sized) && wide || cut(style.overflowY) && tall;
  })
  .map(([el]) => el.outerHTML.slice(0, 100))"""
"""Text cut off or outside its box."""

COVERED = """() => {
  const all = [...document.querySelectorAll(
    'a[href], button:not(:disabled), input:not([type=hidden]), select, textarea, summary, '
    + '[tabindex="0"]')].filter(el => el.getClientRects().length && !el.closest('.vh, .skip'));
  const held = (el, found) => found && (el.contains(found)
    || found.contains(el) && !['fixed', 'sticky'].includes(getComputedStyle(found).position)
    || found.closest('label')?.contains(el));
  const seen = (el, box) => {
    const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
    const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
    if (right - left < 2 || bottom - top < 2) return false;
    for (let n = 0; n < 25; n += 1) {
      const x = left + 1 + (right - left - 2) * (n % 5) / 4;
      const y = top + 1 + (bottom - top - 2) * Math.floor(n / 5) / 4;
      if (held(el, document.elementFromPoint(x, y))) return true;
    }
    return false;
  };
  const covered = [];
  for (const el of [...all, ...all.toReversed()]) {
    el.focus();
    if (document.activeElement === el && ![...el.getClientRects()].some(box => seen(el, box))) {
      covered.push(el.outerHTML.slice(0, 100));
    }
  }
  return covered;
}"""
"""What has the focus and no point on the screen, forwards and backwards."""


@pytest.mark.parametrize(("number", "name"), list(enumerate(every_page("eu", "en"))))
class TestEachPage:
    """Each sample page, in one language at a time."""

    pytestmark = browsing

    async def test_page_at_400_percent_scrolls_one_way(self, base, page, number, name):
        for party, lang in turn([*LOOKS], number):
            await page.set_viewport_size(ZOOMED)
            await go(page, f"{base}/p/{party}/{lang}/{name}")
            assert await page.evaluate(WIDTH) <= ZOOMED["width"], (party, lang)
            assert await page.evaluate(UNREACHABLE) == [], (party, lang)

    async def test_page_with_wide_spacing_cuts_no_text(self, base, page, number, name):
        for party, lang in turn([*LOOKS], number):
            await go(page, f"{base}/p/{party}/{lang}/{name}")
            await page.evaluate(SPACED)
            for width in WIDTHS:
                await page.set_viewport_size({"width": width, "height": 720})
                assert await page.evaluate(WIDTH) <= width, (party, lang)
                assert await page.evaluate(CLIPPED) == [], (party, lang, width)

    async def test_focus_is_never_behind_a_bar(self, base, page, number, name):
        for party, lang in turn([*LOOKS], number):
            for screen in SCREENS:
                await page.set_viewport_size(screen)
                await go(page, f"{base}/p/{party}/{lang}/{name}")
                assert await page.evaluate(COVERED) == [], (party, lang, screen)


CUT_OFF = """() => {
  const side = document.querySelector('.side').getBoundingClientRect();
  return [...document.querySelectorAll('.side a, .side input, .side summary')].filter((el) => {
    if (!el.getClientRects().length) return false;
    el.focus();
    const box = el.getBoundingClientRect();
    return document.activeElement !== el || box.left < side.left || box.right > side.right;
  }).map((el) => el.textContent);
}"""
"""What is shown of the menu, and is beyond its edge or can't have the focus."""


class TestMenuOfANarrowPage:
    """A button opens the groups of the menu; on a wide page they are always there."""

    pytestmark = browsing

    @pytest.mark.parametrize("width", [280, 320, 390, 959])
    async def test_menu_of_a_narrow_page_opens_by_keyboard(self, base, page, width):
        await page.set_viewport_size({"width": width, "height": 720})
        for party, lang in LOOKS:
            await go(page, f"{base}/p/{party}/{lang}/keys")
            groups, button = page.locator(".side > [role=group]"), page.locator(".side summary")
            assert await groups.count() >= 5
            assert [await each.is_visible() for each in await groups.all()] == [
                False for _ in await groups.all()
            ]
            assert await page.locator("#find").is_visible(), "a key leads to it"
            await button.press("Enter")
            assert all([await each.is_visible() for each in await groups.all()])
            assert await page.evaluate(CUT_OFF) == []
            assert await page.evaluate(WIDTH) <= width
            await button.press("Enter")
            assert not await groups.first.is_visible()

    async def test_menu_of_a_wide_page_needs_no_button(self, base, page):
        await page.set_viewport_size({"width": 1280, "height": 720})
        await go(page, f"{base}/p/eu/en/keys")
        groups = await page.locator(".side > [role=group]").all()
        assert all([await each.is_visible() for each in groups])
        assert not await page.locator(".side summary").is_visible()


STYLE = """([selector, part, names]) => [...document.querySelectorAll(selector)]
  .map(el => getComputedStyle(el, part)).map(style => names.map(name => style[name]).join(' '))"""


async def styles(page: Page, selector: str, *names: str, part: str | None = None) -> set[str]:
    found = await page.evaluate(STYLE, [selector, part, list(names)])
    assert found, selector
    return set(found)


class TestForcedColours:
    """Grounds and shadows are gone; what they told is told by something else."""

    pytestmark = browsing

    @pytest_asyncio.fixture(loop_scope="module")
    async def forced(self, browser) -> AsyncIterator[Page]:
        context = await browser.new_context(forced_colors="active", color_scheme="dark")
        yield await context.new_page()
        await context.close()

    async def test_side_and_state_badges_have_a_border(self, base, forced):
        for name in ("batch", "thread", "inbox", "rules"):
            await go(forced, f"{base}/p/eu/en/{name}")
            assert await styles(forced, "main .tag", "borderTopStyle") == {"solid"}, name

    async def test_private_columns_are_ruled_off(self, base, forced):
        for name in ("batch", "list-check"):
            await go(forced, f"{base}/p/eu/en/{name}")
            shown = await styles(forced, "main .mine", "borderLeftStyle", "borderRightStyle")
            assert shown == {"double double"}, name
            others = "main .apps td:not(.mine)"
            assert await styles(forced, others, "borderLeftStyle") == {"none"}, name

    async def test_days_and_bars_keep_their_grounds(self, base, forced):
        await go(forced, f"{base}/p/eu/en/rules")
        grounds = [
            await styles(forced, f".month .{kind}", "backgroundColor", "boxShadow")
            for kind in ("weekend", "closed", "make-up")
        ]
        assert all(len(each) == 1 for each in grounds)
        assert len(set.union(*grounds)) == 3
        await go(forced, f"{base}/p/eu/en/batch")
        slices = await styles(forced, ".card > .bar rect", "fill")
        assert len(slices) >= 4

    async def test_steps_of_a_route_show_which_is_done(self, base, forced):
        await go(forced, f"{base}/p/eu/en/routed")
        marks = [
            await styles(
                forced, f".route .{standing}", "content", "borderTopWidth", part="::before"
            )
            for standing in ("done", "now", "ahead")
        ]
        assert all(len(each) == 1 for each in marks)
        assert len(set.union(*marks)) == 3

    async def test_changed_and_struck_text_keeps_its_lines(self, base, forced):
        await go(forced, f"{base}/p/eu/en/thread")
        assert await styles(forced, "main del", "textDecorationLine") == {"line-through"}
        assert await styles(forced, "main ins", "textDecorationLine") == {"underline"}
        await go(forced, f"{base}/p/eu/en/clearance")
        assert await styles(forced, "main del", "textDecorationLine") == {"line-through"}


SPOKEN = {
    "en": {
        "del": ("Removed: ", "Replaced: ", "Taken back: "), "ins": ("New: ",),
        "struck": ("Withdrawn text:",),
    },
    "zh-CN": {
        "del": ("删去：", "原内容：", "已撤回："), "ins": ("新增：",),
        "struck": ("已撤回的内容：",),
    },
}  # fmt: skip


def kind_of(element: Element) -> str:
    return "struck" if "struck" in element.attributes.get("class", "").split() else element.tag


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_struck_and_changed_text_begins_with_a_word(lang):
    """A line through a text is not spoken; a hidden word before it is."""
    met = set()
    for name, shown in every_page("eu", lang).items():
        for each in Reading(render(shown.page, shown.frame)).within():
            kind = kind_of(each)
            if kind not in SPOKEN[lang]:
                continue
            met.add(kind)
            said = re.sub(r"\s+", " ", each.source).lstrip()
            assert said.startswith(SPOKEN[lang][kind]), (name, said[:60])
            first = next(part for part in each.inside if isinstance(part, Element))
            assert first.attributes["class"] == "vh", (name, said[:60])
    assert met >= {"del", "ins"}
