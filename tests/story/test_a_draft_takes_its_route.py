"""A sign-off route: checked by command, changed in a browser, decided on paper, released.

The second checker works at 390 pixels with the keyboard; the head of unit reads Chinese.
"""

from __future__ import annotations

import base64
import io
import os
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Playwright

from special_channel.cli import steps
from special_channel.cli.client import Node
from special_channel.cli.official import Signing
from special_channel.cli.output import Output
from special_channel.cli.remote import Call
from special_channel.core.audit import trust
from special_channel.core.bytes.ids import PARTIES, EntryId, Party
from special_channel.desk import payloads
from special_channel.desk.payloads import NoteDraft, Translated
from special_channel.wiring.exporting import exporter
from special_channel.wiring.founding import guard_folder
from tests import servers
from tests.channel import Channel, channel
from tests.story.windows import Window, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """
v = 1
side = "eu"
[[routes]]
id = "answers"
title = { en = "Answers with a date", zh = "限时复函" }
kinds = ["note.posted"]
[[routes.steps]]
word = "check"
role = "desk"
[[routes.steps]]
word = "consult"
desks = ["permits"]
[[routes.steps]]
word = "release"
role = "head"
office = { en = "Deputy Director-General", zh = "副总司长" }
"""
SEEN = "CANARY 内部意见"
"""A remark, which stays on our side."""

GIVEN = steps.StepOptions(
    unconcerned=False, remark=SEEN, changes=(), office="", reference="", on="", scan=None
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made() -> AsyncIterator[Channel]:
    """Two nodes, of which EU keeps a route."""
    with servers.open_folder() as folder:
        file = folder / "routes.toml"
        file.write_text(ROUTES, encoding="utf-8")
        async with channel(folder) as running:
            await running.stop("eu")
            await running.start("eu", release={"routes": file})
            yield running


async def official(made: Channel, http: aiohttp.ClientSession, number: int) -> Call:
    key = made.officials["eu", "desk", number]
    node = Node(http, made.settings("eu").node.url, key, "en")
    return Call(Output(as_json=True, lang="en"), node, Signing(node, trust.parse(made.trust), None))


async def lay_note(made: Channel) -> EntryId:
    """The first desk officer signs a note and sends it for release."""
    thread = await made.open_thread("eu")
    async with aiohttp.ClientSession() as http:
        call = await official(made, http, 1)
        note = NoteDraft(
            thread,
            "en",
            "The end user agrees to a site check.\n\nThe plant is closed until 3 January.",
            Translated("zh-CN", "最终用户同意接受实地核查。\n\n该厂1月3日前停工。"),
        )
        return await call.official.lay_before(
            payloads.note_posted(await call.official.author(), note)
        )


async def test_draft_takes_its_route(made: Channel, chromium: Playwright, tmp_path: Path, capsys):
    draft = await lay_note(made)
    async with aiohttp.ClientSession() as http:
        call = await official(made, http, 2)
        found = await call.official.draft(draft)
        form = steps.asked(found, GIVEN)
        assert form is not None
        await steps.answer(call, draft, found, form, GIVEN)
    assert '"answer":"agreed"' in capsys.readouterr().out.replace(" ", "")
    small: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}
    async with window(chromium, made, "eu", "en", **small) as desk:
        await desk.enrol("desk", "Marek Novák")
        await changes(desk)
        assert await desk.quiet() == []
    async with window(chromium, made, "eu", "zh-CN") as head:
        await head.enrol("head")
        await releases(head, tmp_path)
        assert await head.quiet() == []
    await made.caught_up()
    await holds_nothing(made)


async def shot(at: Window, name: str) -> None:
    """Keep a picture where a person asks for them."""
    if folder := os.environ.get("ROUTE_SHOTS"):
        await at.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


async def changes(desk: Window) -> None:
    """The consulted desk reads what was answered, and agrees with a change, by keyboard alone."""
    page = await desk.go("/clearances")
    assert "step 3 of 4, Consult: your turn" in await page.inner_text(".queue")
    assert SEEN in await page.inner_text(".route")
    await shot(desk, "consult-390")
    await page.focus("#change summary")
    await page.keyboard.press("Enter")
    field = page.locator("[name=step-text]").first
    await field.focus()
    await page.keyboard.press("Control+a")
    await page.keyboard.type(f"The end user accepts a site check in January; ask {ADDRESS}.")
    await shot(desk, "change-390")
    await page.focus("[data-answer=changed]:not([disabled])")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#confirm[open]")
    # The address is to be confirmed: the reason is signed with the change.
    await page.locator("#why > li:not([hidden]) select").select_option("checked_file")
    await page.focus("#confirm [data-act=sign]")
    async with page.expect_event("domcontentloaded"):
        await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-draft]")
    assert "step 4 of 4" in await page.inner_text(".queue")


