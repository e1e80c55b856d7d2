"""A node comes back from an old dump, and two officials sign for what is lost, on the page."""

from __future__ import annotations

import os
from typing import Any

import pytest
from playwright.async_api import Page, Playwright

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Unavailable
from special_channel.core.rows.writing import part_refs, sign, text_part
from special_channel.ports import Transaction
from special_channel.web.http.services import SERVICES
from tests.axe import faults
from tests.channel import Channel
from tests.restoring import Machine
from tests.story.windows import Window, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOST = 3


async def write_privately(made: Channel, thread: str) -> None:
    """Write an internal note."""
    core, key = made.nodes["eu"].core, made.officials["eu", "desk", 1]
    part = text_part("text", os.urandom(32), "For our side alone.")
    payload: dict[str, Any] = {
        "v": 1,
        "log": core.identity.private_origin,
        "kind": "note.internal",
        "by": key.key,
        "at": made.now("eu"),
        "seen": [],
        "thread": thread,
        "lang": "en",
        "body": {},
        "parts": part_refs((part,)),
    }

    async def decide(_transaction: Transaction, _heads: Heads) -> Act:
        return Act(private=[sign(payload, [key.signer], [part])])

    await core.appender.act(decide)


async def restored(made: Channel, thread: str, *windows: Window) -> None:
    """Lose notes and internal notes, delivered and not, and start on the old dump."""
    machine = Machine(made, "eu")
    dump = await machine.dump()
    for number in range(LOST):
        await made.note("eu", thread, f"Lost here {number}.")
        await write_privately(made, thread)
    await made.caught_up()
    for each in windows:
        await each.page.goto("about:blank")  # no stream is cut by the stop
    await made.stop("eu")
    await machine.restore(dump)
    node = await made.start("eu")

    async def signs() -> bool:
        return node.app[SERVICES].status.ready() == ""

    await made.until(signs)


async def fits(page: Page) -> None:
    """Check the open page in both themes and widths, with all details open."""
    await page.evaluate(
        "for (const el of document.querySelectorAll('#recovery details')) el.open = true"
    )
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for width in (390, 1440):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await faults(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def sign_on(each: Window, act: str) -> str:
    """Sign the page's entry; return the bytes shown by the dialog."""
    page = each.page
    await page.click(f"[data-act={act}]:not([disabled])")
    await page.wait_for_selector("#confirm[open]")
    shown = await page.text_content("#confirm [data-f=bytes]") or ""
    async with page.expect_event("domcontentloaded"):
        await page.click("#confirm [data-act=sign]")
    return shown


async def is_told_alone(desk: Window) -> None:
    """A desk officer reads of the loss, and the page is not theirs."""
    desk.expected.append("/recovery")  # answered 403, which the console names
    await desk.go("/inbox")
    assert await desk.page.locator("#private-lost").count() == 1
    assert await desk.page.locator("#private-lost a").count() == 0
    await desk.page.goto(desk.url + "/recovery")
    assert await desk.page.locator("#recovery").count() == 0


async def signs_first(registrar: Window, held: int) -> None:
    """The registrar comes from the notice, reads about the loss, and signs."""
    page = await registrar.go("/inbox")
    await page.click("#private-lost a")
    await registrar.until("happened.some((e) => e.name === 'ready')")
    told = await page.inner_text("#recovery")
    assert f"{held} are stored here" in told
    assert "There is no other copy of this log" in told
    await fits(page)
    assert '"kind":"private.restored"' in await sign_on(registrar, "accept-loss")
    await page.wait_for_selector("text=A registrar has accepted the loss: Marta Wiśniewska")
    assert await page.locator("#recovery button").count() == 0


async def signs_second(head: Window) -> None:
    """The head of unit signs the bytes shown by the page."""
    await head.go("/recovery")
    await fits(head.page)
    shown = await head.page.text_content("[data-signed]")
    assert await sign_on(head, "accept-loss-too") == shown
    await head.page.wait_for_selector("text=The log accepts entries")
    assert await head.page.locator("#private-lost").count() == 0


async def test_two_officials_sign_for_a_loss_on_the_page(
    chromium: Playwright, made: Channel
) -> None:
    thread = await made.open_thread("eu")
    async with (
        window(chromium, made, "eu", "en") as registrar,
        window(chromium, made, "eu", "en") as head,
        window(chromium, made, "eu", "en") as desk,
    ):
        await registrar.enrol("registrar")
        await head.enrol("head")
        await desk.enrol("desk")
        await restored(made, thread, registrar, head, desk)
        record = made.nodes["eu"].core.record
        held = (await record.head("private")).size
        await is_told_alone(desk)
        await head.go("/recovery")
        assert await head.page.locator("#recovery button").count() == 0, "a registrar is first"
        await signs_first(registrar, held)
        with pytest.raises(Unavailable):
            await write_privately(made, thread)
        await signs_second(head)
        await write_privately(made, thread)
        [entry] = await record.entries("private", held, 1)
        assert entry.kind == "private.restored"
        assert len(dsse.decode(entry.envelope).signatures) == 2
        assert [*await registrar.quiet(), *await head.quiet(), *await desk.quiet()] == []
