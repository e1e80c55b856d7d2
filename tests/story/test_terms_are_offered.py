"""Official terms are offered while an official writes, and chosen by keyboard alone."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Playwright, Route

from special_channel.core.bytes.ids import Party
from tests.axe import faults
from tests.channel import Channel
from tests.story.windows import Window, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRITTEN: dict[Party, tuple[str, str, str, str]] = {
    "eu": ("en", "Please state the tech", "technical description", "技术说明"),
    "cn": ("zh-CN", "请提供技术", "技术说明", "technical description"),
}
"""Language, what is typed, the term that is offered, and the term in the other language."""

BELOW = """() => {
  const list = document.querySelector('#c-terms').getBoundingClientRect();
  const field = document.activeElement.getBoundingClientRect();
  return list.top >= field.bottom && list.left >= 0 && list.right <= innerWidth;
}"""
OFFERED = "!document.querySelector('#c-terms').hidden"


WHOLE: dict[Party, str] = {
    "eu": "Please state the technical description",
    "cn": "请提供技术说明",
}


async def translate(there: Window, typed: str, name: str) -> None:
    """Type the beginning of a term into the field of the other language, and choose the term."""
    await there.page.focus("[name=text_tr]")
    await there.page.keyboard.insert_text(typed)
    await there.page.get_by_role("option", name=name).wait_for()
    await there.page.keyboard.press("ArrowDown")
    await there.page.keyboard.press("Enter")


async def text(there: Window) -> str:
    """What the field of the text holds."""
    return await there.page.input_value("[name=text]")


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_term_is_chosen_while_writing(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    thread = await made.open_thread(party)
    await made.caught_up()
    lang, typed, term, other = WRITTEN[party]
    async with window(chromium, made, party, lang) as there:
        await there.enrol()
        page = await there.go(f"/threads/{thread}")
        await page.set_viewport_size({"width": 390, "height": 800})
        keys, option = page.keyboard, page.get_by_role("option", name=f"{term} {other}")
        await page.focus("[name=text]")
        await keys.insert_text(typed)
        await option.wait_for()
        assert await page.evaluate(BELOW)
        # With nothing chosen, Enter is a new line.
        await keys.press("Enter")
        assert (await text(there), await option.is_visible()) == (f"{typed}\n", False)
        await keys.press("Backspace")
        await option.wait_for()
        await keys.press("ArrowDown")
        chosen = await page.get_attribute("[name=text]", "aria-activedescendant")
        assert chosen == await page.get_attribute("#c-terms [aria-selected=true]", "id")
        assert await faults(page) == []
        await keys.press("Enter")
        written = (
            typed[: -len(typed.rpartition(" ")[2])] + term if party == "eu" else "请提供技术说明"
        )
        assert (await text(there), await option.is_visible()) == (written, False)
        # In the field of the other language the same term is inserted in that language.
        await page.focus("[name=text_tr]")
        await keys.insert_text(term[:4])
        await page.get_by_role("option", name=f"{other} {term}").wait_for()
        await keys.press("ArrowDown")
        await keys.press("Enter")
        assert await page.input_value("[name=text_tr]") == other
        assert await there.quiet() == []


@pytest.mark.parametrize("late", [(), ("**/*terms*",)], ids=["known", "late"])
async def test_nothing_is_offered_while_an_input_method_composes(
    made: Channel, chromium: Playwright, late: tuple[str, ...]
) -> None:
    """Also where the terms, or what offers them, come once the word is whole."""
    whole = asyncio.Event()

    async def wait(route: Route) -> None:
        await whole.wait()
        await route.continue_()

    thread = await made.open_thread("cn")
    await made.caught_up()
    async with window(chromium, made, "cn", "zh-CN") as there:
        await there.enrol()
        page = await there.go(f"/threads/{thread}")
        for address in late:
            await page.route(address, wait)
        await page.focus("[name=text]")
        method = await there.context.new_cdp_session(page)
        await method.send(
            "Input.imeSetComposition", {"text": "技术", "selectionStart": 2, "selectionEnd": 2}
        )
        await there.until("document.querySelector('[name=text]').value === '技术'")
        assert await page.is_hidden("#c-terms")
        await method.send("Input.insertText", {"text": "技术"})
        whole.set()
        await there.until(OFFERED)
        # Escape closes the list, and nothing else.
        await page.keyboard.press("Escape")
        assert await page.is_hidden("#c-terms")
        assert await text(there) == "技术"
        assert await there.quiet() == []
