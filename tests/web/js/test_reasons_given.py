"""Reasons on a page: one row for each finding, and the choice made for what is still found."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import pytest
from playwright.async_api import Page

from special_channel.core.entries import MAX_PAYLOAD_BYTES
from tests.web.js.conftest import Desk
from tests.web.js.node import StubNode

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CODES = ("checked_file", "law", "correction", "other")
LIST = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Reasons</title></head>'
    '<body data-lang="en"><section hidden><ul id="reasons" data-log="eu.channel.example/private"'
    ' data-sense="1" data-needed="Choose a reason."><li hidden><p data-f="words"></p>'
    '<p data-f="where"></p><select><option value="">choose</option>'
    + "".join(f'<option value="{code}">{code}</option>' for code in CODES)
    + '</select><input maxlength="200"></li></ul></section></body></html>'
)
BODY = escape('{"number":"A-1","act":"accepted","on":"2026-11-21","source":"bureau"}')
ROWS = "[...document.querySelectorAll('#reasons > li')]"
SHOWN = f"""{ROWS}.map((row) => [row.dataset.reason, row.querySelector('p').textContent,
  row.querySelector('select').value, row.querySelector('input').value])"""


def item(*rows: int, text: str = "A weekend.", **more: Any) -> dict[str, Any]:
    names = ", ".join(map(str, rows))
    found = {"code": "S-046", "rows": [*rows], "where": f"rows {names}", "text": text}
    return {**found, "next": "Choose a reason.", "reasons": [*CODES], **more}


async def opened(desk: Desk, node: StubNode) -> Page:
    node.pages["reasons"] = LIST
    return await desk.open("/page/reasons")


async def offered(desk: Desk, page: Page, *items: dict[str, Any]) -> list[Any]:
    offer = "const { offerReasons } = await import('/js/reasons.js');"
    offer += "offerReasons(document.querySelector('#reasons'), arg);"
    await desk.run(page, offer, [*items])
    rows: list[Any]
    *rows, blank = await page.evaluate(SHOWN)
    assert blank == [None, "", "", ""]
    return rows


async def choose(page: Page, n: int, code: str, words: str = "") -> None:
    row = page.locator("#reasons > li").nth(n)
    await row.locator("select").select_option(code)
    await row.locator("input").fill(words)


async def entries_of(desk: Desk, page: Page) -> list[dict[str, Any]]:
    take = "const { reasonsOf } = await import('/js/reasons.js');"
    take += "return reasonsOf(document.querySelector('#reasons'));"
    entries: list[dict[str, Any]] = await desk.run(page, take)
    return entries


async def given(desk: Desk, page: Page) -> list[dict[str, Any]]:
    return [each for made in await entries_of(desk, page) for each in made["body"]["confirmed"]]


async def test_choice_stays_for_what_is_found_again(desk: Desk, node: StubNode):
    page = await opened(desk, node)
    await offered(desk, page, item(2), item(5, text="A holiday."))
    await choose(page, 0, "law")
    await choose(page, 1, "other", "by telephone")
    again = await offered(desk, page, item(2), item(5, text="A holiday."))
    assert again == [
        ["S-046 2", "A weekend.", "law", ""],
        ["S-046 5", "A holiday.", "other", "by telephone"],
    ]


async def test_finding_that_says_something_else_is_chosen_for_anew(desk: Desk, node: StubNode):
    page = await opened(desk, node)
    await offered(desk, page, item(2), item(5), item(7))
    for n, code in enumerate(("law", "correction", "law")):
        await choose(page, n, code)
    changed = item(2, text="A holiday.", where="line 3 of the file, row 2 of the list")
    unfit = item(5, reasons=["checked_file", "law"])
    assert await offered(desk, page, changed, unfit) == [
        ["S-046 2", "A holiday.", "", ""],
        ["S-046 5", "A weekend.", "", ""],
    ]
    assert "line 3 of the file" in await page.locator("#reasons > li").nth(0).inner_text()
    [*hidden] = await page.evaluate(
        f"{ROWS}.map((row) => row.querySelector('[value=correction]').disabled)"
    )
    assert hidden == [False, True, False]


async def test_rows_do_not_grow_with_each_look(desk: Desk, node: StubNode):
    page = await opened(desk, node)
    for _ in range(3):
        assert len(await offered(desk, page, item(2), item(2), item(5))) == 3
    for n in range(3):
        await choose(page, n, "law")
    await choose(page, 2, "checked_file")
    assert await given(desk, page) == [
        {"rules": ["S-046"], "rows": [2], "reason": "law"},
        {"rules": ["S-046"], "rows": [5], "reason": "checked_file"},
    ]


async def test_reason_names_the_rows_that_were_shown(desk: Desk, node: StubNode):
    page = await opened(desk, node)
    few, many = item(*range(1, 3)), item(*range(3, 2001), text="A holiday.")
    await offered(desk, page, few, many, item(7, code="S-016"))
    for n in range(3):
        await choose(page, n, "law")
    every, one = await given(desk, page)
    assert (every["rules"], every["rows"]) == (["S-046"], [*range(1, 2001)])
    assert one == {"rules": ["S-016"], "rows": [7], "reason": "law"}
    await choose(page, 1, "other", "by telephone")
    first, second, third = await given(desk, page)
    assert (first["rows"], len(second["rows"]), third["rows"]) == ([1, 2], 1998, [7])


async def test_rules_with_the_same_rows_share_a_reason(desk: Desk, node: StubNode):
    """An entry has room for few long lists of rows."""
    page = await opened(desk, node)
    rows = range(1, 2001)
    await offered(desk, page, item(*rows), item(*rows, code="S-016"), item(9, code="S-047"))
    for n in range(3):
        await choose(page, n, "law")
    every, one = await given(desk, page)
    assert (every["rules"], len(every["rows"])) == (["S-046", "S-016"], 2000)
    assert one["rules"] == ["S-047"]


async def test_long_lists_of_rows_go_into_several_entries(desk: Desk, node: StubNode):
    """Of 32 KiB each, with as much room as the command line leaves."""
    page = await opened(desk, node)
    found = [item(*range(1 + n, 2001), code=f"S-01{n}") for n in range(6)]
    await offered(desk, page, *found)
    for n in range(6):
        await choose(page, n, "law")
    await choose(page, 0, "other", "by telephone")
    await choose(page, 5, "other", "by letter")
    first, second = await entries_of(desk, page)
    for made in (first, second):
        assert len(json.dumps(made["body"], separators=(",", ":"))) < MAX_PAYLOAD_BYTES - 2048
    rules = [[each["rules"] for each in made["body"]["confirmed"]] for made in (first, second)]
    assert rules == [[["S-010"], ["S-011"], ["S-012"]], [["S-013"], ["S-014"], ["S-015"]]]
    assert [made["texts"] for made in (first, second)] == [["by telephone"], ["by letter"]]
    assert [made["body"]["confirmed"][n].get("text") for n, made in ((0, first), (2, second))] == [
        0, 0,
    ]  # fmt: skip
    assert "own" not in first["body"]["confirmed"][0]


DIALOG = (
    f'<button type="button" data-needs-key disabled data-sign="clock.marked" data-body="{BODY}"'
    ' data-confirm data-reasons="#reasons" data-next="/page/blank">Sign</button>'
    '<ul id="strings" hidden><li data-s="side-cn">China</li>'
    '<li data-s="reason-stays">The reason stays with us.</li></ul>'
    '<dialog id="confirm"><p hidden data-f="stays"></p><pre data-f="bytes"></pre>'
    '<pre data-f="parts"></pre><button data-act="sign">Sign</button></dialog>'
)


async def test_dialog_shows_what_crosses_and_that_reasons_stay(desk: Desk, node: StubNode):
    await desk.enrol()
    script = '<script type="module" src="/js/main.js"></script></head>'
    body = (
        f'<body data-page="batches" data-party="eu" data-lang="en" data-key="{desk.key}"'
        ' data-log="eu.channel.example/log">'
    )
    html = LIST.replace("</head>", script).replace('<body data-lang="en">', body)
    node.pages["reasons"] = html.replace("<section hidden>", f"{DIALOG}<section>")
    page = await desk.open("/page/reasons")
    await offered(desk, page, item())
    await choose(page, 0, "other", "by telephone")
    await page.click("button[data-sign]:not([disabled])")
    await page.wait_for_selector("#confirm[open]")
    shown = await page.inner_text("#confirm")
    assert "clock.marked" in shown
    assert "The reason stays with us." in shown
    assert "sense.confirmed" not in shown
    assert "by telephone" not in shown
    async with page.expect_navigation():
        await page.click("#confirm [data-act=sign]")
    assert [each["kind"] for each in node.posted] == ["clock.marked", "sense.confirmed"]


ASKED = escape('{"applications":["A-1"],"reason":"stock_low"}')
WHY = (
    f'<button type="button" data-needs-key disabled data-sign="priority.requested"'
    f' data-body="{ASKED}" data-confirm data-next="/page/blank">Sign</button>'
    '<ul id="strings" hidden><li data-s="side-cn">China</li></ul>'
    '<dialog id="confirm"><p hidden data-f="found"></p><section hidden><ul id="why"'
    ' data-log="eu.channel.example/private" data-sense="1" data-needed="Choose a reason.">'
    '<li hidden><p data-f="words"></p><p data-f="where"></p><select><option value=""></option>'
    + "".join(f'<option value="{code}">{code}</option>' for code in CODES)
    + '</select><input maxlength="200"></li></ul><p data-f="why-needed" hidden></p></section>'
    '<pre data-f="bytes"></pre><button data-act="sign">Sign</button></dialog>'
)
UNLISTED = {"rule": "S-085", "grade": "confirm", "number": 1, "sentence": "A-1: on no list."}
NOTED = {"rule": "S-098", "grade": "note", "number": 1, "sentence": "A person."}


async def test_dialog_asks_why_and_signs_the_reason_about_the_entry(desk: Desk, node: StubNode):
    await desk.enrol()
    confirm = {
        "code": "S-085",
        "rows": [],
        "text": "A-1: on no list.",
        "next": "Choose.",
        "entry": 0,
    }
    offered_codes = [code for code in CODES if code != "correction"]
    node.looked = {"found": [UNLISTED, NOTED], "confirm": [{**confirm, "reasons": offered_codes}]}
    node.pages["reasons"] = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Reasons</title>'
        '<script type="module" src="/js/main.js"></script></head>'
        f'<body data-page="batches" data-party="eu" data-lang="en" data-key="{desk.key}"'
        f' data-log="eu.channel.example/log">{WHY}</body></html>'
    )
    page = await desk.open("/page/reasons")
    await page.click("button[data-sign]:not([disabled])")
    await page.wait_for_selector("#confirm[open]")
    assert await page.inner_text("#confirm [data-f=found]") == "A person."
    row = page.locator("#why > li:not([hidden])")
    assert "A-1: on no list." in await row.inner_text()
    await page.click("#confirm [data-act=sign]")
    assert await page.inner_text("[data-f=why-needed]") == "Choose a reason."
    assert node.posted == []
    await row.locator("select").select_option("law")
    async with page.expect_navigation():
        await page.click("#confirm [data-act=sign]")
    asked, why = node.posted
    assert [each["kind"] for each in (asked, why)] == ["priority.requested", "sense.confirmed"]
    about = node.logs["eu"].items[-2]["id"]
    given = [{"rules": ["S-085"], "rows": [], "reason": "law"}]
    assert why["body"] == {"id": about, "sense": 1, "confirmed": given}
    assert why["log"] == "eu.channel.example/private"
