"""A real Chromium, a lying node, and pages without errors."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Error, Page

from tests.browsers import NO_ED25519, chromium
from tests.vectors import table
from tests.web.js.node import PAGES, StubNode

WATCH = """
window.reports = [];
window.ready = false;
document.addEventListener('sc:ready', () => { ready = true; });
document.addEventListener('securitypolicyviolation', (e) => reports.push(e.violatedDirective));
window.checked = [];
document.addEventListener('sc:checked', (e) => checked.push(e.detail));
window.sent = [];
document.addEventListener('sc:sent', (e) => sent.push(e.detail));
window.stream = [];
document.addEventListener('sc:stream', (e) => stream.push(e.detail.state));
"""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def node() -> AsyncIterator[StubNode]:
    stub = StubNode()
    runner = web.AppRunner(stub.app(), shutdown_timeout=0.1)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener).start()
    stub.origin = f"http://localhost:{listener.getsockname()[1]}"
    yield stub
    # asyncio never closes a connection that it accepted a turn before its server closed.
    asyncio.get_running_loop().remove_reader(listener)
    for _ in range(3):
        await asyncio.sleep(0)
    stub.cut()
    await runner.cleanup()


@dataclass
class Desk:
    """An official's browser: a context, and its errors."""

    context: BrowserContext
    node: StubNode
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    key: str = ""

    async def open(self, path: str) -> Page:
        page = await self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._console)
        await page.goto(self.node.origin + path)
        await until(page, "ready || !document.querySelector('script')")
        return page

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not any(
            w in message.text for w in self.expected
        ):
            self.complaints.append(message.text)

    async def run(self, page: Page, script: str, argument: object = None) -> Any:
        """Run the body of an async function with the modules importable."""
        return await page.evaluate(f"async (arg) => {{ {script} }}", argument)

    async def enrol(self) -> str:
        """Make a key in the browser, pin both roots, let the registrar confirm; return its id."""
        page = await self.open("/page/blank")
        self.key = await self.run(page, ENROL)
        self.node.confirm()
        await page.close()
        return self.key


ENROL = """
const keys = await import('/js/keys.js');
const { makeKey } = await import('/js/newkey.js');
const { finish } = await import('/js/payloads.js');
const { encode, ENTRY } = await import('/js/dsse.js');
const post = async (path, json) =>
  (await fetch(path, { method: 'POST', body: JSON.stringify(json) })).json();
const start = await post('/api/enrol/start', { code: 'ABCD-EFGH' });
for (const [party, pin] of Object.entries(start.roots)) await keys.pin({ party, pin });
const { log, person, role, unit, desk, at, seen } = start;
const row = await makeKey('eu', { log, role, unit, desk });
const body = { person, suite: row.suite, public: row.public };
const built = await finish({ log, by: row.key, at, seen }, { kind: 'key.enrolled', body });
const sig = await keys.signWith(row, built.pae);
const envelope = encode(ENTRY, built.payload, [{ keyid: row.key, sig }]);
await post('/api/enrol', { code: 'ABCD-EFGH', envelope });
await keys.keepIdentity({ ...row, state: 'enrolled' });
return row.key;
"""


@pytest_asyncio.fixture(loop_scope="session")
async def desk(browser: Browser, node: StubNode) -> AsyncIterator[Desk]:
    """A desk whose pages must end without a complaint of the browser or of its policy."""
    async for each in _desk(browser, node, []):
        yield each


@pytest_asyncio.fixture(loop_scope="session")
async def old_desk(browser: Browser, node: StubNode) -> AsyncIterator[Desk]:
    """The same in a browser without Ed25519 in WebCrypto."""
    async for each in _desk(browser, node, [NO_ED25519]):
        yield each


async def _desk(browser: Browser, node: StubNode, scripts: list[str]) -> AsyncIterator[Desk]:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    for script in [WATCH, *scripts]:
        await context.add_init_script(script)
    made = Desk(context, node)
    yield made
    reports = [await reported(page) for page in context.pages]
    with contextlib.suppress(TimeoutError):  # the browser closes it later
        async with asyncio.timeout(10):
            await context.close()
    assert not [each for each in reports if each], reports
    assert not made.complaints, made.complaints


async def reported(page: Page) -> list[str]:
    """Return a page's reports; of a page that is being left, those of the next one."""
    # Asked amid a change of pages, the browser refuses, or now and then never answers. What a page
    # reports is on its console too, and so among the complaints.
    for _ in range(2):
        with contextlib.suppress(Error, TimeoutError):
            async with asyncio.timeout(3):
                return list(await page.evaluate("reports"))
    return []


async def until(page: Page, condition: str) -> None:
    """Wait for a condition in the page, frame by frame. Playwright's own way needs `eval`."""
    look = f"const look = () => ({condition}) ? done() : setTimeout(look, 5);"
    script = f"() => new Promise((done) => {{ {look} look(); }})"
    async with asyncio.timeout(60):
        await page.evaluate(script)


def thread_html(desk: Desk, entries: str = "", **fields: str) -> str:
    text = (PAGES / "thread.html").read_text(encoding="utf-8")
    values = {
        "key": desk.key,
        "after": ".".join(map(str, desk.node.cursor)),
        "ref": "",
        "answers": "",
    }
    for name, value in {**values, **fields, "entries": entries}.items():
        text = text.replace("{" + name + "}", value)
    return text


@pytest.fixture
def jcs() -> list[tuple[str, bytes, bytes]]:
    return [
        (name, case["input"].encode(), case["output"].encode())
        for name, case in table("jcs")["cases"].items()
    ]
