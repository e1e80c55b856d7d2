"""Meetings for several pages: levels, texts of entries, questions about promises, and roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from special_channel.core.bytes.ids import EntryId, Party
from special_channel.core.entries import (
    Entry,
    MeetingHeld,
    PointMarked,
    PointNoted,
)
from special_channel.core.rows.charter import STANDARD_LEVELS
from special_channel.core.rows.meetings import MeetingRow, PointRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.messages.catalogue import Lang
from special_channel.stores.meetings import Meetings
from special_channel.web.shared.view import View
from special_channel.web.shell.content import Content, contents, erased_of
from special_channel.web.shell.context import PageContext

ROLES: Final[Mapping[Party, tuple[str, ...]]] = {
    "eu": ("desk", "head", "director", "commissioner"),
    "cn": ("desk", "head", "director", "minister"),
}
"""Roles that the form of a meeting offers for participants; an entry may name others."""


class LevelView(View):
    """A level of meetings. `level_title` by language; absent if the charter lacks the level."""

    level: str
    level_title: dict[Lang, str] | None = None

    def title(self, lang: Lang) -> str:
        """Return the charter's title of the level, or else its code."""
        return self.level_title[lang] if self.level_title else self.level


async def meeting_of(meetings: Meetings, id_: EntryId, entry: Entry | None) -> MeetingRow | None:
    """Return the meeting that an entry states or is about first; None for other kinds."""
    if isinstance(entry, MeetingHeld):
        return await meetings.meeting(id_)
    if isinstance(entry, PointNoted):
        return await meetings.meeting(entry.ref)
    if isinstance(entry, PointMarked):
        point = await meetings.point(entry.body.entries[0].id)
        return None if point is None else await meetings.meeting(point.meeting)
    return None


def levels(context: PageContext) -> tuple[LevelView, ...]:
    """Return the levels of the charter in force, or the standard ones before the first charter."""
    stated = context.document.levels if context.document else STANDARD_LEVELS
    return tuple(
        LevelView(level=each.level, level_title={"en": each.title_en, "zh-CN": each.title_zh})
        for each in stated
    )


async def contents_of(context: PageContext, ids: Iterable[EntryId]) -> dict[EntryId, Content]:
    """Look up the texts of entries by id; unknown ids are omitted."""
    stored = [*(await context.own.stores.record.find(sorted(set(ids)))).values()]
    return contents(stored, await erased_of(context, stored))


async def questions_about(
    context: PageContext, points: Sequence[PointRow]
) -> Mapping[tuple[EntryId, str], QuestionRow]:
    """Look up the questions about the promises in these points, by note and number."""
    rows: dict[tuple[EntryId, str], QuestionRow] = {}
    for each in (ask for point in points for ask in point.asks):
        row = await context.own.stores.views.ask(each.note, each.q)
        if row is not None:
            rows[each.note, each.q] = row
    return rows
