"""Every page of both nodes, in both languages, light and dark: nobody shut out, nothing said.

A full channel; each page as it is, with all that a reader may open on it. Also what a page is
without its script, at 320 pixels, and when a node shows what was not signed.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, Playwright, Route

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.web.http.routes import ROUTES
from tests import servers
from tests.axe import faults
from tests.browsers import ARGS, CHROMIUM
from tests.channel import channel
from tests.story.stage import Filled, fill
from tests.story.windows import Window, invite, sign, window
from tests.sweeps import turn
from tests.web.samples import every_page

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOCALES: dict[Party, str] = {"eu": "en", "cn": "zh-CN"}
OPEN_ALL = """() => {
  for (const el of document.querySelectorAll('details:not(.menu)')) el.open = true;
}"""
SIDEWAYS = """() => [document.documentElement.scrollWidth, [...document.querySelectorAll('body *')]
  .filter((el) => el.getBoundingClientRect().right > innerWidth + 1
    && !el.closest('.scroll'))
  .map((el) => el.outerHTML.slice(0, 90)).slice(0, 3)]"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def full(chromium: Playwright) -> AsyncIterator[Filled]:
    """A full channel, and a signed-in head of unit on each side."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(servers.open_folder())
        made = await stack.enter_async_context(channel(folder))
        filled = await fill(made)
        for party in PARTIES:
            opened = await stack.enter_async_context(
                window(chromium, made, party, LOCALES[party], reduced_motion="reduce")
            )
            opened.expected.append("/no-such-page")  # answered 404, which the console names
            await opened.enrol("head")
            filled.windows[party] = opened
        await made.caught_up()
        yield filled


def paths(at: Mapping[str, str], party: Party, draft: str) -> dict[str, str]:
    """Return a path of each page of a side's node, by its name."""
    two = "application=FIKTIV-26-0009744&application=FIKTIV-26-0013827"
    listed = f"/batches/{at['list']}"
    own = {
        "eu": {
            "list-check": "/batches/check",
            "amend": f"{listed}/amend",
            "new-priority": f"/new-priority?{two}",
            "fairness": "/fairness",
        },
        "cn": {"answer": f"{listed}/answer", "new-licence": "/new-licence"},
    }
    return {
        "sign-in": "/sign-in",
        "enrol": "/enrol",
        "inbox": "/inbox?scope=all",
        "drafts": "/drafts",
        "templates": "/templates",
        "threads": "/threads",
        "unit": "/unit",
        "thread": f"/threads/{at['stamp']}",
        "thread-of-cn": f"/threads/{at['not-found']}",
        "new": "/threads/new",
        "new-on-batch": f"/batches/{at['list']}/new-thread?{two}",
        "batches": "/batches",
        "batch": f"/batches/{at['list']}?state=supplement",
        "applications": "/applications",
        "application": "/applications/FIKTIV-26-0009744",
        "differences": "/differences",
        "terms": "/terms",
        "licences": "/licences",
        "priority": "/priority",
        "meetings": "/meetings",
        "meeting": f"/meetings/{at['meeting']}",
        "new-meeting": "/meetings/new",
        "brief-internal": "/brief/working/internal",
        "brief-handover": "/brief/working/handover",
        "dossier-internal": f"/threads/{at['stamp']}/dossier?edition=internal",
        "dossier-shareable": f"/threads/{at['stamp']}/dossier",
        "dossier-list": f"{listed}/dossier?edition=internal",
        "dossier-application": "/applications/FIKTIV-26-0009744/dossier?edition=internal",
        "deadlines": "/deadlines",
        "figures": "/figures",
        "numbers": "/numbers",
        "alerts": "/alerts",
        "thread-alerts": f"/threads/{at['stamp']}/alerts",
        "link": "/link",
        "channels": "/channels",
        "rules": "/rules",
        "clearances": "/clearances",
        "clearance": f"/clearances/{draft}",
        "registrar": "/registrar",
        "evidence": "/entries/EU-1/evidence",
        "people": "/people",
        "people-of-eu": "/people/eu",
        "people-of-cn": "/people/cn",
        "journal": "/people/journal",
        "person-of-eu": "/people/eu/3",
        "person-of-cn": "/people/cn/3",
        "acts": "/people/acts",
        "alarms": "/alarms",
        "quarantine": "/quarantine",
        "search": "/search?q=EU",
        "search-form": "/search",
        "review": "/review?scope=all",
        "keys": "/keys",
        "notices": "/notices",
        "preferences": "/preferences",
        "help": "/help",
        "help-task": "/help/answer",
        "help-statement": "/help/accessibility",
        "stop": "/stop",
        "mailbox": "/mailbox",
        "missing": "/no-such-page",
    } | own[party]


