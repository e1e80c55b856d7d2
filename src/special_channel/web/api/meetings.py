"""Meetings over the API: the list, and one with its points and what was said of each.

Does not render and does not judge: a meeting, a point or a mark is sent as any entry is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import Position
from special_channel.core.rows.charter import STANDARD_LEVELS, Charter
from special_channel.core.rows.meetings import MeetingRow, PointRow
from special_channel.ports import Stored
from special_channel.web.api.listings import (
    Listing,
    as_item,
    charter_now,
    entry_item,
    listing,
)
from special_channel.web.http.operation import Operation, operation, whole_number
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import visitor

MOST = 1000
"""Meetings of one answer."""


@operation(Operation("List meetings", response=Listing, query=("level", "limit")))
async def get_meetings(request: web.Request) -> Listing:
    """Return meetings, the last held first, with their subjects."""
    await visitor(request)
    own = services(request)
    limit = min(whole_number(request, "limit", 100), MOST)
    rows, _ = await own.meetings.meetings(request.query.get("level", ""), limit)
    said = await own.record.find([row.meeting for row in rows])
    called = await _levels(own)
    return await listing(own, [_meeting(row, said, called) for row in rows])


@operation(Operation("Read a meeting with its points and marks", response=Listing))
async def get_meeting(request: web.Request) -> Listing:
    """Return a meeting's row, then each point's, then the entries that say them."""
    await visitor(request)
    own = services(request)
    row = await own.meetings.meeting(Position.parse(request.match_info["number"]))
    if row is None:
        raise NotFound("meeting-unknown", "There is no such meeting here.")
    points = await own.meetings.points([row.meeting])
    ids = [row.meeting]
    for point in points:
        ids += [point.point, *(mark.id for mark in point.marks)]
    said = await own.record.find(ids)
    entries = [entry_item(said[id_]) for id_ in ids if id_ in said]
    return await listing(
        own,
        [
            _meeting(row, said, await _levels(own)),
            *(_point(row, point) for point in points),
            *entries,
        ],
    )


async def _levels(own: Services) -> Mapping[str, Mapping[str, str]]:
    """Return what the charter in force calls each level, by language."""
    charter = await charter_now(own)
    found = (
        Charter.model_validate_json(orjson.dumps(charter.document)).levels
        if charter
        else STANDARD_LEVELS
    )
    return {each.level: {"en": each.title_en, "zh-CN": each.title_zh} for each in found}


def _meeting(
    row: MeetingRow, said: Mapping[str, Stored], called: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    entry = said.get(row.meeting)
    texts = [] if entry is None else entry_item(entry)["texts"]
    return {**as_item(row), "number": str(row.position), "subjects": texts} | (
        {"level_title": called[row.level]} if row.level in called else {}
    )


def _point(meeting: MeetingRow, row: PointRow) -> dict[str, Any]:
    return {
        **as_item(row),
        "position": str(row.position),
        "name": f"{meeting.position} P{row.number}",
        "standing": row.standing,
    }
