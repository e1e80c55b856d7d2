"""What the charter in force says of dates and silence stands wherever dates and answers do."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import pytest
import python_calamine

from special_channel.core.bytes import canonical
from special_channel.core.bytes.ids import PARTIES
from tests.browsers import chromium
from tests.web.pages_node import PagesNode
from tests.world import World

EN = "Fictional charter, second wording: nothing here binds either of the two desks in law."
ZH = "虚构章程（第二版）：本平台所载内容在法律上不约束任何一方。"
WORDING = {"en": EN, "zh-CN": ZH}
DUE = "2026-12-01T16:30:00Z"

pytestmark = pytest.mark.parametrize("lang", ["en", "zh-CN"])


def adopted_twice() -> World:
    """Two charters, the second with its own wording; a question of either side."""
    world = World.founded(effect_en="The first wording.", effect_zh="第一版表述。")
    for party in PARTIES:
        world.adopt(party, number=2, effect_en=EN, effect_zh=ZH)
    world.exchange()
    digest = sha256(canonical.dumps(world.charter(number=2, effect_en=EN, effect_zh=ZH)))
    for party in PARTIES:
        opened = world.open_thread(party)
        ask = world.ask(party, DUE, charter=digest.hexdigest())
        world.note(party, opened.leaf.thread, ["Which seal?"], asks=[ask])
        world.exchange()
    return world


@pytest.mark.parametrize("path", ["/rules", "/deadlines", "/figures"])
async def test_effect_in_force_stands_on_dates_and_rules(pages_of, path, lang):
    page = await (await pages_of(adopted_twice(), "eu")).get(path, lang=lang)
    assert WORDING[lang] in page.text
    assert "first wording" not in page.text
    assert "第一版" not in page.text


RECEIPT = {
    "en": ("Acknowledge receipt of", "Receipt only; no view on the content."),
    "zh-CN": ("确认收悉", "仅表示收悉，不代表对内容的意见。"),
}


async def test_receipt_says_beside_its_button_that_it_is_no_view(pages_of, lang):
    world = World.founded()
    thread = world.open_thread("cn")
    notes = [world.note("cn", thread.leaf.thread, ["请说明。"]) for _ in range(2)]
    world.exchange()
    page = await (await pages_of(world, "eu")).get(f"/threads/{thread.position}", lang=lang)
    act, said = RECEIPT[lang]
    for note in notes:
        [button] = page.page.marked("data-ref", note.id)
        assert button.text.startswith(act)
        assert button.around
        assert button.around.text.endswith(said)
    own = await (await pages_of(world, "cn")).get(f"/threads/{thread.position}", lang=lang)
    assert said not in own.text


def test_receipt_on_the_command_line_says_that_it_is_no_view(lang):
    typed = [
        sys.executable,
        "-m",
        "special_channel",
        "--lang",
        lang,
        "note",
        "acknowledge",
        "--help",
    ]
    help_ = subprocess.run(typed, capture_output=True, check=True, text=True).stdout
    assert "".join(RECEIPT[lang][1].split()) in "".join(help_.split())


async def test_effect_comes_with_response_times_over_the_api(pages_of, lang):
    site = await pages_of(adopted_twice(), "cn")
    assert WORDING[lang] in (await taken(site, f"/api/figures?lang={lang}", lang)).decode()


async def test_effect_stands_on_the_page_of_a_charter(pages_of, lang):
    world = adopted_twice()
    site = await pages_of(world, "cn")
    digest = sha256(canonical.dumps(world.charter(number=2, effect_en=EN, effect_zh=ZH)))
    page = await site.get(f"/rules/charters/{digest.hexdigest()}", lang=lang)
    assert EN in page.text
    assert ZH in page.text


async def taken(site: PagesNode, path: str, lang: str) -> bytes:
    token = await site.sign_in("head")
    party = site.node.party
    cookie = f'sc-session-{party}="{token}"; sc-lang-{party}="{lang}"'
    async with site.client.get(site.base + path, headers={"Cookie": cookie}) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.read()


@pytest.mark.parametrize("name", ["applications", "differences", "numbers", "threads", "deadlines"])
async def test_effect_is_the_last_line_of_every_table(pages_of, name, lang):
    site = await pages_of(adopted_twice(), "eu")
    lines = list(csv.reader(io.StringIO((await taken(site, f"/{name}.csv", lang)).decode())))
    assert lines[-1][0] == WORDING[lang]
    assert {len(line) for line in lines} == {len(lines[0])}
    book = python_calamine.CalamineWorkbook.from_filelike(
        io.BytesIO(await taken(site, f"/{name}.xlsx", lang))
    )
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[-1][0] == WORDING[lang]
    # Figures say in the line above from which entries they are counted.
    counted = ("EU-" in str(rows[-2][0]), "CN-" in str(rows[-2][0]))
    assert set(counted) == {name == "numbers"}
    assert set(rows[-3 if name == "numbers" else -2]) == {""}


@pytest.mark.parametrize("kind", ["handover", "internal"])
async def test_effect_is_at_the_foot_of_a_brief_and_its_pdf(pages_of, kind, lang):
    site = await pages_of(adopted_twice(), "eu")
    page = await site.get(f"/brief/working/{kind}", "head", lang)
    assert WORDING[lang] in page.text
    pdf = await taken(site, f"/brief/working/{kind}.pdf?lang={lang}", "en")
    assert printed(pdf)[0].count("".join(WORDING[lang].split())) == 1


async def test_effect_is_at_the_foot_of_each_printed_page(pages_of, lang):
    world = adopted_twice()
    thread = world.open_thread("eu")
    for number in range(12):
        world.note("eu", thread.leaf.thread, [f"Paragraph {number}. " + "Long words. " * 60])
    world.exchange()
    site = await pages_of(world, "eu")
    page = await site.get(f"/threads/{thread.position}", lang=lang)
    pages = await print_of(site, page.url, lang)
    assert len(pages) > 2
    assert [page.count("".join(WORDING[lang].split())) for page in pages] == [1] * len(pages)


@pytest.mark.parametrize("path", ["/deadlines", "/rules", "/figures", "/applications", "/alerts"])
async def test_effect_is_at_the_foot_of_every_other_print(pages_of, path, lang):
    site = await pages_of(adopted_twice(), "cn")
    pages = await print_of(site, site.base + path, lang)
    words = "".join(WORDING[lang].split())
    assert pages
    assert all(words in page for page in pages)


async def print_of(site: PagesNode, url: str, lang: str, *, alone: bool = False) -> list[str]:
    """Print a page with a real Chromium; return the text of each sheet without blanks.

    `alone`: with texts in that language alone.
    """
    async with opened(site, url, lang, alone=alone) as page:
        return printed(await page.pdf(prefer_css_page_size=True))


@asynccontextmanager
async def opened(
    site: PagesNode, url: str, lang: str, *, alone: bool = False
) -> AsyncIterator[Any]:
    """A desk officer's page in a real Chromium."""
    token = await site.sign_in("desk")
    async with chromium() as browser:
        context = await browser.new_context()
        party = site.node.party
        cookies = {f"sc-session-{party}": f'"{token}"', f"sc-lang-{party}": f'"{lang}"'}
        cookies |= {f"sc-alone-{party}": "on"} if alone else {}
        await context.add_cookies(
            [{"name": name, "value": value, "url": site.base} for name, value in cookies.items()]
        )
        page = await context.new_page()
        await page.add_init_script("window.print = () => {}")  # a page may print itself
        await page.goto(url)
        yield page


def printed(pdf: bytes) -> list[str]:
    """The words of each page of a PDF, without blanks and line breaks."""
    command = ["/usr/bin/pdftotext", "-", "-"]
    text = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()
    return ["".join(page.split()) for page in text.split("\f")[:-1]]