def all_of(full: Filled, party: Party) -> dict[str, str]:
    """Return a path to each page of a side's node."""
    return paths(full.positions, party, full.drafts[party])


ELSEWHERE = {
    "/": "goes to the inbox",
    "/lang": "goes back",
    "/threads/{number}/now": "regions of a thread's page",
    "/inbox/now": "regions of the inbox",
    "/applications/{number}/revoke": "application-revoke, in tests/web/samples",
    "/applications/{number}/correct": "application-correct, in tests/web/samples",
    "/rules/now": "a region of the page of rules",
    "/threads/{number}/reference": "reference, in tests/web/samples",
    "/work": "goes to a thread’s page",
    "/mark": "mark-remind, in tests/web/samples and test_a_week_is_worked_through",
    "/assign": "assign, in tests/web/samples and test_threads_are_assigned",
    "/acknowledge": "acknowledge, in tests/web/samples and test_thirty_are_acknowledged",
    "/entries/{which}": "goes to where the entry stands",
    "/entries/{which}/envelope": "a file",
    "/entries/{which}/correct": "note-correct, in tests/web/samples and test_acts_on_a_note",
    "/entries/{which}/withdraw": "note-withdraw, in tests/web/samples and test_acts_on_a_note",
    "/entries/{which}/translate": "note-translate, in tests/web/samples and test_acts_on_a_note",
    "/entries/{which}/receipt": "a file",
    "/calendar/{token}.ics": "a file",
    "/threads/{number}/suspend": "suspend, in tests/web/samples",
    "/rules/propose": "propose, in tests/web/samples; a registrar’s, in test_a_charter_is_adopted",
    "/rules/charters/{digest}": "charter, in tests/web/samples and test_a_charter_is_adopted",
    "/alerts/{id}": "alerts, in tests/web/samples",
    "/mailbox/{mark}": "a mail, in tests/channels/test_mails_drawn",
    "/mailbox/{mark}/raw": "a file",
    "/recovery": "recovery, in tests/web/samples; on a restored node in test_a_loss_is_accepted",
    "/keys/{key}": "key, in tests/web/samples",
    "/people/acts/new": "act-new, in tests/web/samples",
    "/people/acts/{id}": "act, in tests/web/samples",
    "/people/acts/request": "a file",
    "/access": "access, in tests/web/samples and test_access_is_granted: an overseer’s",
    "/access/new": "access-new, in tests/web/samples",
    "/access/{id}": "access-grant, in tests/web/samples",
    "/licences/{number}": "licence, in tests/web/samples",
    "/licences/{number}/draw": "licence-draw, in tests/web/samples",
    "/priority/{number}": "priority, in tests/web/samples",
    "/clearances/several": "several, in tests/web/samples",
    "/quarantine/{sha256}/ask": "quarantine-ask, in tests/web/samples",
    "/files/{sha256}": "file, in tests/web/samples",
    "/files/{sha256}/preview": "a file in a frame, in tests/web/test_previews",
    "/files/{sha256}/preview/inside": "what the frame holds, in tests/web/test_previews",
    "/clearances/{id}/sheet": "signoff-sheet, in tests/web/samples",
}
"""Routes that show no page of their own here, and what they do instead."""

FILES = (".csv", ".xlsx", ".pdf", ".json")
"""Endings of what is taken along; no page of a browser."""


async def test_no_page_is_left_out() -> None:
    some: defaultdict[str, str] = defaultdict(lambda: "EU-1")
    seen = {
        path.partition("?")[0] for party in PARTIES for path in paths(some, party, "0").values()
    }
    left_out = {
        path
        for method, path, _ in ROUTES
        if method == "GET" and not path.startswith("/api/") and not path.endswith(FILES)
        if not any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), each) for each in seen)
    }
    assert left_out == set(ELSEWHERE)


async def test_pages_left_to_the_samples_are_among_them() -> None:
    """tests/web/test_pages_browser.py looks at each with axe, errors and refusals too."""
    named = {
        found[1]
        for why in ELSEWHERE.values()
        if (found := re.match(r"([\w-]+), in tests/web/samples", why))
    }
    samples = every_page("eu", "en").keys() | every_page("cn", "zh-CN").keys()
    assert len(named) > 5
    assert {each for each in named if not any(s.startswith(each) for s in samples)} == set()
    assert {"problem", "not-found"} <= samples


