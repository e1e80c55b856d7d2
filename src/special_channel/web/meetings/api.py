"""Meetings over the API. Does not write: a meeting, a point and a mark are entries."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.meetings import queries
from special_channel.web.meetings.queries import MeetingFilters
from special_channel.web.meetings.views import MeetingDetail, MeetingsFound
from special_channel.web.shared.query import Whole
from special_channel.web.shell.context import page_context

MAX_MEETINGS: Final = 1000
"""Meetings of one API response: as many as the command line may ask for."""


class MeetingsQuery(MeetingFilters):
    """Filtered meetings over the API."""

    limit: Whole = 100


@operation(Operation("List meetings"))
async def get_meetings(request: web.Request, query: MeetingsQuery) -> MeetingsFound:
    """Return meetings that match."""
    context = await page_context(request)
    return await queries.meetings(context, query, 0, min(query.limit, MAX_MEETINGS))


@operation(Operation("Read a meeting with its points and marks"))
async def get_meeting(request: web.Request) -> MeetingDetail:
    """Return a meeting with its points, their texts and marks."""
    return await queries.meeting(await page_context(request), request.match_info["number"])


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/meetings", get_meetings),
    ("GET", "/api/meetings/{number}", get_meeting),
)
