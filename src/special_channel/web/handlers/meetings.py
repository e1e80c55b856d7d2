"""Handlers of meetings and briefs: parse, read, render, or write a PDF.

Does not authorise by itself (`access`) and does not read the views (`web/reading`).
"""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import NotFound
from special_channel.desk import briefs
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Handler
from special_channel.web.reading import brief as brief_reading
from special_channel.web.reading import meetings as meetings_reading
from special_channel.web.reading.brief import Kind
from special_channel.web.reading.brief_ground import since_of
from special_channel.web.shared.paging import page_of
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.responses import show


async def get_meetings(request: web.Request) -> web.Response:
    """Show a page of the meetings."""
    context = await page_context(request)
    level = meetings_reading.level_of(context, request.query.get("level", ""))
    page = page_of(request.query.get("page", "1"))
    return await show(context, await meetings_reading.meetings(context, level, page))


async def get_meeting(request: web.Request) -> web.Response:
    """Show one meeting: its points with both sides' marks."""
    context = await page_context(request)
    row = await meetings_reading.find_meeting(context, request.match_info["number"])
    return await show(context, await meetings_reading.meeting(context, row))


async def get_new_meeting(request: web.Request) -> web.Response:
    """Show the form of a new meeting."""
    context = await page_context(request, *OFFICIALS)
    return await show(context, await meetings_reading.new_meeting(context))


def _level(context: PageContext, request: web.Request) -> str:
    level = request.match_info["level"]
    if level not in {each.level for each in meetings_reading.levels(context)}:
        raise NotFound("level-unknown", "The charter has no such level.")
    return level


def _page(kind: Kind) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        context = await page_context(request)
        since = since_of(request.query.get("since", ""))
        page = await brief_reading.brief_page(context, _level(context, request), kind, since)
        return await show(context, page)

    handler.__name__ = f"get_brief_{kind}"
    handler.__doc__ = f"Show a level's {kind} brief."
    return handler


def _pdf(kind: Kind) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        context = await page_context(request)
        context = brief_reading.in_language(context, request.query.get("lang", ""))
        level, since = _level(context, request), since_of(request.query.get("since", ""))
        brief = await brief_reading.brief(context, level, kind, since)
        body = await asyncio.to_thread(briefs.pdf, brief, context.now)
        named = f"brief-{level}-{kind}-{context.now:%Y%m%d}.pdf"
        return web.Response(
            body=body,
            content_type="application/pdf",
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": f'attachment; filename="{named}"',
            },
        )

    handler.__name__ = f"get_brief_{kind}_pdf"
    handler.__doc__ = f"Return a level's {kind} brief as PDF."
    return handler


MEETING_PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/meetings", get_meetings),
    ("GET", "/meetings/new", get_new_meeting),
    ("GET", "/meetings/{number}", get_meeting),
    ("GET", "/brief/{level}/internal", _page("internal")),
    ("GET", "/brief/{level}/internal.pdf", _pdf("internal")),
    ("GET", "/brief/{level}/handover", _page("handover")),
    ("GET", "/brief/{level}/handover.pdf", _pdf("handover")),
)
