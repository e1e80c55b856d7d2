"""A note travels: from an official's browser in Brussels to one in Beijing and back.

Two real nodes, two real Chromium windows, the pages as they are. Waits on events of the
pages, never on time.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from special_channel.core.ids import Party
from special_channel.desk import enrolment
from special_channel.ports.people import Official
from special_channel.web.services import SERVICES
from tests import servers
from tests.channel import Channel, channel
from tests.web.js.conftest import WATCH, until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
]

PEOPLE = {
    "eu": Official(0, "Astrid Fictional", "desk", "Unit", "permits", "astrid@eu.example", "en"),
    "cn": Official(0, "虚构之人", "desk", "Unit", "licensing", "person@cn.example", "zh-CN"),
}
LOCALES = {"eu": "en-GB", "cn": "zh-CN"}


@dataclass
class Window:
    """One official's browser on her own node."""

    made: Channel
    party: Party
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.made.ports[self.party]}"

    async def page(self, path: str) -> Page:
        page = await self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._console)
        await page.goto(self.url + path)
        return page

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} {message.location['url']}")

    async def enrol(self) -> Page:
        """Enter a one-time code, make a key, and arrive in the inbox."""
        own = self.made.nodes[self.party].app[SERVICES]
        official = await own.officials.add(PEOPLE[self.party])
        code = enrolment.code_from(os.urandom(12))
        await enrolment.invite(own.enrolment, official, code)
        page = await self.page("/enrol")
        await until(page, "ready")
        await page.fill("[name=code]", code)
        await page.click("#enrol-code button")
        await page.click("[data-step=check]:not([hidden]) [data-act=make]")
        await page.wait_for_url("**/inbox")
        return page


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running() -> AsyncIterator[Channel]:
    with servers.open_folder() as folder:
        async with channel(folder) as made:
            yield made


@pytest_asyncio.fixture(loop_scope="session")
async def windows(browser: Browser, running: Channel) -> AsyncIterator[dict[str, Window]]:
    made: dict[str, Window] = {}
    for party in ("eu", "cn"):
        context = await browser.new_context(
            viewport={"width": 1440, "height": 1000}, locale=LOCALES[party]
        )
        await context.add_init_script(WATCH)
        made[party] = Window(running, party, context)
    yield made
    for window in made.values():
        for page in window.context.pages:
            assert await page.evaluate("reports") == []
        await window.context.close()
        assert not window.complaints


async def send(page: Page) -> str:
    """Sign and send what is in the form; return the id."""
    await page.click("#compose [type=submit]:not([disabled])")
    await page.wait_for_selector("#confirm[open]")
    entry_id = await page.text_content("#confirm [data-f=id]")
    await page.click("#confirm [data-act=sign]")
    assert entry_id
    return entry_id.split()[-1]


def shown(entry_id: str, more: str = "") -> str:
    return f'[data-timeline] [data-entry-id="{entry_id}"]{more}'


async def open_thread(eu: Window, here: Page) -> tuple[str, str]:
    """Open a thread with a note in both languages and a question; return number and note."""
    await here.goto(eu.url + "/threads/new")
    await until(here, "ready")
    await here.fill("[name=subject]", "End-user certificates")
    await here.fill("[name=subject_tr]", "最终用户和最终用途证明")
    await here.fill("[name=text]", "Five certificates are attached.\n\nPlease confirm.")
    await here.fill("[name=text_tr]", "现提交五份证明。\n\n请确认。")
    await here.click("[data-act=add-ask]")
    await here.fill("[name=ask_text]", "Is a registry extract needed?")
    await here.select_option("[name=ask_rule]", "")
    await here.fill("[name=ask_due]", "2099-11-26T17:00")
    first = await send(here)
    await here.wait_for_url("**/threads/EU-*")
    await here.wait_for_selector(shown(first, '[data-proof="ok"]'))
    return here.url.rsplit("/", 1)[-1], first


async def all_hold(page: Page) -> None:
    """Every check on this page so far held, and all hold again after a reload."""
    states = await page.evaluate("checked.map((each) => [each.state, each.code])")
    assert {tuple(each) for each in states} == {("ok", "")}
    await page.reload()
    await until(page, "!document.querySelector('[data-entry-id]:not([data-proof])')")
    proofs = "[...document.querySelectorAll('[data-proof]')].map((e) => e.dataset.proof)"
    assert set(await page.evaluate(proofs)) == {"ok"}


async def test_a_note_travels_and_is_answered(windows):
    eu, cn = windows["eu"], windows["cn"]
    here = await eu.enrol()
    await cn.enrol()
    number, first = await open_thread(eu, here)
    await eu.made.caught_up()
    # Beijing opens the thread, checks it against its own pinned roots, acknowledges.
    there = await cn.page(f"/threads/{number}")
    await there.wait_for_selector(shown(first, '[data-proof="ok"]'))
    assert await there.evaluate("document.documentElement.lang") == "zh-CN"
    await there.click(f'[data-sign="note.acknowledged"][data-ref="{first}"]:not([disabled])')
    await here.wait_for_selector(shown(first, ' [data-stage="acknowledged"]'))
    # And answers; Brussels sees it without a reload, checked.
    await there.check("[name=answer]")
    await there.fill("[name=text]", "需要商业登记簿摘录。")
    answer = await send(there)
    await here.wait_for_selector(shown(answer, '[data-proof="ok"]'))
    await here.wait_for_selector(shown(first, ' [data-stage="answered"]'))
    assert "需要商业登记簿摘录。" in await here.inner_text(shown(answer))
    await all_hold(here)
    await all_hold(there)
