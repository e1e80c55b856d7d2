"""Officials' browsers: real Chromium windows on real nodes, with what they complained of.

Waits on what pages do, never on time; the limits only end what would never happen.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    Error,
    FilePayload,
    Page,
    Playwright,
    Request,
    async_playwright,
    expect,
)

from special_channel.core.bytes.ids import Party, PersonRole
from special_channel.desk import enrolment, invitations
from special_channel.stores.people import Official
from special_channel.web.http.services import SERVICES
from tests.browsers import ARGS, CHROMIUM
from tests.channel import Channel

PATIENCE = 60.0
"""Seconds after which something that should have happened counts as not happening."""
expect.set_options(timeout=1000 * PATIENCE)

WATCH = """
window.reports = [];
document.addEventListener('securitypolicyviolation',
  (e) => reports.push(e.violatedDirective + ' ' + e.blockedURI));
window.happened = [];
for (const name of ['ready', 'checked', 'sent', 'stream', 'arrived']) {
  document.addEventListener('sc:' + name, (e) => happened.push({
    name, at: performance.timeOrigin + performance.now(), ...e.detail }));
}
"""
"""Keeps reports of the policy and the client's events, each with its instant in ms."""

NAMES: dict[tuple[Party, PersonRole], str] = {
    ("eu", "desk"): "Ilona Kőszegi",
    ("eu", "head"): "Tereza Šťastná",
    ("cn", "desk"): "陈思远",
    ("cn", "head"): "周明",
    ("eu", "director"): "Henrik Sørensen",
    ("cn", "director"): "郑文华",
    ("eu", "registrar"): "Marta Wiśniewska",
    ("cn", "registrar"): "何静远",
}
"""Fictional."""
DESKS: dict[tuple[Party, PersonRole], str] = {
    ("eu", "desk"): "permits",
    ("eu", "head"): "unit",
    ("cn", "desk"): "licensing",
    ("cn", "head"): "unit",
    ("eu", "registrar"): "registry",
    ("cn", "registrar"): "registry",
    ("eu", "director"): "leadership",
    ("cn", "director"): "leadership",
    ("eu", "oversight"): "audit",
    ("cn", "oversight"): "oversight",
}


@dataclass
class Window:
    """An official's browser, on the official's node. `page`: the open page."""

    made: Channel
    party: Party
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The node's address, by the host name under which browsers store keys."""
        return f"http://localhost:{self.made.ports[self.party]}"

    def listen(self, page: Page) -> None:
        """Record the browser's errors."""
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", self._failed)

    async def go(self, path: str) -> Page:
        """Open a page of the node; return once its script has started."""
        await self.page.goto(self.url + path)
        await self.until("happened.some((e) => e.name === 'ready')")
        return self.page

    async def until(self, condition: str) -> None:
        """Wait for a condition in the page. Playwright's own way needs `eval`."""
        look = f"const look = () => ({condition}) ? done() : setTimeout(look, 5);"
        async with asyncio.timeout(PATIENCE):
            await self.page.evaluate(f"() => new Promise((done) => {{ {look} look(); }})")

    async def enrol(self, role: PersonRole = "desk", name: str = "", hold: int = 0) -> None:
        """Enter a one-time code, compare, make a key, arrive in the inbox.

        The key is made and tested by the page, and confirmed by the demonstration's registrar.
        """
        code = await invite(self.made, self.party, role, name, hold)
        await self.go("/enrol")
        await self.page.fill("[name=code]", code)
        await self.page.click("#enrol-code button")
        await self.page.click("[data-step=check]:not([hidden]) [data-act=make]")
        await self.page.wait_for_url("**/inbox", wait_until="domcontentloaded")
        await self.until("happened.some((e) => e.name === 'ready')")

    async def all_checked(self) -> set[tuple[str, str]]:
        """Wait until each entry on the page is marked; return their states and codes."""
        await self.until("!document.querySelector('[data-entry-id]:not([data-proof])')")
        found = await self.page.evaluate(
            "[...document.querySelectorAll('[data-proof]')].map((e) => [e.dataset.proof, e.id])"
        )
        return {(state, "" if state == "ok" else id_) for state, id_ in found}

    async def checked(self, entry_id: str) -> None:
        """Wait until this browser has verified an entry."""
        await self.page.wait_for_selector(entry(entry_id, '[data-proof="ok"]'))

    async def quiet(self) -> list[str]:
        """Return errors of the browser and violations of its policy."""
        reports = [
            report
            for page in self.context.pages
            if page.url.startswith("http")
            for report in await _reports(page)
        ]
        return [*reports, *self.complaints]

    def _said(self, message: ConsoleMessage) -> None:
        said = f"{message.type}: {message.text} {message.location['url']}"
        if message.type in {"error", "warning"} and not any(w in said for w in self.expected):
            self.complaints.append(said)

    def _failed(self, request: Request) -> None:
        # What is under way when a page is left is cut by the browser.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.failure}: {request.url}")


