"""A registrar brings a charter, the other side's adopts the same, and a question pins it.

On each side the entry waits for a second person, who signs the same bytes.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Playwright

from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.rules.releases import release_id
from special_channel.core.time.calendars import merge
from special_channel.desk.charter import read_release
from tests.axe import faults
from tests.channel import ROOT, Channel
from tests.story.windows import Window, release, sign, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

LISTED = "[data-live=charters] li:first-child"
"""The newest charter on the page of rules."""
SCHEMES = ("light", "dark")
NARROW = {"width": 390, "height": 900}
WIDE = {"width": 1440, "height": 1000}


def second_charter(made: Channel, folder: Path) -> tuple[Path, Path]:
    """Write a charter with a slower rule and a newer Chinese calendar, and that calendar's file."""
    text = (ROOT / "config/calendars/cn-2026.toml").read_text("utf-8")
    newer = text.replace("\nrelease = 1", "\nrelease = 2").encode()
    release = read_release("cn-2026-2.toml", newer)
    document: dict[str, Any] = json.loads(made.document) | {"number": 2}
    document["reply_rules"][0]["working_days"] = 7
    [cn] = [one for one in document["calendars"] if one["party"] == "cn"]
    for one in cn["releases"]:
        if one["year"] == release.year:
            one |= {"id": release_id(release), "digest": release.digest}
    first = read_release("x", (ROOT / "config/calendars/cn-2025.toml").read_bytes())
    cn["digest"] = merge([first, release]).digest
    charter, calendar = folder / "charter-2.json", folder / "cn-2026-2.toml"
    charter.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    calendar.write_bytes(newer)
    return charter, calendar


async def shuts_nobody_out(each: Window) -> None:
    """Check the open page in both themes and widths, with all details open."""
    await each.page.evaluate(
        "for (const el of document.querySelectorAll('details:not(.menu)')) el.open = true"
    )
    for scheme in SCHEMES:
        await each.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for size in (NARROW, WIDE):
            await each.page.set_viewport_size(size)  # type: ignore[arg-type]
            assert await faults(each.page) == []
            wide = await each.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], each.page.url
    await each.page.emulate_media(color_scheme="light")


async def arrive(made: Channel, *pairs: tuple[Window, Window]) -> None:
    """Enrol a registrar and a head per side; each side answers them: only then they adopt (K3)."""
    for registrar, head in pairs:
        await registrar.enrol("registrar")
        await head.enrol("head")
    await made.caught_up()
    thread = await made.open_thread("eu")
    await made.caught_up()
    for party in ("cn", "eu"):
        await made.note(party, thread)
        await made.caught_up()


async def sign_and_adopt(page: Page, head: Window) -> None:
    """Sign what the page shows; the dialog has shown the exact bytes before. A head signs, too."""
    await page.click("[data-sign='charter.adopted']:not([disabled])")
    await page.wait_for_selector("#confirm[open]")
    shown = await page.text_content("#confirm [data-f=bytes]") or ""
    assert '"kind":"charter.adopted"' in shown
    await page.click("#confirm [data-act=sign]")
    await page.wait_for_url("**/clearances", wait_until="domcontentloaded")
    await release(head)


async def propose(eu: Window, head: Window, charter: Path, calendar: Path) -> None:
    """Propose a charter: refused without the calendar's file, compared and signed with it."""
    page = await eu.go("/rules")
    await page.click("a[href='/rules/propose']")
    await page.set_input_files("[name=charter]", charter)
    await page.click("form.bring button")
    await page.wait_for_selector("text=charter-release-missing")
    await shuts_nobody_out(eu)
    await page.set_input_files("[name=charter]", charter)
    await page.set_input_files("[name=releases]", calendar)
    await page.click("form.bring button")
    await page.wait_for_selector("[data-sign='charter.adopted']:not([disabled])")
    assert "reply-5wd" in await page.locator(".diff").first.inner_text()
    await shuts_nobody_out(eu)
    await sign_and_adopt(page, head)


WAITS = "document.querySelector('[data-nav=rules] .n:not([hidden])')"
"""The number beside the page of rules in the menu, while there is one."""