async def releases(head: Window, folder: Path) -> None:
    """The head of unit sees the change marked, records the decision on paper, and releases."""
    page = await head.go("/clearances")
    if await page.locator('.lang button[lang="zh-CN"]').count():
        await page.click('.lang button[lang="zh-CN"]')
        await page.wait_for_selector("html[lang=zh-CN] .route")
    text = await page.inner_text("main")
    assert "修改后同意" in text
    assert "拟稿人：已核对卷宗" in text, "the reason of whoever changed the text"
    assert await page.locator("ins", has_text="January").count() == 1
    await shot(head, "release-zh")
    await page.click("#paper summary")
    await page.fill("[name=paper-office]", "副总司长")
    await page.fill("[name=paper-on]", "2026-12-01")
    await page.fill("[name=paper-reference]", "G2/2026/0418")
    scan = folder / "scan.pdf"
    scan.write_bytes(b"%PDF-1.7 fictional")
    await page.set_input_files("[name=paper-scan]", str(scan))
    await page.click("[data-answer=paper]:not([disabled])")
    await page.wait_for_selector(".route small:has-text('纸质签发')")
    await shot(head, "decided-zh")
    sheet = await page.context.new_page()
    await sheet.goto(head.url + (await page.get_attribute(".tiny a[href$=sheet]", "href") or ""))
    assert "来文及译文摘要" in await sheet.inner_text("main")
    if folder_of := os.environ.get("ROUTE_SHOTS"):
        await sheet.screenshot(path=f"{folder_of}/sheet-zh.png", full_page=True)
    await sheet.close()
    await page.click("[data-act=clear]:not([disabled])")
    await page.wait_for_selector("#confirm[open]")
    await page.click("#confirm [data-act=sign]")
    await page.wait_for_url("**/clearances?released=EU-*")


ADDRESS = "jana@fictional.example"

CROSSES = "accepts a site check in January"
"""Words of the released note."""

STAYS = (
    SEEN,
    "The end user agrees to a site check.",
    "draft.routed",
    "draft.checked",
    "draft.cleared",
    "G2/2026/0418",
    "scan.pdf",
    '"word":"consult"',
    '"answer":"changed"',
    "sense.confirmed",
)
"""Words of the route: remarks, the version before, kinds, the decision on paper, steps."""


HEX = re.compile(rb"x((?:[0-9a-f]{2}){8,})")
BASE64 = re.compile(rb"[A-Za-z0-9+/]{40,}={0,2}")


async def holds_nothing(made: Channel) -> None:
    """The other side has the released note, and no byte of the route: in no table or bundle.

    The tables hold its record and its mirror of our log. Our own bundle, too, has none, since an
    audit export is of the shared logs.
    """
    whole = await tables_of(made, "cn")
    assert holds(whole, CROSSES)
    assert [words for words in STAYS if holds(whole, words)] == []
    for party in PARTIES:
        bundle = await bundle_of(made, party)
        assert holds(bundle, CROSSES), party
        assert [words for words in STAYS if holds(bundle, words)] == [], party
    own = await tables_of(made, "eu")
    assert [words for words in STAYS if not holds(own, words)] == [], "our private log has all"


def holds(whole: bytes, words: str) -> bool:
    return words.encode() in whole


def unfolded(data: bytes) -> bytes:
    """Return data with what is in it in hexadecimal digits or Base64 decoded after it."""
    data += b"\n".join(bytes.fromhex(each.decode()) for each in HEX.findall(data))
    coded = (each[: len(each) // 4 * 4] for each in BASE64.findall(data))
    return data + b"\n".join(map(base64.b64decode, coded))


async def tables_of(made: Channel, party: Party) -> bytes:
    """Return all rows of a node's database."""
    pool = made.nodes[party].core.record.pool
    tables = await pool.fetch(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    texts = []
    for table in tables:
        query = f"SELECT t::text AS row FROM {table['name']} AS t"  # noqa: S608 - names of tables
        texts += [row["row"] for row in await pool.fetch(query)]
    return unfolded("\n".join(texts).encode())


async def bundle_of(made: Channel, party: Party) -> bytes:
    """Return a side's audit export, each file in it unpacked."""
    core = made.nodes[party].core
    export = exporter(
        core.engines.node, guard_folder(core.settings), core.identity, core.clock, core.appender.act
    )
    async with export("all", core.identity.node.key) as bundle:
        data = b"".join([chunk async for chunk in bundle.chunks])
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        return unfolded(b"\n".join(held.read(name) for name in held.namelist()))
