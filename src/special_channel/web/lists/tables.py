"""Weekly lists as a file: a line for each, with the counts of the page."""

from __future__ import annotations

from typing import Final

from special_channel.core.bytes.times import instant
from special_channel.desk.extracts import Extract
from special_channel.web.lists import queries
from special_channel.web.lists.views import BatchesPageQuery
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.list_files import (
    MAX_ROWS,
    days_words,
    file_routes,
    filter_fact,
    list_extract,
    list_facts,
    wall_clock,
)

COLUMNS: Final = (
    "weekly_list", "entry", "listed", "rows_first", "rows", "answered_rows", "open_threads",
    "differing", "eu_as_of", "cn_as_of",
)  # fmt: skip


async def batches_extract(context: PageContext, query: BatchesPageQuery) -> Extract:
    """Make a table of the weekly lists that match."""
    found = await queries.batches(context, query, 0, MAX_ROWS)
    lines = [
        [
            item.list,
            numbered(context, item.number),
            wall_clock(context, instant(item.accepted)),
            str(item.rows),
            str(item.standing),
            str(item.answered),
            str(item.open_threads),
            str(item.differing),
            item.eu_as_of.isoformat() if item.eu_as_of else "",
            item.cn_as_of.isoformat() if item.cn_as_of else "",
        ]
        for item in found.items
    ]
    state = context.t.label("batch-state", query.state) if query.state else ""
    facts = [
        filter_fact(context, (query.text, state, days_words(query))),
        ("lists", str(found.total)),
        ("times", context.t.label("capital", context.party)),
    ]
    return list_extract(context, "batches", COLUMNS, lines, list_facts(context, found, facts))


FILES: Final = file_routes("batches", BatchesPageQuery, batches_extract)