async def on_both(full: Filled, work: Callable[[Window], Awaitable[None]]) -> None:
    """Run an action in both windows at once."""
    async with asyncio.TaskGroup() as tasks:
        for each in full.windows.values():
            tasks.create_task(_run(work, each))


async def _run(work: Callable[[Window], Awaitable[None]], each: Window) -> None:
    await work(each)


async def speak(each: Window, lang: str) -> None:
    """Choose a language by the page's own switch."""
    await each.go("/inbox")
    async with each.page.expect_event("domcontentloaded"):  # it may be this language already
        await each.page.click(f".lang button[value='{lang}']")
    await each.page.wait_for_selector(f"html[lang='{lang}']")


async def look_at(each: Window, path: str) -> list[str]:
    """Open a page with all details; return its faults."""
    page = await each.go(path)
    await each.all_checked()
    await page.evaluate(OPEN_ALL)
    return [*await faults(page), *await page.evaluate("window.reports")]


@pytest.mark.timeout(600)  # some 70 pages; a busy machine takes seconds for each
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_no_page_shuts_anybody_out_or_complains(full: Filled, lang: str) -> None:
    """In each language a page is light at one node and dark at the other.

    Outside the long gate a page has one language at one node, and the other one at the other.
    """
    wrong: list[tuple[str, str, list[str]]] = []

    async def visit(each: Window) -> None:
        own = lang == LOCALES[each.party]
        await each.page.emulate_media(color_scheme="light" if own else "dark")
        await speak(each, lang)
        for number, (name, path) in enumerate(all_of(full, each.party).items()):
            if own not in turn((True, False), number):
                continue
            found = await look_at(each, path)
            assert await each.page.get_attribute("html", "lang") == lang
            wrong.extend([(each.party, name, found)] if found else [])
        assert await each.quiet() == []

    await on_both(full, visit)
    assert wrong == []


async def test_steps_of_enrolment_shut_nobody_out(full: Filled, chromium: Playwright) -> None:
    async with window(chromium, full.made, "cn", "zh-CN") as fresh:
        code = await invite(full.made, "cn", "desk")
        page = await fresh.go("/enrol")
        await page.fill("[name=code]", "WRNG-WRNG-WRNG")
        await page.click("#enrol-code button")
        await page.wait_for_selector("#problem:not([hidden])")
        assert await faults(page) == []
        fresh.complaints.clear()  # a wrong code is answered 404, which the console names
        await page.fill("[name=code]", code)
        await page.click("#enrol-code button")
        await page.wait_for_selector("[data-step=check]:not([hidden])")
        assert await page.inner_text("[data-step=check] [data-f=role]") == "经办人"
        assert await page.inner_text("[data-step=check] [data-f=desk]") == "许可处"
        assert await faults(page) == []
        assert await fresh.quiet() == []


async def lack_a_marking(there: Window) -> None:
    """Sign without a marking: the dialog asks for it, and nothing is signed; then choose none."""
    page = there.page
    await page.click("#confirm [data-act=sign]")
    await there.until("document.activeElement.name === 'marking'")
    assert await page.is_visible("#marking-needed")
    assert await faults(page) == []
    await page.select_option("#confirm [name=marking]", "none")
    assert not await page.is_visible("#marking-needed")


async def test_what_opens_over_a_page_shuts_nobody_out(full: Filled) -> None:
    eu = full.windows["eu"]
    await speak(eu, "en")
    page = await eu.go(all_of(full, "eu")["thread"])
    await page.keyboard.press("?")
    await page.wait_for_selector("#keys-help[open]")
    assert await faults(page) == []
    await page.keyboard.press("Escape")
    await page.fill("[name=text]", "Seen before it is signed.")
    await page.click("[data-act=add-ask]")
    await page.fill("[name=ask_text]", "Is it?")
    assert await faults(page) == []
    await page.click("#compose [type=submit]")
    # Each question to our side that stays open is asked about first.
    asked = "#open-question[open] [type=submit]:disabled"
    await page.wait_for_selector(asked)
    assert await faults(page) == []
    while await page.is_visible(asked):
        await page.check("[name=whether][value=no]")
        await page.click("#open-question [type=submit]")
        await page.wait_for_selector(f"{asked}, #confirm[open]")
    await page.wait_for_selector("#confirm[open]")
    await page.evaluate(OPEN_ALL)
    assert await faults(page) == []
    await lack_a_marking(eu)
    await page.click("#confirm [data-act=cancel]")
    assert await page.input_value("#compose [name=marking]") == "none"
    assert await eu.quiet() == []


