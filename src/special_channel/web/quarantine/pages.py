"""Page and API of quarantined files. A file leaves packed, to whom two persons let it out."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import NotAllowed, NotFound
from special_channel.desk.journal import record_act
from special_channel.desk.packing import packed
from special_channel.desk.people_alarms import LOOKERS
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Empty, Operation, operation
from special_channel.web.http.readings import record_reading
from special_channel.web.http.services import services
from special_channel.web.http.sessions import Visitor, visitor
from special_channel.web.quarantine import queries
from special_channel.web.quarantine.tables import FILES
from special_channel.web.quarantine.views import (
    Quarantine,
    QuarantineAsk,
    QuarantinedFile,
    QuarantineFilters,
)
from special_channel.web.shared.portions import Portion, PortionQuery, Portions
from special_channel.web.shared.query import read_filters, read_query
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.forms import read_form, see_other
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.news import see
from special_channel.web.shell.render import show

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

_CARD: Final = 3_000
"""Bytes of HTML of a file without its texts."""


class LookedInto(Body):
    """How many files somebody looked into."""

    taken: int


async def get_quarantine(request: web.Request) -> web.Response:
    """Show the quarantined files."""
    context = await page_context(request, *LOOKERS)
    query = read_filters(QuarantineFilters, request.query.items())
    asked = read_query(PortionQuery, request.query.items())
    view = await queries.quarantine(context, query)
    shown = portion_of(view, query, asked)
    # Requests for files of other portions stay new.
    if requests := [each.id for file in shown.items for each in file.requests]:
        await see(context, about=requests)
    return await show(context, quarantine_page(view, query, shown))


async def get_ask(request: web.Request) -> web.Response:
    """Show the form that asks for a quarantined file."""
    context = await page_context(request, *LOOKERS)
    view = await queries.file_to_ask(context, request.match_info["sha256"])
    return await show(context, ask_page(view))


async def post_looked(request: web.Request) -> web.Response:
    """Record that the reader looked into a find."""
    reader = await visitor(request, *LOOKERS)
    await read_form(request, reader)
    await _take(request, reader)
    return see_other("/quarantine")


@operation(
    Operation(
        "List quarantined files and the requests for them",
        response=Quarantine,
        query=QuarantineFilters,
    )
)
async def get_quarantine_list(request: web.Request, query: QuarantineFilters) -> Quarantine:
    """Return the quarantined files that match a filter."""
    return await queries.quarantine(await page_context(request, *LOOKERS), query)


@operation(Operation("Say that one has looked into a quarantined file"))
async def post_looked_into(request: web.Request, _body: Empty) -> LookedInto:
    """Record that the reader looked into a find; the alarm about it ends."""
    await _take(request, await visitor(request, *LOOKERS))
    return LookedInto(taken=1)


@operation(Operation("Download a quarantined file that one was let out", media="application/zip"))
async def get_packed(request: web.Request) -> web.Response:
    """Return a quarantined file, packed, to a requester to whom another person agreed."""
    context = await page_context(request, *LOOKERS)
    file = (await queries.file_to_ask(context, request.match_info["sha256"])).file
    if not file.open:
        raise NotAllowed("quarantine-closed", "No agreement in force lets the file out.")
    data = b"".join([row async for row in context.own.stores.files.get(file.sha256)])
    await record_reading(request)
    return web.Response(
        body=await asyncio.to_thread(packed, data, _note(context, file)),
        content_type="application/zip",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="quarantined-{file.sha256[:8]}.zip"',
        },
    )


def portion_of(
    view: Quarantine, query: QuarantineFilters, asked: PortionQuery
) -> Portion[QuarantinedFile]:
    """Return the files that a page shows, with links to the others."""
    portions = Portions(f"/quarantine?{query.address}".rstrip("?"), asked)
    return portions.of("files", view.files, _CARD, main=True)


def quarantine_page(
    view: Quarantine, query: QuarantineFilters, shown: Portion[QuarantinedFile]
) -> ViewPage:
    """Make the page of quarantined files; `query`: filter and order; `shown`: the files on it."""
    more = {"query": query, "shown": shown}
    return ViewPage("quarantine/quarantine.html", "quarantine", view, more)


def ask_page(view: QuarantineAsk) -> ViewPage:
    """Make the page that asks for a quarantined file."""
    return ViewPage("quarantine/ask.html", "quarantine", view)


def _note(context: PageContext, file: QuarantinedFile) -> str:
    """Write the text next to the packed file, in the reader's language."""
    t = context.t
    lines = [
        t.gettext("quarantine.packed"),
        t.gettext("quarantine.apart"),
        t.gettext("quarantine.name", name=file.name or "–"),
        t.gettext("Found: %(name)s", name=file.threat or "–"),
        *(t.label("active-risk", name) for name in file.active),
    ]
    return "\r\n".join([*lines, ""])


async def _take(request: web.Request, reader: Visitor) -> None:
    own, digest = services(request), request.match_info["sha256"]
    now, person = own.node.clock.now(), reader.row.person
    if not _DIGEST.fullmatch(digest) or not await own.desk.scanner.scans.take(digest, person, now):
        raise NotFound("find-unknown", "No find in this file waits for anybody to look into it.")
    await record_act(
        own.acts.appender, own.node.identity, own.node.clock, "find-looked-into", person=person
    )


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/quarantine", get_quarantine),
    *FILES,
    ("POST", "/quarantine/{sha256}", post_looked),
    ("GET", "/quarantine/{sha256}/ask", get_ask),
)

API: Final[tuple[Route, ...]] = (
    ("GET", "/api/quarantine", get_quarantine_list),
    ("POST", "/api/quarantine/{sha256}", post_looked_into),
    ("GET", "/api/quarantine/{sha256}/file", get_packed),
)
