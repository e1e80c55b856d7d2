"""Pages of meetings and briefs, and briefs as PDF. Does not sign: the browser signs entries."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import Malformed, NotAllowed, NotFound
from special_channel.desk import briefs
from special_channel.desk.briefs import Brief
from special_channel.messages.catalogue import LANGS
from special_channel.web.http.openapi import Route
from special_channel.web.meetings import queries
from special_channel.web.meetings.brief import read_brief
from special_channel.web.meetings.views import LevelView, MeetingDetail, MeetingsFound
from special_channel.web.shared.paging import Paging, paging
from special_channel.web.shared.query import PageQuery, Text, read_query
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.meetings import ROLES
from special_channel.web.shell.responses import show

PAGE: Final = 50
"""Meetings of one page."""


class MeetingsPageQuery(PageQuery):
    """A page of meetings of a level; empty: of all levels."""

    level: Text = ""


async def get_meetings(request: web.Request) -> web.Response:
    """Show a page of meetings."""
    context = await page_context(request)
    query, levels = read_query(MeetingsPageQuery, request.query.items()), queries.levels(context)
    if query.level and query.level not in {each.level for each in levels}:
        raise Malformed("request-malformed", "The charter has no such level.", field="level")
    view = await queries.meetings(context, query.level, (query.page - 1) * PAGE, PAGE)
    pages = paging(query.page, view.total, PAGE, f"/meetings?level={query.level}")
    drafts = context.writes and context.charter is not None
    return await show(context, meetings_page(view, pages, levels, drafts=drafts))


async def get_meeting(request: web.Request) -> web.Response:
    """Show a meeting: its points with both sides' marks."""
    context = await page_context(request)
    view = await queries.meeting(context, request.match_info["number"])
    return await show(context, meeting_page(view, writes=context.writes))


async def get_new_meeting(request: web.Request) -> web.Response:
    """Show the form of a new meeting."""
    context = await page_context(request, *OFFICIALS)
    if context.charter is None:
        raise NotAllowed("charter-absent", "No charter is in force yet.")
    today = context.today(context.party)
    return await show(context, draft_page(queries.levels(context), today))


async def get_brief(request: web.Request) -> web.Response:
    """Show a level's brief, internal or for handing over."""
    context = await page_context(request)
    level, since = _level(context, request), _since(request)
    brief = await read_brief(context, level, internal=_internal(request), since=since)
    return await show(context, brief_page(brief, level, queries.levels(context), since))


async def get_brief_pdf(request: web.Request) -> web.Response:
    """Return a level's brief as PDF, in the language `lang` or the reader's."""
    context = await page_context(request)
    langs = (each for each in LANGS if each == request.query.get("lang"))
    context = replace(context, lang=next(langs, context.lang))
    level, since, internal = _level(context, request), _since(request), _internal(request)
    brief = await read_brief(context, level, internal=internal, since=since)
    kind = "internal" if internal else "handover"
    name = f"brief-{level.level}-{kind}-{context.now:%Y%m%d}.pdf"
    return web.Response(
        body=await asyncio.to_thread(briefs.pdf, brief, context.now),
        content_type="application/pdf",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


def meetings_page(
    view: MeetingsFound, pages: Paging, levels: Sequence[LevelView], *, drafts: bool
) -> ViewPage:
    """Make the page of all meetings; `drafts`: whether the reader may draft one."""
    more = {"pages": pages, "levels": levels, "drafts": drafts}
    return ViewPage("meetings/meetings.html", "meetings", view, more)


def meeting_page(view: MeetingDetail, *, writes: bool) -> ViewPage:
    """Make the page of a meeting; `writes`: whether the reader's role writes to the other side."""
    return ViewPage("meetings/meeting.html", "meeting", view, {"writes": writes})


def draft_page(levels: Sequence[LevelView], today: date) -> ViewPage:
    """Make the form of a new meeting."""
    return ViewPage("meetings/draft.html", "new-meeting", levels, {"today": today, "roles": ROLES})


def brief_page(
    brief: Brief, level: LevelView, levels: Sequence[LevelView], since: date | None = None
) -> ViewPage:
    """Make the page of a brief; `since`: first day of the changes, if not the last meeting."""
    more = {"level": level, "levels": levels, "since": since}
    return ViewPage("meetings/brief.html", "brief", brief, more)


def _level(context: PageContext, request: web.Request) -> LevelView:
    for each in queries.levels(context):
        if each.level == request.match_info["level"]:
            return each
    raise NotFound("level-unknown", "The charter has no such level.")


def _internal(request: web.Request) -> bool:
    return request.path.endswith(("/internal", "/internal.pdf"))


def _since(request: web.Request) -> date | None:
    text = request.query.get("since", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Malformed("date-malformed", "A date looks like 2026-11-24.") from None


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/meetings", get_meetings),
    ("GET", "/meetings/new", get_new_meeting),
    ("GET", "/meetings/{number}", get_meeting),
    ("GET", "/brief/{level}/internal", get_brief),
    ("GET", "/brief/{level}/internal.pdf", get_brief_pdf),
    ("GET", "/brief/{level}/handover", get_brief),
    ("GET", "/brief/{level}/handover.pdf", get_brief_pdf),
)
