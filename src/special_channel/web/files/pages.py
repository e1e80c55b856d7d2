"""Pages and API before a file is opened: its scan and active content, and a preview.

A preview is a document of its own in a sandbox: it has no origin, no script and no network, and
holds nothing but a picture that our side drew, or text.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256 as new_sha256
from typing import Annotated, Final

from aiohttp import web
from markupsafe import Markup
from pydantic import Field

from special_channel.desk.previews import MOST_PAGES
from special_channel.web.files.queries import drawn_page, file_of, whole_file
from special_channel.web.files.views import DrawnPage, FilePage, PreviewPage
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.http.security import CONTENT_SECURITY_POLICY
from special_channel.web.shared.query import Query, Whole, read_query
from special_channel.web.shell.context import page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import environment, show

STYLE: Final = (
    ":root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}body{margin:0}"
    "main{padding:1rem}img{display:block;max-width:100%;height:auto;margin:auto}"
    "pre{margin:0;font:inherit;white-space:pre-wrap;overflow-wrap:anywhere}"
)
"""The only style of a preview. It stands in the document, which may load nothing."""

SANDBOX: Final = {
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; img-src data:; style-src 'sha256-"
        f"{b64encode(new_sha256(STYLE.encode()).digest()).decode()}'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "no-store",
}
"""Headers of a preview's document: no origin, no script, no network."""


class PreviewQuery(Query):
    """Which page, the first by 1."""

    page: Annotated[Whole, Field(ge=1, le=MOST_PAGES)] = 1


async def get_file_page(request: web.Request) -> web.Response:
    """Show a file's name, scan and active content, with its download."""
    context = await page_context(request)
    return await show(context, file_page(await whole_file(context, _digest(request))))


def file_page(view: FilePage) -> ViewPage:
    """Make the page of a file."""
    return ViewPage("files/file.html", "file", view)


async def get_preview(request: web.Request) -> web.Response:
    """Show a page of a file in its frame."""
    context = await page_context(request)
    view, page = await file_of(context, _digest(request)), _page(request)
    drawn = await drawn_page(context, view, page)
    shown = PreviewPage(**dict(view), page=page, more=drawn.more, text=not drawn.picture)
    response = await show(context, preview_page(shown))
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return response


async def get_preview_inside(request: web.Request) -> web.Response:
    """Return the document inside the frame: a picture or a text in a sandbox."""
    context, page = await page_context(request), _page(request)
    view = await file_of(context, _digest(request))
    drawn = await drawn_page(context, view, page)
    template = environment(context.lang).get_template("files/inside.html")
    html = template.render(x=view.file, drawn=drawn, style=Markup(STYLE))  # noqa: S704
    return web.Response(text=html, content_type="text/html", headers=SANDBOX)


def preview_page(view: PreviewPage) -> ViewPage:
    """Make the page with a file's preview."""
    return ViewPage("files/preview.html", "preview", view)


@operation(Operation("Read a file's scan, active content and what it holds"))
async def get_about(request: web.Request) -> FilePage:
    """Return a file's scan, active content and contents, as on the page."""
    return await whole_file(await page_context(request), _digest(request))


@operation(Operation("Draw a page of a file, or read the beginning of a text"))
async def get_drawn(request: web.Request, query: PreviewQuery) -> DrawnPage:
    """Return a drawn page, or the beginning of a text."""
    context = await page_context(request)
    view = await file_of(context, _digest(request))
    return await drawn_page(context, view, query.page)


def _digest(request: web.Request) -> str:
    return request.match_info["sha256"]


def _page(request: web.Request) -> int:
    return read_query(PreviewQuery, request.query.items()).page


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/files/{sha256}", get_file_page),
    ("GET", "/files/{sha256}/preview", get_preview),
    ("GET", "/files/{sha256}/preview/inside", get_preview_inside),
)

API: Final[tuple[Route, ...]] = (
    ("GET", "/api/files/{sha256}/about", get_about),
    ("GET", "/api/files/{sha256}/preview", get_drawn),
)
