"""News of the reader as a file, for the reader alone."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.shared.query import Query
from special_channel.web.shared.view import SizesView
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.list_files import (
    MAX_ROWS,
    file_routes,
    list_extract,
    list_facts,
    wall_clock,
)
from special_channel.web.shell.news import read_news

COLUMNS: Final = ("time", "news", "why_told")


async def notices_extract(context: PageContext, _query: Query) -> Extract:
    """Make a table of the reader's news, the latest first. Marks nothing as seen."""
    found = await read_news(context, MAX_ROWS)
    lines = [
        [
            wall_clock(context, each.at),
            each.text,
            context.t.label("notice-why", each.why),
        ]
        for each in found.items
    ]
    facts = [
        ("news_total", str(found.total)),
        ("times", context.t.label("capital", context.party)),
    ]
    described = list_facts(context, SizesView(**context.sizes), facts)
    return list_extract(context, "notices", COLUMNS, lines, described)


FILES: Final = file_routes("notices", Query, notices_extract)
