"""A template fills the composer, and one question goes to several applications in one act."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Playwright

from special_channel.core.bytes.ids import Party, peer_of
from tests.axe import faults
from tests.channel import Channel
from tests.story.windows import Window, unmarked, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

LANGS: dict[Party, str] = {"eu": "en", "cn": "zh-CN"}
NUMBERS = [f"FIKTIV-26-000000{n}" for n in (1, 2, 3)]
ASKED: dict[Party, tuple[str, str]] = {
    "eu": ("Please state how far application {} has come", "请告知申请{}的办理进度"),
    "cn": ("请告知申请{}的办理进度", "Please state how far application {} has come"),
}
"""How the template of a question begins, in the language of the side that asks and in the other."""
GAP: dict[Party, str] = {"eu": "[application number]", "cn": "【申请编号】"}
COUNTED: dict[Party, str] = {
    "eu": f"3 threads, one for each application: {', '.join(NUMBERS)}",
    "cn": f"分别新建3个事项，每项申请一个：{'、'.join(NUMBERS)}",
}


async def insert(there: Window, template: str) -> None:
    """Choose a template and put it into the fields, by keyboard."""
    await there.page.select_option("[name=template]", template)
    await there.page.locator("[data-act=insert-template]").press("Enter")


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_template_goes_behind_what_is_written(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    thread = await made.open_thread(party)
    await made.caught_up()
    async with window(chromium, made, party, LANGS[party]) as there:
        await there.enrol()
        page = await there.go(f"/threads/{thread}")
        await page.fill("[name=text]", "1")
        await insert(there, "by-law")
        await there.until("document.activeElement.name === 'text'")
        text, translation = [
            await page.input_value(f"[name={name}]") for name in ("text", "text_tr")
        ]
        assert text.startswith("1\n\n")
        assert GAP[party] in text
        assert GAP[peer_of(party)] in translation
        # The gap is marked, so that typing fills it.
        await page.keyboard.insert_text("7")
        assert GAP[party] not in await page.input_value("[name=text]")
        assert await faults(page) == []
        # Used last, it is the first of the list.
        await page.wait_for_selector("[data-f=saved]:not(:empty)")
        await there.go(f"/threads/{thread}")
        options = page.locator("[name=template] optgroup").first.locator("option")
        assert [await each.get_attribute("value") for each in await options.all()] == ["by-law"]
        assert await there.quiet() == []


async def ask_each(there: Window, party: Party) -> None:
    """Ask about three applications at once, a thread of its own for each, with one signature."""
    query = "&".join(f"application={number}" for number in NUMBERS)
    page = await there.go(f"/threads/new?{query}")
    await page.fill("[name=subject]", "1")
    await insert(there, "state")
    await there.until("document.activeElement.name === 'ask_text'")
    await page.locator("[name=each][value=each]").press("Space")
    await unmarked(page)
    await page.locator("#compose [type=submit]:not([disabled])").press("Enter")
    await page.wait_for_selector("#confirm[open]")
    said = await page.inner_text("#confirm")
    assert COUNTED[party] in said
    # The number fills its gap in each thread, so nothing is said to be left.
    assert await page.is_hidden("#confirm [data-f=notices]") or GAP[party] not in (
        await page.inner_text("#confirm [data-f=notices]")
    )
    await page.locator("#confirm [data-act=sign]").press("Enter")
    await page.wait_for_url("**/threads", wait_until="domcontentloaded")


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_answer_about_one_application_leaves_the_others_open(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    other = peer_of(party)
    own, translated = ASKED[party]
    async with (
        window(chromium, made, party, LANGS[party]) as asks,
        window(chromium, made, other, LANGS[other]) as answers,
    ):
        await asyncio.gather(asks.enrol(), answers.enrol())
        await ask_each(asks, party)
        await made.caught_up()
        page = await answers.go("/threads")
        titles = [page.get_by_role("link", name=f"1 · {number}").first for number in NUMBERS]
        assert [await each.is_visible() for each in titles] == [True] * 3
        await titles[1].press("Enter")
        await page.wait_for_url("**/threads/*", wait_until="domcontentloaded")
        await answers.until("happened.some((e) => e.name === 'ready')")
        shown = await page.inner_text("[data-timeline]")
        assert own.format(NUMBERS[1]) in shown
        assert translated.format(NUMBERS[1]) in shown
        await page.locator("a[data-answers]").first.press("Enter")
        await answers.until("document.activeElement.name === 'text'")
        await page.keyboard.insert_text("2")
        await unmarked(page)
        await page.locator("#compose [type=submit]:not([disabled])").press("Enter")
        await page.wait_for_selector("#confirm[open]")
        await page.locator("#confirm [data-act=sign]").press("Enter")
        await answers.until("happened.some((e) => e.name === 'sent')")
        left = (await (await answers.context.request.get(f"{answers.url}/api/asks")).json())[
            "items"
        ]
        assert len([ask for ask in left if ask["asker"] == party]) == 2
        assert await asks.quiet() == []
        assert await answers.quiet() == []
