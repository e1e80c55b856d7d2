"""News of the reader as a file, for the reader alone."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.notices import queries
from special_channel.web.notices.views import NoticeFilters
from special_channel.web.shared.view import SizesView
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.list_files import (
    MAX_ROWS,
    file_routes,
    filter_fact,
    list_extract,
    list_facts,
    wall_clock,
)

COLUMNS: Final = ("time", "news", "why_told")


async def notices_extract(context: PageContext, query: NoticeFilters) -> Extract:
    """Make a table of the reader's news of a filter, in its order. Marks nothing as seen."""
    found = await queries.news(context, query, 0, MAX_ROWS)
    lines = [
        [
            wall_clock(context, each.at),
            each.text,
            context.t.label("notice-why", each.why),
        ]
        for each in found.items
    ]
    event = context.t.label("notice-event", query.event) if query.event else ""
    facts = [
        filter_fact(context, (query.text, event)),
        ("news_total", str(found.total)),
        ("times", context.t.label("capital", context.party)),
    ]
    described = list_facts(context, SizesView(**context.sizes), facts)
    return list_extract(context, "notices", COLUMNS, lines, described)


FILES: Final = file_routes("notices", NoticeFilters, notices_extract)
