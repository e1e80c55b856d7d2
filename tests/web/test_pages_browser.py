"""Every page in a real Chromium: accessibility, the strict policy, 320 px, print, old eyes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from special_channel.web.http.statics import read_statics
from tests.axe import STRUCTURE, faults
from tests.browsers import ABSENT, CHROMIUM, chromium
from tests.sweeps import turn
from tests.web.samples import every_page
from tests.web.site import STATICS, serving

pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason=ABSENT),
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]

LOOKS = {("eu", "en"): "light", ("cn", "zh-CN"): "dark"}
"""Pages take turns; the long gate shows each page in both. More combinations stand in the sweep of
two real nodes (tests/story/test_every_page.py)."""
WIDE, NARROW = ({"width": 1280, "height": 720}, {"width": 320, "height": 800})
OPEN_LOOKS = ("S-007", "S-017", "list-decided")
REPORT = """document.addEventListener('securitypolicyviolation',
  e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def base() -> AsyncIterator[str]:
    async with serving() as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


RULES = """(styles) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  return [...sheet.cssRules].map(({ cssText }) => cssText);
}"""


async def test_stripped_styles_have_the_same_rules(browser: Browser) -> None:
    page = await browser.new_page()
    served = {path: file for path, file in read_statics().held.items() if path.endswith(".css")}
    assert served
    for path, file in served.items():
        source = (STATICS / path).read_text("utf-8")
        assert len(file.data) < len(source), path
        rules = await page.evaluate(RULES, source)
        assert rules, path
        assert await page.evaluate(RULES, file.data.decode()) == rules, path
    await page.close()


async def opened(browser: Browser, url: str, **options) -> tuple[Page, list[str]]:
    page, said = await blank(browser, **options)
    await go(page, url)
    return page, said


async def blank(browser: Browser, **options) -> tuple[Page, list[str]]:
    """A page, and its errors."""
    context = await browser.new_context(**options)
    await context.add_init_script(REPORT)
    page = await context.new_page()
    said: list[str] = []
    page.on(
        "console", lambda message: said.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    return page, said


async def go(page: Page, url: str) -> None:
    await page.goto(url)
    await page.evaluate("document.fonts.ready.then(() => true)")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def looks(browser) -> dict[tuple[str, str], tuple[Page, list[str]]]:
    """A page per theme, navigated from page to page as by a reader."""
    return {
        look: await blank(browser, color_scheme=scheme, reduced_motion="reduce")
        for look, scheme in LOOKS.items()
    }


SHOW_ALL = """() => {
  for (const el of document.querySelectorAll('details')) el.open = true;
  const asleep = '[data-step], #problem, #offline, #outbox';
  for (const el of document.querySelectorAll(asleep)) el.hidden = false;
  const entries = [...document.querySelectorAll('[data-entry-id]')];
  for (const [n, state] of ['ok', 'unknown', 'bad'].entries()) {
    for (const entry of entries.slice(n, n + 1)) entry.dataset.proof = state;
  }
  for (const each of document.querySelectorAll('[data-verdict]')) {
    each.hidden = each.dataset.verdict !== (each.closest('[data-entry-id]').dataset.proof || '');
  }
  for (const row of document.querySelectorAll('[data-slot="asks"] > [hidden]')) row.hidden = false;
  for (const el of document.querySelectorAll('[data-needs-key]')) el.disabled = false;
  for (const el of document.querySelectorAll('[data-f]')) {
    el.hidden = false;
    if (!el.textContent) el.textContent = 'EU-877 0123 4567 89ab cdef';
  }
}"""
"""What scripts may reveal: every step, strip, tick and row at once."""

SMALL_TARGETS = """() => [...document.querySelectorAll(
    'button, summary, .btn, .side a, .seg a, input:not([type=hidden]):not(.vh), select')]
  .map(el => [el, el.getBoundingClientRect()])
  .filter(([el, box]) => box.width > 0 && !el.closest('label'))
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([el]) => el.outerHTML.slice(0, 120))"""

RING = """() => {
  const el = document.activeElement;
  const rect = el.querySelector('rect');
  const inside = rect && getComputedStyle(rect).strokeWidth === '3px';
  return [el.outerHTML.slice(0, 60), getComputedStyle(el).outlineStyle !== 'none' || inside];
}"""


@pytest.mark.parametrize(("number", "name"), list(enumerate(every_page("eu", "en"))))
async def test_nobody_is_shut_out_no_policy_is_broken_and_it_fits_320_pixels(
    base, looks, number, name
):
    for party, lang in turn([*LOOKS], number):
        page, said = looks[party, lang]
        said.clear()
        await go(page, f"{base}/p/{party}/{lang}/{name}")
        assert await faults(page, STRUCTURE) == [], (party, lang)
        await page.evaluate(SHOW_ALL)
        assert await faults(page) == [], (party, lang)
        await page.set_viewport_size(NARROW)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320, (party, lang)
        assert await page.evaluate(SMALL_TARGETS) == []
        await page.set_viewport_size(WIDE)
        assert said == []


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_a_checked_list_is_sent_without_scrolling(base, browser, lang):
    """Verdict, three things to look at and the act are on the first screen; the rest is folded."""
    page, _ = await opened(
        browser, f"{base}/p/eu/{lang}/list-check", viewport={"width": 1440, "height": 900}
    )
    looks = page.get_by_role("listitem").filter(has_text=re.compile("FIKTIV|7, 11|7、11"))
    assert await looks.count() == len(OPEN_LOOKS)
    foot = await page.locator("[data-sign='batch.listed']").bounding_box()
    assert foot is not None
    assert foot["y"] + foot["height"] <= 900
    # The bar stands where the page flows, not where it is pinned while the page is longer.
    assert await page.evaluate("document.querySelector('#act').offsetTop") < 900
    height = await page.evaluate("document.documentElement.scrollHeight")
    # Three findings with a choice of reasons take most of it.
    assert height < 2200, "250 rows make it no longer: they are folded"
    assert await page.locator("details[open]").count() == 0
    await page.context.close()


async def test_chinese_is_set_in_a_chinese_face_and_shares_no_latin_marks(base, browser):
    page, _ = await opened(browser, f"{base}/p/cn/zh-CN/thread")
    client = await page.context.new_cdp_session(page)
    await client.send("DOM.enable")
    await client.send("CSS.enable")
    root = await client.send("DOM.getDocument", {"depth": 1})
    node = await client.send(
        "DOM.querySelector",
        {"nodeId": root["root"]["nodeId"], "selector": "#CN-340 [data-part='1']"},
    )
    fonts = await client.send("CSS.getPlatformFontsForNode", {"nodeId": node["nodeId"]})
    faces = {font["familyName"] for font in fonts["fonts"]}
    if not any("CJK" in face for face in faces):
        pytest.skip("no Chinese font here (Debian: apt-get install fonts-noto-cjk)")
    assert "Noto Sans CJK SC" in faces
    assert not {face for face in faces if "JP" in face}
    await page.context.close()


async def test_everything_reads_without_scripts(base, browser):
    for name in ("inbox", "thread", "batch", "batches", "threads"):
        page, _ = await opened(browser, f"{base}/p/eu/en/{name}", java_script_enabled=False)
        assert await page.locator("h1").first.is_visible()
        await page.context.close()
    page, _ = await opened(browser, f"{base}/p/eu/en/thread", java_script_enabled=False)
    await page.locator("#CN-340 details:has(.stages) > summary").click()
    assert await page.locator("#CN-340 .stages").is_visible()
    assert await page.locator("#compose [type=submit]").is_disabled()
    await page.context.close()


async def test_every_control_is_reached_by_keyboard_and_shows_it(base, browser):
    page, _ = await opened(
        browser, f"{base}/p/eu/en/inbox", viewport={"width": 1440, "height": 900}
    )
    seen = []
    for _ in range(40):
        await page.keyboard.press("Tab")
        ring = await page.evaluate(RING)
        if ring[0].startswith("<body"):
            break
        seen.append(ring)
    assert len(seen) > 20
    assert [html for html, visible in seen if not visible] == []
    await page.context.close()


async def test_a_print_is_for_the_file_and_holds_both_languages(base, browser):
    page, _ = await opened(browser, f"{base}/p/eu/en/thread", color_scheme="dark")
    await page.emulate_media(media="print")
    assert await page.locator(".dossier").is_visible()
    for gone in (".top", ".side", "#compose", ".crumb"):
        assert not await page.locator(gone).first.is_visible()
    ink = await page.evaluate("getComputedStyle(document.documentElement).color")
    assert ink == "rgb(0, 0, 0)"
    pdf = await page.pdf(prefer_css_page_size=True, tagged=True, outline=True)
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 20_000
    await page.context.close()


async def test_forced_colours_keep_the_page_usable(base, browser):
    page, _ = await opened(browser, f"{base}/p/eu/en/thread", forced_colors="active")
    border = await page.evaluate("getComputedStyle(document.querySelector('.seal')).borderTopStyle")
    assert border == "solid"
    await page.context.close()


VISIBLE_ACTS = """() => [...document.querySelectorAll(
    'main button, main .btn, main .fold > summary')]
  .filter(el => el.getClientRects().length > 0).map(el => el.outerHTML.slice(0, 100))"""

TOPS = """names => names.map(name => Math.round([...document.querySelectorAll('main .btn')]
  .find(el => el.textContent.trim() === name).getBoundingClientRect().top))"""

BROKEN = """selector => [...document.querySelectorAll(selector)]
  .map(el => [el, document.createRange()])
  .map(([el, range]) => { range.selectNodeContents(el.querySelector('a') || el);
    const tops = new Set([...range.getClientRects()].map(box => box.top));
    return [el.textContent.trim(), tops.size]; })
  .filter(([, lines]) => lines > 1).map(([text]) => text)"""

SPLIT = """() => {
  const broken = [];
  for (const el of document.querySelectorAll('main thead th')) {
    const texts = document.createTreeWalker(el, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      for (const word of text.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].map(box => box.top));
        if (!/\\p{Script=Han}/u.test(word[0]) && lines.size > 1) broken.push(word[0]);
      }
    }
  }
  return broken;
}"""
"""Words of headings of tables that go on in another line; Chinese may do so at any character."""

TOUCHING = """() => [...document.querySelectorAll(
    'main .card, main .scroll, main .facts, main form')]
  .map(el => [el, el.previousElementSibling, el.getBoundingClientRect()])
  .filter(([el, before, box]) => before && box.height > 0 && !before.matches('.vh')
    && before.getBoundingClientRect().height > 0 && el.parentElement.matches('main, section, .card')
    && before.matches('p, h2, h3, .scroll, .card, details, .facts'))
  .filter(([, before, box]) => { const gap = box.top - before.getBoundingClientRect().bottom;
    return gap >= 0 && gap < 5; })
  .map(([el, before]) => before.outerHTML.slice(0, 60) + ' | ' + el.outerHTML.slice(0, 60))"""


@pytest.mark.parametrize("name", ["thread", "meeting", "application", "clearance", "batch"])
async def test_print_shows_no_button_and_nothing_to_unfold(base, browser, name):
    page, _ = await opened(browser, f"{base}/p/eu/en/{name}")
    await page.emulate_media(media="print")
    assert await page.evaluate(VISIBLE_ACTS) == []
    await page.context.close()


async def test_print_of_a_batch_is_not_made_smaller(base, browser):
    """A table wider than the paper would make Chromium print everything smaller."""
    for name in ("batch", "deadlines"):
        page, _ = await opened(
            browser, f"{base}/p/eu/en/{name}", viewport={"width": 658, "height": 900}
        )
        await page.emulate_media(media="print")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 658, name
        await page.context.close()


@pytest.mark.parametrize(("party", "lang"), [("eu", "en"), ("cn", "zh-CN")])
async def test_names_numbers_and_acts_stay_on_one_line(base, browser, party, lang):
    wide = {"width": 1440, "height": 900}
    page, _ = await opened(browser, f"{base}/p/{party}/{lang}/access", viewport=wide)
    assert await page.evaluate(BROKEN, "#in-force ~ .scroll th.nw, #past ~ .scroll .nw") == []
    await go(page, f"{base}/p/{party}/{lang}/numbers")
    assert await page.evaluate(BROKEN, "#lists ~ .scroll tbody th") == []
    await go(page, f"{base}/p/{party}/{lang}/batch")
    names = ["Amend this list", "New thread"] if party == "eu" else ["答复本清单", "新建事项"]
    assert len({*await page.evaluate(TOPS, names)}) == 1
    await page.context.close()


async def test_blocks_do_not_touch_what_stands_above_them(base, browser):
    page, _ = await opened(browser, f"{base}/p/eu/en/acts", viewport={"width": 1440, "height": 900})
    touching = {}
    for name in ("acts", "access", "access-new", "key-in-use", "keys", "batches", "suspend"):
        await go(page, f"{base}/p/eu/en/{name}")
        if found := await page.evaluate(TOUCHING):
            touching[name] = found
    assert touching == {}
    await page.context.close()


TEXT_FACE = """() => [...document.querySelectorAll('main :is(code, .mono, .mono *)')]
  .filter(el => el.getClientRects().length && !el.closest('[lang]:not(html)'))
  .filter(el => !getComputedStyle(el).fontFamily.includes('mono'))
  .map(el => el.outerHTML.slice(0, 80))"""

CUT = """() => [...document.querySelectorAll('main .scroll:has(table)')]
  .filter(el => el.scrollWidth > el.clientWidth + 1)
  .map(el => [el.getAttribute('aria-labelledby'), el.scrollWidth - el.clientWidth])"""

REMARK = """() => {
  const remark = document.createElement('small');
  remark.className = 'rmk';
  remark.textContent = 'The question “Which papers?” is not answered by this row. '.repeat(3);
  document.querySelector('.apps tbody tr').children[5].append(remark);
}"""
"""What the reader may note of the other side's row."""

RADIOS = """() => [...document.querySelectorAll('main input[type=radio]')]
  .filter(el => el.getClientRects().length)
  .map(el => [el, el.closest('label').querySelector('span'), document.createRange()])
  .map(([el, text, range]) => { range.selectNodeContents(text);
    const box = el.getBoundingClientRect(), line = range.getClientRects()[0];
    return [getComputedStyle(el).accentColor, box.height,
      Math.abs(box.top + box.height / 2 - line.top - line.height / 2)]; })"""


@pytest.mark.parametrize(("party", "lang"), [*LOOKS])
async def test_codes_and_linked_numbers_have_the_face_of_codes(base, browser, party, lang):
    page, _ = await opened(browser, f"{base}/p/{party}/{lang}/batch")
    for name in ("batch", "applications", "alerts", "licence", "rules", "thread", "answer-file"):
        await go(page, f"{base}/p/{party}/{lang}/{name}")
        assert await page.evaluate(TEXT_FACE) == [], name
    await page.context.close()


@pytest.mark.parametrize(("party", "lang"), [*LOOKS])
async def test_tables_of_a_list_are_whole_on_a_wide_screen(base, browser, party, lang):
    # Some pixels less than 1,440: other systems set the same words a little wider.
    wide = {"width": 1434, "height": 900}
    page, _ = await opened(browser, f"{base}/p/{party}/{lang}/batch", viewport=wide)
    for name in ("batch", "answer", "applications", "amendment", "alerts", "thread-alerts"):
        await go(page, f"{base}/p/{party}/{lang}/{name}")
        assert await page.evaluate(CUT) == [], name
        assert await page.evaluate(BROKEN, "main .nw") == [], name
    await page.context.close()


async def test_remark_in_a_table_of_applications_breaks_into_lines(base, browser):
    wide = {"width": 1434, "height": 900}
    page, _ = await opened(browser, f"{base}/p/eu/en/batch", viewport=wide)
    await page.evaluate(REMARK)
    assert await page.evaluate(CUT) == []
    await page.context.close()


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_no_heading_of_a_table_is_split_within_a_word(base, browser, lang):
    page, _ = await opened(browser, f"{base}/p/eu/{lang}/fairness", viewport=WIDE)
    split = {}
    for name in ("fairness", "terms", "numbers", "applications"):
        await go(page, f"{base}/p/eu/{lang}/{name}")
        if found := await page.evaluate(SPLIT):
            split[name] = found
    assert split == {}
    await page.context.close()


@pytest.mark.parametrize(("party", "lang"), [*LOOKS])
async def test_radio_buttons_are_level_with_their_first_line(base, browser, party, lang):
    page, _ = await opened(browser, f"{base}/p/{party}/{lang}/notices", color_scheme="light")
    for name in ("notices", "preferences", "stop", "review", "access-new"):
        await go(page, f"{base}/p/{party}/{lang}/{name}")
        radios = await page.evaluate(RADIOS)
        assert radios, name
        assert {(colour, height) for colour, height, _ in radios} == {("rgb(26, 34, 48)", 20)}, name
        assert max(off for _, _, off in radios) <= 3, name
    await page.context.close()


PLACES = """() => {
  return [...document.querySelectorAll('[data-row]:has(.pick)')].map((row) => {
    const box = row.querySelector('.pick input').getBoundingClientRect();
    const link = row.querySelector('th a').getBoundingClientRect();
    const middle = (each) => (each.top + each.bottom) / 2;
    return [Math.abs(middle(box) - middle(link)), link.left - box.right];
  });
}"""


async def test_search_on_a_phone_folds_its_filters(base, looks):
    for (party, lang), (page, _) in looks.items():
        await go(page, f"{base}/p/{party}/{lang}/search")
        for width in (320, 390):
            await page.set_viewport_size({"width": width, "height": 844})
            form = await page.locator("form.filter").bounding_box()
            assert form is not None
            assert form["height"] < 844 / 4, (party, width)
            rows = await page.evaluate(PLACES)
            # The box of a hit is beside its number.
            assert all(off < 8 and 0 <= gap < 24 for off, gap in rows), rows
            kinds = page.locator("[name=kind]")
            assert not await kinds.is_visible()
            await page.locator(".filter summary").click()
            assert await kinds.is_visible()
            await page.locator(".filter summary").click()
        await page.set_viewport_size(WIDE)


LONGEST = """(label) => {
  const links = [...document.querySelectorAll('main a.tag, main nav.labels a + a')];
  for (const link of links) link.textContent = label;
  const nav = document.querySelector('main nav.labels');
  const gap = nav && nav.nextElementSibling.getBoundingClientRect().top
    - nav.getBoundingClientRect().bottom;
  // No word of a label is outside of its row, its bar or the page.
  const outside = links.filter((link) => {
    const around = link.closest('.rowi, nav, form').getBoundingClientRect();
    const { left, right } = link.getBoundingClientRect();
    const cut = link.scrollWidth > link.clientWidth + 1;
    return cut || left < around.left - 1 || right > around.right + 1 || right > innerWidth;
  });
  return [links.length, outside.length, gap];
}"""


@pytest.mark.parametrize("name", ["threads", "inbox-marked", "thread"])
@pytest.mark.parametrize("label", ["W" * 40, "Ask Legal first and then the unit’s head"])
async def test_label_of_forty_characters_stays_in_its_row(base, looks, name, label):
    for (party, lang), (page, _) in looks.items():
        await go(page, f"{base}/p/{party}/{lang}/{name}")
        for width in (320, 768, 1280):
            await page.set_viewport_size({"width": width, "height": 844})
            count, outside, gap = await page.evaluate(LONGEST, label)
            assert (count > 0, outside) == (True, 0), (party, width)
            assert gap is None or gap >= 8, (party, width)
        await page.set_viewport_size(WIDE)
