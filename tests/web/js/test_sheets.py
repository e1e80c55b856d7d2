"""A sheet is signed as shown; private columns go to our private log first."""

from __future__ import annotations

from hashlib import sha256
from html import escape
from typing import Any

import pytest

from special_channel.core.bytes import canonical, parts
from special_channel.desk.payloads import PREVIEW_SALT, Fields, columns_part, sheet_part
from tests.web.js.conftest import Desk
from tests.web.js.node import StubNode

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ROWS: list[Fields] = [
    {
        "row": 1,
        "number": "FIKTIV-26-0001 “š ő”",
        "urgency": "urgent",
        "rank": 1,
        "first_listed": "2026-11-20",
        "times_listed": 1,
    }
]
KEPT: list[Fields] = [{"row": 1, "number": "FIKTIV-26-0001", "columns": {"rank_reason": "线"}}]


def loads(part: bytes) -> dict[str, Any]:
    found = canonical.loads(part, max_bytes=2**20, max_depth=parts.MAX_DEPTH)
    assert isinstance(found, dict)
    return found


def page_of(desk: Desk, crossing: bytes, kept: bytes) -> str:
    body = escape('{"list":"L2026-47","rows":1}')
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>List</title>'
        '<script type="module" src="/js/main.js"></script></head>'
        '<body data-page="batches" data-party="eu" data-lang="en" data-log="eu.channel.example/log"'
        f' data-key="{desk.key}"><!-- parts --><pre id="crossing">{escape(crossing.decode())}</pre>'
        f'<pre id="kept" data-sign="columns.kept" data-log="eu.channel.example/private"'
        f' data-data="#kept" data-body="{body}">{escape(kept.decode())}</pre>'
        '<button type="button" data-needs-key disabled data-sign="batch.listed"'
        f' data-data="#crossing" data-body="{body}" data-with="#kept" data-confirm'
        ' data-next="/page/blank">Sign</button>'
        '<dialog id="confirm"><pre data-f="parts"></pre>'
        '<button data-act="sign">Sign</button></dialog></body></html>'
    )


async def test_the_bytes_shown_are_signed_with_a_salt_of_their_own(desk: Desk, node: StubNode):
    await desk.enrol()
    crossing, kept = sheet_part(PREVIEW_SALT, "list", ROWS), columns_part(PREVIEW_SALT, KEPT)
    node.pages["list"] = page_of(desk, crossing, kept)
    page = await desk.open("/page/list")
    await page.click("button[data-sign]:not([disabled])")
    await page.wait_for_selector("#confirm[open]")
    shown = await page.text_content("#confirm [data-f=parts]")
    async with page.expect_navigation():
        await page.click("#confirm [data-act=sign]")
    private, listed = node.posted
    assert (private["kind"], private["log"]) == ("columns.kept", "eu.channel.example/private")
    assert (listed["kind"], listed["log"]) == ("batch.listed", "eu.channel.example/log")
    assert listed["body"] == {"list": "L2026-47", "rows": 1}
    for item, undrawn in zip(node.logs["eu"].items[-2:], (kept, crossing), strict=True):
        [disclosure] = item["parts"]
        salt = parts.parse(disclosure.encode()).salt
        assert salt != parts.parse(undrawn).salt
        assert loads(disclosure.encode()) == {**loads(undrawn), "salt": salt}
        assert canonical.dumps(loads(disclosure.encode()), max_depth=8) == disclosure.encode()
    assert shown == node.logs["eu"].items[-1]["parts"][0]


async def test_bytes_that_are_not_canonical_are_not_signed(desk: Desk, node: StubNode):
    await desk.enrol()
    kept = columns_part(PREVIEW_SALT, KEPT)
    node.pages["list"] = page_of(desk, b'{"data": {}}', kept)
    page = await desk.open("/page/list")
    await page.click("button[data-sign]:not([disabled])")
    await page.wait_for_selector("#problem:not([hidden])")
    assert not node.posted


@pytest.mark.parametrize("same", [True, False])
async def test_fetched_bytes_are_signed_if_the_page_was_made_of_them(
    desk: Desk, node: StubNode, *, same: bool
):
    """Data that is too large for its page comes from an address, under a digest on the page."""
    await desk.enrol()
    crossing, kept = sheet_part(PREVIEW_SALT, "list", ROWS), columns_part(PREVIEW_SALT, KEPT)
    node.pages["data"] = (
        crossing.decode() if same else crossing.decode().replace("urgent", "normal")
    )
    digest = sha256(crossing).hexdigest()
    at = f'<pre id="crossing" data-url="/page/data" data-sha256="{digest}"></pre>'
    embedded = f'<pre id="crossing">{escape(crossing.decode())}</pre>'
    node.pages["list"] = page_of(desk, crossing, kept).replace(embedded, at)
    page = await desk.open("/page/list")
    await page.click("button[data-sign]:not([disabled])")
    if not same:
        await page.wait_for_selector("#problem:not([hidden])")
        assert await page.inner_text("#problem [data-f=code]") == "data-changed"
        assert not node.posted
        return
    await page.wait_for_selector("#confirm[open]")
    async with page.expect_navigation():
        await page.click("#confirm [data-act=sign]")
    [disclosure] = node.logs["eu"].items[-1]["parts"]
    salt = parts.parse(disclosure.encode()).salt
    assert loads(disclosure.encode()) == {**loads(crossing), "salt": salt}