async def test_every_page_fits_320_pixels(full: Filled) -> None:
    wrong: list[tuple[str, str, Any]] = []

    async def visit(each: Window) -> None:
        await each.page.set_viewport_size({"width": 320, "height": 800})
        for name, path in all_of(full, each.party).items():
            await each.go(path)
            # A busy machine shows a page at its old size first.
            await each.page.wait_for_function("innerWidth === 320")
            width, which = await each.page.evaluate(SIDEWAYS)
            wrong.extend([(each.party, name, which)] if width > 320 else [])
        await each.page.set_viewport_size({"width": 1440, "height": 1000})

    await on_both(full, visit)
    assert wrong == []


async def confirmed(page: Page, form: str) -> None:
    """Send a form of entries, read in the dialog what is signed, sign, and see the next page."""
    await page.click(form + " [type=submit]:not([disabled])")
    await page.wait_for_selector("#confirm[open]")
    assert await page.text_content("#confirm pre[data-f=bytes]")
    async with page.expect_event("load"):
        await page.click("#confirm [data-act=sign]")


async def survives(page: Page, field: Locator) -> None:
    """Switch the language and back: half-written text stays, since the node stores drafts."""
    words = await field.input_value()
    await page.wait_for_selector("form[data-write] .saved:not([hidden])")
    for lang in ("zh-CN", "en"):
        await page.click(f".lang [lang={lang}]")
        await page.wait_for_selector(f"html[lang={lang}]", state="attached")
        await page.wait_for_selector("form[data-write] .saved:not([hidden])")
        assert await field.input_value() == words
    assert await page.input_value("[name=place]") == "Brussels 布鲁塞尔"
    assert await page.is_checked("[name=present] >> nth=0")


async def drafted(page: Page) -> str:
    """Draft a meeting with one promise of the other side; return its number."""
    await page.fill("[data-kind='meeting.held'] [data-text=own]", "Held for Fictional Šumava")
    await page.fill("[name=place]", "Brussels 布鲁塞尔")
    await page.check("[name=present] >> nth=0")
    first = page.locator("[data-kind='point.noted'] >> nth=0")
    await first.locator("[name=point]").select_option("promise")
    await first.locator("[name=who]").select_option("cn")
    await first.locator("[data-text=own]").fill("The papers “Š” are named.")
    await first.locator("[data-text=tr]").fill("告知所需材料。")
    await page.click("[data-add]:not([disabled])")
    fourth = page.locator("[data-kind='point.noted'] >> nth=3")
    assert await fourth.locator("legend").inner_text() == "Point 4"
    assert await page.evaluate("document.activeElement.name") == "point"
    await fourth.locator("[data-text=own]").fill("A fourth one.")
    await survives(page, first.locator("[data-text=tr]"))
    assert await fourth.locator("[data-text=own]").input_value() == "A fourth one."
    await confirmed(page, "form[data-write]")
    await page.click("main tbody a >> nth=0")
    await page.wait_for_url("**/meetings/EU-*")
    return (await page.inner_text(".crumb span")).split()[-1]


async def test_a_meeting_is_drafted_marked_and_asked_about_in_the_browser(full: Filled) -> None:
    eu, cn = full.windows["eu"], full.windows["cn"]
    await speak(eu, "en")
    await speak(cn, "zh-CN")
    number = await drafted(await eu.go("/meetings/new"))
    assert await eu.all_checked() == {("ok", "")}
    left = await eu.context.request.get(f"{eu.url}/api/drafts/meeting")
    assert await left.json() == {"version": 0, "found": [], "confirm": []}
    await full.made.caught_up()
    there = await cn.go(f"/meetings/{number}")
    assert await there.locator(".point").count() == 2
    assert await cn.all_checked() == {("ok", "")}
    await confirmed(there, "form:has([data-kind='point.marked'])")
    assert "确认一致" in await there.inner_text(".point .mark")
    await full.made.caught_up()
    page = await eu.go(f"/meetings/{number}")
    assert await eu.all_checked() == {("ok", "")}
    await page.click(".promised a.btn")
    await page.wait_for_selector(".askrow:not([hidden])")
    assert await page.input_value("[name=ask_text]") == "What is its current state?"
    assert "The papers “Š” are named." in await page.input_value("[name=text]")
    await sign(page)
    await page.wait_for_url("**/threads/EU-*")
    page = await eu.go(f"/meetings/{number}")
    assert "Question about this promise" in await page.inner_text(".promised")
    assert await eu.quiet() == await cn.quiet() == []


