"""The dry run of a weekly list, or of its amendment, by an upload.

Does not sign: the official's browser does, from what the page shows. Does not keep the file:
it is read in memory and forgotten.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import NotAllowed
from special_channel.web.http.openapi import Route
from special_channel.web.pages.amendment import AmendmentPage
from special_channel.web.pages.list_check import ListCheckPage
from special_channel.web.reading.amendment import amendment
from special_channel.web.reading.batch import find_batch
from special_channel.web.reading.list_check import list_check, may_list
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.forms import posted, read_form
from special_channel.web.shell.responses import show

MAX_FILE_NAME: Final = 200
"""Characters of a file's name that are shown again."""


async def get_list_check(request: web.Request) -> web.Response:
    """Show the form alone."""
    return await show(await _lister(request), ListCheckPage())


async def post_list_check(request: web.Request) -> web.Response:
    """Check the file and show what it holds; nothing is signed or kept."""
    context = await _lister(request)
    name, data = await _file(request, context)
    return await show(context, await list_check(context, name, data))


async def get_amend(request: web.Request) -> web.Response:
    """Show the form of an amendment."""
    context = await _lister(request)
    row = await find_batch(context, request.match_info["number"])
    return await show(context, AmendmentPage(row.list, f"EU-{row.index}", row.batch))


async def post_amend(request: web.Request) -> web.Response:
    """Compare the file with the list and show what it amends; nothing is signed or kept."""
    context = await _lister(request)
    row = await find_batch(context, request.match_info["number"])
    name, data = await _file(request, context)
    return await show(context, await amendment(context, row, name, data))


async def _file(request: web.Request, context: PageContext) -> tuple[str, bytes]:
    await read_form(request, context.reader)
    sent = (await posted(request)).file("file")
    return sent.filename[:MAX_FILE_NAME], sent.file.read()


async def _lister(request: web.Request) -> PageContext:
    """Look for an official of the side that lists.

    Raises:
        NotAllowed: `owner` on the other side, and as `page_context`.
    """
    context = await page_context(request, *OFFICIALS)
    if not may_list(context):
        raise NotAllowed("owner", "EU lists applications.")
    return context


LIST_PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/batches/check", get_list_check),
    ("POST", "/batches/check", post_list_check),
    ("GET", "/batches/{number}/amend", get_amend),
    ("POST", "/batches/{number}/amend", post_amend),
)
