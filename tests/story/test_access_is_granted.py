"""Two overseers let a third read one thread, on a written order; an overseer ends it (K29)."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Page, Playwright

from tests.axe import faults
from tests.channel import Channel
from tests.story.windows import Window, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMES = ("Åsa Öberg", "Claire Dubois", "Nadia Benali")
"""Fictional: who begins, who signs second, who reads."""

ORDER = "Mission letter 7/2026"


async def number_of(made: Channel, thread: str) -> str:
    entries = await made.nodes["eu"].core.record.entries("eu", 0, 500)
    [opened] = [one for one in entries if one.kind == "thread.opened" and one.thread == thread]
    return f"EU-{opened.index}"


async def press(page: Page, button: str, kind: str) -> None:
    """Press a button that signs; the dialog shows the exact bytes before."""
    await page.click(f"{button}:not([disabled])")
    await page.wait_for_selector("#confirm[open]")
    assert f'"kind":"{kind}"' in (await page.text_content("#confirm [data-f=bytes]") or "")
    assert "Our private log only" in await page.inner_text("#confirm")
    await page.click("#confirm [data-act=sign]")


async def begin(first: Window, number: str, name: str = NAMES[2]) -> None:
    page = await first.go("/access")
    await page.click("a[href='/access/new']")
    await page.select_option("[name=reader]", label=name)
    await page.check("[name=scope][value=named]")
    for field, value in (
        ("threads", number),
        ("until", "2099-12-11 23:59"),
        ("purpose", "Audit of export permits"),
        ("order", ORDER),
    ):
        await page.fill(f"[name={field}]", value)
    await page.click("form[action='/access/new'] button")
    await page.wait_for_selector("[data-act=begin-act]:not([disabled])")
    assert f"Threads {number}" in await page.inner_text("article")
    assert await faults(page) == []
    await press(page, "[data-act=begin-act]", "access.granted")
    await page.wait_for_selector("text=You began this; one person counts once.")


async def refused(reader: Window, path: str) -> None:
    page = await reader.go(path)
    assert "access-scope" in await page.inner_text("main"), path


async def test_two_overseers_grant_a_thread_and_one_ends_it(made: Channel, chromium: Playwright):
    within, without = [
        await number_of(made, await made.open_thread("eu", subject))
        for subject in ("Within the order", "Outside the order")
    ]
    async with AsyncExitStack() as stack:
        windows = [
            await stack.enter_async_context(window(chromium, made, "eu", "en-GB")) for _ in NAMES
        ]
        first, second, reader = windows
        for each, name in zip(windows, NAMES, strict=True):
            each.expected.append("403")  # none of them may read yet
            await each.enrol("oversight", name)
        await refused(reader, f"/threads/{within}")
        await reader.page.click("main a[href='/access']")
        await reader.page.wait_for_selector("text=No grant of access in force lets you read.")
        await begin(first, within)
        await refused(reader, f"/threads/{within}")
        page = await second.go("/access")
        assert f"Grant {NAMES[2]} access" in await page.inner_text("main")
        assert await faults(page) == []
        await press(page, "[data-act=sign-act]", "access.granted")
        await page.wait_for_selector("text=One overseer ends an access, at once.")
        page = await reader.go(f"/threads/{within}")
        assert "Within the order" in await page.inner_text("h1")
        for path in (f"/threads/{without}", "/inbox", "/brief/working/internal"):
            await refused(reader, path)
        page = await reader.go("/access")
        assert ORDER in await page.inner_text("main")
        page = await first.go("/access")
        await press(page, "[data-kind='access.ended']", "access.ended")
        await page.wait_for_selector("text=Over or ended")
        await refused(reader, f"/threads/{within}")
        for each in windows:
            assert await each.quiet() == []
