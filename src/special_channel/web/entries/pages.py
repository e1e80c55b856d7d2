"""An entry by its number: its place on a page, its signed bytes, and its receipt."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.http.services import services
from special_channel.web.http.sessions import visitor
from special_channel.web.shared.references import entry_page
from special_channel.web.shell.content import entry_of
from special_channel.web.shell.damage import refuse_hidden
from special_channel.web.shell.forms import (
    see_other,
)
from special_channel.web.shell.meetings import meeting_of
from special_channel.web.shell.proofs import find_entry, with_proof


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
