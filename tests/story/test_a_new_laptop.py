"""Drill: an official gets a new laptop; the old one, a registrar and the new browser do it alone.

By pages: the registrar draws the code, the new browser makes the key, the holder signs with the
old one and the registrar second. Then both keys work, until two revoke the old one.
"""

from __future__ import annotations

import time

import pytest
from playwright.async_api import Page, Playwright

from special_channel.core.bytes.ids import KeyId
from special_channel.stores.people import Official, Officials
from special_channel.stores.views import Views
from tests.channel import Channel
from tests.story.windows import Window, sign, window

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_second_key_is_enrolled_with_the_first_and_replaces_it(
    made: Channel, chromium: Playwright
) -> None:
    async with (
        window(chromium, made, "eu", "en") as old,
        window(chromium, made, "eu", "en") as new,
        window(chromium, made, "eu", "en") as registrar,
        window(chromium, made, "eu", "en") as head,
    ):
        await old.enrol("desk")
        await registrar.enrol("registrar")
        await head.enrol("head")
        await without_help(made, old, registrar, head)
        holder = await official(made, "desk")
        first = (await keys_of(made, holder))[0]
        await type_a_draft(old)
        began = time.monotonic()
        code = await draw_code(registrar, holder)
        second = await enrol_new(made, old, new, registrar, holder, code)
        took = [time.monotonic() - began]
        await both_sign(old, new)
        # The other side has to know the new key before it signs acts on people (K3).
        await answer(made)
        began = time.monotonic()
        await replace_old(old, new, head, first)
        took.append(time.monotonic() - began)
        print(f"new laptop: key after {took[0]:.1f} s, old one replaced after {took[1]:.1f} s")  # noqa: T201
        rows = await Views(made.nodes["eu"].core.record.pool).keys([first, second])
        assert [rows[first].now, rows[second].now] == ["revoked", "active"]
        for each in (new, registrar, head):
            assert await each.quiet() == []


async def type_a_draft(old: Window) -> None:
    """Leave half a sentence on the old laptop."""
    page = await old.go("/threads/new")
    await page.fill("[name=subject]", "Stamps")
    await page.fill("[name=text]", "Half a sentence")
    await page.wait_for_selector("text=Draft saved")


async def both_sign(old: Window, new: Window) -> None:
    """The draft came along and is sent from the new laptop; the old one still signs, too."""
    page = await new.go("/threads/new")
    await new.until("document.querySelector('[name=text]').value === 'Half a sentence'")
    await sign(page)
    await page.wait_for_url("**/threads/EU-*", wait_until="domcontentloaded")
    page = await old.go("/threads/new")
    await page.fill("[name=subject]", "By the old one")
    await page.fill("[name=text]", "It still signs.")
    await sign(page)
    await page.wait_for_url("**/threads/EU-*", wait_until="domcontentloaded")


async def answer(made: Channel) -> None:
    """Let the other side write, so that it is known to hold all of ours."""
    await made.caught_up()
    await made.open_thread("cn")
    await made.caught_up()


async def without_help(made: Channel, *windows: Window) -> None:
    """Start the EU's node without the demonstration's registrars; the other side answers (K3)."""
    await answer(made)
    for each in windows:
        await each.page.goto("about:blank")  # a live page would say that the node is away
    await made.stop("eu")
    await made.start("eu", demo={"mailbox": True})


async def official(made: Channel, role: str) -> Official:
    found = await Officials(made.nodes["eu"].core.record.pool).all()
    return next(each for each in found if each.role == role)


async def keys_of(made: Channel, holder: Official) -> list[KeyId]:
    """Return a person's keys in the order of enrolment."""
    rows = await Views(made.nodes["eu"].core.record.pool).side_keys("eu")
    return [row.key for row in rows if row.person == holder.person]


async def draw_code(registrar: Window, holder: Official) -> str:
    """Let the registrar draw a one-time code on the page of a new key."""
    await registrar.go(f"/people/acts/new?kind=key.enrolled&person={holder.person}")
    await registrar.page.click("form[action='/people/acts/code'] button")
    return (await registrar.page.inner_text("p.fp")).strip()


async def enrol_new(
    made: Channel, old: Window, new: Window, registrar: Window, holder: Official, code: str
) -> KeyId:
    """Make a key in the new browser; the old key and the registrar sign for it."""
    page = await new.go("/enrol")
    await page.fill("[name=code]", code)
    await page.click("#enrol-code button")
    await page.fill("[data-step=check]:not([hidden]) #computer", "Laptop 2")
    await page.click("[data-step=check]:not([hidden]) [data-act=make]")
    await page.wait_for_selector("[data-step=wait]:not([hidden]) [data-f=fingerprint]")
    read = (await page.inner_text("[data-step=wait] [data-f=fingerprint]")).replace(" ", "")
    assert len(await keys_of(made, holder)) == 1
    for signer in (old, registrar):
        await sign_second(signer, read[-8:])
    await page.wait_for_url("**/inbox", wait_until="domcontentloaded")
    [_, second] = await keys_of(made, holder)
    return second


async def sign_second(signer: Window, last8: str = "") -> None:
    """Sign the act that waits, after what the holder reads aloud."""
    page = await signer.go("/people/acts")
    if last8:
        assert "Laptop 2" in await page.inner_text("[data-act-on-people]")
        await page.fill("[name=last8]", f"{last8[:4]} {last8[4:]}")
    await page.click("[data-act=sign-act]:not([disabled])")
    await confirm(page)


async def confirm(page: Page) -> None:
    await page.wait_for_selector("#confirm[open]")
    async with page.expect_event("domcontentloaded"):
        await page.click("#confirm [data-act=sign]")


async def replace_old(old: Window, new: Window, head: Window, first: KeyId) -> None:
    """The holder begins the revocation of the old key with the new one; the head signs second."""
    page = await new.go(f"/people/acts/new?kind=key.revoked&key={first}&reason=replaced&look=1")
    await page.click("[data-act=begin-act]:not([disabled])")
    await confirm(page)
    await old.go("/inbox")  # its session is open until the second signature
    await sign_second(head)
    # The page that was open on the old laptop says it, without being loaded again.
    await old.page.wait_for_selector("#signed-out:not([hidden])")
    said = await old.context.request.get(f"{old.url}/api/sessions")
    assert (await said.json())["code"] in {"key-revoked", "session-over"}