class Acts:
    """An official at a page, with the number of their acts: each click, choice, key or field."""

    def __init__(self, there: Window) -> None:
        self.page = there.page
        self.count = 0

    async def click(self, what: str) -> None:
        self.count += 1
        await self.page.click(what)

    async def choose(self, what: str, value: str) -> None:
        self.count += 1
        await self.page.select_option(what, value)

    async def write(self, what: str, words: str) -> None:
        self.count += 1
        await self.page.fill(what, words)

    async def press(self, what: str, key: str) -> None:
        self.count += 1
        await self.page.press(what, key)

    async def attach(self, what: str, file: FilePayload) -> None:
        self.count += 1
        await self.page.set_input_files(what, file)


def entry(entry_id: str, more: str = "") -> str:
    """Select an entry of a thread's page."""
    return f'[data-timeline] [data-entry-id="{entry_id}"]{more}'


async def invite(
    made: Channel, party: Party, role: PersonRole, name: str = "", hold: int = 0
) -> str:
    """Put a person into the node's directory, grant the function, return the one-time code.

    `hold`: seconds for which the person's notes wait. Most stories are of something else.

    The demonstration's two registrars sign the grant, as they sign what a page invites.
    """
    desk = made.nodes[party].app[SERVICES].desk
    person = Official(
        0,
        name or NAMES[party, role],
        role,
        "Unit",
        DESKS[party, role],
        f"{role}@{party}.example",
        "en" if party == "eu" else "zh-CN",
        hold=hold,
    )
    code = enrolment.code_from(os.urandom(12))
    pseudonym = uuid4().hex
    number = await desk.officials.add(person, pseudonym)
    added = replace(person, id=number, person=pseudonym)
    await enrolment.grant(desk.enrolment, added, desk.registrars)
    await invitations.draw(desk.enrolment, added, code, desk.registrars[0].key)
    return code


@asynccontextmanager
async def browsers() -> AsyncIterator[Playwright]:
    """Start the driver of Chromium."""
    async with async_playwright() as playwright:
        yield playwright


@asynccontextmanager
async def window(
    playwright: Playwright,
    made: Channel,
    party: Party,
    locale: str,
    scripts: Sequence[str] = (),
    **options: Any,
) -> AsyncIterator[Window]:
    """Open a Chromium of its own with a fresh profile."""
    size = {"width": 1440, "height": 1000}
    shape: dict[str, Any] = {"viewport": size, "executable_path": CHROMIUM}
    async with AsyncExitStack() as stack:
        profile = stack.enter_context(tempfile.TemporaryDirectory(prefix="sc-"))
        context = await playwright.chromium.launch_persistent_context(
            profile,
            headless=True,
            args=list(ARGS),
            locale=locale,
            **(shape | options),
        )
        stack.push_async_callback(context.close)
        context.set_default_timeout(PATIENCE * 1000)
        for script in (WATCH, *scripts):
            await context.add_init_script(script)
        opened = Window(made, party, context, context.pages[0])
        if locale != ("en" if party == "eu" else "zh-CN"):
            # As chosen in this browser: pages follow the person's own language otherwise.
            name = f"sc-lang-{party}"
            await context.add_cookies([{"name": name, "value": locale, "url": opened.url}])
        opened.listen(opened.page)
        yield opened


async def unmarked(page: Page) -> None:
    """Choose no marking for the note in the composer: nothing is chosen beforehand."""
    await page.select_option("#compose [name=marking]", "none")


async def reasons(page: Page) -> None:
    """Choose a reason for each finding that the dialog asks to confirm."""
    for choice in await page.locator("#why > li:not([hidden]) select").all():
        await choice.select_option("checked_file")


async def sign(page: Page) -> str:
    """Sign and send the form's content, without a marking; return the id shown before."""
    await unmarked(page)
    await page.click("#compose [type=submit]:not([disabled])")
    await page.wait_for_selector("#confirm[open]")
    entry_id = (await page.text_content("#confirm [data-f=id]") or "").split()[-1]
    await reasons(page)
    await page.click("#confirm [data-act=sign]")
    return entry_id


async def look(page: Page) -> None:
    """Put the focus on each row that must be seen before a release."""
    for row in await page.locator("[data-look]").all():
        await row.focus()


async def release(second: Window) -> None:
    """The second official reads the queued draft and signs the same bytes."""
    page = await second.go("/clearances")
    await look(page)
    await page.click("[data-act=clear]:not([disabled])")
    await page.wait_for_selector("#confirm[open]")
    async with page.expect_event("domcontentloaded"):
        await page.click("#confirm [data-act=sign]")
    await page.wait_for_selector("[data-draft]", state="detached")


async def _reports(page: Page) -> list[str]:
    """Return what a page has reported; a page that is just left reports on the next one."""
    while True:
        try:
            return list(await page.evaluate("window.reports || []"))
        except Error as error:
            if "navigation" not in str(error):
                raise
            await page.wait_for_load_state()
