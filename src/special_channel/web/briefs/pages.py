"""Pages of one-page briefs, and briefs as PDF."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import NotFound
from special_channel.desk.briefs import TEMPLATE, Brief
from special_channel.desk.typesetting import pdf
from special_channel.web.briefs.queries import read_brief
from special_channel.web.http.openapi import Route
from special_channel.web.shared.query import Query, read_day, read_query
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.meetings import LevelView, levels
from special_channel.web.shell.render import show


class BriefQuery(Query):
    """First day of the changes; by default, changes since the last meeting."""

    since: str = ""


async def get_brief(request: web.Request) -> web.Response:
    """Show a level's brief, internal or for handing over."""
    context = await page_context(request)
    level, since, brief = await _read(context, request)
    return await show(context, brief_page(brief, level, levels(context), since))


async def get_brief_pdf(request: web.Request) -> web.Response:
    """Return a level's brief as PDF."""
    context = await page_context(request)
    level, _, brief = await _read(context, request)
    kind = "internal" if brief.internal else "handover"
    name = f"brief-{level.level}-{kind}-{context.now:%Y%m%d}.pdf"
    return web.Response(
        body=await asyncio.to_thread(pdf, TEMPLATE, brief, context.now),
        content_type="application/pdf",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


def brief_page(
    brief: Brief, level: LevelView, choice: Sequence[LevelView], since: date | None = None
) -> ViewPage:
    """Make the page of a brief; `since`: first day of the changes, if not the last meeting."""
    more = {"level": level, "levels": choice, "since": since}
    return ViewPage("briefs/brief.html", "brief", brief, more)


async def _read(context: PageContext, request: web.Request) -> tuple[LevelView, date | None, Brief]:
    """Read the level, the first day of the changes, and the brief of a request.

    Raises:
        NotFound: `level-unknown`.
        Malformed: `date-malformed`.
    """
    code = request.match_info["level"]
    level = next((each for each in levels(context) if each.level == code), None)
    if level is None:
        raise NotFound("level-unknown", "The charter has no such level.")
    since = read_day(read_query(BriefQuery, request.query.items()).since)
    internal = request.path.endswith(("/internal", "/internal.pdf"))
    return level, since, await read_brief(context, level, internal=internal, since=since)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/brief/{level}/internal", get_brief),
    ("GET", "/brief/{level}/internal.pdf", get_brief_pdf),
    ("GET", "/brief/{level}/handover", get_brief),
    ("GET", "/brief/{level}/handover.pdf", get_brief_pdf),
)
