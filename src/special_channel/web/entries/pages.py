"""Addresses of single entries: their place on a page, evidence, signed bytes, receipt."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.rules.doubt import NO_DOUBT
from special_channel.web.entries import queries
from special_channel.web.entries.views import EvidenceView
from special_channel.web.http.openapi import Route
from special_channel.web.http.services import services
from special_channel.web.http.sessions import visitor
from special_channel.web.shell.content import number_of
from special_channel.web.shell.context import page_context
from special_channel.web.shell.damage import refuse_hidden
from special_channel.web.shell.forms import see_other
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.proofs import find_entry, with_proof
from special_channel.web.shell.render import show


async def get_entry(request: web.Request) -> web.Response:
    """Go to the place of an entry on a page; without one, to its evidence."""
    await visitor(request)
    stores = services(request).stores
    entry = await find_entry(stores, request.match_info["which"])
    place = await queries.place_of(stores, entry)
    return see_other(place or f"/entries/{number_of(entry)}/evidence")


async def get_evidence(request: web.Request) -> web.Response:
    """Show who signed an entry and when, with its evidence."""
    context = await page_context(request)
    entry = await find_entry(context.own.stores, request.match_info["which"])
    refuse_hidden(entry)
    return await show(context, evidence_page(await queries.evidence(context, entry)))


def evidence_page(view: EvidenceView) -> ViewPage:
    """Make the page of an entry's evidence."""
    return ViewPage("entries/evidence.html", "evidence", view)


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
    proven = await with_proof(stores, entry, await stores.record.heads(), NO_DOUBT)
    return web.Response(text=proven.receipt, headers={"Cache-Control": "no-store"})


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/entries/{which}", get_entry),
    ("GET", "/entries/{which}/evidence", get_evidence),
    ("GET", "/entries/{which}/envelope", get_envelope),
    ("GET", "/entries/{which}/receipt", get_receipt),
)
