"""A session ends, and a draft in two windows: no typed text is lost."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest
from playwright.async_api import Page, Playwright

from tests.axe import faults
from tests.channel import Channel
from tests.story.windows import Window, entry, sign, unmarked, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

SAVED = "#compose [data-f=saved]"
ELSEWHERE = "#draft-elsewhere:not([hidden])"


async def saved(own: Window, words: str) -> None:
    """Wait until the composer shows a state of its draft."""
    await own.until(f"document.querySelector('{SAVED}').textContent.includes('{words}')")


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", ("Your session ends at ", "Stay signed in", "You stay signed in.")),
        ("zh-CN", ("登录将于", "延长登录", "已延长登录。")),
    ],
)
async def test_session_is_prolonged_by_one_key_while_somebody_types(
    made: Channel, chromium: Playwright, locale: str, words: tuple[str, str, str]
) -> None:
    ends, stay, done = words
    async with window(chromium, made, "eu", locale) as eu:
        await eu.enrol()
        core = made.nodes["eu"].core
        # Each page that is drawn from now on says that it ends in two minutes.
        soon = core.clock.now() + timedelta(seconds=121)
        database = await asyncpg.connect(core.engines.node)
        await database.execute("UPDATE desk.sessions SET expires = $1", soon)
        core.door.known.forget_all()
        page = await eu.go("/threads/new")
        await page.fill("[name=text]", "Half a sen")
        await page.wait_for_selector("#session-ends:not([hidden])")
        warned = await page.inner_text("#session-ends")
        assert ends in warned
        assert stay in warned
        assert await faults(page) == []
        other = await opened(eu, "/inbox")
        await page.press("[name=text]", "F8")
        await eu.until(f"document.getElementById('status').textContent === '{done}'")
        assert not await page.is_visible("#session-ends")
        assert not await page.is_visible("#signed-out")
        assert await page.evaluate("document.activeElement.name") == "text"
        await other.wait_for_selector("#session-ends", state="hidden")
        # The first session ends: the new one carries page, stream and forms on.
        await database.execute("DELETE FROM desk.sessions WHERE expires = $1", soon)
        await database.close()
        core.door.known.forget_all()
        await page.type("[name=text]", "tence.")
        await saved(eu, {"en": "Draft saved", "zh-CN": "草稿已"}[locale])
        await page.click("button[name=to]:not([aria-pressed=true])")
        assert not await page.is_visible("#signed-out")
        assert await eu.quiet() == []


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", ("Draft saved", "you are signed out", "Sign in again", "You are signed in again.")),
        ("zh-CN", ("草稿已", "登录已失效", "重新登录", "已重新登录。")),
    ],
)
async def test_text_outlives_the_session_and_is_sent(
    made: Channel, chromium: Playwright, locale: str, words: tuple[str, str, str, str]
) -> None:
    kept, lost, again, done = words
    async with window(chromium, made, "eu", locale) as eu:
        eu.expected = ["401"]
        await eu.enrol()
        page = await eu.go("/threads/new")
        await page.fill("[name=subject]", "Certificates")
        await page.fill("[name=text]", "First sentence.")
        await saved(eu, kept)
        # As if it had ended at the node while somebody was typing.
        await eu.context.clear_cookies()
        await page.type("[name=text]", " Second sentence.")
        await page.wait_for_selector("#signed-out:not([hidden])")
        await saved(eu, lost)
        assert await faults(page) == []

        # Sending says the same, once, and puts the focus on what helps.
        await unmarked(page)
        await page.press("[name=text]", "Control+Enter")
        await eu.until("document.activeElement.dataset.act === 'sign-in-again'")
        assert not await page.is_visible("#problem")
        assert not await page.is_visible("#offline")
        await page.focus("[name=text]")
        await page.get_by_role("button", name=again).click()

        await eu.until(f"document.getElementById('status').textContent === '{done}'")
        await page.wait_for_selector("#signed-out", state="hidden")
        assert await page.evaluate("document.activeElement.name") == "text"
        await saved(eu, kept)
        assert await page.input_value("[name=text]") == "First sentence. Second sentence."
        id_ = await sign(page)
        await page.wait_for_url("**/threads/EU-*", wait_until="domcontentloaded")
        await eu.checked(id_)
        assert "First sentence. Second sentence." in await page.inner_text(entry(id_))
        assert await eu.quiet() == []


async def test_forms_of_the_open_page_work_after_signing_in_again(
    made: Channel, chromium: Playwright
) -> None:
    async with window(chromium, made, "eu", "en") as eu:
        eu.expected = ["401"]
        await eu.enrol()
        page = await eu.go("/threads/new")
        await eu.context.clear_cookies()
        await page.fill("[name=text]", "A word.")
        await page.get_by_role("button", name="Sign in again").click()
        await page.wait_for_selector("#signed-out", state="hidden")
        await page.click("button[name=to][value=zh-CN]")
        await page.wait_for_selector("html[lang=zh-CN]")
        assert await eu.quiet() == []


async def test_session_opened_in_one_window_serves_the_other(
    made: Channel, chromium: Playwright
) -> None:
    async with window(chromium, made, "eu", "en") as eu:
        eu.expected = ["401"]
        await eu.enrol()
        first = await eu.go("/threads/new")
        second = await opened(eu, "/inbox")
        await eu.context.clear_cookies()
        await first.fill("[name=text]", "Kept on the first page.")
        await first.wait_for_selector("#signed-out:not([hidden])")
        await second.evaluate("document.dispatchEvent(new CustomEvent('sc:signed-out'))")
        await second.get_by_role("button", name="Sign in again").click()
        await first.wait_for_selector("#signed-out", state="hidden")
        await saved(eu, "Draft saved")
        assert await eu.quiet() == []


async def test_draft_in_a_second_window_is_told_and_shown_twice(
    made: Channel, chromium: Playwright
) -> None:
    async with window(chromium, made, "cn", "zh-CN") as cn:
        cn.expected = ["409"]
        await cn.enrol()
        first = await cn.go("/threads/new")
        second = await opened(cn, "/threads/new")
        await first.fill("[name=text]", "第一个窗口的文本。")
        await saved(cn, "草稿已")
        await second.fill("[name=text]", "第二个窗口的文本。")
        await second.wait_for_selector(ELSEWHERE)
        said = await second.inner_text(ELSEWHERE)
        for words in ("此草稿已在别处修改", "第一个窗口的文本。", "第二个窗口的文本。"):
            assert words in said
        assert await faults(second) == []
        draft = await cn.context.request.get(f"{cn.url}/api/drafts/new")
        assert (await draft.json())["fields"]["text"] == "第一个窗口的文本。", "not overwritten"

        # What is typed on goes into the comparison, and nowhere else until one is chosen.
        await second.type("[name=text]", "再加一句。")
        await second.wait_for_function(
            "document.querySelector('[data-f=mine]').textContent.includes('再加')"
        )
        await second.get_by_role("button", name="继续使用本页文本").click()
        await second.wait_for_selector(ELSEWHERE, state="hidden")
        await until_draft(cn, "第二个窗口的文本。再加一句。")

        await first.type("[name=text]", "又写。")
        await first.wait_for_selector(ELSEWHERE)
        await first.get_by_role("button", name="继续使用别处保存的文本").click()
        assert await first.input_value("[name=text]") == "第二个窗口的文本。再加一句。"
        assert await cn.quiet() == []


async def test_draft_sent_from_one_window_is_told_to_the_other(
    made: Channel, chromium: Playwright
) -> None:
    async with window(chromium, made, "eu", "en") as eu:
        eu.expected = ["409"]
        await eu.enrol()
        first = await eu.go("/threads/new")
        await first.fill("[name=subject]", "Stamps")
        await first.fill("[name=text]", "To be sent.")
        await saved(eu, "Draft saved")
        second = await opened(eu, "/threads/new")
        await second.wait_for_function(
            "document.querySelector('[name=text]').value === 'To be sent.'"
        )
        await sign(first)
        await first.wait_for_url("**/threads/EU-*", wait_until="domcontentloaded")
        await second.press("[name=text]", "Control+End")
        await second.type("[name=text]", " And more.")
        await second.wait_for_selector(ELSEWHERE)
        assert "It was sent or deleted in another window." in await second.inner_text(ELSEWHERE)
        assert await second.input_value("[name=text]") == "To be sent. And more."
        assert await eu.quiet() == []


async def test_words_typed_just_before_a_reload_come_back(
    made: Channel, chromium: Playwright
) -> None:
    async with window(chromium, made, "eu", "en") as eu:
        await eu.enrol()
        page = await eu.go("/threads/new")
        await page.fill("[name=text]", "Half")
        await saved(eu, "Draft saved")
        await page.type("[name=text]", " a sentence")
        await page.reload()
        await eu.until("document.querySelector('[name=text]').value === 'Half a sentence'")
        await page.type("[name=text]", " and the rest")
        await until_draft(eu, "Half a sentence and the rest")
        assert await eu.quiet() == []


async def opened(own: Window, path: str) -> Page:
    """Open another window of the same browser."""
    page = await own.context.new_page()
    own.listen(page)
    await page.goto(own.url + path)
    await page.wait_for_selector("[data-act='sign-in-again']", state="attached")
    return page


async def until_draft(own: Window, text: str) -> None:
    """Wait until the node has these words as the draft of a new thread."""
    await own.page.evaluate(
        """async (text) => {
          for (;;) {
            const { fields } = await (await fetch('/api/drafts/new')).json();
            if (fields && fields.text === text) return;
            await new Promise((done) => setTimeout(done, 50));
          }
        }""",
        text,
    )
