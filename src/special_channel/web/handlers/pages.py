"""Handlers of pages: parse, read, render. Everything after sign-in reads without JavaScript.

Does not authorise by itself (`access`), read the views (`web/reading`) or write HTML.
"""

from __future__ import annotations

from typing import Final

import structlog
from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.http.services import services
from special_channel.web.http.sessions import visitor
from special_channel.web.reading import promise as promise_reading
from special_channel.web.shared.references import entry_page
from special_channel.web.shell.content import entry_of
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.shell.damage import refuse_hidden
from special_channel.web.shell.forms import (
    see_other,
)
from special_channel.web.shell.meetings import meeting_of
from special_channel.web.shell.proofs import find_entry, with_proof
from special_channel.web.shell.responses import show as _show

log = structlog.get_logger(__name__)


async def get_promise_thread(request: web.Request) -> web.Response:
    """Show the form of a new thread with the question about a promise."""
    context = await page_context(request, *OFFICIALS)
    promise = request.query.get("promise", "")
    return await _show(context, await promise_reading.promise_thread(context, promise))


async def get_entry(request: web.Request) -> web.Response:
    """Go to where an entry stands on a page."""
    await visitor(request)
    own = services(request)
    entry = await find_entry(own, request.match_info["which"])
    where = f"{entry.log.upper()}-{entry.index}"
    row = await own.views.thread(entry.thread) if entry.thread else None
    if row is not None:
        return see_other(f"/threads/{row.position}#{where}")
    if entry.kind == "batch.listed" and not entry.code:
        return see_other(f"/batches/{where}")
    found = await meeting_of(own.meetings, entry.id, entry_of(entry))
    if found is not None and not entry.code:
        return see_other(f"/meetings/{found.position}#{where}")
    home = entry_page(entry_of(entry), entry.index)
    if home and not entry.code:
        return see_other(f"{home}#{where}")
    return see_other(f"/entries/{where}/envelope")


async def get_envelope(request: web.Request) -> web.Response:
    """Return an entry's exact signed bytes."""
    await visitor(request)
    entry = await find_entry(services(request), request.match_info["which"])
    refuse_hidden(entry)
    return web.Response(
        body=entry.envelope, content_type="application/json", headers={"Cache-Control": "no-store"}
    )


async def get_receipt(request: web.Request) -> web.Response:
    """Return an entry's receipt: a C2SP tlog-proof."""
    await visitor(request)
    own = services(request)
    entry = await find_entry(own, request.match_info["which"])
    refuse_hidden(entry)
    proven = await with_proof(own, entry)
    return web.Response(text=proven.receipt, headers={"Cache-Control": "no-store"})


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/entries/{which}", get_entry),
    ("GET", "/entries/{which}/envelope", get_envelope),
    ("GET", "/entries/{which}/receipt", get_receipt),
)