async def test_time_not_counted_is_stated_in_a_browser_and_read_on_both_sides(
    full: Filled,
) -> None:
    eu, cn = full.windows["eu"], full.windows["cn"]
    await speak(eu, "en")
    await speak(cn, "zh-CN")
    path = "/applications/FIKTIV-26-0011632"  # under review since weeks, by the return sheet
    today = full.made.nodes["cn"].core.clock.now().date()
    page = await cn.go(path)
    await page.click("summary:has-text('登记法定期限变动')")
    await page.fill("[name=on]", f"{today}")
    await page.select_option("[name=basis]", "expert_opinion")
    await page.fill("[name=expected_until]", f"{today + timedelta(days=30)}")
    await page.click("form:has([name=basis]) button")
    await page.click("[data-sign='clock.marked']:not([disabled])")
    await page.wait_for_selector("#confirm[open]")
    assert "起不计入期限（专家评审），预计至" in await page.inner_text("#confirm [data-f=what]")
    async with page.expect_event("load"):
        await page.click("#confirm [data-act=sign]")
    assert "起不计入期限（专家评审），预计至" in await page.inner_text(".side-of >> nth=0")
    await full.made.caught_up()
    there = await eu.go(path)
    said = await there.inner_text(".side-of >> nth=1")
    assert "(expert opinion), expected until" in said
    assert await there.locator("form:has([name=basis])").count() == 0
    assert await eu.quiet() == await cn.quiet() == []


# ---------------------------------------------------------------- without the script


async def test_after_sign_in_everything_reads_without_the_script(
    full: Filled, chromium: Playwright
) -> None:
    eu = full.windows["eu"]
    browser = await chromium.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
    context = await browser.new_context(
        java_script_enabled=False, storage_state=await eu.context.storage_state(), locale="en"
    )
    page = await context.new_page()
    await page.goto(eu.url + "/")
    await page.click(".lang button[value='en']")
    await page.wait_for_url("**/inbox")
    await page.goto(eu.url + "/inbox?scope=all")
    await page.click(".rowi a >> nth=0")
    await page.wait_for_url("**/threads/*")
    await page.goto(eu.url + all_of(full, "eu")["thread"])
    note = page.locator(".entry").first
    assert "bears both signatures" in await note.inner_text()
    assert "没有公司印章" in await note.inner_text()
    await note.locator(".proof summary").click()
    assert await note.locator(".stages").is_visible()
    assert await page.locator("#compose [type=submit]").is_disabled()
    async with page.expect_download() as download:
        await note.locator(".files a").first.click()
    assert (await (await download.value).path()).read_bytes().startswith(b"%PDF")
    await page.goto(eu.url + "/batches")
    await page.click("main .cards a")
    await page.wait_for_url("**/batches/*")
    assert await page.locator("table.apps tbody tr").count() == 100
    await page.fill("form.filter [name=text]", "0009744")
    await page.click("form.filter button")
    await page.wait_for_url("**text=0009744*")
    assert await page.locator("table.apps tbody tr").count() == 1
    await browser.close()


# ---------------------------------------------------------------- a node that lies

LIES: dict[str, tuple[str, str]] = {
    "another word": ("bears both signatures", "bears one signature"),
    "another translation": ("没有公司印章", "有公司印章"),
    "another date": ('data-due datetime="', 'data-due datetime="2031-01-01T00:00:00Z" x="'),
    "another author": (
        'data-kind="note.posted" data-by="eu:',
        'data-kind="note.posted" data-by="eu:0',
    ),
}


@pytest.mark.parametrize("lie", LIES)
async def test_what_was_not_signed_stands_under_a_red_strip(full: Filled, lie: str) -> None:
    cn = full.windows["cn"]
    path = all_of(full, "cn")["thread"]
    true, false = LIES[lie]

    async def tamper(route: Route) -> None:
        answer = await route.fetch()
        text = await answer.text()
        assert true in text
        await route.fulfill(response=answer, body=text.replace(true, false))

    await cn.page.route("**" + path, tamper)
    await cn.go(path)
    await cn.page.wait_for_selector('.entry[data-proof="bad"] .strip.bad')
    await cn.page.unroute("**" + path)
    struck = cn.page.locator('.entry[data-proof="bad"]').first
    assert not await struck.locator("[data-content]").is_visible()
    red = await struck.locator(".strip.bad").evaluate(
        "(el) => [getComputedStyle(el).color, getComputedStyle(el.ownerDocument.documentElement)"
        ".getPropertyValue('--late')]"
    )
    assert red[1]
    assert await faults(cn.page) == []
    await struck.locator("[data-act=show-anyway]").click()
    assert await struck.locator("[data-content]").is_visible()
    await cn.go(path)
    assert await cn.all_checked() == {("ok", "")}