async def is_told(cn: Window) -> None:
    """Any open page reports the charter in the menu and in words; go to the rules from there."""
    await cn.page.wait_for_selector("#charter:not([hidden])")
    await cn.until(f"{WAITS}.innerText.startsWith('1')")
    assert "尚未通过的章程" in await cn.page.inner_text("#charter")
    await shuts_nobody_out(cn)
    await cn.page.click("#charter a")
    await cn.page.wait_for_url("**/rules#charters", wait_until="domcontentloaded")


async def adopt_the_same(cn: Window, head: Window, digest: str, calendar: Path) -> None:
    """The page offers the other side's charter; upload the missing calendar here, too."""
    page = cn.page
    await page.click(f"a.btn[href='/rules/charters/{digest}']")
    await page.wait_for_selector("text=charter-release-missing")
    await page.set_input_files("[name=releases]", calendar)
    await page.click("form.bring button")
    await page.wait_for_selector("[data-sign='charter.adopted']:not([disabled])")
    assert "通过同一章程" in await page.inner_text("main")
    await shuts_nobody_out(cn)
    await sign_and_adopt(page, head)


async def ask_by_rule(desk: Window) -> None:
    """Ask a question counted by the first rule."""
    page = await desk.go("/threads/new")
    await page.fill("[name=subject]", "A question under the second charter")
    await page.fill("[name=text]", "It is counted by the new rule.")
    await page.click("[data-act=add-ask]")
    await page.fill("[name=ask_text]", "By when?")
    await page.select_option("[name=ask_rule]", "reply-5wd")
    await sign(page)
    await page.wait_for_url("**/threads/*-*", wait_until="domcontentloaded")


async def test_a_new_charter_binds_what_is_asked_once_two_persons_of_each_side_signed_it(
    made: Channel, chromium: Playwright, tmp_path: Path
) -> None:
    charter, calendar = second_charter(made, tmp_path)
    digest = sha256(canonical.dumps(json.loads(charter.read_bytes()))).hexdigest()
    async with (
        window(chromium, made, "eu", "en", reduced_motion="reduce") as eu,
        window(chromium, made, "cn", "zh-CN", reduced_motion="reduce") as cn,
        window(chromium, made, "eu", "en") as eu_head,
        window(chromium, made, "cn", "zh-CN") as cn_head,
    ):
        await arrive(made, (eu, eu_head), (cn, cn_head))
        await cn.go("/batches")
        assert await cn.page.is_hidden("#charter")
        await propose(eu, eu_head, charter, calendar)
        await eu.go("/rules")
        await is_told(cn)
        await adopt_the_same(cn, cn_head, digest, calendar)
        # The page of rules, open since the second signature, says that it is in force.
        await eu.until(f"document.querySelector('{LISTED}').innerText.includes('in force')")
        await cn.page.wait_for_selector("#charter", state="hidden")
        await cn.until(f"!{WAITS}")
        await made.caught_up()
        assert await eu_head.quiet() == await cn_head.quiet() == []
        for each, in_force in ((eu, "in force"), (cn, "现行")):
            page = await each.go(f"/rules/charters/{digest}")
            assert await page.locator("[data-sign='charter.adopted']").count() == 0
            assert in_force in await page.inner_text("h1")
            assert await each.quiet() == []
    async with window(chromium, made, "eu", "en") as desk:
        await desk.enrol("desk")
        await ask_by_rule(desk)
        await made.caught_up()
        assert await desk.quiet() == []
    # Pinned to what was asked, and valid on both nodes, which count by the calendar brought.
    for party in PARTIES:
        record = made.nodes[party].core.record
        [asked] = await record.entries("eu", (await record.head("eu")).size - 1, 1)
        stated: Any = canonical.loads(dsse.decode(asked.envelope).payload)
        [ask] = stated["asks"]
        assert (asked.code, ask["charter"], ask["rule"]) == ("", digest, "reply-5wd")
        assert ask["calendar"] == json.loads(charter.read_bytes())["calendars"][0]["digest"]


async def test_who_is_no_registrar_reads_it_and_signs_nothing(
    made: Channel, chromium: Playwright
) -> None:
    async with window(chromium, made, "cn", "zh-CN") as head:
        await head.enrol("head")
        page = await head.go("/rules")
        await page.click("a[href^='/rules/charters/']")
        await page.wait_for_selector(".diff")
        assert await page.locator("[data-sign], form.bring").count() == 0
        assert await page.locator("a[href='/rules/propose']").count() == 0
        await shuts_nobody_out(head)
        assert await head.quiet() == []
