"""Pages of dossiers, and dossiers as PDF over pages and API. Marks nothing as read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Annotated, Final, NamedTuple
from urllib.parse import quote, urlencode

from aiohttp import web

from special_channel.desk.dossiers import TEMPLATE, Dossier
from special_channel.desk.typesetting import pdf
from special_channel.web.applications.queries import find_application
from special_channel.web.dossiers.applications import read_application_dossier
from special_channel.web.dossiers.lists import read_list_dossier
from special_channel.web.dossiers.portions import portion
from special_channel.web.dossiers.threads import read_thread_dossier
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.shared.paging import paging
from special_channel.web.shared.query import PageQuery, Query, Text, codes, read_query
from special_channel.web.shared.references import application_url
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show
from special_channel.web.shell.threads import find_batch, find_thread

EDITIONS: Final = ("shareable", "internal")


class DossierQuery(Query):
    """Which edition, and which part of a long thread.

    Attributes:
        edition: `shareable`, or `internal` with what only our side may see.
        later_than: Number of the entry before the part; empty for the first part.
    """

    edition: Annotated[str, codes(EDITIONS)] = "shareable"
    later_than: Text = ""


class DossierPageQuery(DossierQuery, PageQuery):
    """The same as a page, which shows a portion of it."""


class DossierFileQuery(DossierQuery):
    """The same over the API, in the reader's language or `lang`."""

    lang: str = ""


class Filed(NamedTuple):
    """A dossier, address and name of its subject's page, and the cursor to the next part."""

    dossier: Dossier
    url: str
    name: str
    next: str = ""


_Read = Callable[[PageContext, str, DossierQuery], Awaitable[Filed]]


async def _thread(context: PageContext, number: str, query: DossierQuery) -> Filed:
    row = await find_thread(context, number)
    made, following = await read_thread_dossier(
        context,
        row,
        internal=query.edition == "internal",
        later_than=query.later_than,
        page=isinstance(query, DossierPageQuery),
    )
    return Filed(made, f"/threads/{row.position}", made.subject, following)


async def _list(context: PageContext, number: str, query: DossierQuery) -> Filed:
    row = await find_batch(context, number)
    made = await read_list_dossier(context, row, internal=query.edition == "internal")
    return Filed(made, f"/batches/EU-{row.index}", made.title.text)


async def _application(context: PageContext, number: str, query: DossierQuery) -> Filed:
    row = await find_application(context, number)
    made = await read_application_dossier(context, row, internal=query.edition == "internal")
    return Filed(made, application_url(row.number), made.subject)


def dossier_page(filed: Filed, query: DossierPageQuery) -> ViewPage:
    """Make the page of a dossier: a portion of it."""
    address = {"edition": query.edition, "later_than": query.later_than}
    kept = urlencode({name: value for name, value in address.items() if value})
    shown, count = portion(filed.dossier, query.page)
    pages = paging(min(query.page, count), count, 1, f"{filed.url}/dossier?{kept}")
    more = {"subject": filed, "query": query, "editions": EDITIONS, "kept": kept, "pages": pages}
    return ViewPage("dossiers/dossier.html", "dossier", shown, more)


_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _page(noun: str, read: _Read) -> _Handler:
    async def handler(request: web.Request) -> web.Response:
        context = await page_context(request)
        query = read_query(DossierPageQuery, request.query.items())
        filed = await read(replace(context, dated=True), request.match_info["number"], query)
        return await show(context, dossier_page(filed, query))

    handler.__name__ = f"get_{noun}_dossier"
    handler.__doc__ = f"Show the dossier of a {noun}."
    return handler


def _file(noun: str, read: _Read) -> _Handler:
    async def handler(request: web.Request) -> web.Response:
        query = read_query(DossierQuery, request.query.items())
        return await _pdf(request, read, query)

    handler.__name__ = f"get_{noun}_dossier_pdf"
    handler.__doc__ = f"Return the dossier of a {noun} as PDF."
    return handler


def _api(noun: str, read: _Read) -> _Handler:
    async def handler(request: web.Request, query: DossierFileQuery) -> web.Response:
        return await _pdf(request, read, query)

    handler.__name__ = f"get_{noun}_dossier_file"
    handler.__doc__ = f"Return the dossier of a {noun} as PDF, in the reader's language or `lang`."
    return operation(Operation(f"Download the dossier of a {noun}", media="application/pdf"))(
        handler
    )


# One at a time: a dossier of 2,000 entries takes some 600 MB, and one reader can ask for many.
_TYPESETTER: Final = ThreadPoolExecutor(1, thread_name_prefix="dossier")


async def _pdf(request: web.Request, read: _Read, query: DossierQuery) -> web.Response:
    context = replace(await page_context(request), dated=True)
    filed = await read(context, request.match_info["number"], query)
    made = filed.dossier
    name = quote(f"{made.file_name}.pdf", safe="")
    return web.Response(
        body=await asyncio.get_running_loop().run_in_executor(
            _TYPESETTER, pdf, TEMPLATE, made, context.now
        ),
        content_type="application/pdf",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        },
    )


_SUBJECTS: Final[tuple[tuple[str, str, _Read], ...]] = (
    ("/threads/{number}", "thread", _thread),
    ("/batches/{number}", "list", _list),
    ("/applications/{number}", "application", _application),
)

PAGES: Final[tuple[Route, ...]] = tuple(
    route
    for path, noun, read in _SUBJECTS
    for route in (
        ("GET", f"{path}/dossier", _page(noun, read)),
        ("GET", f"{path}/dossier.pdf", _file(noun, read)),
    )
)

API: Final[tuple[Route, ...]] = tuple(
    ("GET", f"/api{path}/dossier.pdf", _api(noun, read)) for path, noun, read in _SUBJECTS
)
