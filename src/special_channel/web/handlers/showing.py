"""A page as a response: never kept by a cache, in the reader's language, compressed.

Does not read anything: handlers hand the page in.
"""

from __future__ import annotations

from aiohttp import web

from special_channel.web.pages.frame import Frame, Page
from special_channel.web.reading.frame import frame
from special_channel.web.reading.scene import Scene
from special_channel.web.render import render


async def show(seen: Scene, page: Page, template: str = "") -> web.Response:
    """Answer with a page in its frame, or by another template with some of it."""
    return html(page, await frame(seen), 200, template)


def html(page: Page, around: Frame, status: int, template: str = "") -> web.Response:
    """Answer with a page in a frame that is already made."""
    response = web.Response(
        text=render(page, around, template),
        status=status,
        content_type="text/html",
        headers={
            "Cache-Control": "no-store",
            "Content-Language": around.lang,
            "Vary": "Accept-Encoding, Accept-Language, Cookie",
        },
    )
    # Secrets in a compressed page can be guessed only by a site that can make a browser ask for
    # it with its session (BREACH); cookies that are Strict are not sent for other sites.
    response.enable_compression()
    return response
