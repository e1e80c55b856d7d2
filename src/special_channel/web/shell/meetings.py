"""The meeting that an entry belongs to, and roles offered for participants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from special_channel.core.bytes.ids import EntryId, Party
from special_channel.core.entries import (
    Entry,
    MeetingHeld,
    PointAgreed,
    PointDiffered,
    PointNoted,
)
from special_channel.core.rows.meetings import MeetingRow
from special_channel.stores.meetings import Meetings

ROLES: Final[Mapping[Party, tuple[str, ...]]] = {
    "eu": ("desk", "head", "director", "commissioner"),
    "cn": ("desk", "head", "director", "minister"),
}
"""Roles that the form of a meeting offers for participants; an entry may name others."""


async def meeting_of(meetings: Meetings, id_: EntryId, entry: Entry | None) -> MeetingRow | None:
    """Return the meeting that an entry states or is about; None for other kinds."""
    if isinstance(entry, MeetingHeld):
        return await meetings.meeting(id_)
    if isinstance(entry, PointNoted):
        return await meetings.meeting(entry.ref)
    if isinstance(entry, PointAgreed | PointDiffered):
        point = await meetings.point(entry.ref)
        return None if point is None else await meetings.meeting(point.meeting)
    return None
