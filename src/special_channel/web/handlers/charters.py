"""Handlers of charters: one beside the one before it, and the file that a registrar brings.

Does not sign or write: the registrar's browser sends what it signed as any entry.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import Malformed
from special_channel.web.http.openapi import Route
from special_channel.web.reading import charters as reading
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.forms import posted, read_form
from special_channel.web.shell.responses import show

MAX_FILE_NAME: Final = 200
"""Characters of a file's name that are shown again."""

MAX_FILES: Final = 20
"""Calendar files that are taken at once."""


async def get_charter(request: web.Request) -> web.Response:
    """Show what a charter changes, and who adopted it; to a registrar, what to sign."""
    context = await page_context(request)
    return await show(context, await reading.charter_page(context, request.match_info["digest"]))


async def post_charter(request: web.Request) -> web.Response:
    """Take the calendar releases that a charter names, and show it again."""
    context = await page_context(request, reading.REGISTRAR)
    brought = await _files(request, context, "releases")
    return await show(
        context, await reading.charter_page(context, request.match_info["digest"], brought)
    )


async def get_charter_file(request: web.Request) -> web.Response:
    """Give a charter's document, byte for byte as it was adopted."""
    context = await page_context(request)
    line = await reading.find_line(context, request.match_info["digest"])
    return web.Response(
        body=reading.text_of(context, line.digest),
        content_type="application/json",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="charter-{line.number}.json"',
        },
    )


async def get_propose(request: web.Request) -> web.Response:
    """Show the form for a charter of the own side."""
    context = await page_context(request, reading.REGISTRAR)
    return await show(context, reading.propose_form(context))


async def post_propose(request: web.Request) -> web.Response:
    """Check the charter that was brought, and show what it changes and what to sign."""
    context = await page_context(request, reading.REGISTRAR)
    brought = await _files(request, context, "releases")
    found = await _files(request, context, "charter")
    if len(found) != 1:
        raise Malformed("request-malformed", "A file is asked for.", field="charter")
    [(name, text)] = found
    return await show(context, reading.proposed(context, name, text, brought))


async def _files(request: web.Request, context: PageContext, field: str) -> list[tuple[str, bytes]]:
    """Read the files of one field; a field that was left empty has none."""
    await read_form(request, context.reader)
    sent = (await posted(request)).files_of(field)
    if len(sent) > MAX_FILES:
        raise Malformed("request-malformed", "Too many files at once.", field=field)
    return [(one.filename[:MAX_FILE_NAME], one.file.read()) for one in sent if one.filename]


CHARTER_PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/rules/propose", get_propose),
    ("POST", "/rules/propose", post_propose),
    ("GET", "/rules/charters/{digest}.json", get_charter_file),
    ("GET", "/rules/charters/{digest}", get_charter),
    ("POST", "/rules/charters/{digest}", post_charter),
)
