"""The list of meetings as a file."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.meetings import queries
from special_channel.web.meetings.queries import MeetingsPageQuery
from special_channel.web.meetings.views import MeetingItem
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.list_files import (
    MAX_ROWS,
    both_titles,
    days_words,
    file_routes,
    filter_fact,
    list_extract,
    list_facts,
)
from special_channel.web.shell.meetings import LevelView

COLUMNS: Final = (
    "meeting", "held", "level", "place", "subject", "translation", "drafted_by", "points",
    "points_agreed", "points_differed", "points_unmarked",
)  # fmt: skip


async def meetings_extract(context: PageContext, query: MeetingsPageQuery) -> Extract:
    """Make a table of the meetings that match.

    Raises:
        Malformed: `request-malformed` for a level that the charter lacks.
    """
    choice = {each.level: each for each in queries.levels_with(context, query.level)}
    found = await queries.meetings(context, query, 0, MAX_ROWS)
    lines = [_line(context, item) for item in found.items]
    level = choice.get(query.level)
    facts = [
        filter_fact(context, _filter_words(context, query, level)),
        ("meetings", str(found.total)),
    ]
    return list_extract(context, "meetings", COLUMNS, lines, list_facts(context, found, facts))


def _filter_words(
    context: PageContext, query: MeetingsPageQuery, level: LevelView | None
) -> tuple[str, ...]:
    label = context.t.label
    return (
        level.title(context.lang) if level else "",
        label("side", query.side) if query.side else "",
        label("meeting-mark", query.mark) if query.mark else "",
        days_words(query),
    )


def _line(context: PageContext, item: MeetingItem) -> list[str]:
    return [
        numbered(context, item.number),
        item.on.isoformat(),
        item.title(context.lang),
        item.place,
        *both_titles(item.subject),
        context.t.label("side", item.party),
        str(item.points),
        str(item.agreed),
        str(item.differed),
        str(item.unmarked),
    ]


FILES: Final = file_routes("meetings", MeetingsPageQuery, meetings_extract)
