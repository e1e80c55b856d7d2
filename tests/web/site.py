"""A small server of rendered pages under the product's strict policy, for a real browser.

Serves an empty entry script: these tests are about the pages alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from special_channel.web.http.scripts import ENTRIES
from special_channel.web.shell.render import icon_urls, render
from tests.web.samples import Shown, every_page
from tests.web.samples.people import STATIC

STATICS = Path(__file__).resolve().parents[2] / "src/special_channel/web/static"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'; manifest-src 'self'; worker-src 'self'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


Samples = Callable[[Any, Any], Mapping[str, Shown]]
"""Returns sample pages by name, of a side in a language."""


def _pages(samples: Samples) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def page(request: web.Request) -> web.Response:
        party, lang, name = (request.match_info[key] for key in ("party", "lang", "name"))
        shown = samples(party, lang)[name]
        html = render(shown.page, shown.frame)
        return web.Response(text=html, content_type="text/html", headers=HEADERS)

    return page


async def _script(_request: web.Request) -> web.Response:
    return web.Response(text="export {};\n", content_type="text/javascript", headers=HEADERS)


@asynccontextmanager
async def serving(samples: Samples = every_page) -> AsyncIterator[str]:
    """Serve sample pages; give the base address."""
    app = web.Application()
    app.router.add_get("/p/{party}/{lang}/{name}", _pages(samples))
    for script in ENTRIES:
        app.router.add_get(f"{STATIC}/js/{script}", _script)
    app.router.add_static(STATIC, STATICS)
    icons = icon_urls()["search"].partition("/icons.svg")[0]
    app.router.add_static(icons, STATICS / "icons")
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        yield f"http://localhost:{port}"
    finally:
        await runner.cleanup()
