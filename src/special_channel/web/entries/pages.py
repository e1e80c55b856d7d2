"""Addresses of single entries: their place on a page, their signed bytes, their receipt."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.rules.doubt import NO_DOUBT
from special_channel.web.http.openapi import Route
from special_channel.web.http.services import services
from special_channel.web.http.sessions import visitor
from special_channel.web.shared.references import entry_page
from special_channel.web.shell.content import entry_of, number_of
from special_channel.web.shell.damage import refuse_hidden
from special_channel.web.shell.forms import see_other
from special_channel.web.shell.meetings import meeting_of
from special_channel.web.shell.proofs import find_entry, with_proof


async def get_entry(request: web.Request) -> web.Response:
    """Go to the place of an entry on a page; without one, to its signed bytes."""
    await visitor(request)
    stores = services(request).stores
    entry = await find_entry(stores, request.match_info["which"])
    number = number_of(entry)
    threads = [entry.thread] if entry.thread else await stores.views.mentions(entry.id)
    row = await stores.views.thread(threads[0]) if threads else None
    if row is not None:
        return see_other(f"/threads/{row.position}#{number}")
    if entry.code:
        return see_other(f"/entries/{number}/envelope")
    if entry.kind == "batch.listed":
        return see_other(f"/batches/{number}")
    meeting = await meeting_of(stores.meetings, entry.id, entry_of(entry))
    if meeting is not None:
        return see_other(f"/meetings/{meeting.position}#{number}")
    page = entry_page(entry_of(entry), entry.index)
    return see_other(f"{page}#{number}" if page else f"/entries/{number}/envelope")


async def get_envelope(request: web.Request) -> web.Response:
    """Return an entry's exact signed bytes."""
    await visitor(request)
    entry = await find_entry(services(request).stores, request.match_info["which"])
    refuse_hidden(entry)
    return web.Response(
        body=entry.envelope, content_type="application/json", headers={"Cache-Control": "no-store"}
    )


async def get_receipt(request: web.Request) -> web.Response:
    """Return an entry's receipt: a C2SP tlog-proof."""
    await visitor(request)
    stores = services(request).stores
    entry = await find_entry(stores, request.match_info["which"])
    refuse_hidden(entry)
    proven = await with_proof(stores, entry, NO_DOUBT)
    return web.Response(text=proven.receipt, headers={"Cache-Control": "no-store"})


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/entries/{which}", get_entry),
    ("GET", "/entries/{which}/envelope", get_envelope),
    ("GET", "/entries/{which}/receipt", get_receipt),
)
